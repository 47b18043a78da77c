import { newUuid } from '../../base/ids.ts'
import type { Queryable, Tx } from '../../database/database.ts'
import { webhookEndpointsMax, webhookFormerSecretSeconds } from '../../limits/traffic.ts'
import { eventNames, type EventName } from '../outbox.ts'
import { lockSubscriptions, subscribeToAll } from './subscriptions.ts'

/** Why nothing is sent to an endpoint: its owner's wish, days without success, or an answer that it is gone. */
export type DisabledReason = 'owner' | 'failing' | 'gone'

/** Where an account wants some of its events. */
export type WebhookEndpoint = {
  accountId: string
  id: string
  url: string
  events: EventName[]
  secretVersion: number
  /** Until then the secret before this one is live too. */
  formerUntil: Date | undefined
  /** The first failure since the last success. */
  failingSince: Date | undefined
  disabled: DisabledReason | undefined
  createdAt: Date
}

type EndpointRow = {
  account_id: string
  endpoint_id: string
  url: string
  events: string[]
  secret_version: number
  former_until: Date | null
  failing_since: Date | null
  disabled: DisabledReason | null
  created_at: Date
}

const isEventName = (name: string): name is EventName => eventNames.some((known) => known === name)

function endpointFromRow(row: EndpointRow): WebhookEndpoint {
  return {
    accountId: row.account_id,
    id: row.endpoint_id,
    url: row.url,
    events: row.events.filter(isEventName),
    secretVersion: row.secret_version,
    formerUntil: row.former_until ?? undefined,
    failingSince: row.failing_since ?? undefined,
    disabled: row.disabled ?? undefined,
    createdAt: row.created_at,
  }
}

/** The account's endpoints, the oldest first; of one id where one is given. */
export async function findEndpoints(
  sql: Queryable,
  wanted: { accountId: string; id?: string },
): Promise<WebhookEndpoint[]> {
  const rows = await sql<EndpointRow[]>`
    select account_id, endpoint_id, url, events, secret_version, former_until, failing_since, disabled, created_at
    from webhook_endpoints where account_id = ${wanted.accountId} ${wanted.id === undefined ? sql`` : sql`and endpoint_id = ${wanted.id}`}
    order by endpoint_id`
  return rows.map(endpointFromRow)
}

/** One endpoint of this account; undefined for another's and for none. */
export async function findEndpoint(
  sql: Queryable,
  wanted: { accountId: string; id: string },
): Promise<WebhookEndpoint | undefined> {
  return (await findEndpoints(sql, wanted))[0]
}

/** A new endpoint, live at once; undefined where the account has as many as it may. */
export async function addEndpoint(
  tx: Tx,
  added: { accountId: string; url: string; events: readonly EventName[]; at: Date },
): Promise<WebhookEndpoint | undefined> {
  const { accountId, url, events, at } = added
  await lockSubscriptions(tx, accountId)
  if ((await findEndpoints(tx, { accountId })).length >= webhookEndpointsMax) return undefined
  const id = newUuid(at)
  await tx`
    insert into webhook_endpoints (account_id, endpoint_id, url, events, created_at)
    values (${accountId}, ${id}, ${url}, ${[...events]}::text[], ${at})`
  await subscribeToAll(tx, accountId, at)
  return findEndpoint(tx, { accountId, id })
}

/** What of an endpoint may change. Switching on again forgets its failures; what was given up stays so until it is sent again. */
export type EndpointChange = {
  url?: string | undefined
  events?: readonly EventName[] | undefined
  enabled?: boolean | undefined
}

/** The endpoint as it is then; undefined where the account has none of this id. */
export async function changeEndpoint(
  tx: Tx,
  wanted: { accountId: string; id: string },
  change: EndpointChange & { at: Date },
): Promise<WebhookEndpoint | undefined> {
  const { accountId, id } = wanted
  await lockSubscriptions(tx, accountId)
  const now = await findEndpoint(tx, wanted)
  if (now === undefined) return undefined
  const { url = now.url, events = now.events, enabled = now.disabled === undefined } = change
  const disabled = enabled ? null : (now.disabled ?? 'owner')
  const failingSince = enabled && now.disabled !== undefined ? null : (now.failingSince ?? null)
  await tx`
    update webhook_endpoints set url = ${url}, events = ${[...events]}::text[], disabled = ${disabled}, failing_since = ${failingSince}
    where account_id = ${accountId} and endpoint_id = ${id}`
  await subscribeToAll(tx, accountId, change.at)
  return findEndpoint(tx, wanted)
}

/** Switches an endpoint off that does not take its events. False where it was off, is removed, or has another address by now. */
export async function disableEndpoint(
  tx: Tx,
  wanted: { accountId: string; id: string; url: string; reason: 'failing' | 'gone'; at: Date },
): Promise<boolean> {
  await lockSubscriptions(tx, wanted.accountId)
  const rows = await tx`
    update webhook_endpoints set disabled = ${wanted.reason}
    where account_id = ${wanted.accountId} and endpoint_id = ${wanted.id} and url = ${wanted.url} and disabled is null returning 1`
  if (rows.length === 0) return false
  await subscribeToAll(tx, wanted.accountId, wanted.at)
  return true
}

/** A new secret; the one before it is live for a day more, so that a receiver can change without losing a message. */
export async function rotateSecret(
  tx: Tx,
  wanted: { accountId: string; id: string; at: Date },
): Promise<WebhookEndpoint | undefined> {
  const until = new Date(wanted.at.getTime() + webhookFormerSecretSeconds * 1000)
  await tx`
    update webhook_endpoints set secret_version = secret_version + 1, former_until = ${until}
    where account_id = ${wanted.accountId} and endpoint_id = ${wanted.id}`
  return findEndpoint(tx, wanted)
}

/** Removes an endpoint: nothing more is sent to it, and its log goes within a month. False where the account has none of this id. */
export async function removeEndpoint(tx: Tx, wanted: { accountId: string; id: string; at: Date }): Promise<boolean> {
  const { accountId, id, at } = wanted
  await lockSubscriptions(tx, accountId)
  const gone = await tx`delete from webhook_endpoints where account_id = ${accountId} and endpoint_id = ${id}`
  await subscribeToAll(tx, accountId, at)
  return gone.count > 0
}
