import type { Queryable } from '../database/database.ts'

/** How often each actor did this to something of the account's, from one moment to another; whoever did it most comes first. */
export async function countActs(
  sql: Queryable,
  wanted: { accountId: string; action: string; from: Date; until: Date },
): Promise<{ actor: string; count: number }[]> {
  const { accountId, action, from, until } = wanted
  const rows = await sql<{ actor: string; count: bigint }[]>`
    select actor, count(*) as count from audit
    where account_id = ${accountId} and id >= uuid7_floor(${from}) and id < uuid7_floor(${until}) and action = ${action}
    group by actor order by count(*) desc, actor`
  return rows.map((row) => ({ actor: row.actor, count: Number(row.count) }))
}
