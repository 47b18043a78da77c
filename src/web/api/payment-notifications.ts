import type { FastifyInstance } from 'fastify'
import { RefusedError } from '../../errors.ts'
import { notificationBytesMax } from '../../limits/purchases.ts'
import type { PurchaseParts } from '../../purchases/purchase-parts.ts'
import { takeNotification } from '../../purchases/take-notification.ts'

/** Where payment gateways tell what was paid. No key: the signature over the body as it came is what counts. */
export async function notificationRoutes(app: FastifyInstance, purchases: PurchaseParts): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
    scope.post<{ Params: { gateway: string } }>(
      '/v1/payments/:gateway/notifications',
      { bodyLimit: notificationBytesMax, schema: { hide: true } },
      async (request, reply) => {
        const { gateway } = request.params
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
        const taken = await takeNotification(purchases, { gateway, headers: request.headers, body })
        if (taken.ok) return reply.send({ ok: true })
        // what it said is nobody's to read: it may be anything
        request.log.warn({ gateway: gateway.slice(0, 20), reason: taken.reason }, 'payment notification refused')
        if (taken.reason === 'forged') throw new RefusedError({ code: 'notification_forged' })
        if (taken.reason === 'gateway_unknown')
          throw new RefusedError({ code: 'not_found', values: { id: gateway.slice(0, 200) } })
        throw new RefusedError({
          code: 'request_malformed',
          values: { field: '', detail: 'not the notification of this gateway' },
        })
      },
    )
  })
}
