import type { Refusal } from '../errors.ts'
import { jsonBytesMax, listItemsMax } from '../limits/traffic.ts'
import { batchItemsAtOnceMax, bulkRowsMax } from '../limits/stamping.ts'
import type { DocumentDetails } from './affixing-answer.ts'
import { fieldsOf, isObject, listOf, oneOf, optionalTextOf, textOf } from './json-fields.ts'
import type { Placement } from '../stamp/recipe.ts'
import { callService, refusalOf, type Connection } from './transport.ts'

/** A document of a batch; `clientReference` names it there, once. */
export type BatchDocument = {
  clientReference: string
  facts: DocumentDetails
  placement: Placement
  sourceSha256: string
  sourceLength: number
  pageCount: number
}

const states = ['draft', 'waiting_approval', 'open', 'finished', 'cancelled'] as const
export type BatchState = (typeof states)[number]

/** A batch that is no draft any more: items by reference, and why other documents are not part of it. */
export type PreparedBatch =
  | { ok: true; id: string; state: BatchState; items: Map<string, string>; refused: Map<string, Refusal> }
  | { ok: false; refusal: Refusal }

/** What a call gave, or why it gave nothing. */
export type Called<Value> = { ok: true; value: Value } | { ok: false; refusal: Refusal }

async function called<Value>(
  connection: Connection,
  call: Parameters<typeof callService>[1],
  read: (json: unknown) => Value,
): Promise<Called<Value>> {
  const answered = await callService(connection, call)
  return answered.ok ? { ok: true, value: read(answered.answer.json) } : answered
}

/** Asks the person who signed in to confirm a batch of these documents (SHA-256s, hex). */
export type ConfirmBatch = (sourceSha256s: readonly string[]) => Promise<Called<string>>

/**
 * Makes a batch of these documents and opens it. The same key, name and documents again are the same batch, wherever an earlier call ended.
 * Where all documents are refused nothing is opened. `confirm`: where a session calls, gives an authorization to open a batch of these digests;
 * it is not asked for a batch that was opened before. Throws AnswerError.
 */
export async function prepareBatch(
  connection: Connection,
  batch: {
    key: string
    name: string
    tag?: string | undefined
    documents: readonly BatchDocument[]
    confirm?: ConfirmBatch | undefined
  },
): Promise<PreparedBatch> {
  const { key, name, tag, documents } = batch
  const made = await called(
    connection,
    {
      method: 'POST',
      path: '/v1/batches',
      headers: { 'idempotency-key': key },
      json: { name, ...(tag === undefined ? {} : { tag }) },
    },
    readBatch,
  )
  if (!made.ok) return made
  const { id } = made.value
  const [items, refused] = [new Map<string, string>(), new Map<string, Refusal>()]
  if (made.value.state !== 'draft') {
    const listed = await listBatchItems(connection, id)
    return listed.ok ? { ok: true, ...made.value, items: listed.value, refused } : listed
  }
  const path = `/v1/batches/${encodeURIComponent(id)}`
  for (const json of chunksOf(documents)) {
    const added = await called(connection, { method: 'POST', path: `${path}/items`, json: { items: json } }, readAdded)
    if (!added.ok) return added
    for (const { clientReference, itemId, refusal } of added.value) {
      if (itemId !== undefined) items.set(clientReference, itemId)
      else if (refusal !== undefined) refused.set(clientReference, refusal)
    }
  }
  if (items.size === 0) return { ok: true, ...made.value, items, refused }
  const inBatch = documents.filter(({ clientReference }) => items.has(clientReference))
  const confirmed = await batch.confirm?.(inBatch.map(({ sourceSha256 }) => sourceSha256))
  if (confirmed?.ok === false) return confirmed
  const headers = confirmed === undefined ? {} : { 'x-pin-authorization': confirmed.value }
  const opened = await called(connection, { method: 'POST', path: `${path}/open`, headers }, readBatch)
  return opened.ok ? { ok: true, ...opened.value, items, refused } : opened
}

/** `isConfirmed`: a person confirmed it by PIN, so a session reserves its documents without more. */
export type BatchStanding = { state: BatchState; isConfirmed: boolean }

/** Where a batch stands. Throws AnswerError. */
export async function fetchBatch(connection: Connection, id: string): Promise<Called<BatchStanding>> {
  return called(connection, { method: 'GET', path: `/v1/batches/${encodeURIComponent(id)}` }, readBatch)
}

function readBatch(json: unknown): BatchStanding & { id: string } {
  const fields = fieldsOf(json, 'batch')
  const isConfirmed = optionalTextOf(fields, 'confirmedAt') !== undefined
  return { id: textOf(fields, 'id'), state: oneOf(fields, 'state', states), isConfirmed }
}

function readAdded(json: unknown) {
  return listOf(fieldsOf(json, 'items added'), 'items', (item, where) => {
    const fields = fieldsOf(item, where)
    const { problem } = fields.values
    const refusal = isObject(problem) ? refusalOf({ status: 422, headers: {}, json: problem }) : undefined
    return { clientReference: textOf(fields, 'clientReference'), itemId: optionalTextOf(fields, 'itemId'), refusal }
  })
}

/** Items of a batch by reference. */
async function listBatchItems(connection: Connection, id: string): Promise<Called<Map<string, string>>> {
  const items = new Map<string, string>()
  let cursor: string | undefined
  for (let pages = 0; pages <= bulkRowsMax / listItemsMax; pages++) {
    const after = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const path = `/v1/batches/${encodeURIComponent(id)}/items?limit=${listItemsMax}${after}`
    const page = await called(connection, { method: 'GET', path }, (json) => {
      const fields = fieldsOf(json, 'items')
      const found = listOf(fields, 'items', (item, where) => {
        const each = fieldsOf(item, where)
        return [textOf(each, 'clientReference'), textOf(each, 'id')] as const
      })
      return { found, next: optionalTextOf(fields, 'nextCursor') }
    })
    if (!page.ok) return page
    for (const [reference, itemId] of page.value.found) items.set(reference, itemId)
    cursor = page.value.next
    if (cursor === undefined) break
  }
  return { ok: true, value: items }
}

/** As many as one call takes, by number and by bytes: facts of four-byte letters are long. */
function chunksOf(documents: readonly BatchDocument[]): BatchDocument[][] {
  const chunks: BatchDocument[][] = []
  let [chunk, bytes] = [new Array<BatchDocument>(), 0]
  for (const document of documents) {
    const length = new TextEncoder().encode(JSON.stringify(document)).length + 1
    if (chunk.length > 0 && (chunk.length >= batchItemsAtOnceMax || bytes + length > jsonBytesMax * 0.9)) {
      chunks.push(chunk)
      ;[chunk, bytes] = [[], 0]
    }
    chunk.push(document)
    bytes += length
  }
  return chunk.length === 0 ? chunks : [...chunks, chunk]
}
