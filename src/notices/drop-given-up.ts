import type { Database } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import { eventGivenUpKeepDays } from '../limits/stamping.ts'

/** Deletes events that used up their tries and that nobody asked for within a month. Returns how many. */
export async function dropGivenUpEvents(database: Database, stopping: AbortSignal): Promise<number> {
  return inBatches(stopping, async (rowsMax) => {
    const gone = await database.sql`
      delete from outbox where (account_id, id) in (
        select account_id, id from outbox
        where due_at is null and created_at < database_now() - make_interval(days => ${eventGivenUpKeepDays}) limit ${rowsMax})
        and due_at is null`
    return gone.count
  })
}
