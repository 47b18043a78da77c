import { publicId } from '../../base/ids.ts'
import type { Queryable } from '../../database/database.ts'
import type { Refusal } from '../../errors.ts'

/**
 * A batch's life. draft: its makers add documents. Opened it waits for approval where its sum is above what the account's rule lets
 * pass, else it is open: its documents may be reserved. finished: every one is affixed. cancelled: nothing more is reserved.
 */
export const batchStates = ['draft', 'waiting_approval', 'open', 'finished', 'cancelled'] as const
export type BatchState = (typeof batchStates)[number]

/** A batch as stored. Ids are UUIDs; `makers` and `approvedBy` are named as the audit names actors. */
export type Batch = {
  id: string
  name: string
  tag: string | undefined
  state: BatchState
  items: number
  makers: string[]
  approvedBy: string | undefined
  createdAt: Date
  openedAt: Date | undefined
  /** When a person confirmed its documents by PIN, as it was opened or let pass. */
  confirmedAt: Date | undefined
  endedAt: Date | undefined
}

export type BatchRow = {
  batch_id: string
  name: string
  tag: string | null
  state: BatchState
  items: number
  makers: string[]
  approved_by: string | null
  created_at: Date
  opened_at: Date | null
  confirmed_at: Date | null
  ended_at: Date | null
}

/** The columns of a BatchRow. */
export function batchColumns(sql: Queryable) {
  return sql`batch_id, name, tag, state, items, makers, approved_by, created_at, opened_at, confirmed_at, ended_at`
}

/** A row as the rest of the code sees it. */
export function batchFromRow(row: BatchRow): Batch {
  return {
    id: row.batch_id,
    name: row.name,
    tag: row.tag ?? undefined,
    state: row.state,
    items: row.items,
    makers: row.makers,
    approvedBy: row.approved_by ?? undefined,
    createdAt: row.created_at,
    openedAt: row.opened_at ?? undefined,
    confirmedAt: row.confirmed_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
  }
}

/** Which batch of whose. */
export type BatchName = { accountId: string; id: string }

/** One batch of this account; undefined for another's and for none. */
export async function findBatch(sql: Queryable, { accountId, id }: BatchName): Promise<Batch | undefined> {
  const [row] = await sql<BatchRow[]>`
    select ${batchColumns(sql)} from batches where account_id = ${accountId} and batch_id = ${id}`
  return row === undefined ? undefined : batchFromRow(row)
}

/** A page of an account's batches, newest first; `before` is the id the last page ended with. */
export async function listBatches(
  sql: Queryable,
  filter: { accountId: string; limit: number; before?: string | undefined },
): Promise<Batch[]> {
  const rows = await sql<BatchRow[]>`
    select ${batchColumns(sql)} from batches
    where account_id = ${filter.accountId} ${filter.before === undefined ? sql`` : sql`and batch_id < ${filter.before}`}
    order by batch_id desc limit ${filter.limit}`
  return rows.map(batchFromRow)
}

/** How far a batch is: documents without a reservation that holds, with one, and with a stamp. */
export type BatchCounts = { waiting: number; reserved: number; affixed: number }

/** Counts its documents. */
export async function countItems(sql: Queryable, { accountId, id }: BatchName): Promise<BatchCounts> {
  const [row] = await sql<BatchCounts[]>`
    select count(*) filter (where a.state is null or a.state = 'released')::int as waiting,
      count(*) filter (where a.state = 'reserved')::int as reserved, count(*) filter (where a.state = 'affixed')::int as affixed
    from batch_items i left join affixings a on a.account_id = i.account_id and a.affixing_id = i.affixing_id
    where i.account_id = ${accountId} and i.batch_id = ${id}`
  return row ?? { waiting: 0, reserved: 0, affixed: 0 }
}

/** What a batch that is in another state than it takes is refused with. */
export function stateRefusal(batch: Pick<Batch, 'id' | 'state'>): Refusal<'batch_waiting' | 'batch_state'> {
  const values = { batchId: publicId('batch', batch.id), state: batch.state }
  return { code: batch.state === 'waiting_approval' ? 'batch_waiting' : 'batch_state', values }
}
