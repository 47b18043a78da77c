import { faultPoint } from '../base/fault-points.ts'
import { derivedUuid, publicId } from '../base/ids.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { applyTransfers } from '../ledger/transfers.ts'
import type { Affixing, ReleaseReason } from './affixing.ts'
import type { AffixingParts } from './affixing-parts.ts'
import { lockOpen } from './lock-open.ts'
import { recordActs } from './record-acts.ts'
import { countReleased } from './reservation-limits.ts'

// Locks: the lane holds the balance rows, by account id; then affixings by id.

/** Quota on its way back. `overdueOnly`: not when the affixing got more time meanwhile. */
export type ReleaseItem = {
  accountId: string
  id: string
  reason: ReleaseReason
  actor: string
  overdueOnly?: boolean
}

/**
 * Gives quota back: voids the holds and marks the affixings released; the caller holds the accounts' locks. Those no longer
 * reserved are left alone. Returns the ids released.
 */
export async function releaseBatch(tx: Tx, batch: { items: readonly ReleaseItem[]; now: Date }): Promise<Set<string>> {
  const held = await lockOpen(tx, batch.items)
  const asked = new Map(batch.items.toReversed().map((item) => [item.id, item]))
  const open = [...held.values()].flatMap(({ id, digest, expiresAt }) => {
    const item = asked.get(id)
    return item === undefined || (item.overdueOnly === true && expiresAt > batch.now)
      ? []
      : [{ ...item, unsigned: digest === undefined }]
  })
  if (open.length === 0) return new Set()
  const results = await applyTransfers(
    tx,
    open.map(({ accountId, id }) => ({
      accountId,
      id: derivedUuid(id, 'void'),
      type: 'void_pending',
      pendingId: id,
      purpose: 'release',
    })),
    batch.now,
  )
  const bad = results.find(({ result }) => result !== 'ok')
  if (bad !== undefined) throw new Error(`the ledger answered ${bad.result} to the release of an open reservation`)
  await Promise.all([
    tx`
      update affixings a set state = 'released', released_at = ${batch.now}, release_reason = u.reason, retry_at = null
      from unnest(${open.map((item) => item.accountId)}::uuid[], ${open.map((item) => item.id)}::uuid[],
        ${open.map((item) => item.reason)}::text[]) u(account_id, affixing_id, reason)
      where a.account_id = u.account_id and a.affixing_id = u.affixing_id`,
    countReleased(tx, {
      // What waited for our timestamp, and what we refused, was not given up by its owner.
      released: open.map((item) => ({ ...item, caused: item.reason !== 'refused' && item.unsigned })),
      now: batch.now,
    }),
    recordActs(
      tx,
      open.map(({ accountId, id, actor, reason }) => ({
        accountId,
        id,
        actor,
        action: 'affixing.released',
        detail: { reason },
      })),
      batch.now,
    ),
  ])
  return new Set(open.map(({ id }) => id))
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
  const { accountId } = request
  await parts.lanes.do({ kind: 'release', accountId, item: request })
  await faultPoint('affixing.releasedNotAnswered')
  const stored = await parts.lanes.find(request)
  if (stored === undefined)
    return { ok: false, refusal: { code: 'not_found', values: { id: publicId('affixing', request.id) } } }
  const { affixing } = stored
  if (affixing.state === 'released') return { ok: true, affixing }
  return { ok: false, refusal: { code: 'affixing_affixed', values: { serial: affixing.serial } } }
}
