import { toHex } from '../../base/bytes.ts'
import type { Primitives } from '../../base/primitives.ts'
import type { Refusal } from '../../errors.ts'
import { isValueTooSmall } from '../../stamp/document-types.ts'
import type { Standing } from '../standing.ts'
import { factsText, placementText } from '../reservation.ts'
import type { BulkRow, RowResult } from './bulk-row.ts'
import type { Looked, LookedDocument } from './look.ts'

/** A row that can be stamped. `key` is the same for the same batch, document, facts and place, for ever. */
export type PlannedRow = BulkRow &
  LookedDocument & {
    key: string
    /** What the service has of it already, from an earlier run. */
    standing?: Standing['state']
    /** Its document in a batch of the service (`bit_...`): then that is its idempotency key. */
    batchItem?: string
  }

/** A row and what was found in its document. */
export type LookedRow = { row: BulkRow; looked: Looked }

/** What is known of the rows of a batch from its earlier runs, by key. */
export type EarlierRuns = {
  /** Stamped, and the copy written. */
  stamped(key: string): { serial: string; affixingId: string; output?: string } | undefined
  /** Begun: whatever stands on the service for its document is this batch's own. */
  isBegun(key: string): boolean
}

/** What a batch will do. `needed`: quota that is not held yet; `missing`: how much of it is not there. */
export type Plan = {
  ready: PlannedRow[]
  /** Of rows that are not ready, in their order. */
  settled: RowResult[]
  quota: { available: number; needed: number; missing: number }
}

/**
 * Decides row by row, from what stands in the documents, in the batch and on the service (`standings`, by digest). Of the same file twice
 * the first row counts. Nothing is spent.
 */
export function planRows(
  looked: readonly LookedRow[],
  given: {
    batchKey: string
    standings: ReadonlyMap<string, Standing>
    earlier: EarlierRuns
    quota: { available: number; isEndless: boolean }
    /** What else stands in the way of a row that was not begun before. */
    blocked?: (row: BulkRow) => Refusal | undefined
    primitives: Primitives
  },
): Plan {
  const ready: PlannedRow[] = []
  const settled: RowResult[] = []
  const firstOf = new Map<string, BulkRow>()
  let needed = 0
  for (const { row, looked: found } of looked) {
    const refuse = (refusal: Refusal) => settled.push({ row: row.row, file: row.file, state: 'refused', refusal })
    const first = found.sourceSha256 === undefined ? undefined : firstOf.get(found.sourceSha256)
    if (found.sourceSha256 !== undefined && first === undefined) firstOf.set(found.sourceSha256, row)
    if (first !== undefined) refuse({ code: 'duplicate_in_batch', values: { row: first.row, file: first.file } })
    else if (!found.ok) refuse(found.refusal)
    else {
      const { ok: _, ...document } = found
      const planned: PlannedRow = { ...row, ...document, key: keyOf(given, row, document) }
      const standing = given.standings.get(document.sourceSha256)
      const decided = decide(planned, standing, given)
      if (decided !== undefined) {
        settled.push(decided)
        continue
      }
      ready.push(standing === undefined ? planned : { ...planned, standing: standing.state })
      if (standing === undefined) needed++
    }
  }
  const { available, isEndless } = given.quota
  return { ready, settled, quota: { available, needed, missing: isEndless ? 0 : Math.max(0, needed - available) } }
}

/** What settles a row before it is begun; undefined for one that can be stamped. */
function decide(
  row: PlannedRow,
  standing: Standing | undefined,
  { earlier, blocked }: { earlier: EarlierRuns; blocked?: (row: BulkRow) => Refusal | undefined },
): RowResult | undefined {
  const named = { row: row.row, file: row.file }
  const before = earlier.stamped(row.key)
  if (before !== undefined) return { ...named, state: 'stamped_before', ...before }
  const { documentType, valueRupiah } = row.facts
  const refused = (refusal: Refusal): RowResult => ({ ...named, state: 'refused', refusal })
  if (isValueTooSmall(documentType, valueRupiah))
    return refused({ code: 'value_too_small', values: { value: valueRupiah ?? '' } })
  if (earlier.isBegun(row.key)) return undefined
  if (standing?.state === 'affixed') {
    const { serial, affixingId } = standing
    return refused({ code: 'already_stamped', values: { serial, affixingId } })
  }
  const refusal = blocked?.(row)
  return refusal === undefined ? undefined : refused(refusal)
}

function keyOf(
  { batchKey, primitives }: { batchKey: string; primitives: Primitives },
  row: BulkRow,
  document: LookedDocument,
): string {
  const name = [batchKey, document.sourceSha256, factsText(row.facts), placementText(document.placement)].join('\n')
  return toHex(primitives.hash('sha256').update(new TextEncoder().encode(name)).digest())
}
