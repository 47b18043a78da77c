import { publicId } from '../base/ids.ts'
import { inTransaction, mayWalkTables, type Database, type Queryable, type Tx } from '../database/database.ts'
import { listRefunding } from '../ledger/balances.ts'
import { looksAtOnce, reconcileDays, reconcilePageOrders } from '../limits/purchases.ts'
import { GatewayUnavailable } from './gateways/gateway.ts'
import { orderColumns, orderFromRow, referenceOf, type Order, type OrderRow } from './order.ts'
import { gatewayNamed, type PurchaseParts } from './purchase-parts.ts'

/** What may differ between orders, payments, the ledger and the gateways. */
export const paymentRules = [
  'order_paid_without_payment',
  'payment_credited_order_unpaid',
  'payment_amount_differs',
  'payment_without_transfer',
  'transfer_without_payment',
  'payment_without_refund',
  'refunding_differs',
  'gateway_paid_not_settled',
  'gateway_denies_credited',
  'gateway_unreachable',
] as const
export type PaymentRule = (typeof paymentRules)[number]

/** One difference; `subject` is a public id, or an account's where nothing nearer is known. */
export type PaymentFault = { rule: PaymentRule; subject: string; detail: string }

/**
 * The result: clean, or with what differs (the first hundred of each rule). `asked`: orders that the gateways were asked about; `isWhole`:
 * all of them were.
 */
export type PaymentCheck = {
  clean: boolean
  orders: number
  payments: number
  asked: number
  isWhole: boolean
  faults: PaymentFault[]
}

/** One fault is enough to be alarmed; more than this only fills the screen. */
const faultsShownMax = 100

/**
 * Compares everything that was bought: orders with payments, payments with the ledger and with refunds, in one snapshot; then the orders
 * of the last days with their gateways. `all`: every order is asked about, however old. `goesOn`: asked before each page of orders; false ends
 * it there, and the answer is not whole. Changes nothing.
 */
export async function checkPayments(
  parts: Pick<PurchaseParts, 'database' | 'gateways'>,
  how: { all: boolean; goesOn?: () => Promise<boolean> },
): Promise<PaymentCheck> {
  const { database } = parts
  const own = await inTransaction(database.sql, 'isolation level repeatable read read only', async (tx) => {
    await mayWalkTables(tx)
    const [counts] = await tx<{ orders: bigint; payments: bigint }[]>`
      select (select count(*) from orders) as orders, (select count(*) from payments) as payments`
    const faults = [...(await ownFaults(tx)), ...(await ledgerFaults(tx)), ...(await refundFaults(tx))]
    return { orders: Number(counts?.orders ?? 0n), payments: Number(counts?.payments ?? 0n), faults }
  })
  const { asked, isWhole, faults } = await gatewayFaults(parts, how)
  const every = [...own.faults, ...faults]
  return { clean: every.length === 0, orders: own.orders, payments: own.payments, asked, isWhole, faults: every }
}

type FaultRow = { rule: PaymentRule; kind: 'order' | 'payment' | 'transfer' | 'account'; id: string; detail: string }
const toFault = ({ rule, kind, id, detail }: FaultRow): PaymentFault => ({ rule, subject: publicId(kind, id), detail })

async function ownFaults(tx: Tx): Promise<PaymentFault[]> {
  const rows = await tx<FaultRow[]>`
    (select 'order_paid_without_payment' as rule, 'order' as kind, o.order_id as id, 'no payment credited it' as detail
      from orders o where o.state = 'paid'
        and not exists (select from payments p where p.order_id = o.order_id and p.outcome = 'credited') limit ${faultsShownMax})
    union all
    (select 'payment_credited_order_unpaid', 'payment', p.payment_id, 'its order is ' || o.state
      from payments p join orders o on o.account_id = p.account_id and o.order_id = p.order_id
      where p.outcome = 'credited' and o.state <> 'paid' limit ${faultsShownMax})
    union all
    (select 'payment_amount_differs', 'payment', p.payment_id, p.currency || ' ' || p.amount_rupiah || ' for ' || o.total_rupiah
      from payments p join orders o on o.account_id = p.account_id and o.order_id = p.order_id
      where p.outcome = 'credited' and (p.amount_rupiah <> o.total_rupiah or p.currency <> 'IDR') limit ${faultsShownMax})`
  return rows.map(toFault)
}

async function ledgerFaults(tx: Tx): Promise<PaymentFault[]> {
  const rows = await tx<FaultRow[]>`
    (select 'payment_without_transfer' as rule, 'payment' as kind, p.payment_id as id,
        coalesce('its transfer moves ' || t.amount || ' from ' || t.debit || ' to ' || t.credit, 'the ledger has no transfer of it') as detail
      from payments p join orders o on o.account_id = p.account_id and o.order_id = p.order_id
      left join money_transfers t on t.account_id = p.account_id and t.id = p.transfer_id
      where p.outcome = 'credited' and (t.id is null or t.amount <> o.quantity or t.debit <> 'sold' or t.credit not in ('quota', 'debt')) limit ${faultsShownMax})
    union all
    (select 'transfer_without_payment', 'transfer', t.id, t.amount || ' from ' || t.debit || ' to ' || t.credit
      from money_transfers t
      left join payments p on p.account_id = t.account_id and p.transfer_id = t.id
      left join refund_cases r on r.account_id = t.account_id and r.transfer_id = t.id and r.units = t.amount
      where p.payment_id is null and r.refund_id is null limit ${faultsShownMax})`
  return rows.map(toFault)
}

async function refundFaults(tx: Tx): Promise<PaymentFault[]> {
  const rows = await tx<FaultRow[]>`
    select 'payment_without_refund' as rule, 'payment' as kind, p.payment_id as id, 'nobody is told to pay it back' as detail
    from payments p left join refund_cases r on r.payment_id = p.payment_id
    where p.outcome = 'refund_due' and (r.refund_id is null or r.amount_rupiah <> p.amount_rupiah) limit ${faultsShownMax}`
  const open = await tx<{ account_id: string; units: bigint }[]>`
    select account_id, sum(units)::bigint as units from refund_cases where units > 0 and state in ('due', 'approved') group by account_id`
  const owed = new Map(open.map((row) => [row.account_id, row.units]))
  const held = new Map((await listRefunding(tx, 'stamps')).map((row) => [row.accountId, row.units]))
  const accounts = [...new Set([...owed.keys(), ...held.keys()])]
  const differing = accounts.filter((id) => (owed.get(id) ?? 0n) !== (held.get(id) ?? 0n)).slice(0, faultsShownMax)
  return [
    ...rows.map(toFault),
    ...differing.map((id) => ({
      rule: 'refunding_differs' as const,
      subject: publicId('account', id),
      detail: `open refunds ask for ${owed.get(id) ?? 0n}, the ledger holds ${held.get(id) ?? 0n}`,
    })),
  ]
}

type Asking = { all: boolean; goesOn?: () => Promise<boolean> }

async function gatewayFaults(
  parts: Pick<PurchaseParts, 'database' | 'gateways'>,
  how: Asking,
): Promise<{ asked: number; isWhole: boolean; faults: PaymentFault[] }> {
  const shown = new Map<PaymentRule, PaymentFault[]>()
  let asked = 0
  for await (const page of pagesToAsk(parts.database, how)) {
    if ((await how.goesOn?.()) === false) return { asked, isWhole: false, faults: [...shown.values()].flat() }
    const orders = page.values()
    const worker = async () => {
      for (const order of orders) {
        asked++
        for (const fault of await differencesOf(parts, order)) {
          const same = shown.get(fault.rule) ?? []
          if (same.length < faultsShownMax) shown.set(fault.rule, [...same, fault])
        }
      }
    }
    await Promise.all(Array.from({ length: looksAtOnce }, worker))
  }
  return { asked, isWhole: true, faults: [...shown.values()].flat() }
}

/**
 * The newest first, in pages. Those that a gateway never heard of have nothing to compare, and those that are to be looked at by now will
 * be: what they lack is no difference yet.
 */
async function* pagesToAsk(database: Database, { all }: { all: boolean }): AsyncGenerator<Order[]> {
  const { sql } = database
  const now = await database.now()
  const since = all ? new Date(0) : new Date(now.getTime() - reconcileDays * 24 * 60 * 60 * 1000)
  let last: Order | undefined
  do {
    const before = last === undefined ? sql`` : sql`and (o.created_at, o.order_id) < (${last.createdAt}, ${last.id})`
    const rows = await sql<OrderRow[]>`
      select ${orderColumns(sql)} from orders o
      where o.created_at >= ${since} and o.created_at <= ${now} ${before}
        and o.gateway_id is not null and (o.look_at is null or o.look_at > ${now})
      order by o.created_at desc, o.order_id desc limit ${reconcilePageOrders}`
    const page = rows.map(orderFromRow)
    if (page.length > 0) yield page
    last = page.length < reconcilePageOrders ? undefined : page.at(-1)
  } while (last !== undefined)
}

async function differencesOf(
  parts: Pick<PurchaseParts, 'database' | 'gateways'>,
  order: Order,
): Promise<PaymentFault[]> {
  const subject = referenceOf(order)
  const gateway = gatewayNamed(parts.gateways, order.gateway)
  if (gateway === undefined || order.gatewayId === undefined)
    return [{ rule: 'gateway_unreachable', subject, detail: `${order.gateway} is not configured` }]
  try {
    const report = await gateway.status({ reference: subject, gatewayId: order.gatewayId })
    const settled = await settledPayments(parts.database.sql, order)
    const reported = report.state === 'paid' ? report.payments : []
    const unknown = reported.filter(({ transactionId }) => !settled.all.includes(transactionId))
    return [
      ...unknown.map(({ transactionId }): PaymentFault => ({
        rule: 'gateway_paid_not_settled',
        subject,
        detail: transactionId,
      })),
      ...(settled.credited && report.state !== 'paid'
        ? [{ rule: 'gateway_denies_credited' as const, subject, detail: `${order.gateway} says ${report.state}` }]
        : []),
    ]
  } catch (error) {
    if (!(error instanceof GatewayUnavailable)) throw error
    return [{ rule: 'gateway_unreachable', subject, detail: error.message }]
  }
}

async function settledPayments(sql: Queryable, order: Order): Promise<{ all: string[]; credited: boolean }> {
  const rows = await sql<{ transaction_id: string; outcome: string }[]>`
    select transaction_id, outcome from payments where order_id = ${order.id} and gateway = ${order.gateway}`
  return {
    all: rows.map((row) => row.transaction_id),
    credited: rows.some(({ outcome }) => outcome === 'credited'),
  }
}
