import type { Database } from '../database/database.ts'
import {
  outboxBatchMax,
  outboxClaimSeconds,
  outboxDeliverSeconds,
  outboxRetrySeconds,
  outboxRetrySecondsMax,
  outboxRoundsMax,
  outboxTriesMax,
} from '../limits/traffic.ts'

// The life of an outbox row: due -> claimed (due again when the claim lapses) -> deleted, or due again later, or out of tries.
// A claim commits before anything is handed over and nothing is locked meanwhile: a process that dies leaves its events to
// whoever finds the claim lapsed. `tries` is the claim's number: who was too slow settles nothing any more.

/** An event as subscribers get it: at least once, in no order. A repeat has the same `id`. */
export type DeliveredEvent = {
  accountId: string
  id: string
  event: string
  objectId: string
  version: number
  detail: unknown
  createdAt: Date
  /** 1 the first time. */
  tries: number
}

/** Takes one event: resolves when it is safe there, rejects to get it again later. `signal` ends when its time is up. */
export type Deliver = (event: DeliveredEvent, signal: AbortSignal) => Promise<void>

/** What the dispatcher stands on. */
export type Dispatch = {
  database: Database
  deliver: Deliver
  /** Told of each failed delivery; `last`: this one is not tried again. */
  onFailure(event: DeliveredEvent, error: unknown, last: boolean): void
  /** Milliseconds one delivery may take; outboxDeliverSeconds unless a test is impatient. */
  deliverMilliseconds?: number
}

/**
 * Hands over what is due, in bounded batches until nothing is or `stopping` was asked for; safe in every process at once.
 * Answers how many arrived.
 */
export async function dispatchEvents(dispatch: Dispatch, stopping?: AbortSignal): Promise<number> {
  let arrived = 0
  for (let round = 0; round < outboxRoundsMax; round++) {
    if (stopping?.aborted === true) break
    const events = await claimDue(dispatch.database)
    if (events.length === 0) break
    const outcomes = await Promise.all(
      events.map(async (event) => ({ event, failure: await failureOf(dispatch, event) })),
    )
    const delivered = outcomes.filter(({ failure }) => failure === undefined).map(({ event }) => event)
    const failed = outcomes.filter(({ failure }) => failure !== undefined).map(({ event }) => event)
    await settle(dispatch.database, { delivered, failed })
    arrived += delivered.length
    for (const { event, failure } of outcomes)
      if (failure !== undefined) dispatch.onFailure(event, failure.error, event.tries >= outboxTriesMax)
  }
  return arrived
}

async function claimDue(database: Database): Promise<DeliveredEvent[]> {
  const now = await database.now()
  const rows = await database.sql<
    {
      account_id: string
      id: string
      event: string
      object_id: string
      version: number
      detail: unknown
      created_at: Date
      tries: number
    }[]
  >`
    with due as materialized (
      select account_id, id from outbox where due_at <= ${now} order by due_at limit ${outboxBatchMax} for update skip locked
    )
    update outbox o set tries = o.tries + 1, due_at = ${new Date(now.getTime() + outboxClaimSeconds * 1000)}
    from due where o.account_id = due.account_id and o.id = due.id
    returning o.account_id, o.id, o.event, o.object_id, o.version, o.detail, o.created_at, o.tries`
  return rows.map((row) => ({
    accountId: row.account_id,
    id: row.id,
    event: row.event,
    objectId: row.object_id,
    version: row.version,
    detail: row.detail,
    createdAt: row.created_at,
    tries: row.tries,
  }))
}

/** Undefined when the event arrived in time. A delivery that goes on after its time may still arrive: then it arrives twice. */
async function failureOf(dispatch: Dispatch, event: DeliveredEvent): Promise<{ error: unknown } | undefined> {
  const time = new AbortController()
  const milliseconds = dispatch.deliverMilliseconds ?? outboxDeliverSeconds * 1000
  const late = new Promise<never>((_, reject) => {
    time.signal.addEventListener('abort', () => reject(new Error(`no answer within ${milliseconds} ms`)))
  })
  const timer = setTimeout(() => time.abort(), milliseconds)
  try {
    await Promise.race([dispatch.deliver(event, time.signal), late])
    return undefined
  } catch (error) {
    return { error }
  } finally {
    clearTimeout(timer)
  }
}

async function settle(
  database: Database,
  outcome: { delivered: readonly DeliveredEvent[]; failed: readonly DeliveredEvent[] },
): Promise<void> {
  const { delivered, failed } = outcome
  const now = await database.now()
  if (delivered.length > 0)
    await database.sql`
      delete from outbox where (account_id, id, tries) in (select * from unnest(
        ${delivered.map(({ accountId }) => accountId)}::uuid[], ${delivered.map(({ id }) => id)}::uuid[],
        ${delivered.map(({ tries }) => tries)}::int[]))`
  if (failed.length > 0)
    await database.sql`
      update outbox o set due_at = case when o.tries < ${outboxTriesMax} then ${now}::timestamptz + u.seconds * interval '1 second' end
      from unnest(${failed.map(({ accountId }) => accountId)}::uuid[], ${failed.map(({ id }) => id)}::uuid[],
        ${failed.map(({ tries }) => tries)}::int[], ${failed.map(({ tries }) => retrySeconds(tries))}::float8[]) u(account_id, id, tries, seconds)
      where o.account_id = u.account_id and o.id = u.id and o.tries = u.tries`
}

/** Doubled each time, and up to a half more or less by chance: those who failed together need not come back together. */
function retrySeconds(tries: number): number {
  return Math.min(outboxRetrySeconds * 2 ** (tries - 1), outboxRetrySecondsMax) * (0.5 + Math.random())
}
