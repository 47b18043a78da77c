import { faultPoint } from '../base/fault-points.ts'
import { clockPauseSeconds, clockSkewSecondsMax, sweepBatchMax } from '../limits/stamping.ts'
import type { AffixingParts } from './affixing-parts.ts'

/**
 * Releases what is overdue by the database's clock; safe in every process at once. Returns how many.
 * Only this expires a reservation: one that is overdue but not yet swept still takes its signature.
 */
export async function sweepOverdue(parts: AffixingParts): Promise<number> {
  const { sql } = parts.database
  let released = 0
  for (;;) {
    const now = await parts.database.now()
    const due = await sql<{ account_id: string; affixing_id: string }[]>`
      select account_id, affixing_id from affixings where state = 'reserved' and expires_at <= ${now}
      order by expires_at limit ${sweepBatchMax}`
    if (due.length === 0) return released
    await faultPoint('affixing.overdueNotReleased')
    const outcomes = await Promise.all(
      due.map(({ account_id: accountId, affixing_id: id }) =>
        parts.lanes.do({
          kind: 'release',
          accountId,
          item: { accountId, id, reason: 'expired', actor: 'system:sweep', overdueOnly: true },
        }),
      ),
    )
    const count = outcomes.filter((outcome) => outcome === 'done').length
    released += count
    if (due.length < sweepBatchMax || count === 0) return released
  }
}

/**
 * Says when expiring must wait: someone moved the wall clock by more than a minute against the monotonic one.
 * After a jump it pauses for `clockPauseSeconds`, time enough to move the clock back; then the new time counts.
 */
export function clockGuard(wall: () => number, monotonic: () => number): () => boolean {
  let agreed = wall() - monotonic()
  let pausedUntil = -Infinity
  return () => {
    const difference = wall() - monotonic()
    if (Math.abs(difference - agreed) > clockSkewSecondsMax * 1000) {
      agreed = difference
      pausedUntil = monotonic() + clockPauseSeconds * 1000
    }
    return monotonic() >= pausedUntil
  }
}
