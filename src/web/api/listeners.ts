import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { recordAudit } from '../../audit/audit.ts'
import { newUuid, parsePublicId, publicId } from '../../base/ids.ts'
import { RefusedError } from '../../errors.ts'
import { actorOf, type Caller } from '../../identity/api-keys.ts'
import type { Callers } from '../../identity/callers.ts'
import {
  listenerMessagesMax,
  listenerPollMilliseconds,
  listenerSeconds,
  listenersMax,
  listenerWaitsMax,
} from '../../limits/traffic.ts'
import type { Database, Tx } from '../../database/database.ts'
import { messageId } from '../../notices/webhooks/deliveries.ts'
import {
  beginListening,
  closeListener,
  openListener,
  readMessages,
  type ListenerMessage,
} from '../../notices/webhooks/listeners.ts'
import { endpointSecret, secretText, signedHeaders } from '../../notices/webhooks/signature.ts'
import { triggerEvent } from '../../notices/webhooks/trigger.ts'
import { callerOf, callerSecurity, permit } from './caller.ts'
import {
  listenerBody,
  listenerMessageList,
  listenerQuestion,
  listenerSchema,
  triggerBody,
  triggered,
} from './listener-schemas.ts'
import { problemSchema } from './schemas.ts'

export type ListenerParts = { database: Database; callers: Callers; serviceKey: Buffer }

const tags = ['Webhooks']
const security = callerSecurity
const idParams = z.object({ id: z.string().describe('lsn_...') })

function listenerIdOf(id: string): string {
  const uuid = parsePublicId('listener', id)
  if (uuid === undefined) throw new RefusedError({ code: 'not_found', values: { id: id.slice(0, 200) } })
  return uuid
}

/** Events for developers: heard by asking, as no service can call their machine, and made up. */
export function listenerRoutes(app: FastifyInstance, parts: ListenerParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { database, callers, serviceKey } = parts
  const waiting = openWaiting(app)

  api.post(
    '/v1/webhooks/listeners',
    {
      schema: {
        tags,
        security,
        summary:
          'A listener: an endpoint that asks instead of being called, for development; it lives as long as it asks',
        body: listenerBody,
        response: { 201: listenerSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'manage')
      const { accountId } = caller
      const listener = await database.transaction(async (tx) => {
        const at = await database.now(tx)
        const opened = await openListener(tx, { accountId, events: request.body.events, at })
        if (opened !== undefined) await audit(tx, caller, { action: 'listener.opened', id: opened.id, at })
        return opened
      })
      if (listener === undefined)
        throw new RefusedError({
          code: 'too_many_listeners',
          values: { limit: listenersMax, seconds: listenerSeconds },
        })
      return reply.code(201).send({
        id: publicId('listener', listener.id),
        events: listener.events,
        secret: secretText(endpointSecret(serviceKey, listener.id, 1)),
        expiresAt: listener.expiresAt.toISOString(),
      })
    },
  )

  api.post(
    '/v1/webhooks/listeners/:id/next',
    {
      schema: {
        tags,
        security,
        summary: 'What happened since: waits for the first event, and forgets those that were told',
        params: idParams,
        body: listenerQuestion,
        response: { 200: listenerMessageList, default: problemSchema },
      },
    },
    async (request) => {
      const { accountId } = permit(await callerOf(callers, request), 'manage')
      const id = listenerIdOf(request.params.id)
      const told = request.body.told.flatMap((one) => parsePublicId('message', one) ?? [])
      const notThere = new RefusedError({ code: 'not_found', values: { id: request.params.id } })
      const lives = await database.transaction(async (tx) =>
        beginListening(tx, { accountId, id, told, at: await database.now(tx) }),
      )
      if (!lives) throw notThere
      const messages = await waiting.until(request.body.waitSeconds, request.raw.socket, () =>
        readMessages(database, { accountId, id, limit: listenerMessagesMax }),
      )
      if (messages === undefined) throw notThere
      const at = await database.now()
      const secret = endpointSecret(serviceKey, id, 1)
      return { items: messages.map((message) => messageJson(message, secret, at)) }
    },
  )

  api.delete(
    '/v1/webhooks/listeners/:id',
    {
      schema: {
        tags,
        security,
        summary: 'Ends a listener',
        params: idParams,
        response: { 204: z.null(), default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'manage')
      const id = listenerIdOf(request.params.id)
      const closed = await database.transaction(async (tx) => {
        const at = await database.now(tx)
        const gone = await closeListener(tx, { accountId: caller.accountId, id, at })
        if (gone) await audit(tx, caller, { action: 'listener.closed', id, at })
        return gone
      })
      if (!closed) throw new RefusedError({ code: 'not_found', values: { id: request.params.id } })
      return reply.code(204).send(null)
    },
  )

  triggerRoute(app, parts)
}

function triggerRoute(app: FastifyInstance, { database, callers }: ListenerParts): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    '/v1/webhooks/trigger',
    {
      schema: {
        tags,
        security,
        summary: 'Makes up an event for your endpoints and listeners, marked by `data.test`; test keys only',
        body: triggerBody,
        response: { 202: triggered, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'manage')
      if (caller.keyKind !== 'test') throw new RefusedError({ code: 'test_key_needed' })
      const { accountId } = caller
      const { event } = request.body
      const made = await database.transaction(async (tx) => {
        const at = await database.now(tx)
        const done = await triggerEvent(tx, { accountId, event, at })
        const entry = { accountId, id: newUuid(at), actor: actorOf(caller), action: 'webhook.triggered' }
        await recordAudit(tx, [{ ...entry, objectId: done.objectId, detail: { event } }], at)
        return done
      })
      const { id, objectId, heard } = made
      return reply.code(202).send({ id: messageId(id), event, objectId, heard })
    },
  )
}

function audit(tx: Tx, caller: Caller, act: { action: string; id: string; at: Date }): Promise<void> {
  const { action, id, at } = act
  const entry = { accountId: caller.accountId, id: newUuid(at), actor: actorOf(caller), action }
  return recordAudit(tx, [{ ...entry, objectId: publicId('listener', id) }], at)
}

function messageJson({ id, eventId, event, body }: ListenerMessage, secret: Buffer, at: Date) {
  return {
    id: publicId('message', id),
    event,
    headers: signedHeaders({ id: messageId(eventId), at, body }, [secret]),
    body,
  }
}

/** Questions that wait: a bounded number, each for a bounded time, none longer than its asker or the service. */
function openWaiting(app: FastifyInstance) {
  const over = new AbortController()
  app.addHook('preClose', () => {
    over.abort()
    return Promise.resolve()
  })
  let count = 0
  return {
    /** The first look that finds something, or the last one. */
    async until<Item>(
      seconds: number,
      asker: { destroyed: boolean },
      look: () => Promise<Item[] | undefined>,
    ): Promise<Item[] | undefined> {
      const looks = count < listenerWaitsMax ? Math.floor((seconds * 1000) / listenerPollMilliseconds) : 0
      count++
      try {
        for (let left = looks; ; left--) {
          const found = await look()
          if (left === 0 || found === undefined || found.length > 0) return found
          if (over.signal.aborted || asker.destroyed) return found
          await delay(listenerPollMilliseconds)
        }
      } finally {
        count--
      }
    },
  }
}
