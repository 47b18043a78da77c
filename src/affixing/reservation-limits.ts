import { parsePublicId } from '../base/ids.ts'
import { jakartaDay, jakartaDaySecondsLeft } from '../base/jakarta.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import type { Caller } from '../identity/api-keys.ts'
import { unprovenRoom } from '../identity/proofing.ts'
import { unprovenStampsMax } from '../limits/people.ts'
import { openReservationsMax, releasesPerHourMax, tooManyOpenRetrySeconds } from '../limits/stamping.ts'
import type { AffixingLedger } from './affixing.ts'
import { readMemberRoom } from './member-limits.ts'

// Locks: the lane holds the balance rows, by account id; counters are touched under their account's lock alone.

/** What one account may do. */
export type ReservationLimits = { openMax: number; releasesPerHourMax: number }

/** The limits of every account. */
export const reservationLimits: ReservationLimits = { openMax: openReservationsMax, releasesPerHourMax }

export type LimitRefusal =
  | 'too_many_open'
  | 'too_many_releases'
  | 'key_limit_reached'
  | 'member_limit_reached'
  | 'proofing_needed'

/** How much more may be reserved, for some callers of one batch. */
export type Room = {
  /** Counts one more reservation of this caller; or says which limit it would go beyond, and counts nothing. */
  take(caller: Caller): Refusal<LimitRefusal> | undefined
}

const hourMilliseconds = 3_600_000

const hourOf = (now: Date) => new Date(Math.floor(now.getTime() / hourMilliseconds) * hourMilliseconds)
/** Whole seconds until the next multiple of a period. */
const secondsLeft = (milliseconds: number, period: number) => Math.ceil((period - (milliseconds % period)) / 1000)

type Counts = { open: number; releases: number; available: Record<AffixingLedger, number> }

/**
 * A batch's moment, how long others kept it from its locks, and what its accounts hold open, let go in this hour, and have available for
 * reservations; by account id. Counted on while the batch is decided.
 */
export type BatchOpening = { now: Date; waitedMilliseconds: number; accounts: ReadonlyMap<string, Counts> }

type KeyCounts = { open: number; reserved: number }

/** A key with limits of its own; undefined for most. */
function limitedKey({ keyId, keyLimits }: Caller): string | undefined {
  if (keyLimits === undefined) return undefined
  const id = parsePublicId('key', keyId)
  if (id === undefined) throw new Error(`"${keyId}" has limits and is no key's id`)
  return id
}

/**
 * Locks these accounts, each named once, until the transaction ends: each as a whole and in account order. Answers the batch's moment, read when the
 * locks were ours, and what the accounts hold open, let go and have available by then; nothing else changes that while the locks are held.
 */
export async function openBatch(tx: Tx, accountIds: readonly string[]): Promise<BatchOpening> {
  const rows = await tx<OpeningRow[]>`
    select account_id, open, stamps, specimens, releases, waited_ms, at from open_affixings(${[...accountIds]}::uuid[])`
  const [first] = rows
  if (first === undefined) throw new Error('a batch of no accounts has no moment')
  const { at: now, waited_ms: waitedMilliseconds } = first
  return { now, waitedMilliseconds, accounts: new Map(rows.map((row) => [row.account_id, countsOf(row)])) }
}

type OpeningRow = {
  account_id: string
  open: bigint
  stamps: bigint
  specimens: bigint
  releases: number
  waited_ms: number
  at: Date
}

function countsOf({ open, stamps, specimens, releases }: OpeningRow): Counts {
  return { open: Number(open), releases, available: { stamps: Number(stamps), specimens: Number(specimens) } }
}

/** Takes a unit for each of these of what is available; false where there are not enough, and the ledger says whose is missing. */
export function takeAvailable(
  { accounts }: BatchOpening,
  wanted: readonly { accountId: string; ledger: AffixingLedger }[],
): boolean {
  let enough = true
  for (const { accountId, ledger } of wanted) {
    const available = accounts.get(accountId)?.available
    if (available === undefined) throw new Error(`account ${accountId} is not of this batch`)
    enough = available[ledger] > 0 && enough
    available[ledger]--
  }
  return enough
}

/** The room of an opened batch; reservations taken of it count for the callers after them. */
export async function readRoom(
  tx: Tx,
  limits: ReservationLimits,
  batch: BatchOpening & { callers: readonly Caller[] },
): Promise<Room> {
  const { callers, now, accounts } = batch
  const unproven = callers.filter((caller) => caller.unproven === true).map(({ accountId }) => accountId)
  const [keys, members, rooms] = await Promise.all([
    readKeyCounts(tx, callers, now),
    readMemberRoom(tx, callers, now),
    unprovenRoom(tx, unproven),
  ])
  return {
    take(caller) {
      const account = accounts.get(caller.accountId)
      if (account === undefined) throw new Error(`account ${caller.accountId} is not of this batch`)
      const key = keys.get(limitedKey(caller) ?? '') ?? { open: 0, reserved: 0 }
      const left = rooms.get(caller.accountId)
      const refusal =
        accountRefusal(limits, account, now) ??
        (left?.affix === 0 ? proofingNeeded : undefined) ??
        (caller.keyLimits && keyRefusal(caller, caller.keyLimits, key, now)) ??
        members.refusalOf(caller)
      if (refusal !== undefined) return refusal
      account.open++
      if (left !== undefined) left.affix--
      key.open++
      key.reserved++
      members.count(caller)
      return undefined
    },
  }
}

const proofingNeeded: Refusal<LimitRefusal> = { code: 'proofing_needed', values: { limit: unprovenStampsMax } }

function accountRefusal(limits: ReservationLimits, counts: Counts, now: Date): Refusal<LimitRefusal> | undefined {
  if (counts.releases >= limits.releasesPerHourMax) {
    const seconds = secondsLeft(now.getTime(), hourMilliseconds)
    const values = { releases: counts.releases, limit: limits.releasesPerHourMax, seconds }
    return { code: 'too_many_releases', values }
  }
  if (counts.open < limits.openMax) return undefined
  const values = { open: counts.open, limit: limits.openMax, seconds: tooManyOpenRetrySeconds }
  return { code: 'too_many_open', values }
}

function keyRefusal(
  { keyId }: Caller,
  { dailyLimit, openLimit }: NonNullable<Caller['keyLimits']>,
  counts: KeyCounts,
  now: Date,
): Refusal<LimitRefusal> | undefined {
  if (openLimit !== undefined && counts.open >= openLimit) {
    const values = { open: counts.open, limit: openLimit, keyId, seconds: tooManyOpenRetrySeconds }
    return { code: 'too_many_open', values }
  }
  if (dailyLimit === undefined || counts.reserved < dailyLimit) return undefined
  const seconds = jakartaDaySecondsLeft(now)
  return { code: 'key_limit_reached', values: { used: counts.reserved, limit: dailyLimit, keyId, seconds } }
}

/** Only where a key with limits is among them: most batches have none and ask nothing. */
async function readKeyCounts(tx: Tx, callers: readonly Caller[], now: Date): Promise<Map<string, KeyCounts>> {
  const limited = new Map(
    callers.flatMap((caller) => {
      const keyId = limitedKey(caller)
      return keyId === undefined ? [] : [[keyId, caller.accountId]]
    }),
  )
  if (limited.size === 0) return new Map()
  const rows = await tx<{ key_id: string; open: number; reserved: number }[]>`
    with u as (select * from unnest(${[...limited.values()]}::uuid[], ${[...limited.keys()]}::uuid[]) u(account_id, key_id)),
    held as (
      select h.account_id, h.affixing_id, h.key_id, a.state from u
      join key_holds h on h.account_id = u.account_id and h.key_id = u.key_id
      join affixings a on a.account_id = h.account_id and a.affixing_id = h.affixing_id
    ), gone as (
      delete from key_holds h using held
      where held.state <> 'reserved' and h.account_id = held.account_id and h.affixing_id = held.affixing_id
    )
    select u.key_id, coalesce(c.reserved, 0) as reserved,
      (select count(*)::int from held where held.key_id = u.key_id and held.state = 'reserved') as open
    from u left join key_counts c on c.account_id = u.account_id and c.key_id = u.key_id and c.day = ${jakartaDay(now)}::date`
  return new Map(rows.map((row) => [row.key_id, { open: row.open, reserved: row.reserved }]))
}

/** Counts what was reserved against the limits of its keys; nothing to do for keys without. */
export async function countReserved(
  tx: Tx,
  batch: { reserved: readonly { caller: Caller; affixingId: string }[]; now: Date },
): Promise<void> {
  const counted = batch.reserved.flatMap(({ caller, affixingId }) => {
    const keyId = limitedKey(caller)
    return keyId === undefined ? [] : [{ accountId: caller.accountId, keyId, affixingId }]
  })
  if (counted.length === 0) return
  await tx`
    with u as (
      select * from unnest(${counted.map(({ accountId }) => accountId)}::uuid[], ${counted.map(({ keyId }) => keyId)}::uuid[],
        ${counted.map(({ affixingId }) => affixingId)}::uuid[]) u(account_id, key_id, affixing_id)
    ), held as (
      insert into key_holds (account_id, affixing_id, key_id, day)
      select u.account_id, u.affixing_id, u.key_id, ${jakartaDay(batch.now)}::date from u
    )
    insert into key_counts (account_id, key_id, day, reserved)
    select u.account_id, u.key_id, ${jakartaDay(batch.now)}::date, count(*) from u group by u.account_id, u.key_id
    on conflict (account_id, key_id) do update set day = excluded.day,
      reserved = excluded.reserved + case when key_counts.day = excluded.day then key_counts.reserved else 0 end`
}

/**
 * Counts releases by their owner's doing against the account's hour, and gives every released stamp back to its key's day.
 * `caused`: the owner cancelled or came no more; not where the server refused, or could not sign in time.
 */
export async function countReleased(
  tx: Tx,
  batch: { released: readonly { accountId: string; id: string; caused: boolean }[]; now: Date },
): Promise<void> {
  const { released, now } = batch
  const caused = released.filter((one) => one.caused)
  const counting =
    caused.length === 0
      ? undefined
      : tx`
        insert into release_counts (account_id, hour, releases)
        select account_id, ${hourOf(now)}, count(*) from unnest(${caused.map(({ accountId }) => accountId)}::uuid[]) u(account_id)
        group by account_id
        on conflict (account_id) do update set hour = excluded.hour,
          releases = excluded.releases + case when release_counts.hour = excluded.hour then release_counts.releases else 0 end`
  await Promise.all([
    counting,
    tx`
      with gone as (
        delete from key_holds where (account_id, affixing_id) in (select * from unnest(
          ${released.map(({ accountId }) => accountId)}::uuid[], ${released.map(({ id }) => id)}::uuid[]))
        returning account_id, key_id, day
      )
      update key_counts c set reserved = c.reserved - g.stamps
      from (select account_id, key_id, day, count(*)::int as stamps from gone group by account_id, key_id, day) g
      where c.account_id = g.account_id and c.key_id = g.key_id and c.day = g.day`,
  ])
}
