import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { jsonOfBody, openGatewayCaller, transactionIdSchema, wholeAmount, type GatewayAnswer } from './gateway-call.ts'
import {
  GatewayRefused,
  GatewayUnavailable,
  type Gateway,
  type GatewayOrder,
  type Instructions,
  type ReportedPayment,
  type StatusReport,
} from './gateway.ts'

// Xendit Payments API v3 (docs.xendit.co): one request for QRIS and virtual accounts alike; notifications carry the account's callback
// token. The token proves the sender, not the body, so what a notification says is asked again before it counts.

export type XenditOptions = {
  /** https://api.xendit.co. */
  url: string
  secretKey: string
  callbackToken: string
  milliseconds?: number
}

const amount = z.union([z.string(), z.number()])
const requestSchema = z.object({
  payment_request_id: z.string(),
  reference_id: z.string(),
  status: z.string(),
  latest_payment_id: z.string().nullish(),
  actions: z.array(z.object({ descriptor: z.string(), value: z.string() })).nullish(),
})
const paymentSchema = z.object({
  payment_id: transactionIdSchema,
  reference_id: z.string(),
  status: z.string(),
  currency: z.string(),
  request_amount: amount,
  captures: z.array(z.object({ capture_amount: amount })).nullish(),
})
const eventSchema = z.object({ event: z.string() })
const notificationSchema = z.object({ event: z.string(), data: paymentSchema })

/** Money by Xendit: QRIS, and virtual accounts of the banks it has them of. */
export function xenditGateway(options: XenditOptions): Gateway {
  const call = openGatewayCaller({
    url: options.url,
    headers: {
      authorization: `Basic ${Buffer.from(`${options.secretKey}:`).toString('base64')}`,
      'api-version': '2024-11-11',
    },
    ...(options.milliseconds === undefined ? {} : { milliseconds: options.milliseconds }),
  })
  // hashes, so that tokens of any length can be compared in constant time
  const expectedToken = hashOf(options.callbackToken)

  async function paymentOf(id: string, reference: string): Promise<StatusReport> {
    const answer = await call({ method: 'GET', path: `/v3/payments/${encodeURIComponent(id)}` })
    if (answer.status === 404) return { state: 'waiting', payments: [] }
    const payment = readAs(paymentSchema, answer)
    if (payment.reference_id !== reference) return { state: 'ended', payments: [] }
    const report = reportOf(payment)
    if (report === undefined) throw new GatewayUnavailable(`the payment is ${payment.status}`)
    return report
  }

  return {
    name: 'xendit',
    banks: ['bca', 'bni', 'bri', 'cimb', 'mandiri', 'permata'],
    mustConfirm: true,

    async create(order) {
      const answer = await call({
        method: 'POST',
        path: '/v3/payment_requests',
        headers: { 'idempotency-key': order.reference },
        json: requestOf(order),
      })
      if (answer.status === 429 || answer.status === 408 || answer.status === 409)
        throw new GatewayUnavailable(`the request was answered ${answer.status}`)
      if (answer.status >= 400) throw new GatewayRefused(`${answer.status} ${errorCodeOf(answer.json)}`)
      return instructionsOf(readAs(requestSchema, answer), order)
    },

    readNotification({ headers, body }) {
      const given = headers['x-callback-token']
      if (typeof given !== 'string' || !timingSafeEqual(hashOf(given), expectedToken))
        return { ok: false, reason: 'forged' }
      const told = jsonOfBody(body)
      const named = eventSchema.safeParse(told)
      // tokens, refunds and payouts come to the same address
      if (named.success && !named.data.event.startsWith('payment.')) return { ok: true, notification: undefined }
      const read = notificationSchema.safeParse(told)
      if (!read.success) return { ok: false, reason: 'unreadable' }
      const report = reportOf(read.data.data)
      if (report === undefined) return { ok: false, reason: 'unreadable' }
      const { reference_id: reference, payment_id: transactionId } = read.data.data
      return { ok: true, notification: { reference, transactionId, report } }
    },

    async status({ reference, gatewayId, transactionId }) {
      if (transactionId !== undefined) return paymentOf(transactionId, reference)
      const answer = await call({ method: 'GET', path: `/v3/payment_requests/${encodeURIComponent(gatewayId)}` })
      if (answer.status === 404) return { state: 'waiting', payments: [] }
      const request = readAs(requestSchema, answer)
      if (request.reference_id !== reference) throw new GatewayUnavailable('status is about another order')
      switch (request.status) {
        case 'SUCCEEDED':
          // the payment's own id is what it is known by: the same in its notification
          if (request.latest_payment_id == null) throw new GatewayUnavailable('paid, but not by which payment')
          return paymentOf(request.latest_payment_id, reference)
        case 'ACCEPTING_PAYMENTS':
        case 'REQUIRES_ACTION':
        case 'AUTHORIZED':
          return { state: 'waiting', payments: [] }
        case 'CANCELED':
        case 'EXPIRED':
        case 'FAILED':
          return { state: 'ended', payments: [] }
        default:
          throw new GatewayUnavailable(`the request is ${request.status}`)
      }
    },

    async close({ gatewayId }) {
      const answer = await call({
        method: 'POST',
        path: `/v3/payment_requests/${encodeURIComponent(gatewayId)}/cancel`,
      })
      // 4xx: it is paid or over already
      if (answer.status === 429) throw new GatewayUnavailable('cancel answered 429')
    },
  }
}

function requestOf(order: GatewayOrder): Record<string, unknown> {
  const expires = { expires_at: order.expiresAt.toISOString() }
  return {
    reference_id: order.reference,
    type: 'PAY',
    country: 'ID',
    currency: 'IDR',
    request_amount: Number(order.amountRupiah),
    capture_method: 'AUTOMATIC',
    channel_code: order.method === 'qris' ? 'QRIS' : `${String(order.bank).toUpperCase()}_VIRTUAL_ACCOUNT`,
    channel_properties: order.method === 'qris' ? expires : { ...expires, display_name: 'OpenMeterai' },
  }
}

function instructionsOf(request: z.infer<typeof requestSchema>, order: GatewayOrder): Instructions {
  const wanted = order.method === 'qris' ? 'QR_STRING' : 'VIRTUAL_ACCOUNT_NUMBER'
  const value = request.actions?.find(({ descriptor }) => descriptor === wanted)?.value
  if (value === undefined) throw new GatewayUnavailable('the answer does not say how to pay')
  const gatewayId = request.payment_request_id
  return order.method === 'qris' ? { gatewayId, qrText: value } : { gatewayId, accountNumber: value }
}

/** Undefined for a state that is not of the published list, and for an amount that is no whole number. */
function reportOf(payment: z.infer<typeof paymentSchema>): StatusReport | undefined {
  switch (payment.status) {
    case 'SUCCEEDED': {
      const paid = paidBy(payment)
      return paid === undefined ? undefined : { state: 'paid', payments: [paid] }
    }
    case 'PENDING':
    case 'AUTHORIZED':
      return { state: 'waiting', payments: [] }
    case 'FAILED':
    case 'CANCELED':
    case 'EXPIRED':
      return { state: 'ended', payments: [] }
    default:
      return undefined
  }
}

/** What was captured, where it says so; else what was asked for, which a closed account or a dynamic QR alone takes. */
function paidBy(payment: z.infer<typeof paymentSchema>): ReportedPayment | undefined {
  const captured = payment.captures?.length ? payment.captures.map((one) => wholeAmount(one.capture_amount)) : undefined
  const amounts = captured ?? [wholeAmount(payment.request_amount)]
  let amountRupiah = 0n
  for (const one of amounts) {
    if (one === undefined) return undefined
    amountRupiah += one
  }
  return { transactionId: payment.payment_id, amountRupiah, currency: payment.currency }
}

function readAs<T>(schema: z.ZodType<T>, { status, json }: GatewayAnswer): T {
  const read = schema.safeParse(json)
  if (status >= 400 || !read.success) throw new GatewayUnavailable(`the answer (${status}) cannot be read`)
  return read.data
}

/** Xendit's word for what was wrong; nothing of the request. */
function errorCodeOf(json: unknown): string {
  const read = z.object({ error_code: z.string().max(100) }).safeParse(json)
  return read.success ? read.data.error_code : ''
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
