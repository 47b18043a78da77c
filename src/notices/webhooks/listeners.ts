import { newUuid } from '../../base/ids.ts'
import type { Database, Tx } from '../../database/database.ts'
import { inBatches } from '../../database/in-batches.ts'
import { listenerKeptMax, listenerSeconds, listenersMax } from '../../limits/traffic.ts'
import type { DeliveredEvent } from '../dispatch.ts'
import type { EventName } from '../outbox.ts'
import { bodyOf } from './deliveries.ts'
import { lockSubscriptions, subscribeToAll } from './subscriptions.ts'

// A listener is an endpoint that asks instead of being called: for developers, whose machine no service can reach. It lives as
// long as it asks. Lock order: the account's subscriptions, then listeners, then messages.

/** Who asks for events for a while. */
export type Listener = { id: string; events: EventName[]; expiresAt: Date }

/** An event for a listener; `id` says which were told. */
export type ListenerMessage = { id: string; eventId: string; event: string; body: string }

/** A new listener, live for two minutes from its last question; undefined where the account has as many as it may. */
export async function openListener(
  tx: Tx,
  opened: { accountId: string; events: readonly EventName[]; at: Date },
): Promise<Listener | undefined> {
  const { accountId, at } = opened
  await lockSubscriptions(tx, accountId)
  await tx`delete from event_listeners where account_id = ${accountId} and expires_at <= ${at}`
  const [count] = await tx<{ live: number }[]>`
    select count(*)::int as live from event_listeners where account_id = ${accountId}`
  if ((count?.live ?? 0) >= listenersMax) return undefined
  const listener = { id: newUuid(at), events: [...opened.events], expiresAt: later(at) }
  await tx`
    insert into event_listeners (account_id, listener_id, events, created_at, expires_at)
    values (${accountId}, ${listener.id}, ${listener.events}::text[], ${at}, ${listener.expiresAt})`
  await subscribeToAll(tx, accountId, at)
  return listener
}

const later = (at: Date) => new Date(at.getTime() + listenerSeconds * 1000)

/** Ends a listener with what it was not told. False where the account has none of this id. */
export async function closeListener(tx: Tx, wanted: { accountId: string; id: string; at: Date }): Promise<boolean> {
  const { accountId, id, at } = wanted
  await lockSubscriptions(tx, accountId)
  const gone = await tx`delete from event_listeners where account_id = ${accountId} and listener_id = ${id}`
  await subscribeToAll(tx, accountId, at)
  return gone.count > 0
}

/**
 * Takes an event for every live listener of its account that wants it; the same event again changes nothing. One that never says what it has
 * loses the oldest.
 */
export async function takeForListeners(database: Database, event: DeliveredEvent): Promise<void> {
  const { accountId } = event
  const at = await database.now()
  const live = await database.sql<{ listener_id: string }[]>`
    select listener_id from event_listeners
    where account_id = ${accountId} and expires_at > ${at} and ${event.event} = any(events)`
  if (live.length === 0) return
  const ids = live.map((row) => row.listener_id)
  // joined again: one that ended meanwhile has nothing left to refer to
  await database.sql`
    insert into listener_messages (account_id, listener_id, message_id, event_id, event, body)
    select l.account_id, l.listener_id, u.message_id, ${event.id}, ${event.event}, ${bodyOf(event)}
    from unnest(${ids}::uuid[], ${ids.map(() => newUuid(at))}::uuid[]) u(listener_id, message_id)
    join event_listeners l on l.account_id = ${accountId} and l.listener_id = u.listener_id
    for key share of l
    on conflict do nothing`
  await database.sql`
    delete from listener_messages m using unnest(${ids}::uuid[]) u(listener_id)
    where m.account_id = ${accountId} and m.listener_id = u.listener_id and m.message_id <= (
      select o.message_id from listener_messages o where o.account_id = ${accountId} and o.listener_id = u.listener_id
      order by o.message_id desc offset ${listenerKeptMax} limit 1)`
}

/**
 * A question begins: what its asker has is forgotten, and the listener lives on. False where it is over, or another's. Told by
 * their ids, not up to a place: an event may be entered behind one that was entered after it.
 */
export async function beginListening(
  tx: Tx,
  asked: { accountId: string; id: string; told: readonly string[]; at: Date },
): Promise<boolean> {
  const { accountId, id, told, at } = asked
  const alive = await tx`
    update event_listeners set expires_at = ${later(at)}
    where account_id = ${accountId} and listener_id = ${id} and expires_at > ${at}`
  if (alive.count === 0) return false
  if (told.length > 0)
    await tx`
      delete from listener_messages
      where account_id = ${accountId} and listener_id = ${id} and message_id = any(${[...told]}::uuid[])`
  return true
}

/** What waits for a listener, oldest first; undefined where the listener has ended. */
export async function readMessages(
  database: Database,
  asked: { accountId: string; id: string; limit: number },
): Promise<ListenerMessage[] | undefined> {
  const rows = await database.sql<
    { message_id: string | null; event_id: string | null; event: string | null; body: string | null }[]
  >`
    select m.message_id, m.event_id, m.event, m.body
    from event_listeners l left join lateral (
      select message_id, event_id, event, body from listener_messages
      where account_id = l.account_id and listener_id = l.listener_id order by message_id limit ${asked.limit}
    ) m on true
    where l.account_id = ${asked.accountId} and l.listener_id = ${asked.id}`
  if (rows.length === 0) return undefined
  return rows.flatMap(({ message_id: id, event_id: eventId, event, body }) =>
    id === null || eventId === null || event === null || body === null ? [] : [{ id, eventId, event, body }],
  )
}

/** Deletes listeners that nobody asks any more, their messages, and the subscriptions that only they wanted. Returns how many. */
export async function dropListeners(database: Database, stopping: AbortSignal): Promise<number> {
  const now = await database.now()
  return inBatches(stopping, async (rowsMax) => {
    const over = await database.sql<{ account_id: string }[]>`
      select distinct account_id from event_listeners where expires_at <= ${now} limit ${rowsMax}`
    for (const { account_id: accountId } of over)
      await database.transaction(async (tx) => {
        await lockSubscriptions(tx, accountId)
        await tx`delete from event_listeners where account_id = ${accountId} and expires_at <= ${now}`
        await subscribeToAll(tx, accountId, now)
      })
    return over.length
  })
}
