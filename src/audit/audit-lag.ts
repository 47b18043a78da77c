import type { Queryable } from '../database/database.ts'

/**
 * Age in seconds of the oldest audit entry without a place in the chain, by the time in its id (UUIDv7) and the service's
 * clock; 0 when all have theirs.
 */
export async function auditLag(sql: Queryable): Promise<number> {
  const [row] = await sql<{ seconds: number }[]>`
    select greatest(0, extract(epoch from database_now())
      - ('x' || left(replace(m.ids[1]::text, '-', ''), 12))::bit(48)::bigint / 1000.0)::float8 as seconds
    from audit_unsequenced m order by m.id limit 1`
  return row?.seconds ?? 0
}
