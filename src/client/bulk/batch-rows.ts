import { toHex } from '../../base/bytes.ts'
import type { Primitives } from '../../base/primitives.ts'
import type { Refusal } from '../../errors.ts'
import { textLengthMax } from '../../limits/stamping.ts'
import {
  fetchBatch,
  prepareBatch,
  type BatchStanding,
  type BatchState,
  type Called,
  type ConfirmBatch,
  type PreparedBatch,
} from '../batches.ts'
import { attemptsMax } from '../bounds.ts'
import type { Connection } from '../transport.ts'
import type { RowResult } from './bulk-row.ts'
import type { PlannedRow } from './plan.ts'

/** The document of which batch a row is. */
export type RowItem = { batchId: string; itemId: string }

/** What is remembered of the batches that rows are part of. */
export type BatchMemory = {
  itemOf(key: string): RowItem | undefined
  keep(items: readonly (RowItem & { key: string })[]): Promise<void>
}

/** The rows that may be reserved now. `settled`: those the service does not take; `ended`: why none may, or not all. */
export type RowsInBatches = { rows: PlannedRow[]; settled: RowResult[]; ended?: Refusal }

/** Rows in the batches they have a place in, the states of these, and rows that need a new batch. */
export type Places = { placed: (PlannedRow & RowItem)[]; fresh: PlannedRow[]; states: Map<string, BatchState> }

/**
 * Which rows have a place in a batch that goes on. One that was cancelled does not, nor where a session calls (`byPerson`) one that nobody
 * confirmed. Throws AnswerError.
 */
export async function findPlaces(
  connection: Connection,
  given: { rows: readonly PlannedRow[]; memory: BatchMemory; byPerson: boolean },
): Promise<Called<Places>> {
  const batches = new Map<string, BatchStanding>()
  const [placed, fresh] = [new Array<PlannedRow & RowItem>(), new Array<PlannedRow>()]
  for (const row of given.rows) {
    const item = given.memory.itemOf(row.key)
    let batch = item === undefined ? undefined : batches.get(item.batchId)
    if (item !== undefined && batch === undefined) {
      const fetched = await fetchBatch(connection, item.batchId)
      if (!fetched.ok) return fetched
      batch = fetched.value
      batches.set(item.batchId, batch)
    }
    const goesOn = batch !== undefined && batch.state !== 'cancelled' && (batch.isConfirmed || !given.byPerson)
    // what has its stamp is fetched by the item it was made for, whatever became of the batch
    if (item !== undefined && (goesOn || row.standing === 'affixed')) placed.push({ ...row, ...item })
    else fresh.push(row)
  }
  const states = new Map(Array.from(batches, ([id, { state }]) => [id, state]))
  return { ok: true, value: { placed, fresh, states } }
}

/**
 * Gives each row its place in a batch of the service: the one it has, or a new batch for all that have none. Rows of a batch that waits for a
 * second member are not to be reserved yet.
 */
export async function putInBatches(
  connection: Connection,
  given: {
    rows: readonly PlannedRow[]
    memory: BatchMemory
    batchKey: string
    name: string
    tag?: string | undefined
    /** Where a session calls: as `prepareBatch` has it. */
    confirm?: ConfirmBatch | undefined
    primitives: Primitives
  },
): Promise<{ ok: true; put: RowsInBatches } | { ok: false; refusal: Refusal }> {
  const { rows: planned, memory, confirm } = given
  const places = await findPlaces(connection, { rows: planned, memory, byPerson: confirm !== undefined })
  if (!places.ok) return places
  const { placed, fresh, states } = places.value
  const settled: RowResult[] = []
  if (fresh.length > 0) {
    const prepared = await prepareRows(connection, given, fresh)
    if (!prepared.ok) return prepared
    const { id: batchId, items, refused } = prepared
    states.set(batchId, prepared.state)
    for (const row of fresh) {
      const itemId = items.get(referenceOf(row))
      const refusal = refused.get(referenceOf(row)) ?? { code: 'not_found', values: { id: row.file } }
      if (itemId !== undefined) placed.push({ ...row, batchId, itemId })
      else settled.push({ row: row.row, file: row.file, state: 'refused', refusal })
    }
    await memory.keep(placed.filter((row) => row.batchId === batchId))
  }
  const rows: PlannedRow[] = []
  const waiting = new Set<string>()
  for (const { batchId, itemId, ...row } of placed) {
    if (states.get(batchId) === 'waiting_approval') {
      waiting.add(batchId)
      settled.push({ row: row.row, file: row.file, state: 'left', refusal: waitingRefusal(batchId) })
    } else rows.push({ ...row, batchItem: itemId })
  }
  const [first] = waiting
  const put = { rows: rows.toSorted((a, b) => a.row - b.row), settled }
  return { ok: true, put: first === undefined ? put : { ...put, ended: waitingRefusal(first) } }
}

const waitingRefusal = (batchId: string): Refusal => ({ code: 'batch_waiting', values: { batchId } })

/** By its row and file, so that people who approve see which document it is. */
function referenceOf({ row, file }: PlannedRow): string {
  return `${row}: ${file.toWellFormed().replaceAll(/\p{Cc}/gu, ' ')}`.slice(0, textLengthMax).toWellFormed()
}

function documentOf({ facts, placement, sourceSha256, sourceLength, pageCount }: PlannedRow) {
  return { facts, placement, sourceSha256, sourceLength, pageCount }
}

/** The batch of these rows that is not cancelled: the one an earlier run made, or a new one. */
async function prepareRows(
  connection: Connection,
  given: Parameters<typeof putInBatches>[1],
  rows: readonly PlannedRow[],
): Promise<PreparedBatch> {
  const { batchKey, name, tag, confirm, primitives } = given
  const documents = rows.map((row) => ({ ...documentOf(row), clientReference: referenceOf(row) }))
  const marks = [batchKey, name, tag ?? '', ...rows.map((row) => `${referenceOf(row)} ${row.key}`)]
  for (let attempts = 1; ; attempts++) {
    const hash = primitives.hash('sha256').update(new TextEncoder().encode(marks.join('\n')))
    const prepared = await prepareBatch(connection, { key: toHex(hash.digest()), name, tag, documents, confirm })
    if (!prepared.ok || prepared.state !== 'cancelled' || attempts === attemptsMax) return prepared
    // the same rows have the same key, until what it leads to was cancelled
    marks.push(prepared.id)
  }
}
