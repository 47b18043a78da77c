import type { Database } from '../database/database.ts'
import {
  hintLookSeconds,
  looksAtOnce,
  lookBatchMax,
  lookClaimSeconds,
  lookEverySeconds,
  lookRoundsMax,
  orderLookSeconds,
  orderLookSecondsMax,
  paidLookSeconds,
} from '../limits/purchases.ts'
import { GatewayUnavailable, type Gateway } from './gateways/gateway.ts'
import { findOrder, orderColumns, orderFromRow, referenceOf, type Order, type OrderRow } from './order.ts'
import { preparePayment } from './prepare-payment.ts'
import { gatewayNamed, type PurchaseParts } from './purchase-parts.ts'
import { settlePayment, type FoundBy } from './settle-payment.ts'

// A look asks the gateway what became of an order: by a job that asks ever more seldom, and when somebody says that they have paid.
// A claim commits before anything is asked and nothing is locked meanwhile; when it lapses is its mark.

/** Asks the gateway about an order, and about payments that a notification named, and settles what is paid. Throws GatewayUnavailable. */
export async function lookAtOrder(parts: PurchaseParts, order: Order, foundBy: FoundBy): Promise<void> {
  const gateway = gatewayNamed(parts.gateways, order.gateway)
  if (gateway === undefined) throw new GatewayUnavailable(`${order.gateway} is not configured`)
  const prepared = order.gatewayId === undefined ? await preparePayment(parts, order) : undefined
  const gatewayId = prepared?.ok === true ? prepared.order.gatewayId : order.gatewayId
  const hinted = await hintsOf(parts.database, order)
  for (const transactionId of hinted)
    await lookAtPayment(parts, { order, gateway, gatewayId: gatewayId ?? '', transactionId, foundBy: 'notification' })
  if (gatewayId === undefined) return
  await lookAtPayment(parts, { order, gateway, gatewayId, transactionId: undefined, foundBy })
}

async function lookAtPayment(
  parts: PurchaseParts,
  asked: { order: Order; gateway: Gateway; gatewayId: string; transactionId: string | undefined; foundBy: FoundBy },
): Promise<void> {
  const { order, gateway, gatewayId, transactionId, foundBy } = asked
  const reference = referenceOf(order)
  const question = { reference, gatewayId, ...(transactionId === undefined ? {} : { transactionId }) }
  const { state, payments } = await gateway.status(question)
  const isPaid = state === 'paid' && payments.length > 0
  if (isPaid) for (const payment of payments) await settlePayment(parts, { order, payment, foundBy })
  if (state === 'refunded') {
    const counted = order.state === 'paid' ? 'for a credited order' : 'that was never settled here'
    parts.warn?.({ gateway: order.gateway, reference, problem: `the gateway gave money back ${counted}` })
  }
  // what the gateway does not confirm was no payment; what is still on its way is asked about again
  if (transactionId !== undefined && state !== 'waiting')
    await parts.database.sql`
      update orders set hinted = array_remove(hinted, ${transactionId}) where account_id = ${order.accountId} and order_id = ${order.id}`
  if (!isPaid) parts.observe?.({ gateway: order.gateway, outcome: 'nothing' })
}

async function hintsOf(database: Database, order: Order): Promise<readonly string[]> {
  const [row] = await database.sql<{ hinted: string[] }[]>`
    select hinted from orders where account_id = ${order.accountId} and order_id = ${order.id}`
  return row?.hinted ?? []
}

/** "I have paid": the gateway is asked now, at most every few seconds; then the order as it is. Throws GatewayUnavailable. */
export async function lookNow(parts: PurchaseParts, order: Order): Promise<Order> {
  const { accountId, id } = order
  const now = await parts.database.now()
  const before = new Date(now.getTime() - lookEverySeconds * 1000)
  const mine = await parts.database.sql`
    update orders set asked_at = ${now}
    where account_id = ${accountId} and order_id = ${id} and (asked_at is null or asked_at <= ${before}) returning 1`
  if (mine.length > 0) await lookAtOrder(parts, order, 'look')
  return (await findOrder(parts.database.sql, { accountId, id })) ?? order
}

/**
 * Looks at orders whose time has come, several at once, until none is due or `stopping` was asked for; safe in every process at once.
 * Answers how many were looked at.
 */
export async function lookAtDue(parts: PurchaseParts, stopping?: AbortSignal): Promise<number> {
  let looked = 0
  for (let round = 0; round < lookRoundsMax; round++) {
    if (stopping?.aborted === true) break
    const due = await claimDue(parts.database)
    if (due.length === 0) break
    const waiting = due.values()
    const failures: unknown[] = []
    const worker = async () => {
      for (const claim of waiting) await lookAtClaimed(parts, claim).catch((error: unknown) => failures.push(error))
    }
    await Promise.all(Array.from({ length: looksAtOnce }, worker))
    // one that fails for a reason of its own keeps nobody else from theirs
    if (failures.length > 0) throw failures[0]
    looked += due.length
  }
  return looked
}

type Claim = { order: Order; looks: number; mark: Date }

async function claimDue(database: Database): Promise<Claim[]> {
  const now = await database.now()
  const mark = new Date(now.getTime() + lookClaimSeconds * 1000)
  const rows = await database.sql<(OrderRow & { looks: number })[]>`
    with due as materialized (
      select account_id, order_id from orders where look_at <= ${now} order by look_at limit ${lookBatchMax} for update skip locked
    )
    update orders o set look_at = ${mark}, looks = o.looks + 1
    from due where o.account_id = due.account_id and o.order_id = due.order_id
    returning ${orderColumns(database.sql)}, o.looks`
  return rows.map((row) => ({ order: orderFromRow(row), looks: row.looks, mark }))
}

async function lookAtClaimed(parts: PurchaseParts, { order, looks, mark }: Claim): Promise<void> {
  const { accountId, id } = order
  try {
    await lookAtOrder(parts, order, 'poll')
  } catch (error) {
    if (!(error instanceof GatewayUnavailable)) throw error
  }
  const now = await parts.database.now()
  const next = nextLook(order, looks, now)
  // the mark is gone where it was paid by this look, or hinted at meanwhile: then it has another time already
  await parts.database.sql`
    update orders set look_at = case
      when hinted <> '{}' and coalesce(hinted_at, expires_at) > ${now}::timestamptz - make_interval(secs => ${orderLookSecondsMax})
      then ${now}::timestamptz + least(greatest((${now}::timestamptz - hinted_at) / 4, make_interval(secs => ${hintLookSeconds.least})),
        make_interval(secs => ${hintLookSeconds.most}))
      else ${next}::timestamptz end
    where account_id = ${accountId} and order_id = ${id} and look_at = ${mark}`
}

/** When an order is looked at next: ever more seldom; never more where its money would be days late, or its second payment long there. */
function nextLook(order: Order, looks: number, now: Date): Date | null {
  if (order.state === 'paid') {
    const pause = paidLookSeconds[looks]
    return pause === undefined ? null : new Date(now.getTime() + pause * 1000)
  }
  const last = order.expiresAt.getTime() + orderLookSecondsMax * 1000
  const pause = orderLookSeconds[Math.min(looks, orderLookSeconds.length - 1)] ?? 0
  const next = now.getTime() + pause * 1000 * (0.8 + 0.4 * Math.random())
  return next > last ? null : new Date(next)
}
