import { recordAudit } from '../../audit/audit.ts'
import { newUuid, publicId } from '../../base/ids.ts'
import { arrayOid } from '../../database/array-types.ts'
import type { Queryable, Tx } from '../../database/database.ts'
import type { Refusal } from '../../errors.ts'
import { bulkRowsMax } from '../../limits/stamping.ts'
import { isValueTooSmall } from '../../stamp/document-types.ts'
import type { Placement } from '../../stamp/recipe.ts'
import type { AffixingState, Facts } from '../affixing.ts'
import { fingerprintOf } from '../fingerprint.ts'
import { placementRefusal } from '../placement-refusal.ts'
import { findBySources } from '../same-sources.ts'
import { stateRefusal, type BatchName, type BatchState } from './batch.ts'

/** What a reservation for a batch's document must be, word for word. Digests are 64 lower-case hex. */
export type PreparedDocument = {
  facts: Facts
  placement: Placement
  sourceSha256: string
  sourceLength: number
  pageCount: number
}

/** A document on its way into a batch; `clientReference` names it there, once. */
export type BatchItemGiven = PreparedDocument & { clientReference: string }

type ItemRefusal =
  | 'duplicate_in_batch'
  | 'batch_reference_reused'
  | 'already_stamped'
  | 'value_too_small'
  | 'page_out_of_range'
  | 'box_too_small'
  | 'box_outside_page'

/** One answer for each document given: its item, or why it is not part of the batch. */
export type AddedItem =
  | { ok: true; clientReference: string; itemId: string }
  | { ok: false; clientReference: string; refusal: Refusal<ItemRefusal> }

export type Added =
  | { ok: true; items: AddedItem[] }
  | { ok: false; refusal: Refusal<'not_found' | 'batch_waiting' | 'batch_state' | 'batch_full'> }

/** The same for the same document, facts and place; as the key of `POST /v1/affixings` has it. */
export function documentFingerprint(document: PreparedDocument): string {
  const { facts, placement, sourceSha256, sourceLength, pageCount } = document
  return fingerprintOf({ facts, placement, sourceSha256, sourceLength, pageCount })
}

type ItemRow = { item_id: string; client_reference: string; source: Buffer; fingerprint: Buffer }

/**
 * Adds documents to a draft; those that could not be stamped are answered with the reason and left out. Adding one again changes nothing.
 * Locks the batch.
 */
export async function addItems(
  tx: Tx,
  batch: BatchName,
  given: { items: readonly BatchItemGiven[]; actor: string; at: Date },
): Promise<Added> {
  const { accountId, id } = batch
  const [locked] = await tx<{ state: BatchState; items: number }[]>`
    select state, items from batches where account_id = ${accountId} and batch_id = ${id} for update`
  if (locked === undefined) return { ok: false, refusal: { code: 'not_found' } }
  if (locked.state !== 'draft') return { ok: false, refusal: stateRefusal({ id, state: locked.state }) }
  const stamped = new Map(
    (await findBySources(tx, { accountId, digests: given.items.map(({ sourceSha256 }) => sourceSha256) }))
      .filter(({ state }) => state === 'affixed')
      .map((one) => [one.sourceSha256, one]),
  )
  const refusals = new Map(given.items.map((item) => [item, refusalOf(item, stamped.get(item.sourceSha256))] as const))
  const good = given.items.filter((item) => refusals.get(item) === undefined)
  const before = await findItems(tx, batch, good)
  const known = new Set(before.map(({ client_reference }) => client_reference))
  const fresh = good.filter(({ clientReference }) => !known.has(clientReference))
  if (locked.items + fresh.length > bulkRowsMax)
    return { ok: false, refusal: { code: 'batch_full', values: { limit: bulkRowsMax } } }
  const inserted = await insertItems(tx, batch, { items: fresh, at: given.at })
  await tx`
    update batches set items = items + ${inserted},
      makers = case when makers @> array[${given.actor}] then makers else makers || ${given.actor}::text end
    where account_id = ${accountId} and batch_id = ${id}`
  if (inserted > 0) {
    const entry = { accountId, id: newUuid(given.at), actor: given.actor, action: 'batch.items_added' }
    await recordAudit(tx, [{ ...entry, objectId: publicId('batch', id), detail: { items: inserted } }], given.at)
  }
  const rows = await findItems(tx, batch, good)
  return { ok: true, items: given.items.map((item) => answerOf(item, refusals.get(item), rows)) }
}

function refusalOf(
  { facts, placement, pageCount }: BatchItemGiven,
  stamped: { affixingId: string; serial: string } | undefined,
): Refusal<ItemRefusal> | undefined {
  if (isValueTooSmall(facts.documentType, facts.valueRupiah))
    return { code: 'value_too_small', values: { value: facts.valueRupiah ?? '' } }
  if (stamped !== undefined) return { code: 'already_stamped', values: { serial: stamped.serial } }
  return placementRefusal(placement, pageCount)
}

function answerOf(
  item: BatchItemGiven,
  refusal: Refusal<ItemRefusal> | undefined,
  rows: readonly ItemRow[],
): AddedItem {
  const { clientReference } = item
  if (refusal !== undefined) return { ok: false, clientReference, refusal }
  const own = rows.find((row) => row.client_reference === clientReference)
  if (own?.fingerprint.toString('hex') === documentFingerprint(item))
    return { ok: true, clientReference, itemId: own.item_id }
  if (own !== undefined)
    return { ok: false, clientReference, refusal: { code: 'batch_reference_reused', values: { clientReference } } }
  const same = rows.find((row) => row.source.toString('hex') === item.sourceSha256)
  if (same === undefined) throw new Error(`the document ${clientReference} is not in its batch`)
  return { ok: false, clientReference, refusal: { code: 'duplicate_in_batch', values: { row: same.client_reference } } }
}

const bytesOf = (tx: Queryable, hexes: readonly string[]) =>
  tx.array(
    hexes.map((hex) => Buffer.from(hex, 'hex')),
    arrayOid.bytea,
  )

/** Those of the batch that bear one of these references, or are one of these files. */
async function findItems(
  tx: Tx,
  { accountId, id }: BatchName,
  items: readonly BatchItemGiven[],
): Promise<readonly ItemRow[]> {
  return tx<ItemRow[]>`
    select item_id, client_reference, source_sha256 as source, fingerprint from batch_items
    where account_id = ${accountId} and batch_id = ${id} and client_reference = any(${items.map((item) => item.clientReference)}::text[])
    union
    select item_id, client_reference, source_sha256, fingerprint from batch_items
    where account_id = ${accountId} and batch_id = ${id}
      and source_sha256 = any(${bytesOf(
        tx,
        items.map((item) => item.sourceSha256),
      )}::bytea[])`
}

/** Of two in one call that are the same the first stays; returns how many there are more. */
async function insertItems(
  tx: Tx,
  { accountId, id }: BatchName,
  given: { items: readonly BatchItemGiven[]; at: Date },
): Promise<number> {
  const { items } = given
  const gone = await tx`
    insert into batch_items (account_id, batch_id, position, item_id, client_reference, document_type, source_sha256, fingerprint)
    select ${accountId}, ${id}, u.nr::int + (
        select coalesce(max(position), 0) from batch_items where account_id = ${accountId} and batch_id = ${id}
      ), u.item_id, u.client_reference, u.document_type, u.source_sha256, u.fingerprint
    from unnest(${items.map(() => newUuid(given.at))}::uuid[], ${items.map((item) => item.clientReference)}::text[],
      ${items.map((item) => item.facts.documentType)}::text[], ${bytesOf(
        tx,
        items.map((item) => item.sourceSha256),
      )}::bytea[],
      ${bytesOf(tx, items.map(documentFingerprint))}::bytea[])
      with ordinality u(item_id, client_reference, document_type, source_sha256, fingerprint, nr)
    order by u.nr
    on conflict do nothing`
  return gone.count
}

/** A document of a batch and what became of it; `waiting` until it is reserved, and again where that was released. */
export type BatchItem = {
  position: number
  itemId: string
  clientReference: string
  documentType: string
  sourceSha256: string
  state: 'waiting' | Exclude<AffixingState, 'released'>
  affixingId: string | undefined
  serial: string | undefined
}

type ListedRow = {
  position: number
  item_id: string
  client_reference: string
  document_type: string
  source: Buffer
  state: AffixingState | null
  affixing_id: string | null
  serial: string | null
}

/** A page of a batch's documents in their order; `after` is the position the last page ended with. */
export async function listItems(
  sql: Queryable,
  { accountId, id }: BatchName,
  page: { after: number; limit: number },
): Promise<BatchItem[]> {
  const rows = await sql<ListedRow[]>`
    select i.position, i.item_id, i.client_reference, i.document_type, i.source_sha256 as source, a.state, a.affixing_id, a.serial
    from batch_items i left join affixings a on a.account_id = i.account_id and a.affixing_id = i.affixing_id
    where i.account_id = ${accountId} and i.batch_id = ${id} and i.position > ${page.after}
    order by i.position limit ${page.limit}`
  return rows.map((row) => {
    const state = row.state === null || row.state === 'released' ? 'waiting' : row.state
    return {
      position: row.position,
      itemId: row.item_id,
      clientReference: row.client_reference,
      documentType: row.document_type,
      sourceSha256: row.source.toString('hex'),
      state,
      affixingId: state === 'waiting' ? undefined : (row.affixing_id ?? undefined),
      serial: state === 'waiting' ? undefined : (row.serial ?? undefined),
    }
  })
}
