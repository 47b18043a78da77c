import { publicId } from '../base/ids.ts'
import type { Queryable, Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import {
  banks,
  gatewayNames,
  paymentMethods,
  type Bank,
  type GatewayName,
  type PaymentMethod,
} from './gateways/gateway.ts'

// waiting_approval -> waiting | replaced | cancelled; waiting -> paid | expired | replaced; expired -> paid or replaced, for money may come late.
// Nothing else.

/** What an order can be: `waiting_approval` is for a second member, and no gateway knows of it; `waiting` is for the money. */
export const orderStates = ['waiting_approval', 'waiting', 'paid', 'expired', 'replaced', 'cancelled'] as const
export type OrderState = (typeof orderStates)[number]

/** Ledgers that can be bought for: test keys buy specimens. */
export type BoughtLedger = 'stamps' | 'specimens'

/** A payment buys quota, or pays for what was drawn on credit. */
export const payable = ['quota', 'debt'] as const
export type PaysFor = (typeof payable)[number]

/** A purchase of quota. Amounts in whole rupiah; how to pay is undefined until the gateway knows of it. */
export type Order = {
  accountId: string
  id: string
  ledger: BoughtLedger
  quantity: number
  priceRupiah: bigint
  feeRupiah: bigint
  totalRupiah: bigint
  method: PaymentMethod
  bank: Bank | undefined
  /** What its payment is credited to. */
  paysFor: PaysFor
  tag: string | undefined
  gateway: GatewayName
  gatewayId: string | undefined
  qrText: string | undefined
  accountNumber: string | undefined
  state: OrderState
  version: number
  /** Who placed it and who let it pass, as the audit names actors; undefined for orders from before, and where nobody had to. */
  madeBy: string | undefined
  approvedBy: string | undefined
  createdAt: Date
  /** When it is over: its approval's time, or its payment's. */
  expiresAt: Date
  endedAt: Date | undefined
  /** The order that this one came instead of, and the one that came instead of it. */
  replaces: string | undefined
  replacedBy: string | undefined
}

/** An order's row, as `orderColumns` reads it. */
export type OrderRow = {
  account_id: string
  order_id: string
  ledger: BoughtLedger
  quantity: number
  price_rupiah: bigint
  fee_rupiah: bigint
  total_rupiah: bigint
  method: string
  bank: string | null
  pays_for: PaysFor
  tag: string | null
  gateway: string
  gateway_id: string | null
  qr_text: string | null
  account_number: string | null
  state: OrderState
  version: number
  made_by: string | null
  approved_by: string | null
  created_at: Date
  expires_at: Date
  ended_at: Date | null
  replaces: string | null
  replaced_by: string | null
}

/** Everything an Order is made of; the table goes by `o`. */
export function orderColumns(sql: Queryable) {
  return sql`o.account_id, o.order_id, o.ledger, o.quantity, o.price_rupiah, o.fee_rupiah, o.total_rupiah, o.method, o.bank, o.pays_for, o.tag, o.gateway,
    o.gateway_id, o.qr_text, o.account_number, o.state, o.version, o.made_by, o.approved_by, o.created_at, o.expires_at, o.ended_at, o.replaces,
    (select r.order_id from orders r where r.account_id = o.account_id and r.replaces = o.order_id) as replaced_by`
}

function known<T extends string>(names: readonly T[], name: string): T {
  const found = names.find((each) => each === name)
  if (found === undefined) throw new Error(`an order holds "${name}", which this version does not know`)
  return found
}

/** The order of a row. */
export function orderFromRow(row: OrderRow): Order {
  return {
    accountId: row.account_id,
    id: row.order_id,
    ledger: row.ledger,
    quantity: row.quantity,
    priceRupiah: row.price_rupiah,
    feeRupiah: row.fee_rupiah,
    totalRupiah: row.total_rupiah,
    method: known(paymentMethods, row.method),
    bank: row.bank === null ? undefined : known(banks, row.bank),
    paysFor: row.pays_for,
    tag: row.tag ?? undefined,
    gateway: known(gatewayNames, row.gateway),
    gatewayId: row.gateway_id ?? undefined,
    qrText: row.qr_text ?? undefined,
    accountNumber: row.account_number ?? undefined,
    state: row.state,
    version: row.version,
    madeBy: row.made_by ?? undefined,
    approvedBy: row.approved_by ?? undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at ?? undefined,
    replaces: row.replaces ?? undefined,
    replacedBy: row.replaced_by ?? undefined,
  }
}

/** One order of this account; undefined for another's and for none. */
export async function findOrder(sql: Queryable, wanted: { accountId: string; id: string }): Promise<Order | undefined> {
  const [row] = await sql<OrderRow[]>`
    select ${orderColumns(sql)} from orders o where o.account_id = ${wanted.accountId} and o.order_id = ${wanted.id}`
  return row === undefined ? undefined : orderFromRow(row)
}

/** The order that a gateway names, whoever's it is; undefined where it was placed with another gateway. */
export async function findOrderOfGateway(
  sql: Queryable,
  wanted: { gateway: GatewayName; id: string },
): Promise<Order | undefined> {
  const [row] = await sql<OrderRow[]>`
    select ${orderColumns(sql)} from orders o where o.order_id = ${wanted.id} and o.gateway = ${wanted.gateway}`
  return row === undefined ? undefined : orderFromRow(row)
}

/** A page of an account's orders, newest first; `before` is the id the last page ended with. */
export async function listOrders(
  sql: Queryable,
  wanted: { accountId: string; limit: number; before?: string | undefined; state?: OrderState | undefined },
): Promise<Order[]> {
  const rows = await sql<OrderRow[]>`
    select ${orderColumns(sql)} from orders o where o.account_id = ${wanted.accountId}
      ${wanted.before === undefined ? sql`` : sql`and o.order_id < ${wanted.before}`}
      ${wanted.state === undefined ? sql`` : sql`and o.state = ${wanted.state}`}
    order by o.order_id desc limit ${wanted.limit}`
  return rows.map(orderFromRow)
}

/** The order as it is now, held until the transaction ends; the caller holds its account's lock. */
export async function lockOrder(tx: Tx, wanted: { accountId: string; id: string }): Promise<Order> {
  await tx`select 1 from orders where account_id = ${wanted.accountId} and order_id = ${wanted.id} for update`
  const order = await findOrder(tx, wanted)
  if (order === undefined) throw new Error(`order ${wanted.id} is gone`)
  return order
}

/** What an order in another state than is needed is refused with. */
export function stateRefusal(order: Order): Refusal<'order_state'> {
  return { code: 'order_state', values: { id: referenceOf(order), state: order.state } }
}

/** The name a gateway knows an order by. */
export const referenceOf = (order: { id: string }): string => publicId('order', order.id)
