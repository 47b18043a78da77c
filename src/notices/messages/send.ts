import { z } from 'zod'
import { type Breaker, openBreaker } from '../../base/breaker.ts'
import { publicId } from '../../base/ids.ts'
import type { Route } from '../../base/receiver.ts'
import type { Sealing } from '../../base/sealing.ts'
import { languages } from '../../base/text.ts'
import type { Database } from '../../database/database.ts'
import {
  messageClaimSeconds,
  messageFailuresMax,
  messageOpenSeconds,
  messageRetrySeconds,
  messageRetrySecondsMax,
  messagesAtOnce,
} from '../../limits/traffic.ts'
import { type MessageProblem, NotSent, type Sender } from './senders.ts'
import { messageWords } from './words.ts'

// A claim commits before anything is sent and nothing is locked meanwhile: a process that dies leaves its messages to whoever finds
// the claim lapsed. When it lapses is the claim's mark: who was too slow settles nothing any more.

/** What sending on one route stands on. */
export type MessageSending = {
  database: Database
  sealing: Sealing
  route: Route
  sender: Sender
  /** Keeps the route from a server that is down. */
  breaker: Breaker
  /** Name the service answers at. */
  host: string
  /** Told of every try: never whose it was. */
  onTried: (message: TriedMessage) => void
}

/** What became of a try. `failed`: it is tried again; `problem` where it did not go. */
export type TriedMessage = {
  id: string
  route: Route
  template: string
  outcome: MessageOutcome
  problem: MessageProblem | undefined
}
export type MessageOutcome = 'sent' | 'failed' | 'given_up'

/** The breaker of one sender; `now`: milliseconds that only go forward. */
export function senderBreaker(now: () => number): Breaker {
  return openBreaker({ failuresMax: messageFailuresMax, openMilliseconds: messageOpenSeconds * 1000, now })
}

type Claimed = {
  message_id: string
  receiver: Buffer
  template: string
  body: Buffer
  tries: number
  until: Date
  /** When this claim lapses: its mark. */
  due_at: Date
  /** Of the try before. */
  problem: MessageProblem | null
  is_over: boolean
}

/** Sends what is due on a route until nothing is, its server is down, or `stopping` was asked for. Answers how many were taken. */
export async function sendDueMessages(sending: MessageSending, stopping?: AbortSignal): Promise<number> {
  let taken = 0
  for (;;) {
    const state = sending.breaker.state()
    if (stopping?.aborted === true || state === 'open') return taken
    // after a pause one message tries for all
    const claimed = await claimDue(sending, state === 'closed' ? messagesAtOnce : 1)
    if (claimed.length === 0) return taken
    const outcomes = await Promise.all(claimed.map((one) => sendOne(sending, one)))
    taken += outcomes.filter((isTaken) => isTaken).length
  }
}

/** Codes first: who waits for one looks at a page meanwhile, and must not wait for what others had sent. */
async function claimDue({ database, route }: MessageSending, most: number): Promise<Claimed[]> {
  const now = await database.now()
  return database.sql<Claimed[]>`
    with codes as materialized (
      select message_id from messages where route = ${route} and due_at is not null and due_at <= ${now} and template = 'code'
      order by due_at limit ${most} for update skip locked
    ), others as materialized (
      select message_id from messages where route = ${route} and due_at is not null and due_at <= ${now} and template <> 'code'
      order by due_at limit ${most} - (select count(*) from codes) for update skip locked
    ), due as (select message_id from codes union all select message_id from others)
    update messages m set tries = m.tries + 1, due_at = ${new Date(now.getTime() + messageClaimSeconds * 1000)}
    from due where m.message_id = due.message_id
    returning m.message_id, m.receiver, m.template, m.body, m.tries, m.until, m.due_at, m.problem, m.until <= ${now} as is_over`
}

async function sendOne(sending: MessageSending, one: Claimed): Promise<boolean> {
  if (one.is_over) {
    await settle(sending, one, new NotSent(one.problem ?? 'timed_out', { isFinal: true }))
    return false
  }
  const begun = sending.breaker.begin()
  // the first of these failures opened it for the rest: they were not tried, and wait for the next round
  if (begun === undefined) {
    await settle(sending, one, new NotSent('unreachable'))
    return false
  }
  const failure = await trySending(sending, one)
  // a server that refuses a message is up
  if (failure === undefined || failure.isFinal) begun.succeeded()
  else begun.failed()
  await settle(sending, one, failure)
  return failure === undefined
}

async function trySending(sending: MessageSending, one: Claimed): Promise<NotSent | undefined> {
  const { sealing, route, sender, host } = sending
  const address = sealing.open({ purpose: 'message.receiver', owner: one.message_id }, one.receiver).toString()
  const body = openBody(sealing, one)
  try {
    await sender.send(
      { route, address },
      { id: publicId('message', one.message_id), ...messageWords({ route, template: one.template, ...body }, host) },
    )
    return undefined
  } catch (error) {
    if (error instanceof NotSent) return error
    throw error
  }
}

const bodySchema = z.object({
  values: z.record(z.string(), z.union([z.string(), z.number()])),
  language: z.enum(languages),
})

/** What a stored message says. */
export function openBody(sealing: Sealing, row: { message_id: string; body: Buffer }): z.infer<typeof bodySchema> {
  const opened = sealing.open({ purpose: 'message.body', owner: row.message_id }, row.body)
  return bodySchema.parse(JSON.parse(opened.toString()))
}

/** Writes down what became of a try. */
async function settle(sending: MessageSending, one: Claimed, failure: NotSent | undefined): Promise<void> {
  const { database, route, onTried } = sending
  const now = await database.now()
  const pause = Math.min(messageRetrySeconds * 2 ** (one.tries - 1), messageRetrySecondsMax)
  // up to a fifth more or less by chance: those who failed together need not come back together
  const again = new Date(now.getTime() + pause * 1000 * (0.8 + 0.4 * Math.random()))
  const isOver = failure?.isFinal === true || again >= one.until
  const state = failure === undefined ? 'sent' : isOver ? 'given_up' : 'due'
  const settled = await database.sql`
    update messages set state = ${state}, due_at = ${state === 'due' ? again : null}, tried_at = ${now}, problem = ${failure?.problem ?? null}
    where message_id = ${one.message_id} and due_at = ${one.due_at}`
  if (settled.count === 0) return
  const outcome = state === 'due' ? 'failed' : state
  onTried({
    id: publicId('message', one.message_id),
    route,
    template: one.template,
    outcome,
    problem: failure?.problem,
  })
}
