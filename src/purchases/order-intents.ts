import type { Sealing } from '../base/sealing.ts'
import { arrayOid } from '../database/array-types.ts'
import type { Database, Queryable, Tx } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import type { Refusal } from '../errors.ts'
import { intentDays, intentKeepDays } from '../limits/purchases.ts'
import { orderColumns, orderFromRow, referenceOf, type Order, type OrderRow } from './order.ts'

// An order may say what it buys for: one affixing. Once it is paid, and for some days, it reserves exactly that, once, without another
// confirmation. Only the fingerprint decides; the words of it are sealed, and there for whoever may see the order.

/** What an order is for. `bound`: the fingerprint (64 hex) of what it may reserve; `content`: the same as JSON text. */
export type IntentWish = { bound: string; content: string; sourceSha256: string; authorization: string | undefined }

/** unpaid: its order is; usable: it may reserve until `usableUntil`; used: it has; lapsed: it may not any more. */
export const intentStates = ['unpaid', 'usable', 'used', 'lapsed'] as const
export type IntentState = (typeof intentStates)[number]

/** An order's intent as its owner sees it. `personId`: whose confirmation it holds, where a person ordered. */
export type OrderIntent = {
  content: string
  state: IntentState
  personId: string | undefined
  usableUntil: Date | undefined
  affixingId: string | undefined
}

const contentOf = (accountId: string, bound: string) => ({
  purpose: 'order.intent',
  owner: `${accountId} ${bound}`,
})

const lapseOf = (paidAt: Date): Date => new Date(paidAt.getTime() + intentDays * 24 * 60 * 60 * 1000)

/** Keeps what the order is for, in the transaction that places it; `personId`: who confirmed it. */
export async function insertIntent(
  tx: Tx,
  sealing: Sealing,
  intended: {
    accountId: string
    orderId: string
    personId: string | undefined
    intent: Pick<IntentWish, 'bound' | 'content'>
    at: Date
  },
): Promise<void> {
  const { accountId, orderId, personId = null, intent, at } = intended
  const content = sealing.seal(contentOf(accountId, intent.bound), intent.content)
  await tx`
    insert into order_intents (account_id, order_id, person_id, bound_sha256, content, created_at)
    values (${accountId}, ${orderId}, ${personId}, ${Buffer.from(intent.bound, 'hex')}, ${content}, ${at})`
}

/** The order that comes in another's place is for the same: of the two only one is ever paid. */
export async function passIntentOn(
  tx: Tx,
  orders: { accountId: string; from: string; to: string; at: Date },
): Promise<void> {
  await tx`
    insert into order_intents (account_id, order_id, person_id, bound_sha256, content, created_at)
    select account_id, ${orders.to}, person_id, bound_sha256, content, ${orders.at}
    from order_intents where account_id = ${orders.accountId} and order_id = ${orders.from}`
}

type IntentRow = {
  order_id: string
  person_id: string | null
  bound_sha256: Buffer
  content: Buffer
  spent_at: Date | null
  affixing_id: string | null
}

/** What these orders of one account are for, by the order's id; absent where one is for nothing in particular, or was long ago. */
export async function findIntents(
  parts: { database: Database; sealing: Sealing },
  orders: readonly Order[],
): Promise<Map<string, OrderIntent>> {
  const accountIds = orders.map(({ accountId }) => accountId)
  const rows = await parts.database.sql<(IntentRow & { account_id: string })[]>`
    select i.account_id, i.order_id, i.person_id, i.bound_sha256, i.content, i.spent_at, i.affixing_id
    from unnest(${accountIds}::uuid[], ${orders.map(({ id }) => id)}::uuid[]) u(account_id, order_id)
    join order_intents i on i.account_id = u.account_id and i.order_id = u.order_id`
  if (rows.length === 0) return new Map()
  const now = await parts.database.now()
  return new Map(
    rows.flatMap((row) => {
      const order = orders.find(({ id }) => id === row.order_id)
      if (order === undefined) return []
      const place = contentOf(row.account_id, row.bound_sha256.toString('hex'))
      const usableUntil = order.state === 'paid' && order.endedAt !== undefined ? lapseOf(order.endedAt) : undefined
      const intent: OrderIntent = {
        content: parts.sealing.open(place, row.content).toString('utf8'),
        state: stateOf({ isSpent: row.spent_at !== null, usableUntil, now }),
        personId: row.person_id ?? undefined,
        usableUntil,
        affixingId: row.affixing_id ?? undefined,
      }
      return [[order.id, intent] as const]
    }),
  )
}

function stateOf(of: { isSpent: boolean; usableUntil: Date | undefined; now: Date }): IntentState {
  if (of.isSpent) return 'used'
  if (of.usableUntil === undefined) return 'unpaid'
  return of.usableUntil > of.now ? 'usable' : 'lapsed'
}

/** A call that reserves by an order's intent. `personId` where a session calls: only who confirmed it goes on by it. */
export type IntentSpending = { accountId: string; orderId: string; personId: string | undefined; bound: string }

type Rows = { accountIds: string[]; orderIds: string[]; personIds: (string | null)[]; bounds: Buffer[] }

function rowsOf(spendings: readonly IntentSpending[]): Rows {
  return {
    accountIds: spendings.map(({ accountId }) => accountId),
    orderIds: spendings.map(({ orderId }) => orderId),
    personIds: spendings.map(({ personId }) => personId ?? null),
    bounds: spendings.map(({ bound }) => Buffer.from(bound, 'hex')),
  }
}

/** Spends intents in the transaction that reserves, all in one statement; answers the places of those that were good. */
export async function spendIntents(
  tx: Tx,
  spendings: readonly IntentSpending[],
  now: Date,
): Promise<ReadonlySet<number>> {
  if (spendings.length === 0) return new Set()
  const { accountIds, orderIds, personIds, bounds } = rowsOf(spendings)
  const rows = await tx<{ nr: number }[]>`
    update order_intents i set spent_at = ${now}
    from unnest(${accountIds}::uuid[], ${orderIds}::uuid[], ${personIds}::uuid[], ${tx.array(bounds, arrayOid.bytea)}::bytea[])
      with ordinality u(account_id, order_id, person_id, bound_sha256, nr)
    join orders o on o.account_id = u.account_id and o.order_id = u.order_id
    where i.account_id = u.account_id and i.order_id = u.order_id and i.bound_sha256 = u.bound_sha256 and i.spent_at is null
      and (u.person_id is null or u.person_id = i.person_id)
      and o.state = 'paid' and o.ended_at > ${now}::timestamptz - make_interval(days => ${intentDays})
    returning u.nr::int`
  return new Set(rows.map(({ nr }) => nr - 1))
}

/** Takes back what this very transaction spent, for what was refused after all. */
export async function returnIntents(tx: Tx, spendings: readonly IntentSpending[]): Promise<void> {
  if (spendings.length === 0) return
  const { accountIds, orderIds } = rowsOf(spendings)
  await tx`
    update order_intents i set spent_at = null
    from unnest(${accountIds}::uuid[], ${orderIds}::uuid[]) u(account_id, order_id)
    where i.account_id = u.account_id and i.order_id = u.order_id and i.affixing_id is null`
}

/** Notes what the intents reserved, in the same transaction. */
export async function bindIntents(
  tx: Tx,
  bound: readonly { accountId: string; orderId: string; affixingId: string }[],
): Promise<void> {
  if (bound.length === 0) return
  await tx`
    update order_intents i set affixing_id = u.affixing_id
    from unnest(${bound.map(({ accountId }) => accountId)}::uuid[], ${bound.map(({ orderId }) => orderId)}::uuid[],
      ${bound.map(({ affixingId }) => affixingId)}::uuid[]) u(account_id, order_id, affixing_id)
    where i.account_id = u.account_id and i.order_id = u.order_id`
}

/** Why an intent was not good for a call. */
export type IntentRefusal = Refusal<
  'not_found' | 'authorization_missing' | 'intent_unpaid' | 'intent_used' | 'intent_lapsed' | 'intent_differs'
>

/** Why this intent was not spent, in words; another's and none at all are the same. */
export async function intentRefusal(sql: Queryable, spending: IntentSpending): Promise<IntentRefusal> {
  const { accountId, orderId, personId, bound } = spending
  const id = referenceOf({ id: orderId })
  const [row] = await sql<{ person_id: string | null; bound: Buffer; spent_at: Date | null; state: string }[]>`
    select i.person_id, i.bound_sha256 as bound, i.spent_at, o.state
    from order_intents i join orders o on o.account_id = i.account_id and o.order_id = i.order_id
    where i.account_id = ${accountId} and i.order_id = ${orderId}`
  if (row === undefined) return { code: 'not_found', values: { id } }
  if (row.state !== 'paid') return { code: 'intent_unpaid', values: { id } }
  if (row.spent_at !== null) return { code: 'intent_used', values: { id } }
  if (personId !== undefined && personId !== row.person_id) return { code: 'authorization_missing' }
  if (row.bound.toString('hex') !== bound) return { code: 'intent_differs', values: { id } }
  return { code: 'intent_lapsed', values: { id, days: intentDays } }
}

/**
 * Orders of this account, newest first, that are paid and whose intent waits to be used: what can be finished in one tap. `personId`: only what
 * this person confirmed, for nobody else may go on by it.
 */
export async function listUsableIntents(
  sql: Queryable,
  wanted: { accountId: string; now: Date; limit: number; personId?: string | undefined },
): Promise<Order[]> {
  const rows = await sql<OrderRow[]>`
    select ${orderColumns(sql)} from order_intents i join orders o on o.account_id = i.account_id and o.order_id = i.order_id
    where i.account_id = ${wanted.accountId} and i.spent_at is null and o.state = 'paid'
      and o.ended_at > ${wanted.now}::timestamptz - make_interval(days => ${intentDays})
      ${wanted.personId === undefined ? sql`` : sql`and i.person_id = ${wanted.personId}`}
    order by i.order_id desc limit ${wanted.limit}`
  return rows.map(orderFromRow)
}

/** Deletes intents whose order can neither be paid nor used any more. Returns how many. */
export async function dropOldIntents(database: Database, stopping: AbortSignal): Promise<number> {
  return inBatches(stopping, async (rowsMax) => {
    const gone = await database.sql`
      delete from order_intents where (account_id, order_id) in (
        select account_id, order_id from order_intents
        where created_at < database_now() - make_interval(days => ${intentKeepDays}) limit ${rowsMax})`
    return gone.count
  })
}
