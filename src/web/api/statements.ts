import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { RefusedError } from '../../errors.ts'
import {
  monthBounds,
  monthlyStatement,
  statementCsv,
  statementKinds,
  type Statement,
} from '../../reports/monthly-statement.ts'
import { returnClasses, returnDocuments, type ReturnWish } from '../../reports/stamp-duty-return.ts'
import { callerOf, callerSecurity, permit } from './caller.ts'
import type { OrderParts } from './orders.ts'
import { problemSchema } from './schemas.ts'

const tags = ['Purchases']
const security = callerSecurity
const params = z.object({ month: z.string().describe('YYYY-MM, in Jakarta') })
const statementSchema = z.object({
  month: z.string(),
  from: z.iso.datetime(),
  until: z.iso.datetime(),
  ledger: z.enum(['stamps', 'specimens']),
  opening: z.number().int().describe('Stamps at the start; opening + lines = closing'),
  lines: z.array(z.object({ kind: z.enum(statementKinds), units: z.number().int() })),
  closing: z.number().int(),
  usedBy: z.array(z.object({ actor: z.string(), units: z.number().int() })).describe('The line used, by key or person'),
  usedByTag: z
    .array(z.object({ tag: z.string(), units: z.number().int() }))
    .describe('The same by cost centre, of the affixing or its batch'),
  orders: z.array(
    z.object({
      id: z.string(),
      paidAt: z.iso.datetime(),
      tag: z.string().optional(),
      creditedTo: z.enum(['quota', 'debt']),
      units: z.number().int(),
      totalRupiah: z.number().int(),
    }),
  ),
  boughtByTag: z.array(z.object({ tag: z.string(), units: z.number().int(), totalRupiah: z.number().int() })),
})

/** An account's months. */
export function statementRoutes(app: FastifyInstance, { purchases, callers }: OrderParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()

  async function wishOf(request: FastifyRequest, month: string): Promise<ReturnWish> {
    const { accountId, keyKind } = permit(await callerOf(callers, request), 'read')
    const bounds = monthBounds(month)
    if (bounds === undefined) throw new RefusedError({ code: 'not_found', values: { id: month.slice(0, 200) } })
    return { accountId, ledger: keyKind === 'live' ? 'stamps' : 'specimens', ...bounds }
  }

  /** A return is about duty that was paid: specimens are none. */
  async function returnWishOf(request: FastifyRequest, month: string): Promise<ReturnWish> {
    const wish = await wishOf(request, month)
    if (wish.ledger === 'specimens') throw new RefusedError({ code: 'return_of_specimens' })
    return wish
  }

  async function statementOf(request: FastifyRequest, month: string): Promise<Statement> {
    return monthlyStatement(purchases.database, { ...(await wishOf(request, month)), month })
  }

  function sendCsv(reply: FastifyReply, name: string, csv: string | Readable): FastifyReply {
    void reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="${name}.csv"`)
    return reply.send(csv)
  }

  api.get(
    '/v1/statements/:month',
    {
      schema: {
        tags,
        security,
        summary: 'A month of quota: opening, what moved it, closing; by member and by cost centre',
        params,
        response: { 200: statementSchema, default: problemSchema },
      },
    },
    async (request) => {
      const { orders, ...statement } = await statementOf(request, request.params.month)
      return {
        ...statement,
        orders: orders.map(({ tag, ...order }) => ({ ...order, ...(tag === undefined ? {} : { tag }) })),
      }
    },
  )

  api.get(
    '/v1/statements/:month/csv',
    { schema: { tags, security, summary: 'The same as CSV', params, produces: ['text/csv'] } },
    async (request, reply) => {
      const statement = await statementOf(request, request.params.month)
      return sendCsv(reply, `statement-${statement.month}`, statementCsv(statement))
    },
  )

  api.get(
    '/v1/statements/:month/return',
    {
      schema: {
        tags,
        security,
        summary: 'The documents of a month for the stamp-duty return (SPT Masa), as CSV',
        params,
        produces: ['text/csv'],
      },
    },
    async (request, reply) => {
      const { month } = request.params
      const documents = returnDocuments(purchases.database.sql, await returnWishOf(request, month))
      return sendCsv(reply, `return-${month}`, Readable.from(documents))
    },
  )

  api.get(
    '/v1/statements/:month/return/classes',
    { schema: { tags, security, summary: 'Its sums by document class, as CSV', params, produces: ['text/csv'] } },
    async (request, reply) => {
      const { month } = request.params
      const classes = await returnClasses(purchases.database.sql, await returnWishOf(request, month))
      return sendCsv(reply, `return-classes-${month}`, classes)
    },
  )
}
