import { createHash } from 'node:crypto'
import { inTransaction, mayWalkTables, type Sql, type Tx } from '../database/database.ts'
import { auditCheckBatchMax } from '../limits/traffic.ts'

/** The link before the first. */
const firstLink = Buffer.alloc(32)

/** An audit row as the chain takes it in. */
type ChainedEntry = {
  accountId: string
  id: string
  /** Microseconds since 1970, as the database keeps time. */
  micros: bigint
  actor: string
  action: string
  objectId: string
  /** PostgreSQL's own text of the jsonb. */
  detail: string
}

/**
 * The link of an entry: SHA-256 over the link before (32 bytes, zeros before the first), the sequence number (8 bytes,
 * big-endian) and the entry: account id, id, microseconds (8 bytes), then actor, action, object id and detail in UTF-8,
 * each after its length in bytes (4). `sequence_audit` makes the same in the database; this side proves it.
 */
export function auditLink(previous: Uint8Array, sequence: bigint, entry: ChainedEntry): Buffer {
  const hash = createHash('sha256').update(previous)
  hash
    .update(int64(sequence))
    .update(uuidBytes(entry.accountId))
    .update(uuidBytes(entry.id))
    .update(int64(entry.micros))
  for (const text of [entry.actor, entry.action, entry.objectId, entry.detail]) {
    const bytes = Buffer.from(text, 'utf8')
    const length = Buffer.alloc(4)
    length.writeInt32BE(bytes.length)
    hash.update(length).update(bytes)
  }
  return hash.digest()
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}

/** A law of the audit that the check found broken. `entry_outside_chain`: it was written without its mark. */
export type AuditRule = 'sequence_gap' | 'entry_missing' | 'hash_differs' | 'head_differs' | 'entry_outside_chain'

/** Where a law is broken. */
export type AuditFault = { rule: AuditRule; sequence?: bigint; detail: string }

/** The result: clean, or with the faults found (the first hundred). `waiting`: entries that get their place within a moment. */
export type AuditCheck = { clean: boolean; entries: bigint; waiting: bigint; head: string; faults: AuditFault[] }

/** One fault is enough to be alarmed; more than this only fills the screen. */
const faultsShownMax = 100

/**
 * Proves the audit in one snapshot, from the first entry: numbers without gaps, each entry there and unchanged since it was
 * chained, the head the last link, and no entry outside the chain. The hashes are computed here, not by the database. It proves
 * nothing against one who can write anything and made the whole chain anew; a head noted elsewhere does.
 */
export async function checkAudit(sql: Sql): Promise<AuditCheck> {
  return inTransaction(sql, 'isolation level repeatable read read only', checkWithin)
}

type ChainRow = {
  sequence: bigint
  hash: Buffer
  account_id: string
  audit_id: string
  micros: bigint | null
  actor: string
  action: string
  object_id: string
  detail: string
}

async function checkWithin(tx: Tx): Promise<AuditCheck> {
  await mayWalkTables(tx)
  const faults: AuditFault[] = []
  let last: { sequence: bigint; hash: Uint8Array } = { sequence: 0n, hash: firstLink }
  const rows = tx<ChainRow[]>`
    select c.sequence, c.hash, c.account_id, c.audit_id, (extract(epoch from a.at) * 1000000)::bigint as micros,
      a.actor, a.action, a.object_id, a.detail::text as detail
    from audit_chain c left join audit a on a.account_id = c.account_id and a.id = c.audit_id
    order by c.sequence`
  for await (const batch of rows.cursor(auditCheckBatchMax)) {
    for (const row of batch) {
      if (faults.length < faultsShownMax) faults.push(...brokenLaws(row, last))
      last = row
    }
  }
  faults.push(...(await headFaults(tx, last)), ...(await outsideFaults(tx)))
  const [waiting] = await tx<{ count: bigint }[]>`
    select coalesce(sum(cardinality(ids)), 0)::bigint as count from audit_unsequenced`
  return {
    clean: faults.length === 0,
    entries: last.sequence,
    waiting: waiting?.count ?? 0n,
    head: Buffer.from(last.hash).toString('hex'),
    faults: faults.slice(0, faultsShownMax),
  }
}

/** Each link is judged by the one before as it is stored, so that one changed entry is one fault and not all after it. */
function brokenLaws(row: ChainRow, last: { sequence: bigint; hash: Uint8Array }): AuditFault[] {
  const { sequence } = row
  if (sequence !== last.sequence + 1n) return [{ rule: 'sequence_gap', sequence, detail: `after ${last.sequence}` }]
  if (row.micros === null) return [{ rule: 'entry_missing', sequence, detail: `entry ${row.audit_id}` }]
  const expected = auditLink(last.hash, sequence, {
    accountId: row.account_id,
    id: row.audit_id,
    micros: row.micros,
    actor: row.actor,
    action: row.action,
    objectId: row.object_id,
    detail: row.detail,
  })
  return expected.equals(row.hash) ? [] : [{ rule: 'hash_differs', sequence, detail: `entry ${row.audit_id}` }]
}

async function headFaults(tx: Tx, last: { sequence: bigint; hash: Uint8Array }): Promise<AuditFault[]> {
  const [head] = await tx<{ sequence: bigint; hash: Buffer }[]>`select sequence, hash from audit_head`
  if (head?.sequence === last.sequence && head.hash.equals(last.hash)) return []
  const detail = `the head is ${head?.sequence ?? 'missing'}, the last link ${last.sequence}`
  return [{ rule: 'head_differs', sequence: last.sequence, detail }]
}

async function outsideFaults(tx: Tx): Promise<AuditFault[]> {
  const rows = await tx<{ account_id: string; id: string }[]>`
    select a.account_id, a.id from audit a
    where not exists (select from audit_chain c where c.account_id = a.account_id and c.audit_id = a.id)
      and (a.account_id, a.id) not in (
        select u.account_id, u.id from audit_unsequenced m cross join lateral unnest(m.account_ids, m.ids) u(account_id, id))
    limit ${faultsShownMax}`
  return rows.map((row) => ({ rule: 'entry_outside_chain', detail: `entry ${row.id} of account ${row.account_id}` }))
}
