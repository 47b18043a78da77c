import { selectActs } from '../audit/select-acts.ts'
import { idKinds } from '../base/ids.ts'
import type { Queryable } from '../database/database.ts'
import { reservationWaitingSeconds } from '../limits/stamping.ts'
import type { Affixing, AffixingLedger } from './affixing.ts'
import { tagPlace } from './stored-facts.ts'

/** Stamps that one actor, as the audit names them, reserved for one cost centre; '' for none. */
export type AffixedCount = { actor: string; tag: string; units: number }

/**
 * How many stamps an account affixed from one moment to another, by who reserved them, whoever finished them, and by cost centre: the
 * affixing's own, or that of the batch it was made for. In no order.
 */
export async function countAffixed(
  sql: Queryable,
  wanted: { accountId: string; ledger: AffixingLedger; from: Date; until: Date },
): Promise<AffixedCount[]> {
  const { accountId, ledger, from, until } = wanted
  // as for listAffixedWithin: a day and the sweep's delay, rounded up
  const earliest = new Date(from.getTime() - 2 * reservationWaitingSeconds * 1000)
  const reserved = { accountId, action: 'affixing.reserved', from: earliest, until }
  return sql<AffixedCount[]>`
    select r.actor, coalesce(a.facts ->> ${tagPlace}::int, b.tag, '') as tag, count(*)::int as units
    from affixings a
    join (${selectActs(sql, reserved)}) r
      on r.object_id = ${`${idKinds.affixing}_`} || replace(a.affixing_id::text, '-', '')
    left join batch_items i on i.account_id = a.account_id and i.affixing_id = a.affixing_id
    left join batches b on b.account_id = i.account_id and b.batch_id = i.batch_id
    where a.account_id = ${accountId} and a.ledger = ${ledger} and a.state = 'affixed' and a.affixed_at >= ${from} and a.affixed_at < ${until}
      and a.affixing_id >= uuid7_floor(${earliest}) and a.affixing_id < uuid7_floor(${until})
    group by 1, 2`
}

/** Tells the cost centre of each of these affixings of one account: its own, or that of the batch it was made for; undefined for none. */
export async function findCostCentres(
  sql: Queryable,
  affixings: readonly Affixing[],
): Promise<(affixing: Affixing) => string | undefined> {
  const [first] = affixings
  const untagged = affixings.filter(({ facts }) => facts.tag === undefined).map(({ id }) => id)
  const rows =
    first === undefined || untagged.length === 0
      ? []
      : await sql<{ id: string; tag: string }[]>`
          select i.affixing_id as id, b.tag from batch_items i
          join batches b on b.account_id = i.account_id and b.batch_id = i.batch_id
          where i.account_id = ${first.accountId} and i.affixing_id = any(${untagged}::uuid[]) and b.tag is not null`
  const byId = new Map(rows.map(({ id, tag }) => [id, tag]))
  return ({ id, facts }) => facts.tag ?? byId.get(id)
}
