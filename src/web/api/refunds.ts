import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { fingerprintOf } from '../../affixing/fingerprint.ts'
import { parsePublicId, publicId } from '../../base/ids.ts'
import { RefusedError } from '../../errors.ts'
import { accountNameLengthMax, bankNameLengthMax, orderQuantityMax } from '../../limits/purchases.ts'
import { listItemsMax } from '../../limits/traffic.ts'
import { askRefund, cancelRefund, setDestination } from '../../purchases/refunds/ask-refund.ts'
import { refundReasons } from '../../purchases/refunds/promised-day.ts'
import {
  destinationOf,
  findRefund,
  listRefunds,
  maskedNumber,
  refundStates,
  type RefundCase,
} from '../../purchases/refunds/refund.ts'
import { callerOf, callerSecurity, idempotencyKeyOf, permit } from './caller.ts'
import type { OrderParts } from './orders.ts'
import { authorizationField } from './pin-schemas.ts'
import { problemSchema, refusedAs } from './schemas.ts'

const tags = ['Refunds']
const security = callerSecurity
const idParams = z.object({ id: z.string().describe('ref_...') })

const words = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), refusedAs('text_unusable'))
const destination = z
  .object({
    bank: words(bankNameLengthMax),
    accountNumber: z.string().regex(/^\d{5,20}$/),
    accountName: words(accountNameLengthMax).describe('As the bank has it'),
  })
  .strict()
const refundBody = z
  .object({
    quantity: z.number().int().min(1).max(orderQuantityMax).describe('Unused stamps to give back'),
    destination,
    authorization: authorizationField,
  })
  .strict()
const destinationBody = destination.extend({ authorization: authorizationField }).strict()
const refundQuery = z
  .object({
    cursor: z.string().max(100).optional(),
    limit: z.coerce.number().int().min(1).max(listItemsMax).default(50),
  })
  .strict()
const refundSchema = z.object({
  id: z.string(),
  state: z.enum(refundStates),
  reason: z.enum(refundReasons),
  quantity: z.number().int().describe('Stamps that were given back; 0 where a payment bought nothing'),
  amountRupiah: z.number().int(),
  currency: z.string().optional().describe('Where it is not IDR: amountRupiah counts its whole units'),
  orderId: z.string().optional(),
  destination: z
    .object({ bank: z.string(), accountNumber: z.string().describe('Its last four digits'), accountName: z.string() })
    .optional(),
  promisedOn: z.string().describe('Day by which the money is back, YYYY-MM-DD in Jakarta'),
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
})
const refundList = z.object({ items: z.array(refundSchema), nextCursor: z.string().nullable() })

function refundIdOf(id: string): string {
  const uuid = parsePublicId('refund', id)
  if (uuid === undefined) throw new RefusedError({ code: 'not_found', values: { id: id.slice(0, 200) } })
  return uuid
}

/** Money that goes back: for unused stamps at their owner's wish, and for payments that bought nothing. */
export function refundRoutes(app: FastifyInstance, { purchases, callers }: OrderParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { sql } = purchases.database

  function refundJson(refund: RefundCase): z.input<typeof refundSchema> {
    const { orderId, endedAt } = refund
    const to = destinationOf(purchases.sealing, refund)
    return {
      id: publicId('refund', refund.id),
      state: refund.state,
      reason: refund.reason,
      quantity: refund.units,
      amountRupiah: Number(refund.amountRupiah),
      ...(refund.currency === 'IDR' ? {} : { currency: refund.currency }),
      ...(orderId === undefined ? {} : { orderId: publicId('order', orderId) }),
      ...(to === undefined ? {} : { destination: { ...to, accountNumber: maskedNumber(to.accountNumber) } }),
      promisedOn: refund.promisedOn,
      createdAt: refund.createdAt.toISOString(),
      ...(endedAt === undefined ? {} : { endedAt: endedAt.toISOString() }),
    }
  }

  api.post(
    '/v1/refunds',
    {
      schema: {
        tags,
        security,
        summary: 'Give unused stamps back for their money, in full; they leave the quota at once',
        headers: z.object({ 'idempotency-key': z.string().optional() }),
        body: refundBody,
        response: { 201: refundSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'manage')
      const key = idempotencyKeyOf(request)
      const { authorization, ...wish } = request.body
      const fingerprint = fingerprintOf(wish)
      const asked = await askRefund(purchases, { caller, key, fingerprint, authorization, ...wish })
      if (!asked.ok) throw new RefusedError(asked.refusal)
      const answer = refundJson(asked.refund)
      request.log.info({ refundId: answer.id }, 'refund asked')
      void reply.code(201).header('location', `/v1/refunds/${answer.id}`)
      return answer
    },
  )

  api.get(
    '/v1/refunds',
    {
      schema: {
        tags,
        security,
        summary: "An account's refunds, newest first",
        querystring: refundQuery,
        response: { 200: refundList, default: problemSchema },
      },
    },
    async (request) => {
      const { accountId } = permit(await callerOf(callers, request), 'read')
      const { cursor, limit } = request.query
      const before = cursor === undefined ? undefined : refundIdOf(cursor)
      const items = await listRefunds(sql, { accountId, limit: limit + 1, before })
      const page = items.slice(0, limit)
      const last = page.at(-1)
      const nextCursor = items.length > limit && last !== undefined ? publicId('refund', last.id) : null
      return { items: page.map(refundJson), nextCursor }
    },
  )

  api.get(
    '/v1/refunds/:id',
    {
      schema: {
        tags,
        security,
        summary: 'One refund, with the day its money is promised',
        params: idParams,
        response: { 200: refundSchema, default: problemSchema },
      },
    },
    async (request) => {
      const { accountId } = permit(await callerOf(callers, request), 'read')
      const refund = await findRefund(sql, { accountId, id: refundIdOf(request.params.id) })
      if (refund === undefined) throw new RefusedError({ code: 'not_found', values: { id: request.params.id } })
      return refundJson(refund)
    },
  )

  api.put(
    '/v1/refunds/:id/destination',
    {
      schema: {
        tags,
        security,
        summary: 'Where the money goes, while nobody has approved it',
        params: idParams,
        body: destinationBody,
        response: { 200: refundSchema, default: problemSchema },
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'manage')
      const { authorization, ...to } = request.body
      const id = refundIdOf(request.params.id)
      const set = await setDestination(purchases, { caller, id, destination: to, authorization })
      if (!set.ok) throw new RefusedError(set.refusal)
      return refundJson(set.refund)
    },
  )

  api.delete(
    '/v1/refunds/:id',
    {
      schema: {
        tags,
        security,
        summary: 'Keep the stamps after all, while nobody has approved it: they are in the quota again',
        params: idParams,
        response: { 200: refundSchema, default: problemSchema },
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'manage')
      const cancelled = await cancelRefund(purchases, { caller, id: refundIdOf(request.params.id) })
      if (!cancelled.ok) throw new RefusedError(cancelled.refusal)
      return refundJson(cancelled.refund)
    },
  )
}
