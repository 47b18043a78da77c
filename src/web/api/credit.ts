import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { fingerprintOf } from '../../affixing/fingerprint.ts'
import { publicId } from '../../base/ids.ts'
import { RefusedError } from '../../errors.ts'
import { creditUnitsMax } from '../../limits/purchases.ts'
import { drawCredit, readCredit } from '../../purchases/credit/credit-line.ts'
import { callerOf, callerSecurity, idempotencyKeyOf, permit } from './caller.ts'
import type { OrderParts } from './orders.ts'
import { authorizationField } from './pin-schemas.ts'
import { problemSchema } from './schemas.ts'

const tags = ['Purchases']
const security = callerSecurity
const creditSchema = z.object({
  limit: z.number().int().describe('Stamps that the account may owe; 0: it pays beforehand'),
  owed: z.number().int(),
  available: z.number().int(),
  dueOn: z.string().describe("Day by which this month's is to be paid, YYYY-MM-DD"),
})
const drawBody = z
  .object({ quantity: z.number().int().min(1).max(creditUnitsMax), authorization: authorizationField })
  .strict()
const drawSchema = z.object({ id: z.string(), quantity: z.number().int(), createdAt: z.iso.datetime() })

/** Collectors' credit: stamps first, money by the 15th of the next month. */
export function creditRoutes(app: FastifyInstance, { purchases, callers }: OrderParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { database } = purchases

  api.get(
    '/v1/credit',
    {
      schema: {
        tags,
        security,
        summary: 'What an account may owe, and owes',
        response: { 200: creditSchema, default: problemSchema },
      },
    },
    async (request) => {
      const { accountId } = permit(await callerOf(callers, request), 'read')
      return readCredit(database.sql, accountId, await database.now())
    },
  )

  api.post(
    '/v1/credit-draws',
    {
      schema: {
        tags,
        security,
        summary: 'Draw stamps on credit: in the quota at once, paid later by an order with paysFor debt',
        headers: z.object({ 'idempotency-key': z.string().optional() }),
        body: drawBody,
        response: { 201: drawSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'buy')
      const key = idempotencyKeyOf(request)
      const { quantity, authorization } = request.body
      const fingerprint = fingerprintOf({ quantity })
      const drawn = await drawCredit(database, { caller, key, fingerprint, quantity, authorization })
      if (!drawn.ok) throw new RefusedError(drawn.refusal)
      const { id, createdAt } = drawn.draw
      return reply
        .code(201)
        .send({ id: publicId('transfer', id), quantity: drawn.draw.quantity, createdAt: createdAt.toISOString() })
    },
  )
}
