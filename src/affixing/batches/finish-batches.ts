import { recordAudit } from '../../audit/audit.ts'
import { derivedUuid, newUuid, publicId } from '../../base/ids.ts'
import type { Job } from '../../base/jobs.ts'
import type { Database } from '../../database/database.ts'
import { batchFinishMax, batchFinishSeconds } from '../../limits.ts'
import { recordEvents } from '../../notices/outbox.ts'

type Finished = { account_id: string; batch_id: string; items: number }

/**
 * Ends the open batches whose every document is affixed, with their event in the same commit. Affixing itself knows nothing of batches: a
 * look at what is open costs less than a look at every stamp. Safe in several processes at once. Returns how many.
 */
export async function finishBatches(database: Database): Promise<number> {
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const done = await tx<Finished[]>`
      update batches b set state = 'finished', ended_at = ${at}
      from (
        select o.account_id, o.batch_id from batches o
        where o.state = 'open' and not exists (
          select from batch_items i left join affixings a on a.account_id = i.account_id and a.affixing_id = i.affixing_id
          where i.account_id = o.account_id and i.batch_id = o.batch_id and a.state is distinct from 'affixed')
        limit ${batchFinishMax} for update of o skip locked
      ) d
      where b.account_id = d.account_id and b.batch_id = d.batch_id
      returning b.account_id, b.batch_id, b.items`
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
