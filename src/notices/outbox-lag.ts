import type { Queryable } from '../database/database.ts'

/** For how long the most overdue event has been due (seconds; 0 when none is), and how many used up their tries. */
export async function outboxLag(sql: Queryable): Promise<{ lagSeconds: number; givenUp: number }> {
  const [row] = await sql<{ lag: number; given_up: bigint }[]>`
    select greatest(0, coalesce(extract(epoch from database_now() - (select min(due_at) from outbox where due_at is not null)), 0))::float8 as lag,
      (select count(*) from outbox where due_at is null) as given_up`
  return { lagSeconds: row?.lag ?? 0, givenUp: Number(row?.given_up ?? 0n) }
}
