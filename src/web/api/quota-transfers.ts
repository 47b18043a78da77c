import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { fingerprintOf } from '../../affixing/fingerprint.ts'
import { parsePublicId, publicId } from '../../base/ids.ts'
import { RefusedError } from '../../errors.ts'
import { orderQuantityMax } from '../../limits/purchases.ts'
import { listItemsMax } from '../../limits/traffic.ts'
import {
  findTransfer,
  listTransfers,
  sendQuota,
  type QuotaTransfer,
} from '../../purchases/quota-transfers/send-quota.ts'
import { callerOf, callerSecurity, idempotencyKeyOf, permit } from './caller.ts'
import type { OrderParts } from './orders.ts'
import { authorizationField } from './pin-schemas.ts'
import { problemSchema } from './schemas.ts'

const tags = ['Purchases']
const security = callerSecurity
const body = z
  .object({
    to: z.string().max(100).describe('acc_...: your parent account, or a child of yours'),
    quantity: z.number().int().min(1).max(orderQuantityMax),
    authorization: authorizationField,
  })
  .strict()
const query = z
  .object({
    cursor: z.string().max(100).optional(),
    limit: z.coerce.number().int().min(1).max(listItemsMax).default(50),
  })
  .strict()
const transferSchema = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  quantity: z.number().int(),
  state: z
    .enum(['begun', 'received', 'done'])
    .describe('begun: held; received: in the other quota; done: gone from yours'),
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
})
const transferList = z.object({ items: z.array(transferSchema), nextCursor: z.string().nullable() })

function transferJson(transfer: QuotaTransfer): z.input<typeof transferSchema> {
  const { endedAt } = transfer
  return {
    id: publicId('transfer', transfer.id),
    from: publicId('account', transfer.accountId),
    to: publicId('account', transfer.receiverId),
    quantity: transfer.quantity,
    state: transfer.state,
    createdAt: transfer.createdAt.toISOString(),
    ...(endedAt === undefined ? {} : { endedAt: endedAt.toISOString() }),
  }
}

function idOf(kind: 'transfer' | 'account', id: string): string {
  const uuid = parsePublicId(kind, id)
  if (uuid === undefined) throw new RefusedError({ code: 'not_found', values: { id: id.slice(0, 200) } })
  return uuid
}

/** Passing quota on within an organisation. */
export function quotaTransferRoutes(app: FastifyInstance, { purchases, callers }: OrderParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { database } = purchases

  api.post(
    '/v1/quota-transfers',
    {
      schema: {
        tags,
        security,
        summary: 'Send quota to your parent account or a child of yours',
        headers: z.object({ 'idempotency-key': z.string().optional() }),
        body,
        response: { 201: transferSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'manage')
      const key = idempotencyKeyOf(request)
      const { to, quantity, authorization } = request.body
      const fingerprint = fingerprintOf({ to, quantity })
      const wish = { caller, key, fingerprint, receiverId: idOf('account', to), quantity, authorization }
      const sent = await sendQuota(database, wish)
      if (!sent.ok) throw new RefusedError(sent.refusal)
      const answer = transferJson(sent.transfer)
      request.log.info({ transferId: answer.id }, 'quota sent')
      void reply.code(201).header('location', `/v1/quota-transfers/${answer.id}`)
      return answer
    },
  )

  api.get(
    '/v1/quota-transfers',
    {
      schema: {
        tags,
        security,
        summary: 'What an account sent and got, newest first',
        querystring: query,
        response: { 200: transferList, default: problemSchema },
      },
    },
    async (request) => {
      const { accountId } = permit(await callerOf(callers, request), 'read')
      const { cursor, limit } = request.query
      const before = cursor === undefined ? undefined : idOf('transfer', cursor)
      const items = await listTransfers(database.sql, { accountId, limit: limit + 1, before })
      const page = items.slice(0, limit)
      const last = page.at(-1)
      const nextCursor = items.length > limit && last !== undefined ? publicId('transfer', last.id) : null
      return { items: page.map(transferJson), nextCursor }
    },
  )

  api.get(
    '/v1/quota-transfers/:id',
    {
      schema: {
        tags,
        security,
        summary: 'One transfer, seen from either side',
        params: z.object({ id: z.string().describe('trf_...') }),
        response: { 200: transferSchema, default: problemSchema },
      },
    },
    async (request) => {
      const { accountId } = permit(await callerOf(callers, request), 'read')
      const found = await findTransfer(database.sql, { accountId, id: idOf('transfer', request.params.id) })
      if (found === undefined)
        throw new RefusedError({ code: 'not_found', values: { id: request.params.id.slice(0, 200) } })
      return transferJson(found)
    },
  )
}
