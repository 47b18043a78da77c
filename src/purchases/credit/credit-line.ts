import { recordAudit } from '../../audit/audit.ts'
import { newUuid, publicId } from '../../base/ids.ts'
import type { Database, Queryable, Tx } from '../../database/database.ts'
import type { Refusal } from '../../errors.ts'
import { findAccount } from '../../identity/accounts.ts'
import { actorOf, type Caller } from '../../identity/api-keys.ts'
import { coolingRefusal } from '../../identity/cooling.ts'
import { readDebt } from '../../ledger/balances.ts'
import { applyTransfers, lockAccounts, openAccount } from '../../ledger/transfers.ts'

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

/** Sets how much a live account may owe; an operator's act. 0 ends it: what is owed stays owed. False where there is no such account. */
export async function setCreditLimit(
  database: Database,
  line: { accountId: string; limit: number; operator: string },
): Promise<boolean> {
  const { accountId, limit, operator } = line
  if ((await findAccount(database.sql, { accountId })) === undefined) return false
  await database.transaction(async (tx) => {
    await lockAccounts(tx, [accountId])
    const at = await database.now(tx)
    await tx`
      insert into credit_lines (account_id, limit_units, changed_at) values (${accountId}, ${limit}, ${at})
      on conflict (account_id) do update set limit_units = excluded.limit_units, changed_at = excluded.changed_at`
    const entry = { accountId, id: newUuid(at), actor: `operator:${operator}`, action: 'credit.limit_set' }
    await recordAudit(tx, [{ ...entry, objectId: publicId('account', accountId), detail: { limit } }], at)
  })
  return true
}

/** Stamps drawn on credit. */
export type Draw = { id: string; quantity: number; createdAt: Date }
/** What is drawn; `fingerprint` (hex) is that of the whole call. */
export type DrawWish = { caller: Caller; key: string; fingerprint: string; quantity: number }
export type Drawn =
  | { ok: true; draw: Draw }
  | { ok: false; refusal: Refusal<'test_key_cannot_buy' | 'key_reused' | 'credit_exceeded' | 'pin_cooling'> }

/** Draws stamps on credit: they are in the quota at once. The same key again: the same draw. */
export async function drawCredit(database: Database, wish: DrawWish): Promise<Drawn> {
  const { caller, key, quantity } = wish
  const { accountId } = caller
  if (caller.keyKind !== 'live') return { ok: false, refusal: { code: 'test_key_cannot_buy' } }
  return database.transaction(async (tx): Promise<Drawn> => {
    await lockAccounts(tx, [accountId])
    const earlier = await findDraw(tx, wish)
    if (earlier !== undefined) return earlier
    const cooling = await coolingRefusal(tx, caller)
    if (cooling !== undefined) return { ok: false, refusal: cooling }
    const at = await database.now(tx)
    const { available } = await readCredit(tx, accountId, at)
    if (quantity > available)
      return { ok: false, refusal: { code: 'credit_exceeded', values: { quantity, available } } }
    const id = newUuid(at)
    await moveDebt(tx, { accountId, id, quantity, at })
    await tx`
      insert into credit_draws (account_id, draw_id, idempotency_key, fingerprint, quantity, created_at)
      values (${accountId}, ${id}, ${key}, ${Buffer.from(wish.fingerprint, 'hex')}, ${quantity}, ${at})`
    const entry = { accountId, id: newUuid(at), actor: actorOf(caller), action: 'credit.drawn' }
    await recordAudit(tx, [{ ...entry, objectId: publicId('transfer', id), detail: { quantity } }], at)
    return { ok: true, draw: { id, quantity, createdAt: at } }
  })
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
