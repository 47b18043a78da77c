import type { Queryable } from '../database/database.ts'
import { reservationWaitingSeconds } from '../limits/stamping.ts'
import type { AccountKind, Ledger } from './transfers.ts'

/** What came into a quota from one kind of account, or went out to it, from one moment to another. Holds do not count. */
export type Turnover = { side: 'in' | 'out'; counterpart: AccountKind; within: bigint }

/** What a quota was at the first moment, without what was only held, and what moved it until the second. */
export type QuotaTurnover = { opening: bigint; turnover: Turnover[] }

/**
 * The posted turnover of one account's quota; in a transaction of one snapshot. The opening is today's balance less all that came after, so
 * what is read is what moved from then to now: for statements, not for pages. Stamps are found by their id, which is at most as old as a
 * reservation may become; all else, which is little, by the moment it was posted: an order is paid days after it got its id.
 */
export async function readTurnover(
  sql: Queryable,
  wanted: { accountId: string; ledger: Ledger; from: Date; until: Date },
): Promise<QuotaTurnover> {
  const { accountId, ledger, from, until } = wanted
  // a day and the sweep's delay, rounded up
  const earliest = new Date(from.getTime() - 2 * reservationWaitingSeconds * 1000)
  const [balance] = await sql<{ posted: bigint }[]>`
    select credits_posted - debits_posted as posted from ledger_accounts
    where account_id = ${accountId} and ledger = ${ledger} and kind = 'quota'`
  const rows = await sql<(Turnover & { since: bigint })[]>`
    select case when credit = 'quota' then 'in' else 'out' end as side, case when credit = 'quota' then debit else credit end as counterpart,
      coalesce(sum(amount) filter (where created_at < ${until}), 0)::bigint as within, sum(amount)::bigint as since
    from (
      select ledger, type, debit, credit, amount, created_at from transfers
      where account_id = ${accountId} and id >= uuid7_floor(${earliest}) and purpose in ('affixing', 'release')
      union all
      select ledger, type, debit, credit, amount, created_at from transfers
      where account_id = ${accountId} and created_at >= ${from} and purpose not in ('affixing', 'release')
    ) moved
    where ledger = ${ledger} and type in ('posted', 'post_pending') and 'quota' in (debit, credit) and created_at >= ${from}
    group by side, counterpart order by side, counterpart`
  const since = rows.reduce((sum, row) => sum + (row.side === 'in' ? row.since : -row.since), 0n)
  return {
    opening: (balance?.posted ?? 0n) - since,
    turnover: rows.map(({ side, counterpart, within }) => ({ side, counterpart, within })),
  }
}
