import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { jsonOfBody, openGatewayCaller, transactionIdSchema, wholeAmount, type GatewayAnswer } from './gateway-call.ts'
import {
  GatewayRefused,
  GatewayUnavailable,
  type Gateway,
  type GatewayOrder,
  type Instructions,
  type StatusReport,
} from './gateway.ts'

// Midtrans Core API (docs.midtrans.com): charge, status, cancel; HTTP notifications with `signature_key`. The signature covers order_id,
// status_code and gross_amount, not the state of the transaction, so what a notification says is asked again before it counts.

export type MidtransOptions = {
  /** https://api.midtrans.com, or the sandbox's. */
  url: string
  serverKey: string
  milliseconds?: number
}

const transactionSchema = z.object({
  status_code: z.string().optional(),
  status_message: z.string().optional(),
  order_id: z.string().optional(),
  transaction_id: transactionIdSchema.optional(),
  gross_amount: z.union([z.string(), z.number()]).optional(),
  currency: z.string().optional(),
  transaction_status: z.string().optional(),
  fraud_status: z.string().optional(),
  signature_key: z.string().optional(),
  qr_string: z.string().optional(),
  permata_va_number: z.string().optional(),
  va_numbers: z.array(z.object({ bank: z.string(), va_number: z.string() })).optional(),
})
type Transaction = z.infer<typeof transactionSchema>

/** Money by Midtrans: QRIS, and virtual accounts of the banks it has them of. */
export function midtransGateway(options: MidtransOptions): Gateway {
  const { serverKey } = options
  const call = openGatewayCaller({
    url: options.url,
    headers: { authorization: `Basic ${Buffer.from(`${serverKey}:`).toString('base64')}` },
    ...(options.milliseconds === undefined ? {} : { milliseconds: options.milliseconds }),
  })
  const pathOf = (id: string, what: 'status' | 'cancel') => `/v2/${encodeURIComponent(id)}/${what}`

  return {
    name: 'midtrans',
    banks: ['bca', 'bni', 'bri', 'cimb', 'permata'],
    mustConfirm: true,

    async create(order) {
      const answer = await call({
        method: 'POST',
        path: '/v2/charge',
        // within its few minutes the same answer comes again
        headers: { 'idempotency-key': order.reference },
        json: chargeOf(order),
      })
      const charged = transactionOf(answer)
      const code = charged.status_code ?? String(answer.status)
      // 406: this order_id was charged before, by a call whose answer we never got
      if (code === '406')
        return instructionsOf(transactionOf(await call({ method: 'GET', path: pathOf(order.reference, 'status') })))
      if (code === '200' || code === '201') return instructionsOf(charged)
      if (/^4\d\d$/.test(code) && code !== '429') throw new GatewayRefused(`${code} ${charged.status_message ?? ''}`)
      throw new GatewayUnavailable(`charge answered ${code}`)
    },

    readNotification({ body }) {
      const notified = transactionSchema.safeParse(jsonOfBody(body))
      if (!notified.success) return { ok: false, reason: 'unreadable' }
      const { order_id, status_code, gross_amount, signature_key, transaction_id } = notified.data
      // gross_amount as it was sent: "24145.00" is not 24145
      const signed = `${order_id ?? ''}${status_code ?? ''}${gross_amount ?? ''}${serverKey}`
      const expected = createHash('sha512').update(signed).digest()
      const given = Buffer.from(signature_key ?? '', 'hex')
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { ok: false, reason: 'forged' }
      if (order_id === undefined || transaction_id === undefined) return { ok: false, reason: 'unreadable' }
      const report = reportOf(notified.data)
      if (report === undefined) return { ok: false, reason: 'unreadable' }
      return { ok: true, notification: { reference: order_id, transactionId: transaction_id, report } }
    },

    async status({ reference, transactionId }) {
      const answer = await call({ method: 'GET', path: pathOf(transactionId ?? reference, 'status') })
      const found = transactionOf(answer)
      // 404: never charged, or not paid yet where the wallet has not looked at the QR
      if ((found.status_code ?? String(answer.status)) === '404') return { state: 'waiting', payments: [] }
      if (found.order_id === undefined)
        throw new GatewayUnavailable(`status answered ${found.status_code ?? answer.status}`)
      // the signature does not cover transaction_id: one that is another order's was no payment of this one
      if (found.order_id !== reference) return { state: 'ended', payments: [] }
      const report = reportOf(found)
      if (report === undefined) throw new GatewayUnavailable(`status says ${found.transaction_status ?? 'nothing'}`)
      return report
    },

    async close({ reference }) {
      const answer = await call({ method: 'POST', path: pathOf(reference, 'cancel') })
      // 412: it is paid or over already; 404: it never came to be
      const code = transactionOf(answer).status_code ?? String(answer.status)
      if (!['200', '404', '412'].includes(code)) throw new GatewayUnavailable(`cancel answered ${code}`)
    },
  }
}

function chargeOf(order: GatewayOrder): Record<string, unknown> {
  const minutes = Math.max(1, Math.ceil((order.expiresAt.getTime() - order.now.getTime()) / 60_000))
  const always = {
    transaction_details: { order_id: order.reference, gross_amount: Number(order.amountRupiah) },
    custom_expiry: { expiry_duration: minutes, unit: 'minute' },
  }
  if (order.method === 'qris') return { ...always, payment_type: 'qris', qris: { acquirer: 'gopay' } }
  return { ...always, payment_type: 'bank_transfer', bank_transfer: { bank: order.bank } }
}

function instructionsOf(transaction: Transaction): Instructions {
  const { transaction_id, qr_string, permata_va_number, va_numbers } = transaction
  const accountNumber = permata_va_number ?? va_numbers?.[0]?.va_number
  if (transaction_id === undefined || (qr_string === undefined && accountNumber === undefined))
    throw new GatewayUnavailable('the answer does not say how to pay')
  return {
    gatewayId: transaction_id,
    ...(qr_string === undefined ? {} : { qrText: qr_string }),
    ...(accountNumber === undefined ? {} : { accountNumber }),
  }
}

/** Undefined for a state that is not of the published list, and for an amount that is no whole number. */
function reportOf(transaction: Transaction): StatusReport | undefined {
  const amountRupiah = wholeAmount(transaction.gross_amount)
  const { transaction_id: transactionId, currency = 'IDR', fraud_status = 'accept' } = transaction
  if (amountRupiah === undefined || transactionId === undefined) return undefined
  const payments = [{ transactionId, amountRupiah, currency }]
  switch (transaction.transaction_status) {
    case 'settlement':
      return { state: 'paid', payments }
    case 'capture':
      return fraud_status === 'accept' ? { state: 'paid', payments } : { state: 'waiting', payments: [] }
    case 'authorize':
    case 'pending':
      return { state: 'waiting', payments: [] }
    case 'deny':
    case 'cancel':
    case 'expire':
    case 'failure':
      return { state: 'ended', payments: [] }
    case 'refund':
    case 'partial_refund':
    case 'chargeback':
    case 'partial_chargeback':
      return { state: 'refunded', payments: [] }
    default:
      return undefined
  }
}

function transactionOf({ json }: GatewayAnswer): Transaction {
  const read = transactionSchema.safeParse(json)
  if (!read.success) throw new GatewayUnavailable('the answer cannot be read')
  return read.data
}
