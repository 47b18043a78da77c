import { readdir, readFile } from 'node:fs/promises'
import type { Sql } from '../../src/database/database.ts'

/** Bytes of one table with its partitions. */
export type TableSize = { table: string; heapBytes: number; indexBytes: number; deadRows: number; liveRows: number }

/** Every table's size, the largest first; `heapBytes` includes what is stored out of line and the maps. */
export async function tableSizes(sql: Sql): Promise<TableSize[]> {
  const rows = await sql<{ table: string; heap: number; indexes: number; dead: number; live: number }[]>`
    select coalesce(parent.relname, c.relname)::text as table, sum(pg_table_size(c.oid))::float8 as heap,
      sum(pg_indexes_size(c.oid))::float8 as indexes, sum(coalesce(s.n_dead_tup, 0))::float8 as dead,
      sum(coalesce(s.n_live_tup, 0))::float8 as live
    from pg_class c
    left join pg_inherits i on i.inhrelid = c.oid
    left join pg_class parent on parent.oid = i.inhparent
    left join pg_stat_user_tables s on s.relid = c.oid
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
    group by 1 order by sum(pg_total_relation_size(c.oid)) desc`
  return rows.map((row) => ({
    table: row.table,
    heapBytes: row.heap,
    indexBytes: row.indexes,
    deadRows: row.dead,
    liveRows: row.live,
  }))
}

/** Settings of upkeep that are not PostgreSQL's own: of the server, then of each table (partitions of one kind once). */
export async function upkeepSettings(sql: Sql): Promise<string[]> {
  const server = await sql<{ line: string }[]>`
    select name || ' = ' || setting as line from pg_settings where name in ('autovacuum', 'autovacuum_naptime',
      'autovacuum_max_workers', 'autovacuum_vacuum_cost_delay', 'autovacuum_vacuum_cost_limit') order by name`
  const tables = await sql<{ line: string }[]>`
    select coalesce(parent.relname, c.relname) || ': ' || array_to_string(c.reloptions, ', ') as line
    from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join pg_class parent on parent.oid = i.inhparent
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.reloptions is not null group by 1 order by 1`
  return [...server, ...tables].map(({ line }) => line)
}

/** Memory that a process holds by itself, shared pages counted by share (PSS), in bytes; 0 where it is gone. */
async function processBytes(pid: number | string): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024
}

/** Resident memory of the service's own process (RSS), in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024
}

/** The process that started this one; 0 where it is gone. */
export async function parentOf(pid: number | string): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return Number(/^\d+ \(.*\) \S (\d+)/s.exec(stat)?.[1] ?? 0)
}

/** Memory of a server and its children together; shared memory counts once. Processes that share nothing else are not ours. */
export async function postgresBytes(serverPid: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const ours = await Promise.all(
    pids.map(async (pid) => (pid === String(serverPid) || (await parentOf(pid)) === serverPid ? pid : undefined)),
  )
  const sizes = await Promise.all(ours.flatMap((pid) => (pid === undefined ? [] : [processBytes(pid)])))
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}
