import type { Tx } from '../../database/database.ts'
import { publicId } from '../../base/ids.ts'
import type { Refusal } from '../../errors.ts'
import type { ReserveRequest } from '../reserve.ts'
import { stateRefusal, type BatchState } from './batch.ts'
import { documentFingerprint } from './batch-items.ts'

// Locks: the lane holds the balance rows; then a batch's items, then its row. Whoever changes a draft locks its row first: a draft's
// items are never reserved.

export type BatchItemRefusal =
  | 'not_found'
  | 'batch_waiting'
  | 'batch_state'
  | 'batch_item_differs'
  | 'batch_item_reserved'

/** What a turn's requests for documents of batches are held against. */
export type BatchItemCheck = {
  /** Why this request may not reserve for its item; undefined where it may, or names none. */
  refusalOf(request: ReserveRequest): Refusal<BatchItemRefusal> | undefined
  /** Whether a person confirmed the batch of this request's item. Says nothing of a request that is refused. */
  isConfirmed(request: ReserveRequest): boolean
}

type ItemRow = {
  item_id: string
  batch_id: string
  state: BatchState
  confirmed: boolean
  fingerprint: Buffer
  held: boolean
}

/** Only where one of them names an item: most batches of calls ask nothing. */
export async function checkBatchItems(tx: Tx, requests: readonly ReserveRequest[]): Promise<BatchItemCheck> {
  const named = requests.flatMap(({ caller, batchItemId }) =>
    batchItemId === undefined ? [] : [{ accountId: caller.accountId, batchItemId }],
  )
  if (named.length === 0) return { refusalOf: () => undefined, isConfirmed: () => false }
  const rows = await tx<(ItemRow & { account_id: string })[]>`
    select i.account_id, i.item_id, i.batch_id, b.state, b.confirmed_at is not null as confirmed, i.fingerprint,
      coalesce(a.state <> 'released', false) as held
    from unnest(${named.map(({ accountId }) => accountId)}::uuid[], ${named.map(({ batchItemId }) => batchItemId)}::uuid[])
      u(account_id, item_id)
    join batch_items i on i.account_id = u.account_id and i.item_id = u.item_id
    join batches b on b.account_id = i.account_id and b.batch_id = i.batch_id
    left join affixings a on a.account_id = i.account_id and a.affixing_id = i.affixing_id`
  const taken = new Set<string>()
  const rowOf = ({ batchItemId, caller }: ReserveRequest) =>
    rows.find((each) => each.item_id === batchItemId && each.account_id === caller.accountId)
  return {
    isConfirmed: (request) => rowOf(request)?.confirmed === true,
    refusalOf(request) {
      const { batchItemId } = request
      if (batchItemId === undefined) return undefined
      const row = rowOf(request)
      const itemId = publicId('batchItem', batchItemId)
      if (row === undefined) return { code: 'not_found', values: { id: itemId } }
      if (row.state !== 'open') return stateRefusal({ id: row.batch_id, state: row.state })
      if (request.additional || row.fingerprint.toString('hex') !== documentFingerprint(request))
        return { code: 'batch_item_differs', values: { itemId } }
      if (row.held || taken.has(batchItemId)) return { code: 'batch_item_reserved', values: { itemId } }
      taken.add(batchItemId)
      return undefined
    },
  }
}

/** Notes on the items which affixings were reserved for them, and on their batches that something goes on. */
export async function bindBatchItems(
  tx: Tx,
  turn: { held: readonly { request: ReserveRequest; id: string }[]; now: Date },
): Promise<void> {
  const bound = turn.held.flatMap(({ request, id }) =>
    request.batchItemId === undefined
      ? []
      : [{ accountId: request.caller.accountId, itemId: request.batchItemId, affixingId: id }],
  )
  if (bound.length === 0) return
  await tx`
    with bound as (
      update batch_items i set affixing_id = u.affixing_id
      from unnest(${bound.map(({ accountId }) => accountId)}::uuid[], ${bound.map(({ itemId }) => itemId)}::uuid[],
        ${bound.map(({ affixingId }) => affixingId)}::uuid[]) u(account_id, item_id, affixing_id)
      where i.account_id = u.account_id and i.item_id = u.item_id
      returning i.account_id, i.batch_id
    )
    update batches b set reserved_at = ${turn.now}, look_at = ${turn.now}
    from (select distinct account_id, batch_id from bound) d
    where b.account_id = d.account_id and b.batch_id = d.batch_id`
}
