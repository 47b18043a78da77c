import type { Queryable } from '../database/database.ts'
import { reservationWaitingSeconds } from '../limits/stamping.ts'
import { affixingColumns, affixingFromRow, type Affixing, type AffixingLedger, type AffixingRow } from './affixing.ts'

/**
 * A page of what an account stamped from one moment to another, in the order it was reserved; `after` is the id the last page ended
 * with. An affixing is found by its id, which is at most as old as a reservation may become.
 */
export async function listAffixedWithin(
  sql: Queryable,
  wanted: {
    accountId: string
    ledger: AffixingLedger
    from: Date
    until: Date
    limit: number
    after?: string | undefined
  },
): Promise<Affixing[]> {
  const { accountId, ledger, from, until, limit, after } = wanted
  // a day and the sweep's delay, rounded up
  const earliest = new Date(from.getTime() - 2 * reservationWaitingSeconds * 1000)
  const rows = await sql<AffixingRow[]>`
    select ${affixingColumns(sql)} from affixings
    where account_id = ${accountId} and ledger = ${ledger} and state = 'affixed' and affixed_at >= ${from} and affixed_at < ${until}
      and affixing_id >= uuid7_floor(${earliest}) and affixing_id < uuid7_floor(${until})
      ${after === undefined ? sql`` : sql`and affixing_id > ${after}`}
    order by affixing_id limit ${limit}`
  return rows.map(affixingFromRow)
}
