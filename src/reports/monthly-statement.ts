import { countAffixed, type AffixedCount } from '../affixing/cost-centres.ts'
import { Overloaded } from '../base/batching.ts'
import { csvRecord } from '../base/csv.ts'
import { publicId } from '../base/ids.ts'
import { inTransaction, type Database, type Queryable } from '../database/database.ts'
import { readTurnover, type Turnover } from '../ledger/quota-turnover.ts'
import type { AccountKind } from '../ledger/transfers.ts'
import { statementsInLineMax } from '../limits/purchases.ts'

// A statement is the ledger's turnover in words: what stands in it adds up because the ledger does. Members and cost centres split
// the two lines that they know of, what was used and what was bought.

/** What moves a quota. In: bought, drawn (on credit), granted, received, kept (a refund that was taken back). Out: used, sent, given_back. */
export const statementKinds = ['bought', 'drawn', 'granted', 'received', 'kept', 'used', 'sent', 'given_back'] as const
export type StatementKind = (typeof statementKinds)[number]

/** One month of one account. Units are stamps; `opening` + the lines = `closing`, without what is only held. */
export type Statement = {
  /** YYYY-MM in Jakarta. */
  month: string
  from: string
  until: string
  ledger: 'stamps' | 'specimens'
  opening: number
  lines: { kind: StatementKind; units: number }[]
  closing: number
  /** Used stamps by who reserved them, most first; together the line `used`. */
  usedBy: { actor: string; units: number }[]
  /** The same by cost centre, the affixing's or its batch's; '' for none. */
  usedByTag: { tag: string; units: number }[]
  /** Paid orders of the month; those credited to the quota are together the line `bought`, the others paid for what was drawn before. */
  orders: {
    id: string
    paidAt: string
    tag: string | undefined
    creditedTo: 'quota' | 'debt'
    units: number
    totalRupiah: number
  }[]
  /** The line `bought` by cost centre; '' for none. */
  boughtByTag: { tag: string; units: number; totalRupiah: number }[]
}

/** Whose month, and when it begins and ends. */
export type StatementWish = {
  accountId: string
  ledger: 'stamps' | 'specimens'
  month: string
  from: Date
  until: Date
}

/** The moments that a month of Jakarta begins and ends; undefined where the text is no month. */
export function monthBounds(month: string): { from: Date; until: Date } | undefined {
  const match = /^(20\d\d)-(0[1-9]|1[0-2])$/.exec(month)
  if (match === null) return undefined
  const [year, number] = [Number(match[1]), Number(match[2])]
  const next = number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`
  return { from: new Date(`${month}-01T00:00:00+07:00`), until: new Date(`${next}-01T00:00:00+07:00`) }
}

/** Those that read one now, or wait to: one of a large account would else hold every connection that the others need. */
const inLine = new WeakMap<Database, { length: number; last: Promise<unknown> }>()

/**
 * The statement of a month, in one snapshot; the running month goes as far as now. A process makes one at a time; throws `Overloaded` where
 * too many wait.
 */
export async function monthlyStatement(database: Database, wanted: StatementWish): Promise<Statement> {
  const line = inLine.get(database) ?? { length: 0, last: Promise.resolve() }
  if (line.length >= statementsInLineMax) throw new Overloaded()
  inLine.set(database, line)
  line.length++
  const made = line.last.then(() => makeStatement(database, wanted)).finally(() => line.length--)
  line.last = made.catch(() => undefined)
  return made
}

async function makeStatement(database: Database, wanted: StatementWish): Promise<Statement> {
  return inTransaction(database.sql, 'isolation level repeatable read read only', async (tx) => {
    const { accountId, ledger, month, from, until } = wanted
    const { opening: opened, turnover } = await readTurnover(tx, { accountId, ledger, from, until })
    const used = await countAffixed(tx, wanted)
    const orders = await paidOrders(tx, wanted)
    const opening = Number(opened)
    const lines = turnover.map((one) => ({ kind: kindOf(one), units: signed(one, one.within) }))
    return {
      month,
      from: from.toISOString(),
      until: until.toISOString(),
      ledger,
      opening,
      lines: statementKinds.flatMap((kind) => lines.filter((line) => line.kind === kind && line.units !== 0)),
      closing: lines.reduce((sum, { units }) => sum + units, opening),
      usedBy: sumUnits(used, ({ actor }) => actor)
        .map(([actor, units]) => ({ actor, units }))
        .toSorted((a, b) => b.units - a.units),
      usedByTag: sumUnits(used, ({ tag }) => tag).map(([tag, units]) => ({ tag, units })),
      orders,
      boughtByTag: byTag(orders),
    }
  })
}

/** The stamps of each name, in the order of the names. */
function sumUnits(counts: readonly AffixedCount[], nameOf: (count: AffixedCount) => string): [string, number][] {
  const sums = new Map<string, number>()
  for (const count of counts) sums.set(nameOf(count), (sums.get(nameOf(count)) ?? 0) + count.units)
  return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function signed({ side }: Turnover, units: bigint): number {
  return side === 'in' ? Number(units) : -Number(units)
}

const kinds: Record<Turnover['side'], Partial<Record<AccountKind, StatementKind>>> = {
  in: { sold: 'bought', debt: 'drawn', treasury: 'granted', transit: 'received', refunding: 'kept' },
  out: { spent: 'used', transit: 'sent', refunding: 'given_back' },
}

function kindOf({ side, counterpart }: Turnover): StatementKind {
  const kind = kinds[side][counterpart]
  if (kind === undefined)
    throw new Error(`a quota's turnover ${side === 'in' ? 'from' : 'to'} ${counterpart} has no name`)
  return kind
}

async function paidOrders(
  sql: Queryable,
  { accountId, ledger, from, until }: { accountId: string; ledger: string; from: Date; until: Date },
): Promise<Statement['orders']> {
  const rows = await sql<
    { order_id: string; paid_at: Date; tag: string | null; quantity: number; total_rupiah: bigint; credit: string }[]
  >`
    select o.order_id, p.created_at as paid_at, o.tag, o.quantity, o.total_rupiah, m.credit
    from payments p join orders o on o.account_id = p.account_id and o.order_id = p.order_id
    join money_transfers m on m.account_id = p.account_id and m.id = p.transfer_id
    where p.account_id = ${accountId} and p.outcome = 'credited' and p.created_at >= ${from} and p.created_at < ${until} and o.ledger = ${ledger}
    order by p.created_at, o.order_id`
  return rows.map((row) => ({
    id: publicId('order', row.order_id),
    paidAt: row.paid_at.toISOString(),
    tag: row.tag ?? undefined,
    creditedTo: row.credit === 'debt' ? 'debt' : 'quota',
    units: row.quantity,
    totalRupiah: Number(row.total_rupiah),
  }))
}

function byTag(orders: Statement['orders']): Statement['boughtByTag'] {
  const bought = orders.filter(({ creditedTo }) => creditedTo === 'quota')
  const tags = [...new Set(bought.map(({ tag }) => tag ?? ''))].toSorted()
  return tags.map((tag) => {
    const own = bought.filter((order) => (order.tag ?? '') === tag)
    const sum = (of: (order: Statement['orders'][number]) => number) =>
      own.reduce((total, order) => total + of(order), 0)
    return { tag, units: sum(({ units }) => units), totalRupiah: sum(({ totalRupiah }) => totalRupiah) }
  })
}

/** The same as CSV (RFC 4180): `part`, `name`, `units`, `rupiah`, and of orders their cost centre; amounts in whole rupiah. */
export function statementCsv(statement: Statement): string {
  const { opening, lines, closing, usedBy, usedByTag, boughtByTag, orders } = statement
  const rows: (readonly [part: string, name: string, units: number, rupiah?: number, tag?: string | undefined])[] = [
    ['opening', '', opening],
    ...lines.map(({ kind, units }) => ['line', kind, units] as const),
    ['closing', '', closing],
    ...usedBy.map(({ actor, units }) => ['used_by', actor, units] as const),
    ...usedByTag.map(({ tag, units }) => ['used_by_tag', tag, units] as const),
    ...boughtByTag.map(({ tag, units, totalRupiah }) => ['bought_by_tag', tag, units, totalRupiah] as const),
    ...orders.map(({ id, units, totalRupiah, tag }) => ['order', id, units, totalRupiah, tag] as const),
  ]
  return [
    csvRecord(['part', 'name', 'units', 'rupiah', 'tag']),
    ...rows.map(([part, name, units, rupiah = '', tag = '']) => csvRecord([part, name, units, rupiah, tag])),
  ].join('')
}
