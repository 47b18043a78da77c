import { recordAudit } from '../../audit/audit.ts'
import { newUuid, publicId } from '../../base/ids.ts'
import type { Database, Queryable, Tx } from '../../database/database.ts'
import type { Refusal } from '../../errors.ts'
import { findAccount } from '../../identity/accounts.ts'
import { actorOf, type Caller } from '../../identity/api-keys.ts'
import { doConfirmed, type NotConfirmed } from '../../identity/confirmed-acts.ts'
import { readDebt } from '../../ledger/balances.ts'
import { applyTransfers, lockAccounts, openAccount } from '../../ledger/transfers.ts'
import { creditRequestDays } from '../../limits/purchases.ts'

// A collector stamps first and pays later. What it draws is a transfer from its debt to its quota, what it pays for goes to the debt: the debt
// is a balance like any other and never below zero. How deep it may go stands here, and is looked at under the account's lock.

/** What an account may owe, owes, and may draw still, in stamps. `dueOn`: when this month's is to be paid, YYYY-MM-DD. */
export type Credit = { limit: number; owed: number; available: number; dueOn: string }

/** A collector's credit; no line is a limit of nothing. */
export async function readCredit(sql: Queryable, accountId: string, now: Date): Promise<Credit> {
  const [row] = await sql<
    { limit_units: number }[]
  >`select limit_units from credit_lines where account_id = ${accountId}`
  const owed = Number(await readDebt(sql, { accountId, ledger: 'stamps' }))
  const limit = row?.limit_units ?? 0
  return { limit, owed, available: Math.max(0, limit - owed), dueOn: dueDay(now) }
}

/** The 15th of the month after this one, in Jakarta (PMK 78/2024: until then collectors remit). */
function dueDay(now: Date): string {
  const day = new Date(now.getTime() + 7 * 60 * 60 * 1000)
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 15)).toISOString().slice(0, 10)
}

/** What became of a limit that an operator said: set, or waiting for another operator to say the same. */
export type LimitSaid = 'account_unknown' | 'waiting' | 'set'

/**
 * How much a live account may owe, said by an operator. A limit that is not higher than the present one is set at once (0 ends it: what is
 * owed stays owed); a higher one when another operator says the same within days.
 */
export async function setCreditLimit(
  database: Database,
  line: { accountId: string; limit: number; operator: string },
): Promise<LimitSaid> {
  const { accountId, limit, operator } = line
  if ((await findAccount(database.sql, { accountId })) === undefined) return 'account_unknown'
  return database.transaction(async (tx): Promise<LimitSaid> => {
    await lockAccounts(tx, [accountId])
    const at = await database.now(tx)
    const asked = await otherOperators(tx, line, at)
    const isSet = asked !== undefined || limit <= (await readCredit(tx, accountId, at)).limit
    if (isSet) {
      await tx`delete from credit_limit_requests where account_id = ${accountId}`
      await tx`
        insert into credit_lines (account_id, limit_units, changed_at) values (${accountId}, ${limit}, ${at})
        on conflict (account_id) do update set limit_units = excluded.limit_units, changed_at = excluded.changed_at`
    } else
      await tx`
        insert into credit_limit_requests (account_id, limit_units, asked_by, asked_at) values (${accountId}, ${limit}, ${operator}, ${at})
        on conflict (account_id) do update set limit_units = excluded.limit_units, asked_by = excluded.asked_by, asked_at = excluded.asked_at`
    const entry = {
      accountId,
      id: newUuid(at),
      actor: `operator:${operator}`,
      objectId: publicId('account', accountId),
    }
    const action = isSet ? 'credit.limit_set' : 'credit.limit_asked'
    await recordAudit(tx, [{ ...entry, action, detail: { limit, ...(asked === undefined ? {} : { asked }) } }], at)
    return isSet ? 'set' : 'waiting'
  })
}

/** Another operator who asked for the very same limit not long ago. */
async function otherOperators(
  tx: Tx,
  { accountId, limit, operator }: { accountId: string; limit: number; operator: string },
  at: Date,
): Promise<string | undefined> {
  const since = new Date(at.getTime() - creditRequestDays * 24 * 60 * 60 * 1000)
  const [row] = await tx<{ asked_by: string }[]>`
    select asked_by from credit_limit_requests
    where account_id = ${accountId} and limit_units = ${limit} and asked_by <> ${operator} and asked_at > ${since}`
  return row?.asked_by
}

/** Stamps drawn on credit. */
export type Draw = { id: string; quantity: number; createdAt: Date }
/** What is drawn; `fingerprint` (hex) is that of the whole call. */
/** `authorization`: of a PIN confirmation for `money`, where a person calls. */
export type DrawWish = {
  caller: Caller
  key: string
  fingerprint: string
  quantity: number
  authorization?: string | undefined
}
export type Drawn =
  | { ok: true; draw: Draw }
  | { ok: false; refusal: Refusal<'test_key_cannot_buy' | 'key_reused' | 'credit_exceeded'> }
  | NotConfirmed

/** Draws stamps on credit: they are in the quota at once. The same key again: the same draw. */
export async function drawCredit(database: Database, wish: DrawWish): Promise<Drawn> {
  const { caller } = wish
  const { accountId } = caller
  if (caller.keyKind !== 'live') return { ok: false, refusal: { code: 'test_key_cannot_buy' } }
  return database.transaction(async (tx): Promise<Drawn> => {
    await lockAccounts(tx, [accountId])
    const earlier = await findDraw(tx, wish)
    if (earlier !== undefined) return earlier
    const at = await database.now(tx)
    const act = { caller, purpose: 'money', authorization: wish.authorization, at } as const
    return doConfirmed(tx, act, () => writeDraw(tx, wish, at))
  })
}

async function writeDraw(tx: Tx, wish: DrawWish, at: Date): Promise<Drawn> {
  const { caller, key, quantity } = wish
  const { accountId } = caller
  const { available } = await readCredit(tx, accountId, at)
  if (quantity > available) return { ok: false, refusal: { code: 'credit_exceeded', values: { quantity, available } } }
  const id = newUuid(at)
  await moveDebt(tx, { accountId, id, quantity, at })
  await tx`
      insert into credit_draws (account_id, draw_id, idempotency_key, fingerprint, quantity, created_at)
      values (${accountId}, ${id}, ${key}, ${Buffer.from(wish.fingerprint, 'hex')}, ${quantity}, ${at})`
  const entry = { accountId, id: newUuid(at), actor: actorOf(caller), action: 'credit.drawn' }
  await recordAudit(tx, [{ ...entry, objectId: publicId('transfer', id), detail: { quantity } }], at)
  return { ok: true, draw: { id, quantity, createdAt: at } }
}

async function findDraw(tx: Tx, { caller, key, fingerprint }: DrawWish): Promise<Drawn | undefined> {
  const [row] = await tx<{ draw_id: string; quantity: number; fingerprint: Buffer; created_at: Date }[]>`
    select draw_id, quantity, fingerprint, created_at from credit_draws
    where account_id = ${caller.accountId} and idempotency_key = ${key}`
  if (row === undefined) return undefined
  if (row.fingerprint.toString('hex') !== fingerprint)
    return { ok: false, refusal: { code: 'key_reused', values: { key } } }
  return { ok: true, draw: { id: row.draw_id, quantity: row.quantity, createdAt: row.created_at } }
}

async function moveDebt(tx: Tx, draw: { accountId: string; id: string; quantity: number; at: Date }): Promise<void> {
  const { accountId, id, quantity, at } = draw
  await openAccount(tx, { accountId, ledger: 'stamps', kinds: ['quota', 'debt'] })
  const [moved] = await applyTransfers(
    tx,
    [
      {
        accountId,
        id,
        type: 'posted',
        ledger: 'stamps',
        debit: 'debt',
        credit: 'quota',
        amount: BigInt(quantity),
        purpose: 'credit',
      },
    ],
    at,
  )
  if (moved?.result !== 'ok') throw new Error(`a draw on credit was answered ${moved?.result ?? 'nothing'}`)
}
