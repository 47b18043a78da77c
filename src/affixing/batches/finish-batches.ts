import { recordAudit } from '../../audit/audit.ts'
import { derivedUuid, newUuid, parsePublicId, publicId } from '../../base/ids.ts'
import type { Job } from '../../base/jobs.ts'
import type { Sealing } from '../../base/sealing.ts'
import type { Database, Queryable, Tx } from '../../database/database.ts'
import { tellMembers } from '../../identity/notices.ts'
import { batchFinishMax, batchFinishSeconds, batchLookSeconds } from '../../limits/stamping.ts'
import { recordEvents } from '../../notices/outbox.ts'

/** Without `sealing` nobody is written to: events and audit alone tell of it. */
type FinishParts = { database: Database; sealing?: Sealing }

/** An open batch whose time to be looked at has come. */
type Due = { account_id: string; batch_id: string; items: number }

/**
 * Ends the open batches whose every document is affixed, with their event in the same commit. Affixing itself knows nothing of batches: a look
 * at what is open costs less than a look at every stamp. One for which something was reserved lately is looked at again in seconds, one that
 * rests ever more rarely, up to an hour. Reservations write to a batch's row, so nothing holds it while its documents are read. Safe in several
 * processes at once. Returns how many ended.
 */
export async function finishBatches(parts: FinishParts): Promise<number> {
  const { database } = parts
  let ended = 0
  for (const due of await claimDue(database))
    if ((await isDone(database.sql, due)) && (await endBatch(parts, due))) ended++
  return ended
}

/** Those whose time has come, each with its next time: whoever dies over one has it looked at then. */
async function claimDue(database: Database): Promise<Due[]> {
  const at = await database.now()
  return database.sql<Due[]>`
    with due as materialized (
      select account_id, batch_id from batches where state = 'open' and look_at <= ${at}
      order by look_at limit ${batchFinishMax} for update skip locked
    )
    update batches b set look_at = ${at}::timestamptz + least(greatest((${at}::timestamptz - coalesce(b.reserved_at, b.opened_at)) / 4,
      make_interval(secs => ${batchLookSeconds.least})), make_interval(secs => ${batchLookSeconds.most}))
    from due where b.account_id = due.account_id and b.batch_id = due.batch_id
    returning b.account_id, b.batch_id, b.items`
}

/** Reads without a lock, which is enough: an open batch gets no documents, and an affixed one stays affixed. */
async function isDone(sql: Queryable, { account_id: accountId, batch_id: id }: Due): Promise<boolean> {
  const open = await sql`
    select from batch_items i left join affixings a on a.account_id = i.account_id and a.affixing_id = i.affixing_id
    where i.account_id = ${accountId} and i.batch_id = ${id} and a.state is distinct from 'affixed' limit 1`
  return open.length === 0
}

/** False where another process was first, or its owner cancelled it. */
async function endBatch(
  { database, sealing }: FinishParts,
  { account_id: accountId, batch_id: id, items }: Due,
): Promise<boolean> {
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const [mine] = await tx<{ makers: string[] }[]>`
      update batches set state = 'finished', ended_at = ${at}
      where account_id = ${accountId} and batch_id = ${id} and state = 'open' returning makers`
    if (mine === undefined) return false
    const told = { accountId, objectId: publicId('batch', id), detail: { items } }
    await recordAudit(tx, [{ ...told, id: newUuid(at), actor: 'system:batches', action: 'batch.finished' }], at)
    const event = { ...told, id: derivedUuid(id, 'event batch.finished'), event: 'batch.finished', version: 1 } as const
    await recordEvents(tx, [event], at)
    if (sealing !== undefined) await tellMakers(tx, sealing, { accountId, id, items, makers: mine.makers, at })
    return true
  })
}

/** Tells those who made it and are members still; a key's batch has no one to tell. */
async function tellMakers(
  tx: Tx,
  sealing: Sealing,
  told: { accountId: string; id: string; items: number; makers: readonly string[]; at: Date },
): Promise<void> {
  const { accountId, id, items, at } = told
  const onlyPersonIds = told.makers
    .map((maker) => parsePublicId('person', maker.replace(/^person:/, '')))
    .filter((personId) => personId !== undefined)
  const values = { batch: publicId('batch', id), items }
  const to = { accountId, permission: 'read', onlyPersonIds } as const
  await tellMembers(tx, sealing, { ...to, template: 'batch_finished', values, at })
}

/** Looks for finished batches again and again. */
export function batchJob(parts: FinishParts): Job {
  return {
    name: 'batches',
    everySeconds: batchFinishSeconds,
    run: async () => void (await finishBatches(parts)),
  }
}
