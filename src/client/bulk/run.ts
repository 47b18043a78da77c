import type { Primitives } from '../../base/primitives.ts'
import type { Refusal } from '../../errors.ts'
import { bulkAtOnce, bulkBytesAtOnce } from '../../limits/stamping.ts'
import type { HeldSignature } from '../../stamp/pdf/document-facts.ts'
import { affixDocument, digestOf } from '../affix.ts'
import type { Affixing } from '../affixing-answer.ts'
import type { Connection } from '../transport.ts'
import { endsRun, type RowResult } from './bulk-row.ts'
import type { PlannedRow } from './plan.ts'

/** Where the documents of a batch come from and their copies go to. What these throw ends the run. */
export type BulkFiles = {
  /** The original's bytes; a refusal where it cannot be had any more. */
  read(row: PlannedRow): Promise<{ ok: true; bytes: Uint8Array } | { ok: false; refusal: Refusal }>
  /** Durable when it resolves: from here on the service may hold something for this row. */
  begin(row: PlannedRow): Promise<void>
  /** Keeps the stamped copy, `original` and then `tail`, and answers where; durable when it resolves. */
  keep(
    row: PlannedRow,
    copy: { original: Uint8Array; tail: Uint8Array; affixing: Affixing },
  ): Promise<string | undefined>
}

export type BulkRun = Connection & {
  rows: readonly PlannedRow[]
  files: BulkFiles
  primitives: Primitives
  password?: string | undefined
  verifySignatures?: (bytes: Uint8Array) => readonly HeldSignature[]
  /** Rows on their way at once; `bulkAtOnce` by default. */
  atOnce?: number
  onResult?: (result: RowResult) => void
}

/** `ended`: why the run ended early; the rows it left are `left`. */
export type BulkOutcome = { results: RowResult[]; ended?: Refusal }

/**
 * Stamps the rows of a plan, a window of them at a time: at most that many are reserved at once. Each has its key, so whoever is
 * killed, wherever, plans and runs again, and gets one stamp and one charge for each row. A refusal of one document leaves the
 * others alone; one that would meet all ends the run.
 */
export async function runRows(run: BulkRun): Promise<BulkOutcome> {
  const { rows, atOnce = bulkAtOnce } = run
  const results = new Map<number, RowResult>()
  const active = new Set<Promise<void>>()
  const failures: unknown[] = []
  const end: { refusal?: Refusal } = {}
  let bytes = 0
  const settle = (row: PlannedRow, result: RowResult) => {
    if (result.state === 'left' && result.refusal !== undefined) end.refusal ??= result.refusal
    results.set(row.row, result)
    run.onResult?.(result)
  }
  for (const row of rows) {
    while (active.size >= atOnce || (active.size > 0 && bytes + row.sourceLength > bulkBytesAtOnce))
      await Promise.race(active)
    if (end.refusal !== undefined || failures.length > 0) break
    bytes += row.sourceLength
    const work: Promise<void> = stampRow(run, row)
      .then(
        (result) => settle(row, result),
        (error: unknown) => void failures.push(error),
      )
      .finally(() => {
        bytes -= row.sourceLength
        active.delete(work)
      })
    active.add(work)
  }
  // what was begun is finished, also where another row failed
  await Promise.all(active)
  if (failures.length > 0) throw failures[0]
  const left = rows.filter(({ row }) => !results.has(row))
  for (const { row, file } of left) results.set(row, { row, file, state: 'left' })
  return {
    results: rows.flatMap(({ row }) => results.get(row) ?? []),
    ...(end.refusal === undefined ? {} : { ended: end.refusal }),
  }
}

async function stampRow(run: BulkRun, row: PlannedRow): Promise<RowResult> {
  const { files, primitives, password, verifySignatures } = run
  const named = { row: row.row, file: row.file }
  const refused = (refusal: Refusal): RowResult => ({ ...named, state: endsRun(refusal) ? 'left' : 'refused', refusal })
  const read = await files.read(row)
  if (!read.ok) return refused(read.refusal)
  const original = read.bytes
  if (digestOf(original, primitives) !== row.sourceSha256)
    return refused({ code: 'file_differs', values: { expected: row.sourceSha256 } })
  await files.begin(row)
  const outcome = await affixDocument({
    transport: run.transport,
    wait: run.wait,
    ...(run.sends === undefined ? {} : { sends: run.sends }),
    original,
    primitives,
    password,
    facts: row.facts,
    placement: row.placement,
    idempotencyKey: row.batchItem ?? row.key,
    ...(row.batchItem === undefined ? {} : { batchItem: row.batchItem }),
    ...(verifySignatures === undefined ? {} : { verifySignatures }),
  })
  if (!outcome.ok) return refused(outcome.refusal)
  const { affixing, tail } = outcome
  const output = await files.keep(row, { original, tail, affixing })
  const { serial, id: affixingId } = affixing
  return { ...named, state: 'stamped', serial, affixingId, ...(output === undefined ? {} : { output }) }
}
