import { recordAudit } from '../../audit/audit.ts'
import { derivedUuid, newUuid, publicId } from '../../base/ids.ts'
import type { Database, Queryable, Tx } from '../../database/database.ts'
import type { Refusal } from '../../errors.ts'
import { actorOf, type Caller } from '../../identity/api-keys.ts'
import { doConfirmed, type NotConfirmed } from '../../identity/confirmed-acts.ts'
import { readQuota } from '../../ledger/balances.ts'
import {
  applyTransfers,
  lockAccounts,
  openAccount,
  type Transfer,
  type TransferResult,
} from '../../ledger/transfers.ts'
import { transferResumeSeconds } from '../../limits/purchases.ts'
import { transferBatchMax } from '../../limits/stamping.ts'
import { areFamily } from './family.ts'

// begun -> received -> done. A transaction has one customer account: the giver's units are held (pending, to *in transit*), the receiver
// gets them, the giver's hold is posted. Every id comes of the transfer's own, so whoever finds one unfinished simply goes on.

/** Quota on its way, or arrived. `accountId` gives. */
export type QuotaTransfer = {
  accountId: string
  id: string
  receiverId: string
  quantity: number
  state: 'begun' | 'received' | 'done'
  createdAt: Date
  endedAt: Date | undefined
}

/** What is sent; `fingerprint` (hex) is that of the whole call. `authorization`: of a PIN confirmation for `money`, where a person calls. */
export type SendWish = {
  caller: Caller
  key: string
  fingerprint: string
  receiverId: string
  quantity: number
  authorization?: string | undefined
}
export type SendRefusal =
  | Refusal<'test_key_cannot_buy' | 'key_reused' | 'not_found' | 'transfer_exceeds_quota'>
  | NotConfirmed['refusal']
export type Sent = { ok: true; transfer: QuotaTransfer } | { ok: false; refusal: SendRefusal }

type Row = {
  account_id: string
  transfer_id: string
  receiver_id: string
  quantity: number
  state: QuotaTransfer['state']
  created_at: Date
  ended_at: Date | null
}

function fromRow(row: Row): QuotaTransfer {
  return {
    accountId: row.account_id,
    id: row.transfer_id,
    receiverId: row.receiver_id,
    quantity: row.quantity,
    state: row.state,
    createdAt: row.created_at,
    endedAt: row.ended_at ?? undefined,
  }
}

/** Sends quota to the parent or a child. An account that is neither answers as one that is not there. The same key again: the same transfer. */
export async function sendQuota(database: Database, wish: SendWish): Promise<Sent> {
  const begun = await beginTransfer(database, wish)
  if (!begun.ok || begun.transfer.state === 'done') return begun
  await finishTransfer(database, begun.transfer)
  const transfer = await findTransfer(database.sql, { accountId: wish.caller.accountId, id: begun.transfer.id })
  return { ok: true, transfer: transfer ?? begun.transfer }
}

/** The first step alone: the units are held at the giver, and the job finishes what nobody else does. */
export async function beginTransfer(database: Database, wish: SendWish): Promise<Sent> {
  const { caller, key } = wish
  const { accountId } = caller
  if (caller.keyKind !== 'live') return { ok: false, refusal: { code: 'test_key_cannot_buy' } }
  return database.transaction(async (tx): Promise<Sent> => {
    await lockAccounts(tx, [accountId])
    const [earlier] = await tx<(Row & { fingerprint: Buffer })[]>`
      select account_id, transfer_id, receiver_id, quantity, state, created_at, ended_at, fingerprint from quota_transfers
      where account_id = ${accountId} and idempotency_key = ${key}`
    if (earlier !== undefined) {
      const isSame = earlier.fingerprint.toString('hex') === wish.fingerprint
      return isSame
        ? { ok: true, transfer: fromRow(earlier) }
        : { ok: false, refusal: { code: 'key_reused', values: { key } } }
    }
    const at = await database.now(tx)
    const act = { caller, purpose: 'money', authorization: wish.authorization, at } as const
    return doConfirmed(tx, act, () => holdUnits(tx, wish, at))
  })
}

async function holdUnits(tx: Tx, wish: SendWish, at: Date): Promise<Sent> {
  const { caller, key, receiverId, quantity } = wish
  const { accountId } = caller
  if (!(await areFamily(tx, accountId, receiverId)))
    return { ok: false, refusal: { code: 'not_found', values: { id: publicId('account', receiverId) } } }
  const id = newUuid(at)
  const held = await move(tx, at, {
    ...leg(accountId, id, 'held', quantity),
    type: 'pending',
    debit: 'quota',
    credit: 'transit',
  })
  if (held === 'exceeds_balance' || held === 'account_unknown') {
    const available = Number((await readQuota(tx, { accountId, ledger: 'stamps' })).available)
    return { ok: false, refusal: { code: 'transfer_exceeds_quota', values: { quantity, available } } }
  }
  mustBe(['ok'], held)
  const dueAt = new Date(at.getTime() + transferResumeSeconds * 1000)
  const [row] = await tx<Row[]>`
      insert into quota_transfers (account_id, transfer_id, receiver_id, idempotency_key, fingerprint, quantity, created_at, due_at)
      values (${accountId}, ${id}, ${receiverId}, ${key}, ${Buffer.from(wish.fingerprint, 'hex')}, ${quantity}, ${at}, ${dueAt})
      returning account_id, transfer_id, receiver_id, quantity, state, created_at, ended_at`
  if (row === undefined) throw new Error(`transfer ${id} was not written`)
  const entry = { accountId, id: newUuid(at), actor: actorOf(caller), action: 'quota.sent' }
  const detail = { quantity, to: publicId('account', receiverId) }
  await recordAudit(tx, [{ ...entry, objectId: publicId('transfer', id), detail }], at)
  return { ok: true, transfer: fromRow(row) }
}

/** The other two steps, each its own commit; safe to repeat, and by several at once. */
export async function finishTransfer(database: Database, transfer: QuotaTransfer): Promise<void> {
  const { accountId, id, receiverId, quantity } = transfer
  await database.transaction(async (tx) => {
    const at = await database.now(tx)
    await lockAccounts(tx, [receiverId])
    await openAccount(tx, { accountId: receiverId, ledger: 'stamps', kinds: ['quota'] })
    const arrived = await move(tx, at, {
      ...leg(receiverId, id, 'received', quantity),
      type: 'posted',
      debit: 'transit',
      credit: 'quota',
    })
    mustBe(['ok', 'exists'], arrived)
    if (arrived === 'exists') return
    await tx`update quota_transfers set state = 'received' where account_id = ${accountId} and transfer_id = ${id} and state = 'begun'`
    const entry = { accountId: receiverId, id: newUuid(at), actor: 'system:transfers', action: 'quota.received' }
    const detail = { quantity, from: publicId('account', accountId) }
    await recordAudit(tx, [{ ...entry, objectId: publicId('transfer', id), detail }], at)
  })
  await database.transaction(async (tx) => {
    const at = await database.now(tx)
    await lockAccounts(tx, [accountId])
    const pendingId = derivedUuid(id, 'held')
    const gone = await move(tx, at, {
      accountId,
      id: derivedUuid(id, 'gone'),
      purpose: 'transfer',
      type: 'post_pending',
      pendingId,
    })
    mustBe(['ok', 'exists'], gone)
    await tx`
      update quota_transfers set state = 'done', ended_at = ${at}, due_at = null
      where account_id = ${accountId} and transfer_id = ${id} and state <> 'done'`
  })
}

/** Goes on with what was left unfinished; safe in every process at once. Answers how many. */
export async function resumeTransfers(database: Database, stopping?: AbortSignal): Promise<number> {
  const now = await database.now()
  const again = new Date(now.getTime() + transferResumeSeconds * 1000)
  const rows = await database.sql<Row[]>`
    with due as materialized (
      select account_id, transfer_id from quota_transfers where due_at <= ${now} order by due_at limit ${transferBatchMax} for update skip locked
    )
    update quota_transfers t set due_at = ${again} from due where t.account_id = due.account_id and t.transfer_id = due.transfer_id
    returning t.account_id, t.transfer_id, t.receiver_id, t.quantity, t.state, t.created_at, t.ended_at`
  for (const row of rows) {
    if (stopping?.aborted === true) break
    await finishTransfer(database, fromRow(row))
  }
  return rows.length
}

/** One transfer that this account sent or got; undefined for another's and for none. */
export async function findTransfer(
  sql: Queryable,
  wanted: { accountId: string; id: string },
): Promise<QuotaTransfer | undefined> {
  const { accountId, id } = wanted
  const [row] = await sql<Row[]>`
    select account_id, transfer_id, receiver_id, quantity, state, created_at, ended_at from quota_transfers
    where (account_id = ${accountId} or receiver_id = ${accountId}) and transfer_id = ${id}`
  return row === undefined ? undefined : fromRow(row)
}

/** A page of what this account sent and got, newest first; `before` is the id the last page ended with. */
export async function listTransfers(
  sql: Queryable,
  wanted: { accountId: string; limit: number; before?: string | undefined },
): Promise<QuotaTransfer[]> {
  const { accountId, limit, before } = wanted
  const rows = await sql<Row[]>`
    select account_id, transfer_id, receiver_id, quantity, state, created_at, ended_at from quota_transfers
    where (account_id = ${accountId} or receiver_id = ${accountId}) ${before === undefined ? sql`` : sql`and transfer_id < ${before}`}
    order by transfer_id desc limit ${limit}`
  return rows.map(fromRow)
}

/** Units that an account passed on for good: they left its quota, but were not used. */
export async function unitsPassedOn(sql: Queryable, accountId: string): Promise<number> {
  const [row] = await sql<{ units: bigint }[]>`
    select coalesce(sum(quantity), 0)::bigint as units from quota_transfers where account_id = ${accountId} and state = 'done'`
  return Number(row?.units ?? 0n)
}

function leg(accountId: string, id: string, step: string, quantity: number) {
  return {
    accountId,
    id: derivedUuid(id, step),
    ledger: 'stamps',
    amount: BigInt(quantity),
    purpose: 'transfer',
  } as const
}

async function move(tx: Tx, at: Date, transfer: Transfer): Promise<TransferResult['result']> {
  const [moved] = await applyTransfers(tx, [transfer], at)
  if (moved === undefined) throw new Error('applyTransfers answered nothing')
  return moved.result
}

function mustBe(allowed: readonly TransferResult['result'][], result: TransferResult['result']): void {
  if (!allowed.includes(result)) throw new Error(`a step of a quota transfer was answered ${result}`)
}
