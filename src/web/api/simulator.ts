import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { RefusedError } from '../../errors.ts'
import {
  actAsPayer,
  simulatorActs,
  type SimulatorAct,
  type SimulatorParts,
} from '../../purchases/simulator/act-as-payer.ts'
import { findSimulated, type SimulatedPayment } from '../../purchases/simulator/simulated-payment.ts'
import { plainContext, type Site } from '../portal/page-context.ts'
import { sendPage } from '../portal/send-page.ts'
import { simulatorPage } from '../portal/simulator-page.tsx'
import { problemSchema } from './schemas.ts'

const tags = ['Simulator']
const params = z.object({ reference: z.string().describe('ord_...') })
const actBody = z.object({ act: z.enum(simulatorActs) }).strict()
const paymentSchema = z.object({
  reference: z.string(),
  method: z.enum(['qris', 'virtual_account']),
  amountRupiah: z.number().int(),
  expiresAt: z.iso.datetime(),
  transactions: z.array(z.object({ transactionId: z.string(), amountRupiah: z.number().int() })),
  answers: z.array(z.number().int()).optional().describe('How our notifications were answered; 0: not at all'),
})

/** Bank and wallet of the demo, for programs and for people. Only where the simulator is a gateway. */
export function simulatorRoutes(app: FastifyInstance, simulator: SimulatorParts, site: Site): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { sql } = simulator.database

  async function found(reference: string): Promise<SimulatedPayment> {
    const payment = await findSimulated(sql, reference)
    if (payment === undefined) throw new RefusedError({ code: 'not_found', values: { id: reference.slice(0, 200) } })
    return payment
  }

  async function act(
    reference: string,
    wanted: SimulatorAct,
  ): Promise<{ payment: SimulatedPayment; answers: number[] }> {
    const acted = await actAsPayer(simulator, reference, wanted)
    if (!acted.ok && acted.reason === 'unknown')
      throw new RefusedError({ code: 'not_found', values: { id: reference.slice(0, 200) } })
    return acted.ok ? acted : { payment: await found(reference), answers: [] }
  }

  api.get(
    '/simulator/payments/:reference',
    {
      schema: {
        tags,
        summary: 'What the simulated bank knows',
        params,
        response: { 200: paymentSchema, default: problemSchema },
      },
    },
    async (request) => paymentJson(await found(request.params.reference)),
  )

  api.post(
    '/simulator/payments/:reference',
    {
      schema: {
        tags,
        summary: 'Plays a payer, with or without luck',
        params,
        body: actBody,
        response: { 200: paymentSchema, default: problemSchema },
      },
    },
    async (request) => {
      const { payment, answers } = await act(request.params.reference, request.body.act)
      return { ...paymentJson(payment), answers }
    },
  )

  app.get<{ Params: { reference: string } }>(
    '/simulator/pembayaran/:reference',
    { schema: { hide: true } },
    async (request, reply) => {
      const payment = await found(request.params.reference)
      const now = await simulator.database.now()
      const context = plainContext(request, site)
      const isOver = payment.isClosed || payment.expiresAt <= now
      return sendPage(reply, context, simulatorPage(context, { payment, isOver }))
    },
  )

  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    )
    scope.post<{ Params: { reference: string } }>(
      '/simulator/pembayaran/:reference',
      { schema: { hide: true } },
      async (request, reply) => {
        const { reference } = request.params
        await found(reference)
        const wanted = actBody.safeParse(request.body)
        if (wanted.success) await act(reference, wanted.data.act)
        return reply.redirect(`/simulator/pembayaran/${encodeURIComponent(reference)}`, 303)
      },
    )
  })
}

function paymentJson(payment: SimulatedPayment): z.input<typeof paymentSchema> {
  return {
    reference: payment.reference,
    method: payment.method,
    amountRupiah: Number(payment.amountRupiah),
    expiresAt: payment.expiresAt.toISOString(),
    transactions: payment.transactions.map(({ transactionId, amountRupiah }) => ({
      transactionId,
      amountRupiah: Number(amountRupiah),
    })),
  }
}
