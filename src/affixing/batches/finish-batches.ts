import { recordAudit } from '../../audit/audit.ts'
import { derivedUuid, newUuid, publicId } from '../../base/ids.ts'
import type { Job } from '../../base/jobs.ts'
import type { Database } from '../../database/database.ts'
import { batchFinishMax, batchFinishSeconds, batchLookSeconds } from '../../limits.ts'
import { recordEvents } from '../../notices/outbox.ts'
import type { BatchState } from './batch.ts'

type Looked = { account_id: string; batch_id: string; items: number; state: BatchState }

/**
 * Ends the open batches whose every document is affixed, with their event in the same commit. Affixing itself knows nothing of batches: a look
 * at what is open costs less than a look at every stamp. One for which something was reserved lately is looked at again in seconds, one that
 * rests ever more rarely, up to an hour. Safe in several processes at once. Returns how many ended.
 */
export async function finishBatches(database: Database): Promise<number> {
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const looked = await tx<Looked[]>`
      update batches b set state = case when d.done then 'finished' else 'open' end,
        ended_at = case when d.done then ${at}::timestamptz end,
        look_at = ${at}::timestamptz + least(greatest((${at}::timestamptz - coalesce(b.reserved_at, b.opened_at)) / 4,
          make_interval(secs => ${batchLookSeconds.least})), make_interval(secs => ${batchLookSeconds.most}))
      from (
        select o.account_id, o.batch_id, not exists (
          select from batch_items i left join affixings a on a.account_id = i.account_id and a.affixing_id = i.affixing_id
          where i.account_id = o.account_id and i.batch_id = o.batch_id and a.state is distinct from 'affixed') as done
        from (
          select account_id, batch_id from batches where state = 'open' and look_at <= ${at}
          order by look_at limit ${batchFinishMax} for update skip locked
        ) o
      ) d
      where b.account_id = d.account_id and b.batch_id = d.batch_id
      returning b.account_id, b.batch_id, b.items, b.state`
    const done = looked.filter(({ state }) => state === 'finished')
    await recordAudit(
      tx,
      done.map(({ account_id: accountId, batch_id: id, items }) => ({
        accountId,
        id: newUuid(at),
        actor: 'system:batches',
        action: 'batch.finished',
        objectId: publicId('batch', id),
        detail: { items },
      })),
      at,
    )
    await recordEvents(
      tx,
      done.map(({ account_id: accountId, batch_id: id, items }) => ({
        accountId,
        id: derivedUuid(id, 'event batch.finished'),
        event: 'batch.finished',
        objectId: publicId('batch', id),
        version: 1,
        detail: { items },
      })),
      at,
    )
    return done.length
  })
}

/** Looks for finished batches again and again. */
export function batchJob(database: Database): Job {
  return {
    name: 'batches',
    everySeconds: batchFinishSeconds,
    run: async () => void (await finishBatches(database)),
  }
}
