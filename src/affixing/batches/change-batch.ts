import { newUuid, publicId } from '../../base/ids.ts'
import type { Tx } from '../../database/database.ts'
import type { Refusal } from '../../errors.ts'
import { findApprovalRule } from '../../identity/approval-rule.ts'
import { batchesUnendedMax } from '../../limits/stamping.ts'
import { dutyRupiah } from '../../stamp/document-types.ts'
import {
  batchColumns,
  batchFromRow,
  findBatch,
  stateRefusal,
  type Batch,
  type BatchName,
  type BatchRow,
} from './batch.ts'

// Each of these is one statement on the batch's row, which decides by the state it finds; what it did not change is read to say why.

export type MadeBatch =
  | { ok: true; batch: Batch; repeated: boolean }
  | { ok: false; refusal: Refusal<'key_reused' | 'too_many_batches'> }

/** A new draft; the same key and content again is the same batch. */
export async function makeBatch(
  tx: Tx,
  made: {
    accountId: string
    key: string
    /** SHA-256 in hex of the fields as sent. */
    fingerprint: string
    name: string
    tag: string | undefined
    actor: string
    at: Date
  },
): Promise<MadeBatch> {
  const { accountId, key, at } = made
  const fingerprint = Buffer.from(made.fingerprint, 'hex')
  const [row] = await tx<BatchRow[]>`
    insert into batches (account_id, batch_id, name, tag, idempotency_key, fingerprint, makers, created_at)
    select ${accountId}, ${newUuid(at)}, ${made.name}, ${made.tag ?? null}, ${key}, ${fingerprint}, ${[made.actor]}::text[], ${at}
    where (select count(*) from batches where account_id = ${accountId} and ended_at is null) < ${batchesUnendedMax}
    on conflict (account_id, idempotency_key) do nothing
    returning ${batchColumns(tx)}`
  if (row !== undefined) return { ok: true, batch: batchFromRow(row), repeated: false }
  const [earlier] = await tx<(BatchRow & { same: boolean })[]>`
    select ${batchColumns(tx)}, fingerprint = ${fingerprint} as same from batches
    where account_id = ${accountId} and idempotency_key = ${key}`
  if (earlier === undefined)
    return { ok: false, refusal: { code: 'too_many_batches', values: { limit: batchesUnendedMax } } }
  if (!earlier.same) return { ok: false, refusal: { code: 'key_reused', values: { key } } }
  return { ok: true, batch: batchFromRow(earlier), repeated: true }
}

/** The batch as it is now; `changed`: by this call. */
export type ChangedBatch =
  | { ok: true; batch: Batch; changed: boolean }
  | {
      ok: false
      refusal: Refusal<'not_found' | 'batch_waiting' | 'batch_state' | 'batch_empty' | 'approval_by_maker'>
    }

/** Who changes which batch. `isConfirmed`: a session's person confirmed its documents for this very act. */
export type Acting = BatchName & { actor: string; at: Date; isConfirmed: boolean }

const idValues = (id: string) => ({ id: publicId('batch', id) })

/** Its makers are done with a draft: it is open, or waits for a second member where the account's rule says so. */
export async function openBatch(tx: Tx, { accountId, id, actor, at, isConfirmed }: Acting): Promise<ChangedBatch> {
  const above = await findApprovalRule(tx, accountId)
  const [row] = await tx<BatchRow[]>`
    update batches set opened_at = ${at}, look_at = ${at}, confirmed_at = ${isConfirmed ? at : null},
      state = case when items * ${dutyRupiah}::bigint > ${above ?? null}::bigint then 'waiting_approval' else 'open' end,
      makers = case when makers @> array[${actor}] then makers else makers || ${actor}::text end
    where account_id = ${accountId} and batch_id = ${id} and state = 'draft' and items > 0
    returning ${batchColumns(tx)}`
  if (row !== undefined) return { ok: true, batch: batchFromRow(row), changed: true }
  const batch = await findBatch(tx, { accountId, id })
  if (batch === undefined) return { ok: false, refusal: { code: 'not_found', values: idValues(id) } }
  if (batch.state === 'draft')
    return { ok: false, refusal: { code: 'batch_empty', values: { batchId: publicId('batch', id) } } }
  if (batch.state === 'cancelled') return { ok: false, refusal: stateRefusal(batch) }
  return { ok: true, batch, changed: false }
}

/** A second member lets a waiting batch pass: nobody who had a hand in it. */
export async function approveBatch(tx: Tx, { accountId, id, actor, at, isConfirmed }: Acting): Promise<ChangedBatch> {
  const [row] = await tx<BatchRow[]>`
    update batches set state = 'open', approved_by = ${actor}, look_at = ${at}, confirmed_at = coalesce(confirmed_at, ${isConfirmed ? at : null})
    where account_id = ${accountId} and batch_id = ${id} and state = 'waiting_approval' and not makers @> array[${actor}]
    returning ${batchColumns(tx)}`
  if (row !== undefined) return { ok: true, batch: batchFromRow(row), changed: true }
  const batch = await findBatch(tx, { accountId, id })
  if (batch === undefined) return { ok: false, refusal: { code: 'not_found', values: idValues(id) } }
  if (batch.state === 'waiting_approval')
    return { ok: false, refusal: { code: 'approval_by_maker', values: idValues(id) } }
  if (batch.approvedBy === actor && batch.state !== 'cancelled') return { ok: true, batch, changed: false }
  return { ok: false, refusal: stateRefusal(batch) }
}

/** Nothing more is reserved for it; what is reserved or affixed stays. Of one that was never opened nothing is kept but its name. */
export async function cancelBatch(tx: Tx, { accountId, id, at }: Omit<Acting, 'isConfirmed'>): Promise<ChangedBatch> {
  const [row] = await tx<BatchRow[]>`
    update batches set state = 'cancelled', ended_at = ${at}
    where account_id = ${accountId} and batch_id = ${id} and ended_at is null
    returning ${batchColumns(tx)}`
  if (row !== undefined) {
    if (row.opened_at === null) await tx`delete from batch_items where account_id = ${accountId} and batch_id = ${id}`
    return { ok: true, batch: batchFromRow(row), changed: true }
  }
  const batch = await findBatch(tx, { accountId, id })
  if (batch === undefined) return { ok: false, refusal: { code: 'not_found', values: idValues(id) } }
  if (batch.state === 'cancelled') return { ok: true, batch, changed: false }
  return { ok: false, refusal: stateRefusal(batch) }
}
