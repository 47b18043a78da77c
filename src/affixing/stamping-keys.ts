import { setTimeout as delay } from 'node:timers/promises'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { lockAccounts } from '../ledger/transfers.ts'
import { leaseSeconds, repeatPollMilliseconds, repeatWaitMilliseconds } from '../limits/stamping.ts'
import type { AffixingState } from './affixing.ts'
import type { AffixingParts } from './affixing-parts.ts'

/** The key of one upload. "Running" is a lease on its row; once that has lapsed a repeat takes over. */
export type StampingKey = { accountId: string; key: string; fingerprint: string }

/** The caller now holds the lease; or an earlier call settled it with this affixing; or it is refused. */
export type Claim =
  | { kind: 'ours'; leaseOwner: string }
  | { kind: 'settled'; affixingId: string }
  | { kind: 'refused'; refusal: Refusal<'key_reused' | 'in_progress'> }

type Row = {
  fingerprint: Buffer
  lease_owner: string | null
  lease_until: Date | null
  affixing_id: string | null
  state: AffixingState | null
  digest: Buffer | null
}

/** Claims a key, waiting for a running call of the same key up to its bound. `leaseOwner` is a fresh UUID of this call. */
export async function claimStamping(parts: AffixingParts, stamping: StampingKey, leaseOwner: string): Promise<Claim> {
  const tries = Math.ceil(repeatWaitMilliseconds / repeatPollMilliseconds)
  for (let i = 0; i < tries; i++) {
    const claim = await parts.database.transaction(async (tx) => {
      await lockAccounts(tx, [stamping.accountId])
      return claimOnce(tx, { stamping, leaseOwner, now: await parts.database.now(tx) })
    })
    if (claim !== 'running') return claim
    await delay(repeatPollMilliseconds)
  }
  return { kind: 'refused', refusal: { code: 'in_progress', values: { seconds: 5 } } }
}

async function claimOnce(
  tx: Tx,
  claim: { stamping: StampingKey; leaseOwner: string; now: Date },
): Promise<Claim | 'running'> {
  const { stamping, leaseOwner, now } = claim
  const [row] = await tx<Row[]>`
    select k.fingerprint, k.lease_owner, k.lease_until, k.affixing_id, a.state, a.digest
    from idempotency_keys k left join affixings a on a.account_id = k.account_id and a.affixing_id = k.affixing_id
    where k.account_id = ${stamping.accountId} and k.operation = 'stamping' and k.key = ${stamping.key}`
  const leaseUntil = new Date(now.getTime() + leaseSeconds * 1000)
  const fingerprint = Buffer.from(stamping.fingerprint, 'hex')
  if (row === undefined) {
    await tx`
      insert into idempotency_keys (account_id, operation, key, fingerprint, lease_owner, lease_until, created_at)
      values (${stamping.accountId}, 'stamping', ${stamping.key}, ${fingerprint}, ${leaseOwner}, ${leaseUntil}, ${now})`
    return { kind: 'ours', leaseOwner }
  }
  const running = row.lease_until !== null && row.lease_until > now
  const hadEffect = row.affixing_id !== null && row.state !== 'released'
  if (!row.fingerprint.equals(fingerprint) && (running || hadEffect)) {
    return { kind: 'refused', refusal: { code: 'key_reused', values: { key: stamping.key } } }
  }
  if (
    row.affixing_id !== null &&
    (row.state === 'affixed' || (row.state === 'reserved' && row.digest !== null && !running))
  ) {
    return { kind: 'settled', affixingId: row.affixing_id }
  }
  if (running) return 'running'
  await tx`
    update idempotency_keys set fingerprint = ${fingerprint}, lease_owner = ${leaseOwner}, lease_until = ${leaseUntil}
    where account_id = ${stamping.accountId} and operation = 'stamping' and key = ${stamping.key}`
  return { kind: 'ours', leaseOwner }
}

/** Renews a lease for another 30 s; false when another call has taken over. */
export async function renewStamping(parts: AffixingParts, stamping: StampingKey, leaseOwner: string): Promise<boolean> {
  const rows = await parts.database.sql`
    update idempotency_keys set lease_until = database_now() + make_interval(secs => ${leaseSeconds})
    where account_id = ${stamping.accountId} and operation = 'stamping' and key = ${stamping.key} and lease_owner = ${leaseOwner}
    returning 1`
  return rows.length === 1
}

/** Ends a lease: the key keeps the affixing it led to, or is forgotten where it had no effect. */
export async function endStamping(
  parts: AffixingParts,
  stamping: StampingKey,
  ended: { leaseOwner: string; affixingId: string | undefined },
): Promise<void> {
  const { sql } = parts.database
  const mine = sql`account_id = ${stamping.accountId} and operation = 'stamping' and key = ${stamping.key} and lease_owner = ${ended.leaseOwner}`
  if (ended.affixingId === undefined) await sql`delete from idempotency_keys where ${mine}`
  else
    await sql`update idempotency_keys set affixing_id = ${ended.affixingId}, lease_owner = null, lease_until = null where ${mine}`
}
