import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { findBySources } from '../../affixing/same-sources.ts'
import { publicId } from '../../base/ids.ts'
import type { Database } from '../../database/database.ts'
import type { Callers } from '../../identity/callers.ts'
import { lookUpItemsMax } from '../../limits/stamping.ts'
import { callerOf, callerSecurity, permit } from './caller.ts'
import { problemSchema, reserveBody } from './schemas.ts'

const lookUpBody = z
  .object({ sourceSha256: z.array(reserveBody.shape.sourceSha256).min(1).max(lookUpItemsMax) })
  .strict()

const lookUpAnswer = z.object({
  items: z.array(
    z.object({
      sourceSha256: z.string(),
      affixingId: z.string(),
      serial: z.string(),
      state: z.enum(['reserved', 'affixed']),
    }),
  ),
})

/** Which of many documents an account has stamped already: for whoever prepares a batch. */
export function affixingLookUpRoutes(app: FastifyInstance, parts: { database: Database; callers: Callers }): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    '/v1/affixings/lookup',
    {
      schema: {
        tags: ['Affixing'],
        security: callerSecurity,
        summary: 'Which of these documents this account stamps or has stamped; the others are left out',
        body: lookUpBody,
        response: { 200: lookUpAnswer, default: problemSchema },
      },
    },
    async (request) => {
      const { accountId } = permit(await callerOf(parts.callers, request), 'read')
      const found = await findBySources(parts.database.sql, { accountId, digests: request.body.sourceSha256 })
      return { items: found.map((item) => ({ ...item, affixingId: publicId('affixing', item.affixingId) })) }
    },
  )
}
