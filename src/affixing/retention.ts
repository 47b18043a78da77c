import type { Database } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import { documentRowKeepDays, keyReleasedKeepDays, keyWindowSeconds, keyWindowsMax } from '../limits/stamping.ts'

const markName = 'idempotency_keys'

/**
 * Forgets keys that moved no value in the end: their affixing was released, or never came about. A month after its first call a
 * repeat is a new call. Keys of stamps stay as long as their row. Each key is looked at once, in the order of time; how far that
 * is stands in `retention_marks`. Returns how many were forgotten. Safe in every process at once.
 */
export async function forgetKeys(database: Database, stopping: AbortSignal): Promise<number> {
  const { sql } = database
  let forgotten = 0
  for (let window = 0; window < keyWindowsMax && !stopping.aborted; window++) {
    const span = await nextWindow(database)
    if (span === undefined) break
    forgotten += await inBatches(stopping, async (rowsMax) => {
      const gone = await sql`
        delete from idempotency_keys k using (
          select o.account_id, o.operation, o.key, o.affixing_id, o.lease_until
          from idempotency_keys o left join affixings a on a.account_id = o.account_id and a.affixing_id = o.affixing_id
          where o.created_at >= ${span.from} and o.created_at < ${span.to}
            and (a.state = 'released' or o.affixing_id is null) and (o.lease_until is null or o.lease_until < database_now())
          limit ${rowsMax}
        ) old
        where k.account_id = old.account_id and k.operation = old.operation and k.key = old.key
          -- One that a call has taken up meanwhile is not the old one any more.
          and k.affixing_id is not distinct from old.affixing_id and k.lease_until is not distinct from old.lease_until`
      return gone.count
    })
    if (!stopping.aborted)
      await sql`
        insert into retention_marks (name, done_until) values (${markName}, ${span.to})
        on conflict (name) do update set done_until = greatest(retention_marks.done_until, excluded.done_until)`
  }
  return forgotten
}

/** The next hour of keys that are old enough, or the whole time up to now before any came; undefined when none is due yet. */
async function nextWindow(database: Database): Promise<{ from: Date; to: Date } | undefined> {
  const { sql } = database
  const end = (await database.now()).getTime() - keyReleasedKeepDays * 24 * 60 * 60 * 1000
  const [mark] = await sql<{ at: Date | null }[]>`
    select coalesce((select done_until from retention_marks where name = ${markName}), (select min(created_at) from idempotency_keys)) as at`
  const from = mark?.at
  if (from === null || from === undefined || from.getTime() >= end) return undefined
  return { from, to: new Date(Math.min(end, from.getTime() + keyWindowSeconds * 1000)) }
}

/** Deletes the rows of kept files that were deleted a week ago: until then they say when. Returns how many. */
export async function dropDocumentRows(database: Database, stopping: AbortSignal): Promise<number> {
  return inBatches(stopping, async (rowsMax) => {
    const gone = await database.sql`
      delete from kept_documents where (account_id, affixing_id) in (
        select account_id, affixing_id from kept_documents
        where deleted_at < database_now() - make_interval(days => ${documentRowKeepDays}) limit ${rowsMax})
        and deleted_at is not null`
    return gone.count
  })
}
