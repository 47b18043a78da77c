import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Database } from '../../database/database.ts'
import { jsonOfBody, transactionIdSchema, wholeAmount } from '../gateways/gateway-call.ts'
import {
  banks,
  GatewayUnavailable,
  type Gateway,
  type ReportedPayment,
  type StatusReport,
} from '../gateways/gateway.ts'
import { findSimulated, openSimulated } from './simulated-payment.ts'

// Bank and wallet of the demo. It shares our database but nothing else: it is asked by the same calls as a real gateway and tells
// of payments by the same notifications, signed over the whole body.

/** Where a notification's signature stands: HMAC-SHA256 of the body, in hex. */
export const simulatorSignatureHeader = 'simulator-signature'

/** The signature of a simulator's notification. */
export function simulatorSignature(secret: Buffer, body: string | Buffer): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}

const notificationSchema = z.object({
  reference: z.string(),
  state: z.enum(['waiting', 'paid']),
  transactionId: transactionIdSchema,
  amountRupiah: z.number(),
  currency: z.string(),
})
/** The body of a simulator's notification. */
export type SimulatorNotification = z.infer<typeof notificationSchema>

/** The gateway of the demo. `secret`: of its notifications. */
export function simulatorGateway(given: { database: Database; secret: Buffer }): Gateway {
  const { sql } = given.database
  return {
    name: 'simulator',
    banks,
    mustConfirm: false,

    async create(order) {
      await openSimulated(sql, order)
      const opened = await findSimulated(sql, order.reference)
      if (opened === undefined) throw new GatewayUnavailable('the simulator forgot the order')
      const { gatewayId, qrText, accountNumber } = opened
      return {
        gatewayId,
        ...(qrText === undefined ? {} : { qrText }),
        ...(accountNumber === undefined ? {} : { accountNumber }),
      }
    },

    readNotification({ headers, body }) {
      const header = headers[simulatorSignatureHeader]
      const signature = Buffer.from(typeof header === 'string' ? header : '', 'hex')
      const expected = Buffer.from(simulatorSignature(given.secret, body), 'hex')
      if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
        return { ok: false, reason: 'forged' }
      const read = notificationSchema.safeParse(jsonOfBody(body))
      const amountRupiah = wholeAmount(read.data?.amountRupiah)
      if (!read.success || amountRupiah === undefined) return { ok: false, reason: 'unreadable' }
      const { reference, transactionId, currency, state } = read.data
      const report = reportOf(state === 'paid' ? [{ transactionId, amountRupiah, currency }] : [])
      return { ok: true, notification: { reference, transactionId, report } }
    },

    async status({ reference }) {
      const found = await findSimulated(sql, reference)
      return reportOf((found?.transactions ?? []).map((one) => ({ ...one, currency: 'IDR' })))
    },

    async close({ reference }) {
      await sql`update simulated_payments set is_closed = true where reference = ${reference}`
    },
  }
}

function reportOf(payments: readonly ReportedPayment[]): StatusReport {
  return { state: payments.length === 0 ? 'waiting' : 'paid', payments }
}
