import type { Tx } from '../../database/database.ts'
import { eventNames, subscribe, unsubscribe } from '../outbox.ts'

/**
 * One change at a time of what an account subscribes to: the events wanted by one endpoint and by its neighbour are one set of
 * rows. Ends with the transaction.
 */
export async function lockSubscriptions(tx: Tx, accountId: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`webhooks ${accountId}`}, 0))`
}

/** Subscribes the account to what its live endpoints and listeners want together, and to nothing else. Lock first. */
export async function subscribeToAll(tx: Tx, accountId: string, at: Date): Promise<void> {
  const rows = await tx<{ event: string }[]>`
    select unnest(events) as event from webhook_endpoints where account_id = ${accountId} and disabled is null
    union
    select unnest(events) from event_listeners where account_id = ${accountId} and expires_at > ${at}`
  const wanted = new Set(rows.map(({ event }) => event))
  for (const event of eventNames) {
    if (wanted.has(event)) await subscribe(tx, { accountId, event, at })
    else await unsubscribe(tx, { accountId, event })
  }
}
