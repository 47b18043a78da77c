import { jakartaMonth } from '../base/jakarta.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import type { Caller } from '../identity/api-keys.ts'

// Locks: the lane holds the balance rows, by account id; so nobody else reserves for these accounts while they are counted.

/** What members of one batch may still use of their month. */
export type MemberRoom = {
  /** Which limit one more would go beyond; undefined where there is room, or the caller has no such limit. */
  refusalOf(caller: Caller): Refusal<'member_limit_reached'> | undefined
  /** Counts one more. */
  count(caller: Caller): void
}

type Limited = { accountId: string; personId: string; limit: number }

function limitedMember({ accountId, person, memberLimits }: Caller): Limited | undefined {
  const limit = memberLimits?.stampsPerMonth ?? undefined
  return person === undefined || limit === undefined ? undefined : { accountId, personId: person.personId, limit }
}

const nameOf = ({ accountId, personId }: Limited): string => `${accountId} ${personId}`

/**
 * What these callers reserved for their accounts since the month began in Jakarta and was not released, counted up to their limits.
 * Asks nothing where no member with a limit is among them, as in batches of keys.
 */
export async function readMemberRoom(tx: Tx, callers: readonly Caller[], now: Date): Promise<MemberRoom> {
  const limited = new Map(
    callers.flatMap((caller) => {
      const member = limitedMember(caller)
      return member === undefined ? [] : [[nameOf(member), member]]
    }),
  )
  const month = jakartaMonth(now)
  const used = await countUsed(tx, [...limited.values()], month.from)
  return {
    refusalOf(caller) {
      const member = limitedMember(caller)
      if (member === undefined) return undefined
      const count = used.get(nameOf(member)) ?? 0
      if (count < member.limit) return undefined
      const values = { used: count, limit: member.limit, seconds: month.secondsLeft }
      return { code: 'member_limit_reached', values }
    },
    count(caller) {
      const member = limitedMember(caller)
      if (member !== undefined) used.set(nameOf(member), (used.get(nameOf(member)) ?? 0) + 1)
    },
  }
}

async function countUsed(tx: Tx, members: readonly Limited[], from: Date): Promise<Map<string, number>> {
  if (members.length === 0) return new Map()
  const rows = await tx<{ account_id: string; person_id: string; used: number }[]>`
    select u.account_id, u.person_id, q.used
    from unnest(${members.map(({ accountId }) => accountId)}::uuid[], ${members.map(({ personId }) => personId)}::uuid[],
      ${members.map(({ limit }) => limit)}::int[]) u(account_id, person_id, most)
    cross join lateral (
      select count(*)::int as used from (
        select 1 from affixings a
        where a.account_id = u.account_id and a.person_id = u.person_id and a.created_at >= ${from} and a.state <> 'released'
        limit u.most
      ) counted
    ) q`
  return new Map(rows.map((row) => [`${row.account_id} ${row.person_id}`, row.used]))
}
