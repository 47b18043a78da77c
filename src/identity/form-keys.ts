import { createHash } from 'node:crypto'
import type { Database } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import { formKeyHours } from '../limits/traffic.ts'

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest()

/** Takes a form's one-time key; false where the same form came before, from whichever process. */
export async function takeFormKey(database: Database, key: string): Promise<boolean> {
  const rows = await database.sql`
    insert into form_keys (key_hash, used_at) values (${hashOf(key)}, database_now())
    on conflict (key_hash) do nothing returning 1`
  return rows.length === 1
}

/** Gives the key back: the form was refused and nothing came of it, so it may be corrected and sent again. */
export async function giveFormKeyBack(database: Database, key: string): Promise<void> {
  await database.sql`delete from form_keys where key_hash = ${hashOf(key)}`
}

/** Deletes keys of forms that nobody sends again. Returns how many. */
export async function dropOldFormKeys(database: Database, stopping: AbortSignal): Promise<number> {
  return inBatches(stopping, async (rowsMax) => {
    const gone = await database.sql`
      delete from form_keys where key_hash in (
        select key_hash from form_keys where used_at < database_now() - make_interval(hours => ${formKeyHours}) limit ${rowsMax})`
    return gone.count
  })
}
