import { join } from 'node:path'
import { keptSecret } from '../base/kept-secret.ts'
import type { Database } from '../database/database.ts'
import { isServiceKey } from '../notices/webhooks/service-key.ts'
import { StartRefused } from './start-refused.ts'

/** The key that secrets are made of. Every process on one database needs the same: secrets by another would convince nobody. */
export async function openServiceKey(dataFolder: string, database: Database): Promise<Buffer> {
  const path = join(dataFolder, 'service-key')
  const key = await keptSecret(path)
  if (await isServiceKey(database.sql, key)) return key
  throw new StartRefused(
    `${path} is not the key that this database's secrets were made with; copy the file from the data folder of the other processes, or from a backup`,
  )
}
