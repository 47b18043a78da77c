import { recordAudit } from '../audit/audit.ts'
import { newUuid, publicId } from '../base/ids.ts'
import { targetProblem, type Targets } from '../base/outgoing-post.ts'
import type { Database, Tx } from '../database/database.ts'
import { RefusedError } from '../errors.ts'
import { actorOf, type Caller } from '../identity/api-keys.ts'
import { webhookEndpointsMax } from '../limits/traffic.ts'
import { sendAgain } from '../notices/webhooks/deliveries.ts'
import {
  addEndpoint,
  changeEndpoint,
  removeEndpoint,
  rotateSecret,
  type EndpointChange,
  type WebhookEndpoint,
} from '../notices/webhooks/endpoints.ts'
import type { EventName } from '../notices/outbox.ts'

// What an account does about where its events go, by the API and by pages: each act and its record in one commit. It stands here because
// neither audit nor notices may know of the other.

/** `targets`: which addresses may be sent to. */
export type WebhookActParts = { database: Database; targets: Targets }

function acting<T extends { id: string } | undefined>(
  { database }: WebhookActParts,
  by: { caller: Caller; action: string },
  act: (tx: Tx, at: Date) => Promise<T>,
): Promise<T> {
  const { caller, action } = by
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const done = await act(tx, at)
    if (done !== undefined) {
      const { accountId } = caller
      const objectId = publicId('webhook', done.id)
      await recordAudit(tx, [{ accountId, id: newUuid(at), actor: actorOf(caller), action, objectId }], at)
    }
    return done
  })
}

function proveTarget({ targets }: WebhookActParts, url: string | undefined): void {
  const reason = url === undefined ? undefined : targetProblem(url, targets)
  if (reason !== undefined) throw new RefusedError({ code: 'webhook_url_refused', values: { url: url ?? '', reason } })
}

/** A new endpoint, live at once. Refuses `webhook_url_refused` and `too_many_webhooks`. */
export async function addEndpointFor(
  parts: WebhookActParts,
  caller: Caller,
  added: { url: string; events: readonly EventName[] },
): Promise<WebhookEndpoint> {
  proveTarget(parts, added.url)
  const { accountId } = caller
  const endpoint = await acting(parts, { caller, action: 'webhook.added' }, (tx, at) =>
    addEndpoint(tx, { accountId, ...added, at }),
  )
  if (endpoint === undefined)
    throw new RefusedError({ code: 'too_many_webhooks', values: { limit: webhookEndpointsMax } })
  return endpoint
}

/** Another address, other events, off or on again; undefined where the account has none of this id. */
export function changeEndpointFor(
  parts: WebhookActParts,
  caller: Caller,
  change: EndpointChange & { id: string },
): Promise<WebhookEndpoint | undefined> {
  proveTarget(parts, change.url)
  const { accountId } = caller
  return acting(parts, { caller, action: 'webhook.changed' }, (tx, at) =>
    changeEndpoint(tx, { accountId, id: change.id }, { ...change, at }),
  )
}

/** A new secret; the one before it signs too for a day. Undefined where the account has none of this id. */
export function rotateSecretFor(
  parts: WebhookActParts,
  caller: Caller,
  id: string,
): Promise<WebhookEndpoint | undefined> {
  const { accountId } = caller
  return acting(parts, { caller, action: 'webhook.rotated' }, (tx, at) => rotateSecret(tx, { accountId, id, at }))
}

/** Removes an endpoint. False where the account has none of this id. */
export async function removeEndpointFor(parts: WebhookActParts, caller: Caller, id: string): Promise<boolean> {
  const { accountId } = caller
  const removed = await acting(parts, { caller, action: 'webhook.removed' }, async (tx, at) =>
    (await removeEndpoint(tx, { accountId, id, at })) ? { id } : undefined,
  )
  return removed !== undefined
}

/** Sends an event again from the start. False where the account's endpoint has no such delivery. */
export async function sendAgainFor(
  parts: WebhookActParts,
  caller: Caller,
  sent: { endpointId: string; id: string },
): Promise<boolean> {
  const { accountId } = caller
  const again = await acting(parts, { caller, action: 'webhook.resent' }, async (tx, at) =>
    (await sendAgain(tx, { accountId, ...sent, at })) ? { id: sent.endpointId } : undefined,
  )
  return again !== undefined
}
