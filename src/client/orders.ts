import type { Refusal } from '../errors.ts'
import { fieldsOf, numberOf, oneOf, optionalTextOf, textOf } from './json-fields.ts'
import { callService, type Called, type Connection } from './transport.ts'

/** States of an order as the service tells them. */
export const orderStates = ['waiting_approval', 'waiting', 'paid', 'expired', 'replaced', 'cancelled'] as const

/** An order as its buyer needs it: what it costs, and how it is paid; both ways are undefined until the payment provider has answered. */
export type Order = {
  id: string
  state: (typeof orderStates)[number]
  quantity: number
  /** Whole rupiah. */
  totalRupiah: number
  method: string
  bank: string | undefined
  qrText: string | undefined
  accountNumber: string | undefined
  /** ISO 8601. */
  expiresAt: string
}

/** What is bought: `bank` with a virtual account, `tag` where the buyer has cost centres. */
export type OrderWish = { quantity: number; method: string; bank?: string; tag?: string }

type OrderAnswer = { ok: true; order: Order } | { ok: false; refusal: Refusal }

/** Orders quota. The same key again is the same order, so sending it twice is safe. Throws AnswerError. */
export async function placeOrder(connection: Connection, wish: OrderWish, key: string): Promise<OrderAnswer> {
  const headers = { 'idempotency-key': key }
  return answerOf(await callService(connection, { method: 'POST', path: '/v1/orders', headers, json: wish }))
}

/** The order as it is now. Throws AnswerError. */
export async function fetchOrder(connection: Connection, id: string): Promise<OrderAnswer> {
  return answerOf(await callService(connection, { method: 'GET', path: `/v1/orders/${encodeURIComponent(id)}` }))
}

function answerOf(called: Called): OrderAnswer {
  return called.ok ? { ok: true, order: readOrder(called.answer.json) } : called
}

function readOrder(json: unknown): Order {
  const fields = fieldsOf(json, 'order')
  const payment = fields.values['payment']
  const paying = payment === null || payment === undefined ? undefined : fieldsOf(payment, 'order.payment')
  return {
    id: textOf(fields, 'id'),
    state: oneOf(fields, 'state', orderStates),
    quantity: numberOf(fields, 'quantity'),
    totalRupiah: numberOf(fields, 'totalRupiah'),
    method: textOf(fields, 'method'),
    bank: optionalTextOf(fields, 'bank'),
    qrText: paying === undefined ? undefined : optionalTextOf(paying, 'qrText'),
    accountNumber: paying === undefined ? undefined : optionalTextOf(paying, 'accountNumber'),
    expiresAt: textOf(fields, 'expiresAt'),
  }
}
