import { readFile, rm } from 'node:fs/promises'
import { faultPoint } from '../base/fault-points.ts'
import type { Blobs } from '../blobs/blobs.ts'
import type { Database } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { publicId } from '../base/ids.ts'
import { documentKeepDays, sweepBatchMax } from '../limits/stamping.ts'
import { affixingJson } from './affixing-json.ts'
import type { AffixingParts } from './affixing-parts.ts'
import { findAffixing, type Affixing } from './affixing.ts'
import type { Layout } from './pdf-process-messages.ts'
import type { PdfWorker } from './pdf-worker.ts'

/** Keeps a prepared file, durable before this resolves: from now on its stamp can always be made into the stamped file. */
export async function keepDocument(
  parts: { affixing: AffixingParts; blobs: Blobs },
  kept: { accountId: string; id: string; path: string; layout: Layout },
): Promise<void> {
  const sha256 = Buffer.from(await parts.blobs.keep(kept.path), 'hex')
  await faultPoint('stamping.keptNotNoted')
  await parts.affixing.database.sql`
    insert into kept_documents (account_id, affixing_id, prepared_sha256, layout, keep_until)
    values (${kept.accountId}, ${kept.id}, ${sha256}, ${JSON.stringify(kept.layout)}::text::json, database_now() + make_interval(days => ${documentKeepDays}))
    on conflict (account_id, affixing_id) do update
    set prepared_sha256 = excluded.prepared_sha256, layout = excluded.layout, keep_until = excluded.keep_until, deleted_at = null`
}

/** The stamped file of an affixing: the prepared one with its stored signature, made now. */
export async function readDocument(
  parts: { database: Database; blobs: Blobs; worker: PdfWorker },
  wanted: { accountId: string; id: string },
): Promise<{ ok: true; affixing: Affixing; document: Uint8Array } | { ok: false; refusal: Refusal }> {
  const { sql } = parts.database
  const id = publicId('affixing', wanted.id)
  const found = await findAffixing(sql, wanted)
  if (found === undefined) return { ok: false, refusal: { code: 'not_found', values: { id } } }
  const { affixing, signature } = found
  if (affixing.state === 'released') {
    return {
      ok: false,
      refusal: { code: 'affixing_released', values: { reason: affixing.releaseReason ?? '', affixingId: id } },
    }
  }
  if (signature === undefined) return { ok: false, refusal: { code: 'in_progress', values: { seconds: 5 } } }
  const [row] = await sql<{ sha256: Buffer; layout: Layout }[]>`
    select prepared_sha256 as sha256, layout from kept_documents
    where account_id = ${wanted.accountId} and affixing_id = ${wanted.id} and deleted_at is null and keep_until > database_now()`
  const notKept: Refusal = { code: 'document_not_kept', values: { serial: affixing.serial, affixingId: id } }
  if (row === undefined) return { ok: false, refusal: notKept }
  const prepared = await parts.blobs.path(row.sha256.toString('hex'))
  if (prepared === undefined) return { ok: false, refusal: notKept }
  const outputPath = parts.blobs.temporaryPath()
  try {
    const job = {
      kind: 'finish',
      preparedPath: prepared,
      layout: row.layout,
      affixing: affixingJson(affixing, signature),
      outputPath,
    } as const
    const outcome = await parts.worker.run(job, silentHost)
    if (outcome.ok) return { ok: true, affixing, document: await readFile(outputPath) }
    if ('refusal' in outcome) return outcome
    throw new Error(`the PDF process ${outcome.ended} over a prepared file`)
  } finally {
    await rm(outputPath, { force: true })
  }
}

/** Finishing a file asks nothing of the service. */
const silentHost = {
  request: () => Promise.reject(new Error('finishing a file makes no calls')),
  prepared: () => Promise.reject(new Error('finishing a file prepares nothing')),
}

/** Which of these affixings have their stamped file kept, and until when. */
export async function findKept(
  database: Database,
  wanted: { accountId: string; ids: readonly string[] },
): Promise<Map<string, Date>> {
  const rows = await database.sql<{ affixing_id: string; keep_until: Date }[]>`
    select affixing_id, keep_until from kept_documents
    where account_id = ${wanted.accountId} and affixing_id = any(${[...wanted.ids]}::uuid[]) and deleted_at is null and keep_until > database_now()`
  return new Map(rows.map((row) => [row.affixing_id, row.keep_until]))
}

/** Deletes a kept file now; false when none is kept. The affixing and its signature stay: its owner can rebuild. */
export async function deleteDocument(
  parts: { database: Database; blobs: Blobs },
  wanted: { accountId: string; id: string },
): Promise<boolean> {
  const rows = await parts.database.sql<{ sha256: Buffer }[]>`
    update kept_documents set deleted_at = database_now()
    where account_id = ${wanted.accountId} and affixing_id = ${wanted.id} and deleted_at is null
    returning prepared_sha256 as sha256`
  for (const row of rows) await parts.blobs.remove(row.sha256.toString('hex'))
  return rows.length > 0
}

/** Deletes files past their time, or whose affixing was released. Returns how many. */
export async function dropOldDocuments(parts: { database: Database; blobs: Blobs }): Promise<number> {
  const rows = await parts.database.sql<{ account_id: string; affixing_id: string }[]>`
    select k.account_id, k.affixing_id from kept_documents k
    left join affixings a on a.account_id = k.account_id and a.affixing_id = k.affixing_id
    where k.deleted_at is null and (k.keep_until <= database_now() or a.state = 'released') limit ${sweepBatchMax}`
  for (const row of rows) await deleteDocument(parts, { accountId: row.account_id, id: row.affixing_id })
  return rows.length
}
