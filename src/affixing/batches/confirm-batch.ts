import type { Tx } from '../../database/database.ts'
import type { Caller } from '../../identity/api-keys.ts'
import { doConfirmed, type NotConfirmed } from '../../identity/confirmed-acts.ts'
import type { BatchName, BatchState } from './batch.ts'
import type { Acting, ChangedBatch } from './change-batch.ts'

/** Who opens a batch or lets it pass, and by which authorization where a session calls. `from`: the state that the act ends. */
export type BatchAct = {
  caller: Caller
  authorization: string | undefined
  from: Extract<BatchState, 'draft' | 'waiting_approval'>
  acting: Omit<Acting, 'isConfirmed'>
}

/**
 * Changes a batch by what a session's person confirmed of just its documents; an API key needs no confirmation. The batch is locked, so nothing
 * is added between what was confirmed and the change; an act that was done before changes nothing and spends nothing.
 */
export async function changeConfirmed(
  tx: Tx,
  act: BatchAct,
  change: (acting: Acting) => Promise<ChangedBatch>,
): Promise<ChangedBatch | NotConfirmed> {
  const { caller, authorization, from, acting } = act
  if (caller.person === undefined) return change({ ...acting, isConfirmed: false })
  const [locked] = await tx<{ state: BatchState; items: number }[]>`
    select state, items from batches where account_id = ${acting.accountId} and batch_id = ${acting.id} for update`
  // there is nothing to confirm: the change itself says why, or answers as it did before
  if (locked?.state !== from || locked.items === 0) return change({ ...acting, isConfirmed: false })
  const sourceSha256s = await readDigests(tx, acting)
  const confirmed = { caller, purpose: 'batch', sourceSha256s, authorization, at: acting.at } as const
  return doConfirmed(tx, confirmed, () => change({ ...acting, isConfirmed: true }))
}

/** What is confirmed of a batch: the digests of all its documents, hex, in no order. */
async function readDigests(tx: Tx, { accountId, id }: BatchName): Promise<string[]> {
  const rows = await tx<{ sha256: string }[]>`
    select encode(source_sha256, 'hex') as sha256 from batch_items where account_id = ${accountId} and batch_id = ${id}`
  return rows.map(({ sha256 }) => sha256)
}
