import { newUuid, publicId } from '../../base/ids.ts'
import type { OutgoingProblem } from '../../base/outgoing-post.ts'
import type { Database, Queryable } from '../../database/database.ts'
import { inBatches } from '../../database/in-batches.ts'
import { webhookDeliveryKeepDays } from '../../limits/traffic.ts'
import type { DeliveredEvent } from '../dispatch.ts'

// The life of a delivery: due -> claimed (due again when the claim lapses) -> delivered, or due again later, or given up.

export type DeliveryState = 'due' | 'delivered' | 'given_up'

/** One event on its way to one endpoint, with what became of the last try. */
export type WebhookDelivery = {
  id: string
  eventId: string
  event: string
  state: DeliveryState
  tries: number
  createdAt: Date
  dueAt: Date | undefined
  triedAt: Date | undefined
  status: number | undefined
  problem: OutgoingProblem | undefined
}

/** What a receiver gets: the event, its moment, and the thing with its version. The body is made once and never changes. */
export function bodyOf(event: DeliveredEvent): string {
  const detail = typeof event.detail === 'object' && event.detail !== null ? event.detail : {}
  return JSON.stringify({
    type: event.event,
    timestamp: event.createdAt.toISOString(),
    data: { ...detail, id: event.objectId, version: event.version },
  })
}

/** Takes an event for every live endpoint of its account that wants it; the same event again changes nothing. */
export async function takeForEndpoints(database: Database, event: DeliveredEvent): Promise<void> {
  const { accountId } = event
  const endpoints = await database.sql<{ endpoint_id: string }[]>`
    select endpoint_id from webhook_endpoints
    where account_id = ${accountId} and disabled is null and ${event.event} = any(events)`
  if (endpoints.length === 0) return
  const ids = endpoints.map((row) => row.endpoint_id)
  const at = await database.now()
  await database.sql`
    insert into webhook_deliveries (account_id, endpoint_id, delivery_id, event_id, event, body, created_at, due_at)
    select ${accountId}, u.endpoint_id, u.delivery_id, ${event.id}, ${event.event}, ${bodyOf(event)}, ${at}, ${at}
    from unnest(${ids}::uuid[], ${ids.map(() => newUuid(at))}::uuid[]) u(endpoint_id, delivery_id)
    on conflict do nothing`
}

type DeliveryRow = {
  delivery_id: string
  event_id: string
  event: string
  state: DeliveryState
  tries: number
  created_at: Date
  due_at: Date | null
  tried_at: Date | null
  status: number | null
  problem: OutgoingProblem | null
}

/** A page of an endpoint's deliveries, newest first; `before` is the id the last page ended with. */
export async function listDeliveries(
  sql: Queryable,
  wanted: { accountId: string; endpointId: string; limit: number; before?: string | undefined },
): Promise<WebhookDelivery[]> {
  const rows = await sql<DeliveryRow[]>`
    select delivery_id, event_id, event, state, tries, created_at, due_at, tried_at, status, problem from webhook_deliveries
    where account_id = ${wanted.accountId} and endpoint_id = ${wanted.endpointId}
      ${wanted.before === undefined ? sql`` : sql`and delivery_id < ${wanted.before}`}
    order by delivery_id desc limit ${wanted.limit}`
  return rows.map((row) => ({
    id: row.delivery_id,
    eventId: row.event_id,
    event: row.event,
    state: row.state,
    tries: row.tries,
    createdAt: row.created_at,
    dueAt: row.due_at ?? undefined,
    triedAt: row.tried_at ?? undefined,
    status: row.status ?? undefined,
    problem: row.problem ?? undefined,
  }))
}

/** Sends a delivery again from the start, delivered or not. False where the endpoint has none of this id. */
export async function sendAgain(
  sql: Queryable,
  wanted: { accountId: string; endpointId: string; id: string; at: Date },
): Promise<boolean> {
  const rows = await sql`
    update webhook_deliveries set state = 'due', due_at = ${wanted.at}, tries = 0
    where account_id = ${wanted.accountId} and endpoint_id = ${wanted.endpointId} and delivery_id = ${wanted.id} returning 1`
  return rows.length === 1
}

/** What receivers know a message by: the event's, the same for all its tries. */
export const messageId = (eventId: string): string => publicId('event', eventId)

/** Deletes deliveries a month old: they were delivered, given up long ago, or their endpoint was removed. Returns how many. */
export async function dropOldDeliveries(database: Database, stopping: AbortSignal): Promise<number> {
  const before = new Date((await database.now()).getTime() - webhookDeliveryKeepDays * 24 * 60 * 60 * 1000)
  return inBatches(stopping, async (rowsMax) => {
    const gone = await database.sql`
      delete from webhook_deliveries where (account_id, endpoint_id, delivery_id) in (
        select account_id, endpoint_id, delivery_id from webhook_deliveries
        where created_at < ${before} order by created_at limit ${rowsMax})`
    return gone.count
  })
}
