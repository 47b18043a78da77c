import type { Refusal } from '../errors.ts'
import { booleanOf, fieldsOf, listOf, textOf, type Fields } from './json-fields.ts'
import { callService, type Connection } from './transport.ts'

/** A listener of an account's events; `secret` (`whsec_...`) proves its messages. */
export type OpenedListener = { id: string; events: string[]; secret: string }

/** One event as a webhook would have brought it. `id` is told back once it arrived. */
export type HeardMessage = { id: string; event: string; headers: Record<string, string>; body: string }

type Heard<Value> = ({ ok: true } & Value) | { ok: false; refusal: Refusal }

/** Begins to listen; to all events where none are named. Throws AnswerError. */
export async function openListener(
  connection: Connection,
  events: readonly string[] | undefined,
): Promise<Heard<{ listener: OpenedListener }>> {
  const json = events === undefined ? {} : { events }
  // a listener that nobody asks ends by itself, so one too many does no harm
  const called = await callService(connection, { method: 'POST', path: '/v1/webhooks/listeners', json })
  if (!called.ok) return called
  const fields = fieldsOf(called.answer.json, 'listener')
  const listener = {
    id: textOf(fields, 'id'),
    events: listOf(fields, 'events', textItem),
    secret: textOf(fields, 'secret'),
  }
  return { ok: true, listener }
}

/** What happened since: waits up to 20 s for it. `told`: ids of messages that arrived. Throws AnswerError. */
export async function askListener(
  connection: Connection,
  listenerId: string,
  told: readonly string[],
): Promise<Heard<{ messages: HeardMessage[] }>> {
  const path = `/v1/webhooks/listeners/${encodeURIComponent(listenerId)}/next`
  const called = await callService(connection, { method: 'POST', path, json: { told } })
  if (!called.ok) return called
  const messages = listOf(fieldsOf(called.answer.json, 'messages'), 'items', readMessage)
  return { ok: true, messages }
}

/** Ends a listener; one that is over already is no refusal. */
export async function endListener(connection: Connection, listenerId: string): Promise<Refusal | undefined> {
  const path = `/v1/webhooks/listeners/${encodeURIComponent(listenerId)}`
  const called = await callService(connection, { method: 'DELETE', path })
  return called.ok || called.refusal.code === 'not_found' ? undefined : called.refusal
}

/** Makes up an event of this name; `heard` is false where nobody wants it. Throws AnswerError. */
export async function triggerEvent(
  connection: Connection,
  event: string,
): Promise<Heard<{ id: string; objectId: string; heard: boolean }>> {
  // sent once: a second made-up event would be another one
  const once = { ...connection, sends: 1 }
  const called = await callService(once, { method: 'POST', path: '/v1/webhooks/trigger', json: { event } })
  if (!called.ok) return called
  const fields = fieldsOf(called.answer.json, 'trigger')
  return { ok: true, id: textOf(fields, 'id'), objectId: textOf(fields, 'objectId'), heard: booleanOf(fields, 'heard') }
}

const textItem = (item: unknown, where: string) => textOf({ where, values: { item } }, 'item')

function readMessage(item: unknown, where: string): HeardMessage {
  const fields = fieldsOf(item, where)
  return {
    id: textOf(fields, 'id'),
    event: textOf(fields, 'event'),
    headers: textsOf(fieldsOf(fields.values['headers'], `${where}.headers`)),
    body: textOf(fields, 'body'),
  }
}

function textsOf(fields: Fields): Record<string, string> {
  return Object.fromEntries(Object.keys(fields.values).map((name) => [name, textOf(fields, name)]))
}
