import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RefusedError } from '../../../errors.ts'
import { referenceOf } from '../../../purchases/order.ts'
import { qrPng, qrSvg } from '../../../purchases/qr-drawing.ts'
import { queryOf } from '../page-context.ts'
import { buyPath, enterWith, orderOfPage, type BuyPageParts } from './buy-parts.ts'
import { openOrderNews } from './order-news.ts'

/** What the page of an order loads: its QR as a drawing and as a picture, and how it stands, asked once or told as it changes. */
export function orderFileRoutes(app: FastifyInstance, parts: BuyPageParts): void {
  const enter = enterWith('read')
  const hidden = { schema: { hide: true } } as const
  const news = openOrderNews(parts.database, (error) => app.log.error({ err: error }, 'no news of orders'))
  app.addHook('preClose', async () => news.close())

  async function qrTextOf(request: FastifyRequest, reply: FastifyReply): Promise<string | undefined> {
    const who = await enter(request, reply)
    if (who === undefined) return undefined
    const order = await orderOfPage(parts, request, who)
    if (order.qrText === undefined) throw new RefusedError({ code: 'not_found', values: { id: referenceOf(order) } })
    void reply.header('cache-control', 'private, max-age=3600')
    return order.qrText
  }

  app.get(`${buyPath}/:order/qris.svg`, hidden, async (request, reply) => {
    const text = await qrTextOf(request, reply)
    return text === undefined ? reply : reply.type('image/svg+xml').send(qrSvg(text))
  })

  app.get(`${buyPath}/:order/qris.png`, hidden, async (request, reply) => {
    const text = await qrTextOf(request, reply)
    return text === undefined ? reply : reply.type('image/png').send(qrPng(text))
  })

  app.get(`${buyPath}/:order/keadaan`, hidden, async (request, reply) => {
    const who = await enter(request, reply)
    if (who === undefined) return reply
    const { state, version } = await orderOfPage(parts, request, who)
    return reply.header('cache-control', 'no-store').send({ state, version })
  })

  app.get(`${buyPath}/:order/kabar`, hidden, async (request, reply) => {
    const who = await enter(request, reply)
    if (who === undefined) return reply
    const order = await orderOfPage(parts, request, who)
    const shown = Number(queryOf(request, 'versi') ?? order.version)
    const stream = news.listen({ accountId: who.accountId, orderId: order.id, version: shown })
    // no content: the browser asks no more, and the page goes over to asking from time to time
    if (stream === undefined) return reply.code(204).send()
    return reply
      .type('text/event-stream')
      .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
      .send(stream)
  })
}
