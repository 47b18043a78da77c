import type { Queryable } from '../database/database.ts'
import type { AccountKind, Ledger } from './transfers.ts'

/** What came into a quota from one kind of account, or went out to it: before a moment, and from it to another. Holds do not count. */
export type Turnover = { side: 'in' | 'out'; counterpart: AccountKind; before: bigint; within: bigint }

/** The posted turnover of one account's quota. Reads all its transfers: for statements, not for pages. */
export async function readTurnover(
  sql: Queryable,
  wanted: { accountId: string; ledger: Ledger; from: Date; until: Date },
): Promise<Turnover[]> {
  const { accountId, ledger, from, until } = wanted
  return sql<Turnover[]>`
    select side, counterpart, coalesce(sum(amount) filter (where created_at < ${from}), 0)::bigint as before,
      coalesce(sum(amount) filter (where created_at >= ${from}), 0)::bigint as within
    from (
      select case when credit = 'quota' then 'in' else 'out' end as side, case when credit = 'quota' then debit else credit end as counterpart,
        amount, created_at
      from transfers
      where account_id = ${accountId} and ledger = ${ledger} and type in ('posted', 'post_pending') and 'quota' in (debit, credit)
        and created_at < ${until}
    ) leg
    group by side, counterpart order by side, counterpart`
}
