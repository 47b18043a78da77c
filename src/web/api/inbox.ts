import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { publicId } from '../../base/ids.ts'
import { parseReceiver, type Receiver, type Route, routes } from '../../base/receiver.ts'
import type { Sealing } from '../../base/sealing.ts'
import type { Database } from '../../database/database.ts'
import { RefusedError } from '../../errors.ts'
import { type InboxMessage, readInbox } from '../../notices/messages/inbox.ts'
import { problemSchema } from './schemas.ts'

/** What the inbox stands on. `routes`: the simulated ones; messages of others went to people and are shown to nobody. */
export type InboxParts = { database: Database; sealing: Sealing; routes: readonly Route[]; host: string }

const inboxQuery = z
  .object({ to: z.string().max(300).optional().describe('A phone number or an e-mail address, as people write it') })
  .strict()

const inboxList = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      to: z.string(),
      route: z.enum(routes),
      template: z.string(),
      subject: z.string(),
      text: z.string(),
      code: z.string().optional().describe('The one-time code in the text'),
      state: z.enum(['due', 'sent', 'given_up']),
      createdAt: z.iso.datetime(),
    }),
  ),
})

/** The address a person means, whichever route goes there; undefined for none. Refuses `receiver_malformed`. */
export function addressAsked(typed: string | undefined): Receiver['address'] | undefined {
  if (typed === undefined || typed.trim() === '') return undefined
  const parsed = parseReceiver(typed.includes('@') ? 'email' : 'sms', typed)
  if (parsed.ok) return parsed.receiver.address
  throw new RefusedError({ code: 'receiver_malformed', values: { problem: parsed.problem } })
}

function itemJson(message: InboxMessage): z.input<typeof inboxList>['items'][number] {
  const { address, code, createdAt, route, template, subject, text, state } = message
  return {
    id: publicId('message', message.id),
    to: address,
    route,
    template,
    subject,
    text,
    ...(code === undefined ? {} : { code }),
    state,
    createdAt: createdAt.toISOString(),
  }
}

/** What would have been sent, for programs. Only an installation that simulates its senders has these routes. */
export function inboxApi(app: FastifyInstance, parts: InboxParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const response = { 200: inboxList, default: problemSchema }
  const read = async (typed: string | undefined) => {
    const messages = await readInbox(parts.database.sql, parts.sealing, { ...parts, address: addressAsked(typed) })
    return { items: messages.map(itemJson) }
  }
  api.get(
    '/v1/inbox',
    {
      schema: {
        tags: ['Inbox'],
        summary: 'Demo only: the newest messages that simulated senders took, newest first',
        querystring: inboxQuery,
        response,
      },
    },
    (request, reply) => {
      void reply.header('cache-control', 'no-store')
      return read(request.query.to)
    },
  )
  api.get('/inbox.json', { schema: { hide: true, querystring: inboxQuery, response } }, (request, reply) => {
    void reply.header('cache-control', 'no-store')
    return read(request.query.to)
  })
}
