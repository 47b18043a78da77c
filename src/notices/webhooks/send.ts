import { setTimeout as delay } from 'node:timers/promises'
import { type Posted, postOut, type Targets } from '../../base/outgoing-post.ts'
import type { Database } from '../../database/database.ts'
import {
  webhookAnswerBytesMax,
  webhookClaimSeconds,
  webhookEndpointsAtOnce,
  webhookPauseMilliseconds,
  webhookPerEndpointMax,
  webhookRetrySeconds,
  webhookSeconds,
  webhookSendSeconds,
} from '../../limits/traffic.ts'
import { messageId } from './deliveries.ts'
import { endpointSecret, signedHeaders } from './signature.ts'

// A claim commits before anything is sent and nothing is locked meanwhile: a process that dies leaves its deliveries to whoever
// finds the claim lapsed. When it lapses is the claim's mark: who was too slow settles nothing any more.

/** What sending stands on. */
export type WebhookSending = {
  database: Database
  /** Endpoints' secrets are made of it. */
  serviceKey: Buffer
  targets: Targets
  /** Told of an endpoint to switch off: it is gone, or it failed until its last try. */
  onDead(endpoint: { accountId: string; id: string; url: string; reason: 'failing' | 'gone' }): Promise<void>
  /** Milliseconds an endpoint has for its answer; webhookSendSeconds unless a test is impatient. */
  milliseconds?: number
}

type Claimed = {
  account_id: string
  endpoint_id: string
  delivery_id: string
  event_id: string
  body: string
  tries: number
  /** When this claim lapses: its mark, for what is sent again begins with the first try. */
  due_at: Date
  url: string
  secret_version: number
  former_until: Date | null
}

/**
 * Sends what is due until nothing is, or `stopping` was asked for; safe in every process at once. Answers how many were taken. An
 * endpoint gets a few at once and its next ones when those are settled, so one that is slow or down holds up nobody else.
 */
export async function sendDue(sending: WebhookSending, stopping?: AbortSignal): Promise<number> {
  const flying = new Map<string, Promise<void>>()
  const failures: unknown[] = []
  let taken = 0
  const fly = async (endpointId: string, claimed: readonly Claimed[]) => {
    try {
      const outcomes = await Promise.all(claimed.map(async (one) => ({ one, posted: await sendOne(sending, one) })))
      for (const { one, posted } of outcomes) if (await settle(sending, one, posted)) taken++
    } catch (error) {
      failures.push(error)
    } finally {
      flying.delete(endpointId)
    }
  }
  for (;;) {
    if (stopping?.aborted === true || failures.length > 0) break
    const room = webhookEndpointsAtOnce - flying.size
    const claimed = room > 0 ? await claimDue(sending.database, { room, busy: [...flying.keys()] }) : []
    for (const endpointId of new Set(claimed.map((one) => one.endpoint_id)))
      flying.set(
        endpointId,
        fly(
          endpointId,
          claimed.filter((one) => one.endpoint_id === endpointId),
        ),
      )
    if (claimed.length === 0 && flying.size === 0) break
    // what becomes due meanwhile for others does not wait for the slowest, nor is it looked for at each landing
    const landed = Promise.race([...flying.values(), delay(webhookSeconds * 1000, undefined, { ref: false })])
    await (claimed.length > 0 ? landed : Promise.all([landed, delay(webhookPauseMilliseconds)]))
  }
  await Promise.all(flying.values())
  if (failures.length > 0) throw failures[0]
  return taken
}

/** Takes some of the oldest deliveries of each of so many endpoints that have some, but for those whose last ones are still on their way. */
async function claimDue(database: Database, from: { room: number; busy: readonly string[] }): Promise<Claimed[]> {
  const now = await database.now()
  return database.sql<Claimed[]>`
    with recursive pending as (
      (select account_id, endpoint_id from webhook_deliveries where due_at is not null order by account_id, endpoint_id limit 1)
      union all
      select next.account_id, next.endpoint_id from pending p cross join lateral (
        select w.account_id, w.endpoint_id from webhook_deliveries w
        where w.due_at is not null and (w.account_id, w.endpoint_id) > (p.account_id, p.endpoint_id)
        order by w.account_id, w.endpoint_id limit 1
      ) next
    ), ready as materialized (
      select e.account_id, e.endpoint_id, e.url, e.secret_version, e.former_until
      from pending p join webhook_endpoints e on e.account_id = p.account_id and e.endpoint_id = p.endpoint_id
      where e.disabled is null and e.endpoint_id <> all(${[...from.busy]}::uuid[]) and exists (
        select from webhook_deliveries w where w.account_id = e.account_id and w.endpoint_id = e.endpoint_id and w.due_at <= ${now})
      order by random() limit ${from.room}
    ), due as materialized (
      select d.*, r.url, r.secret_version, r.former_until from ready r cross join lateral (
        select w.account_id, w.endpoint_id, w.delivery_id from webhook_deliveries w
        where w.account_id = r.account_id and w.endpoint_id = r.endpoint_id and w.due_at <= ${now}
        order by w.due_at limit ${webhookPerEndpointMax} for update skip locked
      ) d
    )
    update webhook_deliveries w set tries = w.tries + 1, due_at = ${new Date(now.getTime() + webhookClaimSeconds * 1000)}
    from due where w.account_id = due.account_id and w.endpoint_id = due.endpoint_id and w.delivery_id = due.delivery_id
    returning w.account_id, w.endpoint_id, w.delivery_id, w.event_id, w.body, w.tries, w.due_at, due.url, due.secret_version, due.former_until`
}

async function sendOne(sending: WebhookSending, one: Claimed): Promise<Posted> {
  const at = await sending.database.now()
  const versions = [one.secret_version]
  if (one.former_until !== null && one.former_until > at) versions.push(one.secret_version - 1)
  const secrets = versions.map((version) => endpointSecret(sending.serviceKey, one.endpoint_id, version))
  return postOut({
    url: one.url,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'OpenMeterai-Webhooks',
      ...signedHeaders({ id: messageId(one.event_id), at, body: one.body }, secrets),
    },
    body: one.body,
    targets: sending.targets,
    milliseconds: sending.milliseconds ?? webhookSendSeconds * 1000,
    answerBytesMax: webhookAnswerBytesMax,
  })
}

/** Writes down what became of a try; whether the event was taken. */
async function settle(sending: WebhookSending, one: Claimed, posted: Posted): Promise<boolean> {
  const { sql } = sending.database
  const now = await sending.database.now()
  const status = 'status' in posted ? posted.status : null
  const problem = 'problem' in posted ? posted.problem : null
  const isTaken = status !== null && status >= 200 && status < 300
  const pause = webhookRetrySeconds[one.tries - 1]
  // up to a fifth more or less by chance: those who failed together need not come back together
  const again = pause === undefined ? null : new Date(now.getTime() + pause * 1000 * (0.8 + 0.4 * Math.random()))
  const state = isTaken ? 'delivered' : again === null ? 'given_up' : 'due'
  const settled = await sql`
    update webhook_deliveries set state = ${state}, due_at = ${state === 'due' ? again : null}, tried_at = ${now},
      status = ${status}, problem = ${problem}
    where account_id = ${one.account_id} and endpoint_id = ${one.endpoint_id} and delivery_id = ${one.delivery_id} and due_at = ${one.due_at}`
  // the claim lapsed, or its owner asked for it again: somebody else's outcome counts
  if (settled.count === 0) return false
  await sql`
    update webhook_endpoints set failing_since = ${isTaken ? null : now}
    where account_id = ${one.account_id} and endpoint_id = ${one.endpoint_id} and url = ${one.url}
      and (failing_since is null) <> ${isTaken}`
  const endpoint = { accountId: one.account_id, id: one.endpoint_id, url: one.url }
  if (status === 410) await sending.onDead({ ...endpoint, reason: 'gone' })
  else if (state === 'given_up' && (await failedThroughout(sending, one)))
    await sending.onDead({ ...endpoint, reason: 'failing' })
  return isTaken
}

/** Whether nothing was taken since this event first came: then the endpoint is dead, not the event. */
async function failedThroughout({ database }: WebhookSending, one: Claimed): Promise<boolean> {
  const [row] = await database.sql<{ dead: boolean }[]>`
    select e.failing_since <= d.created_at + interval '1 hour' as dead
    from webhook_endpoints e join webhook_deliveries d on d.account_id = e.account_id and d.endpoint_id = e.endpoint_id
    where e.account_id = ${one.account_id} and e.endpoint_id = ${one.endpoint_id} and d.delivery_id = ${one.delivery_id}`
  return row?.dead === true
}
