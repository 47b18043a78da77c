import type { Queryable } from '../database/database.ts'
import { reservationWaitingSeconds } from '../limits/stamping.ts'
import type { AffixingLedger } from './affixing.ts'
import { tagPlace } from './stored-facts.ts'

/**
 * How many stamps an account affixed from one moment to another, by cost centre: the affixing's own, or that of the batch it was made for;
 * '' for none. In the order of the names.
 */
export async function countAffixedByTag(
  sql: Queryable,
  wanted: { accountId: string; ledger: AffixingLedger; from: Date; until: Date },
): Promise<{ tag: string; units: number }[]> {
  const { accountId, ledger, from, until } = wanted
  // as for listAffixedWithin: a day and the sweep's delay, rounded up
  const earliest = new Date(from.getTime() - 2 * reservationWaitingSeconds * 1000)
  return sql<{ tag: string; units: number }[]>`
    select coalesce(a.facts ->> ${tagPlace}::int, b.tag, '') as tag, count(*)::int as units
    from affixings a
    left join batch_items i on i.account_id = a.account_id and i.affixing_id = a.affixing_id
    left join batches b on b.account_id = i.account_id and b.batch_id = i.batch_id
    where a.account_id = ${accountId} and a.ledger = ${ledger} and a.state = 'affixed' and a.affixed_at >= ${from} and a.affixed_at < ${until}
      and a.affixing_id >= uuid7_floor(${earliest}) and a.affixing_id < uuid7_floor(${until})
    group by 1 order by 1`
}
