import { arrayOid } from '../database/array-types.ts'
import type { Tx } from '../database/database.ts'
import type { AffixingState, ReleaseReason } from './affixing.ts'
import type { ReserveRequest } from './reserve.ts'

/** What stands already for a request: its key's row, and an open or affixed affixing of the same bytes. */
export type Earlier = {
  keyRow?: {
    fingerprint: string
    leaseOwner: string | undefined
    affixingId: string | undefined
    state: AffixingState | undefined
    releaseReason: ReleaseReason | undefined
  }
  sameSource?: { affixingId: string; serial: string; state: AffixingState }
}

type KeyRow = {
  nr: number
  fingerprint: Buffer
  lease_owner: string | null
  affixing_id: string | null
  state: AffixingState | null
  release_reason: ReleaseReason | null
}
type SourceRow = { nr: number; affixing_id: string; serial: string; state: AffixingState }

/** Looks up what stands for each request; the caller holds the accounts' locks. */
export async function findEarlier(tx: Tx, requests: readonly ReserveRequest[]): Promise<Map<ReserveRequest, Earlier>> {
  const accountIds = requests.map((request) => request.caller.accountId)
  const [keyRows, sourceRows] = await Promise.all([
    tx<KeyRow[]>`
      select u.nr::int, k.fingerprint, k.lease_owner, k.affixing_id, a.state, a.release_reason
      from unnest(${accountIds}::uuid[], ${requests.map((request) => request.operation)}::text[], ${requests.map((request) => request.key)}::text[])
        with ordinality u(account_id, operation, key, nr)
      join idempotency_keys k on k.account_id = u.account_id and k.operation = u.operation and k.key = u.key
      left join affixings a on a.account_id = k.account_id and a.affixing_id = k.affixing_id`,
    tx<SourceRow[]>`
      select distinct on (u.nr) u.nr::int, a.affixing_id, a.serial, a.state
      from unnest(${accountIds}::uuid[], ${tx.array(
        requests.map((request) => Buffer.from(request.sourceSha256, 'hex')),
        arrayOid.bytea,
      )}::bytea[])
        with ordinality u(account_id, source_sha256, nr)
      join affixings a on a.account_id = u.account_id and a.source_sha256 = u.source_sha256 and a.state <> 'released'
      order by u.nr, a.state = 'affixed' desc, a.affixing_id desc`,
  ])
  const found = new Map<ReserveRequest, Earlier>(requests.map((request) => [request, {}]))
  const earlierOf = (nr: number): Earlier => {
    const request = requests[nr - 1]
    const earlier = request && found.get(request)
    if (earlier === undefined) throw new Error(`row ${nr} belongs to no request`)
    return earlier
  }
  for (const row of keyRows) {
    earlierOf(row.nr).keyRow = {
      fingerprint: row.fingerprint.toString('hex'),
      leaseOwner: row.lease_owner ?? undefined,
      affixingId: row.affixing_id ?? undefined,
      state: row.state ?? undefined,
      releaseReason: row.release_reason ?? undefined,
    }
  }
  for (const row of sourceRows) {
    earlierOf(row.nr).sameSource = { affixingId: row.affixing_id, serial: row.serial, state: row.state }
  }
  return found
}

/** Ties each key to the affixing it made: a new row, or the attempt of a running upload. */
export async function bindKeys(
  tx: Tx,
  keys: { bound: readonly { request: ReserveRequest; id: string; earlier: Earlier }[]; now: Date },
): Promise<void> {
  const fresh = keys.bound.filter(({ earlier }) => earlier.keyRow === undefined)
  if (fresh.length > 0) {
    await tx`
      insert into idempotency_keys (account_id, operation, key, fingerprint, affixing_id, created_at)
      select account_id, operation, key, fingerprint, affixing_id, ${keys.now} from unnest(
        ${fresh.map(({ request }) => request.caller.accountId)}::uuid[], ${fresh.map(({ request }) => request.operation)}::text[],
        ${fresh.map(({ request }) => request.key)}::text[], ${tx.array(
          fresh.map(({ request }) => Buffer.from(request.fingerprint, 'hex')),
          arrayOid.bytea,
        )}::bytea[],
        ${fresh.map(({ id }) => id)}::uuid[]) u(account_id, operation, key, fingerprint, affixing_id)`
  }
  for (const { request, id } of keys.bound.filter(({ earlier }) => earlier.keyRow !== undefined)) {
    await tx`
      update idempotency_keys set affixing_id = ${id}
      where account_id = ${request.caller.accountId} and operation = ${request.operation} and key = ${request.key}`
  }
}
