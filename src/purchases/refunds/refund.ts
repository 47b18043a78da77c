import type { Sealing } from '../../base/sealing.ts'
import type { Queryable, Tx } from '../../database/database.ts'
import type { RefundReason } from './promised-day.ts'

// due -> approved -> paid; due -> cancelled by its owner, where it holds quota. Nothing else. Two operators for the first way.

/** What a refund can be. */
export const refundStates = ['due', 'approved', 'paid', 'cancelled'] as const
export type RefundState = (typeof refundStates)[number]

/** Money that goes back. `units`: of quota held for it. `promisedOn`: YYYY-MM-DD in Jakarta. Amounts in whole rupiah. */
export type RefundCase = {
  accountId: string
  id: string
  reason: RefundReason
  orderId: string | undefined
  paymentId: string | undefined
  units: number
  amountRupiah: bigint
  /** Of another currency than IDR `amountRupiah` counts the whole units. */
  currency: string
  /** Sealed: open it with `destinationOf`. */
  destination: Buffer | undefined
  state: RefundState
  promisedOn: string
  createdAt: Date
  approvedBy: string | undefined
  paidBy: string | undefined
  endedAt: Date | undefined
}

/** Where the money goes. Personal data: sealed at rest, never logged. */
export type Destination = { bank: string; accountNumber: string; accountName: string }

type RefundRow = {
  account_id: string
  refund_id: string
  reason: RefundReason
  order_id: string | null
  payment_id: string | null
  units: number
  amount_rupiah: bigint
  currency: string
  destination: Buffer | null
  state: RefundState
  promised_on: string
  created_at: Date
  approved_by: string | null
  paid_by: string | null
  ended_at: Date | null
}

function columns(sql: Queryable) {
  return sql`account_id, refund_id, reason, order_id, payment_id, units, amount_rupiah, currency, destination, state, promised_on, created_at, approved_by,
    paid_by, ended_at`
}

function refundFromRow(row: RefundRow): RefundCase {
  return {
    accountId: row.account_id,
    id: row.refund_id,
    reason: row.reason,
    orderId: row.order_id ?? undefined,
    paymentId: row.payment_id ?? undefined,
    units: row.units,
    amountRupiah: row.amount_rupiah,
    currency: row.currency,
    destination: row.destination ?? undefined,
    state: row.state,
    promisedOn: row.promised_on,
    createdAt: row.created_at,
    approvedBy: row.approved_by ?? undefined,
    paidBy: row.paid_by ?? undefined,
    endedAt: row.ended_at ?? undefined,
  }
}

/** One refund of this account; undefined for another's and for none. */
export async function findRefund(
  sql: Queryable,
  wanted: { accountId: string; id: string },
): Promise<RefundCase | undefined> {
  const [row] = await sql<RefundRow[]>`
    select ${columns(sql)} from refund_cases where account_id = ${wanted.accountId} and refund_id = ${wanted.id}`
  return row === undefined ? undefined : refundFromRow(row)
}

/** One refund, whoever's it is: for operators. */
export async function findAnyRefund(sql: Queryable, id: string): Promise<RefundCase | undefined> {
  const [row] = await sql<RefundRow[]>`select ${columns(sql)} from refund_cases where refund_id = ${id}`
  return row === undefined ? undefined : refundFromRow(row)
}

/** A page of an account's refunds, newest first; `before` is the id the last page ended with. */
export async function listRefunds(
  sql: Queryable,
  wanted: { accountId: string; limit: number; before?: string | undefined },
): Promise<RefundCase[]> {
  const rows = await sql<RefundRow[]>`
    select ${columns(sql)} from refund_cases where account_id = ${wanted.accountId}
      ${wanted.before === undefined ? sql`` : sql`and refund_id < ${wanted.before}`}
    order by refund_id desc limit ${wanted.limit}`
  return rows.map(refundFromRow)
}

/** The refunds of payments that came for this order, the oldest first. */
export async function listRefundsOfOrder(
  sql: Queryable,
  order: { accountId: string; id: string },
): Promise<RefundCase[]> {
  const rows = await sql<RefundRow[]>`
    select ${columns(sql)} from refund_cases where account_id = ${order.accountId} and order_id = ${order.id} order by refund_id`
  return rows.map(refundFromRow)
}

/** Refunds that wait for operators, the oldest first. */
export async function listOpenRefunds(sql: Queryable, limit: number): Promise<RefundCase[]> {
  const rows = await sql<RefundRow[]>`
    select ${columns(sql)} from refund_cases where state in ('due', 'approved') order by created_at limit ${limit}`
  return rows.map(refundFromRow)
}

/** The refund as it is now, held until the transaction ends; the caller holds its account's lock. */
export async function lockRefund(tx: Tx, wanted: { accountId: string; id: string }): Promise<RefundCase | undefined> {
  await tx`select 1 from refund_cases where account_id = ${wanted.accountId} and refund_id = ${wanted.id} for update`
  return findRefund(tx, wanted)
}

const placeOf = (refundId: string) => ({ purpose: 'refund.destination', owner: refundId })

/** What is stored of where the money goes. */
export function sealDestination(sealing: Sealing, refundId: string, destination: Destination): Buffer {
  return sealing.seal(placeOf(refundId), JSON.stringify(destination))
}

/** Where the money goes; undefined where its owner has not said yet. */
export function destinationOf(sealing: Sealing, refund: RefundCase): Destination | undefined {
  if (refund.destination === undefined) return undefined
  const held: unknown = JSON.parse(sealing.open(placeOf(refund.id), refund.destination).toString('utf8'))
  const field = (name: string): string => {
    const value: unknown = typeof held === 'object' && held !== null ? Reflect.get(held, name) : undefined
    return typeof value === 'string' ? value : ''
  }
  return { bank: field('bank'), accountNumber: field('accountNumber'), accountName: field('accountName') }
}

/** An account's number as its owner is shown it: the last four digits. */
export function maskedNumber(accountNumber: string): string {
  return `${'*'.repeat(Math.max(0, accountNumber.length - 4))}${accountNumber.slice(-4)}`
}
