import { derivedUuid, newUuid, publicId } from '../base/ids.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { applyTransfers, lockAccounts } from '../ledger/transfers.ts'
import { findAffixing, type Affixing, type ReleaseReason } from './affixing.ts'
import type { AffixingParts } from './affixing-parts.ts'

// Locks of this file, in this order: balance rows by account id, then affixings by id.

/**
 * Gives quota back: voids the holds and marks the affixings released, in the caller's transaction. Those no longer
 * reserved are left alone; with `overdueAt` also those that got more time. Returns the ids released.
 */
export async function releaseAffixings(
  tx: Tx,
  batch: {
    items: readonly { accountId: string; id: string }[]
    reason: ReleaseReason
    actor: string
    now: Date
    overdueAt?: Date
  },
): Promise<string[]> {
  if (batch.items.length === 0) return []
  await lockAccounts(tx, [...new Set(batch.items.map((item) => item.accountId))])
  const open = await tx<{ account_id: string; affixing_id: string }[]>`
    select account_id, affixing_id from affixings
    where (account_id, affixing_id) in (select * from unnest(
      ${batch.items.map((item) => item.accountId)}::uuid[], ${batch.items.map((item) => item.id)}::uuid[]))
      and state = 'reserved' ${batch.overdueAt === undefined ? tx`` : tx`and expires_at <= ${batch.overdueAt}`}
    order by account_id, affixing_id for update`
  if (open.length === 0) return []
  const results = await applyTransfers(
    tx,
    open.map((row) => ({
      accountId: row.account_id,
      id: derivedUuid(row.affixing_id, 'void'),
      type: 'void_pending',
      pendingId: row.affixing_id,
      purpose: 'release',
    })),
    batch.now,
  )
  const bad = results.find(({ result }) => result !== 'ok')
  if (bad !== undefined) throw new Error(`the ledger answered ${bad.result} to the release of an open reservation`)
  await tx`
    update affixings a set state = 'released', released_at = ${batch.now}, release_reason = ${batch.reason}, retry_at = null
    from unnest(${open.map((row) => row.account_id)}::uuid[], ${open.map((row) => row.affixing_id)}::uuid[]) u(account_id, affixing_id)
    where a.account_id = u.account_id and a.affixing_id = u.affixing_id`
  await recordAudit(
    tx,
    open.map((row) => ({
      accountId: row.account_id,
      id: newUuid(batch.now),
      actor: batch.actor,
      action: 'affixing.released',
      objectId: publicId('affixing', row.affixing_id),
      detail: { reason: batch.reason },
    })),
    batch.now,
  )
  return open.map((row) => row.affixing_id)
}

/** The released affixing; a repeat gets the same answer, an affixed one cannot be cancelled any more. */
export type Cancelled =
  | { ok: true; affixing: Affixing }
  | { ok: false; refusal: Refusal<'not_found' | 'affixing_affixed'> }

/** Gives the quota of an open reservation back because its owner asks, or because its box or file was refused. */
export async function cancelAffixing(
  parts: AffixingParts,
  request: { accountId: string; id: string; actor: string; reason: 'cancelled' | 'refused' },
): Promise<Cancelled> {
  await parts.database.transaction(async (tx) => {
    const now = await parts.database.now(tx)
    await releaseAffixings(tx, { items: [request], reason: request.reason, actor: request.actor, now })
  })
  const stored = await findAffixing(parts.database.sql, request)
  if (stored === undefined)
    return { ok: false, refusal: { code: 'not_found', values: { id: publicId('affixing', request.id) } } }
  const { affixing } = stored
  if (affixing.state === 'released') return { ok: true, affixing }
  return { ok: false, refusal: { code: 'affixing_affixed', values: { serial: affixing.serial } } }
}
