import type { Tx } from '../database/database.ts'

/** Every event that can be subscribed to. */
export const eventNames = [
  'affixing.reserved',
  'affixing.affixed',
  'affixing.released',
  'order.paid',
  'order.expired',
  'order.refund_due',
  'batch.finished',
  'quota.low',
] as const
export type EventName = (typeof eventNames)[number]

/**
 * Something that happened to one thing. `id` is derived from the thing and the event, so a repeat bears the same one;
 * `version` counts what happened to the thing, for receivers that get the newer event first. `detail` holds what the audit may hold.
 */
export type OutboxEvent = {
  accountId: string
  id: string
  event: EventName
  /** The thing's public id. */
  objectId: string
  version: number
  detail?: Record<string, string | number>
}

/**
 * Writes the events that somebody subscribed to, in the caller's transaction. What nobody wants costs its share of one look-up
 * by primary key for the whole batch, sent in one go with the statements beside it. No cache of subscriptions: a stale one would
 * lose the events between a subscription's commit and its next reading, and no row of a subscription is ever locked here.
 */
export async function recordEvents(tx: Tx, events: readonly OutboxEvent[], at: Date): Promise<void> {
  if (events.length === 0) return
  await tx`
    insert into outbox (account_id, id, event, object_id, version, detail, created_at, due_at)
    select u.account_id, u.id, u.event, u.object_id, u.version, u.detail::jsonb, ${at}, ${at}
    from unnest(
      ${events.map(({ accountId }) => accountId)}::uuid[], ${events.map(({ id }) => id)}::uuid[],
      ${events.map(({ event }) => event)}::text[], ${events.map(({ objectId }) => objectId)}::text[],
      ${events.map(({ version }) => version)}::int[], ${events.map(({ detail }) => JSON.stringify(detail ?? {}))}::text[]
    ) u(account_id, id, event, object_id, version, detail)
    join subscriptions s on s.account_id = u.account_id and s.event = u.event`
}

/** From now on the account's events of this name are written to the outbox; repeating changes nothing. */
export async function subscribe(
  tx: Tx,
  subscription: { accountId: string; event: EventName; at: Date },
): Promise<void> {
  await tx`
    insert into subscriptions (account_id, event, created_at)
    values (${subscription.accountId}, ${subscription.event}, ${subscription.at}) on conflict do nothing`
}

/** Ends a subscription; events already on their way still arrive. */
export async function unsubscribe(tx: Tx, subscription: { accountId: string; event: EventName }): Promise<void> {
  await tx`delete from subscriptions where account_id = ${subscription.accountId} and event = ${subscription.event}`
}
