import { createHash } from 'node:crypto'
import type { Sql } from '../../database/database.ts'

/** Whether this is the key of this database: the first one ever asked about is. */
export async function isServiceKey(sql: Sql, key: Buffer): Promise<boolean> {
  const sha256 = createHash('sha256').update(key).digest()
  await sql`insert into service_key (sha256) values (${sha256}) on conflict do nothing`
  const [row] = await sql<{ sha256: Buffer }[]>`select sha256 from service_key`
  return row?.sha256.equals(sha256) === true
}
