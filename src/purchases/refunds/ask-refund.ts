import { recordAudit } from '../../audit/audit.ts'
import { derivedUuid, newUuid, publicId } from '../../base/ids.ts'
import type { Queryable, Tx } from '../../database/database.ts'
import type { Refusal } from '../../errors.ts'
import { actorOf, type Caller } from '../../identity/api-keys.ts'
import { coolingRefusal } from '../../identity/cooling.ts'
import { doConfirmed, type NotConfirmed } from '../../identity/confirmed-acts.ts'
import { readDebt, readQuota } from '../../ledger/balances.ts'
import { applyTransfers, lockAccounts, openAccount } from '../../ledger/transfers.ts'
import { stampPriceRupiah } from '../../limits/purchases.ts'
import type { PurchaseParts } from '../purchase-parts.ts'
import { unitsPassedOn } from '../quota-transfers/send-quota.ts'
import { promisedDay } from './promised-day.ts'
import { lockRefund, sealDestination, type Destination, type RefundCase } from './refund.ts'

// Units leave the quota the moment their money is asked back, so they cannot be stamped with meanwhile; who changes their mind before an
// operator approves has them back at once.

/** A refund, or why there is none. */
export type RefundAnswer<Code extends Refusal['code']> =
  | { ok: true; refund: RefundCase }
  | { ok: false; refusal: Refusal<Code> }

/** What is given back; `fingerprint` (hex) is that of the whole call. */
export type RefundWish = {
  caller: Caller
  key: string
  fingerprint: string
  quantity: number
  destination: Destination
  /** Of a PIN confirmation for `money`, where a person calls. */
  authorization?: string | undefined
}

/** Asks the money for unused stamps back, in full. Only what this account bought: what it was given was never paid. */
export async function askRefund(
  parts: PurchaseParts,
  wish: RefundWish,
): Promise<RefundAnswer<'test_key_cannot_buy' | 'key_reused' | 'refund_exceeds_quota'> | NotConfirmed> {
  const { caller, key } = wish
  // keyed: what goes into it has few enough digits to be guessed
  const fingerprint = parts.sealing.blindIndex('refund.call', wish.fingerprint)
  const { accountId } = caller
  if (caller.keyKind !== 'live') return { ok: false, refusal: { code: 'test_key_cannot_buy' } }
  return parts.database.transaction(async (tx) => {
    await lockAccounts(tx, [accountId])
    const [earlier] = await tx<{ refund_id: string; fingerprint: Buffer }[]>`
      select refund_id, fingerprint from refund_cases where account_id = ${accountId} and idempotency_key = ${key}`
    if (earlier !== undefined) {
      if (!earlier.fingerprint.equals(fingerprint))
        return { ok: false, refusal: { code: 'key_reused', values: { key } } }
      return { ok: true, refund: await held(tx, { accountId, id: earlier.refund_id }) }
    }
    const at = await parts.database.now(tx)
    const act = { caller, purpose: 'money', authorization: wish.authorization, at } as const
    return doConfirmed(tx, act, () => openCase(tx, parts, { wish, fingerprint, at }))
  })
}

/** The units leave the quota for a new case. */
async function openCase(
  tx: Tx,
  parts: PurchaseParts,
  opened: { wish: RefundWish; fingerprint: Buffer; at: Date },
): Promise<RefundAnswer<'refund_exceeds_quota'>> {
  const { wish, fingerprint, at } = opened
  const { caller, key, quantity } = wish
  const { accountId } = caller
  const available = await readRefundable(tx, accountId)
  if (quantity > available)
    return { ok: false, refusal: { code: 'refund_exceeds_quota', values: { quantity, available } } }
  const id = newUuid(at)
  await moveUnits(tx, {
    accountId,
    id: derivedUuid(id, 'set aside'),
    from: 'quota',
    to: 'refunding',
    units: quantity,
    at,
  })
  await tx`
      insert into refund_cases (account_id, refund_id, idempotency_key, fingerprint, reason, units, amount_rupiah, destination, promised_on, created_at)
      values (${accountId}, ${id}, ${key}, ${fingerprint}, 'quota_returned', ${quantity},
        ${BigInt(quantity) * BigInt(stampPriceRupiah)}, ${sealDestination(parts.sealing, id, wish.destination)}, ${promisedDay(at)}, ${at})`
  const entry = { accountId, id: newUuid(at), actor: actorOf(caller), action: 'refund.asked' }
  await recordAudit(tx, [{ ...entry, objectId: publicId('refund', id), detail: { quantity } }], at)
  return { ok: true, refund: await held(tx, { accountId, id }) }
}

/** Says, or says anew, where the money goes, while nobody has approved it. */
export async function setDestination(
  parts: PurchaseParts,
  wanted: { caller: Caller; id: string; destination: Destination; authorization?: string | undefined },
): Promise<RefundAnswer<'not_found' | 'refund_not_open' | NotConfirmed['refusal']['code']>> {
  const { caller, id, authorization } = wanted
  const cooling = await coolingRefusal(parts.database.sql, caller)
  if (cooling !== undefined) return { ok: false, refusal: cooling }
  return onDueCase(parts, { caller, id, action: 'refund.destination_set' }, (tx, { accountId }, at) =>
    doConfirmed(tx, { caller, purpose: 'money', authorization, at }, async (): Promise<{ ok: true }> => {
      const sealed = sealDestination(parts.sealing, id, wanted.destination)
      await tx`update refund_cases set destination = ${sealed} where account_id = ${accountId} and refund_id = ${id}`
      return { ok: true }
    }),
  )
}

/** Takes the wish back, while nobody has approved it: the units are in the quota again. Only for stamps that were given back. */
export async function cancelRefund(
  parts: PurchaseParts,
  wanted: { caller: Caller; id: string },
): Promise<RefundAnswer<'not_found' | 'refund_not_open'>> {
  // money that came by mistake stays owed, whatever its owner wishes
  const mayAct = (refund: RefundCase) => refund.units > 0
  return onDueCase(parts, { ...wanted, action: 'refund.cancelled', mayAct }, async (tx, refund, at) => {
    const { accountId, id, units } = refund
    await moveUnits(tx, { accountId, id: derivedUuid(id, 'given back'), from: 'refunding', to: 'quota', units, at })
    await tx`update refund_cases set state = 'cancelled', ended_at = ${at} where account_id = ${accountId} and refund_id = ${id}`
    return { ok: true }
  })
}

async function onDueCase<Code extends Refusal['code'] = never>(
  parts: PurchaseParts,
  act: { caller: Caller; id: string; action: string; mayAct?: (refund: RefundCase) => boolean },
  work: (tx: Tx, refund: RefundCase, at: Date) => Promise<{ ok: true } | { ok: false; refusal: Refusal<Code> }>,
): Promise<RefundAnswer<'not_found' | 'refund_not_open' | Code>> {
  const { accountId } = act.caller
  const values = { id: publicId('refund', act.id) }
  return parts.database.transaction(async (tx): Promise<RefundAnswer<'not_found' | 'refund_not_open' | Code>> => {
    await lockAccounts(tx, [accountId])
    const refund = await lockRefund(tx, { accountId, id: act.id })
    if (refund === undefined) return { ok: false, refusal: { code: 'not_found', values } }
    if (refund.state !== 'due' || act.mayAct?.(refund) === false)
      return { ok: false, refusal: { code: 'refund_not_open', values: { ...values, state: refund.state } } }
    const at = await parts.database.now(tx)
    const worked = await work(tx, refund, at)
    if (!worked.ok) return worked
    const entry = { accountId, id: newUuid(at), actor: actorOf(act.caller), action: act.action, objectId: values.id }
    await recordAudit(tx, [entry], at)
    return { ok: true, refund: await held(tx, { accountId, id: act.id }) }
  })
}

async function held(tx: Tx, wanted: { accountId: string; id: string }): Promise<RefundCase> {
  const refund = await lockRefund(tx, wanted)
  if (refund === undefined) throw new Error(`refund ${wanted.id} is gone`)
  return refund
}

/**
 * Units that were bought by this account and neither used, nor given back before, nor passed on for good; less what it owes. What was used
 * counts as bought: units of a quota cannot be told apart, and what was given, drawn or received must never come back as money.
 */
export async function readRefundable(sql: Queryable, accountId: string): Promise<number> {
  const { available, spent } = await readQuota(sql, { accountId, ledger: 'stamps' })
  const used = spent - BigInt(await unitsPassedOn(sql, accountId))
  const [row] = await sql<{ bought: bigint; returned: bigint; sent: bigint; received: bigint }[]>`
    select
      (select coalesce(sum(quantity), 0) from orders where account_id = ${accountId} and ledger = 'stamps' and state = 'paid')::bigint as bought,
      (select coalesce(sum(units), 0) from refund_cases where account_id = ${accountId} and state <> 'cancelled')::bigint as returned,
      (select coalesce(sum(quantity), 0) from quota_transfers where account_id = ${accountId})::bigint as sent,
      (select coalesce(sum(quantity), 0) from quota_transfers where receiver_id = ${accountId})::bigint as received`
  if (row === undefined) return 0
  const passedOn = row.sent > row.received ? row.sent - row.received : 0n
  // nobody is paid who owes
  const own = row.bought - used - row.returned - passedOn - (await readDebt(sql, { accountId, ledger: 'stamps' }))
  return Math.max(0, Number(own < available ? own : available))
}

/** One posted transfer between two of the account's balances, or out of it. Throws where the balance does not allow it. */
export async function moveUnits(
  tx: Tx,
  move: {
    accountId: string
    id: string
    from: 'quota' | 'refunding'
    to: 'quota' | 'refunding' | 'sold'
    units: number
    at: Date
  },
): Promise<void> {
  const { accountId, id, from, to, units, at } = move
  await openAccount(tx, { accountId, ledger: 'stamps', kinds: ['quota', 'refunding'] })
  const [moved] = await applyTransfers(
    tx,
    [
      {
        accountId,
        id,
        type: 'posted',
        ledger: 'stamps',
        debit: from,
        credit: to,
        amount: BigInt(units),
        purpose: 'refund',
      },
    ],
    at,
  )
  if (moved?.result !== 'ok') throw new Error(`the refund's transfer ${id} was answered ${moved?.result ?? 'nothing'}`)
}
