import type { Queryable } from '../database/database.ts'

/** A subquery: who did this to which things of the account's, as `object_id` and `actor`; an entry's moment is that of its id. */
export function selectActs(sql: Queryable, wanted: { accountId: string; action: string; from: Date; until: Date }) {
  const { accountId, action, from, until } = wanted
  return sql`
    select object_id, actor from audit
    where account_id = ${accountId} and id >= uuid7_floor(${from}) and id < uuid7_floor(${until}) and action = ${action}`
}
