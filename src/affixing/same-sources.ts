import { arrayOid } from '../database/array-types.ts'
import type { Queryable } from '../database/database.ts'
import type { AffixingState } from './affixing.ts'

/** What an account has on a document: an open reservation or a stamp; a stamp before a reservation, the newest of several. */
export type SameSource = {
  sourceSha256: string
  affixingId: string
  serial: string
  state: Exclude<AffixingState, 'released'>
}

type Row = { source: Buffer; affixing_id: string; serial: string; state: SameSource['state'] }

/** Of these documents (64 lower-case hex) those that this account stamps or has stamped. */
export async function findBySources(
  sql: Queryable,
  wanted: { accountId: string; digests: readonly string[] },
): Promise<SameSource[]> {
  const rows = await sql<Row[]>`
    select distinct on (u.source) u.source, a.affixing_id, a.serial, a.state
    from unnest(${sql.array(
      wanted.digests.map((digest) => Buffer.from(digest, 'hex')),
      arrayOid.bytea,
    )}::bytea[]) u(source)
    join affixings a on a.account_id = ${wanted.accountId} and a.source_sha256 = u.source and a.state <> 'released'
    order by u.source, a.state = 'affixed' desc, a.affixing_id desc`
  return rows.map((row) => ({
    sourceSha256: row.source.toString('hex'),
    affixingId: row.affixing_id,
    serial: row.serial,
    state: row.state,
  }))
}
