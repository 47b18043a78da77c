import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { parsePublicId, publicId } from '../../base/ids.ts'
import { RefusedError } from '../../errors.ts'
import type { Callers } from '../../identity/callers.ts'
import { listDeliveries, messageId, type WebhookDelivery } from '../../notices/webhooks/deliveries.ts'
import { findEndpoint, findEndpoints, type WebhookEndpoint } from '../../notices/webhooks/endpoints.ts'
import { endpointSecret, secretText } from '../../notices/webhooks/signature.ts'
import {
  addEndpointFor,
  changeEndpointFor,
  removeEndpointFor,
  rotateSecretFor,
  sendAgainFor,
  type WebhookActParts,
} from '../webhook-acts.ts'
import { callerOf, callerSecurity, permit } from './caller.ts'
import { problemSchema } from './schemas.ts'
import {
  deliveryList,
  deliveryQuery,
  webhookBody,
  webhookChangeBody,
  webhookList,
  webhookSchema,
  webhookWithSecret,
} from './webhook-schemas.ts'
import { listenerRoutes } from './listeners.ts'

const tags = ['Webhooks']
const security = callerSecurity
const idParams = z.object({ id: z.string().describe('whk_...') })
const deliveryParams = z.object({ id: z.string().describe('whk_...'), delivery: z.string().describe('dlv_...') })

export type WebhookParts = WebhookActParts & { callers: Callers; serviceKey: Buffer }

function endpointIdOf(id: string): string {
  const uuid = parsePublicId('webhook', id)
  if (uuid === undefined) throw new RefusedError({ code: 'not_found', values: { id: id.slice(0, 200) } })
  return uuid
}

function found<T>(value: T | undefined, id: string): T {
  if (value === undefined) throw new RefusedError({ code: 'not_found', values: { id: id.slice(0, 200) } })
  return value
}

function webhookJson(endpoint: WebhookEndpoint): z.input<typeof webhookSchema> {
  const { disabled, failingSince, formerUntil } = endpoint
  return {
    id: publicId('webhook', endpoint.id),
    url: endpoint.url,
    events: endpoint.events,
    enabled: disabled === undefined,
    ...(disabled === undefined ? {} : { disabledReason: disabled }),
    ...(failingSince === undefined ? {} : { failingSince: failingSince.toISOString() }),
    ...(formerUntil === undefined ? {} : { formerSecretUntil: formerUntil.toISOString() }),
    createdAt: endpoint.createdAt.toISOString(),
  }
}

function deliveryJson(delivery: WebhookDelivery): z.input<typeof deliveryList>['items'][number] {
  const { dueAt, triedAt, status, problem } = delivery
  return {
    id: publicId('delivery', delivery.id),
    messageId: messageId(delivery.eventId),
    event: delivery.event,
    state: delivery.state,
    tries: delivery.tries,
    createdAt: delivery.createdAt.toISOString(),
    ...(dueAt === undefined ? {} : { dueAt: dueAt.toISOString() }),
    ...(triedAt === undefined ? {} : { triedAt: triedAt.toISOString() }),
    ...(status === undefined ? {} : { status }),
    ...(problem === undefined ? {} : { problem }),
  }
}

/** Where an account wants its events, and what became of them. */
export function webhookRoutes(app: FastifyInstance, parts: WebhookParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { database, callers, serviceKey } = parts

  const withSecret = (endpoint: WebhookEndpoint): z.input<typeof webhookWithSecret> => ({
    ...webhookJson(endpoint),
    secret: secretText(endpointSecret(serviceKey, endpoint.id, endpoint.secretVersion)),
  })

  api.post(
    '/v1/webhooks',
    {
      schema: {
        tags,
        security,
        summary: 'A new endpoint, live at once; its secret is shown here',
        body: webhookBody,
        response: { 201: webhookWithSecret, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'manage')
      const endpoint = await addEndpointFor(parts, caller, request.body)
      void reply.code(201).header('location', `/v1/webhooks/${publicId('webhook', endpoint.id)}`)
      return withSecret(endpoint)
    },
  )

  api.get(
    '/v1/webhooks',
    {
      schema: {
        tags,
        security,
        summary: "An account's endpoints",
        response: { 200: webhookList, default: problemSchema },
      },
    },
    async (request) => {
      const { accountId } = permit(await callerOf(callers, request), 'manage')
      return { items: (await findEndpoints(database.sql, { accountId })).map(webhookJson) }
    },
  )

  api.get(
    '/v1/webhooks/:id',
    {
      schema: {
        tags,
        security,
        summary: 'One endpoint, with why nothing is sent where it is off',
        params: idParams,
        response: { 200: webhookSchema, default: problemSchema },
      },
    },
    async (request) => {
      const { accountId } = permit(await callerOf(callers, request), 'manage')
      const id = endpointIdOf(request.params.id)
      return webhookJson(found(await findEndpoint(database.sql, { accountId, id }), request.params.id))
    },
  )

  api.patch(
    '/v1/webhooks/:id',
    {
      schema: {
        tags,
        security,
        summary: 'Another address, other events, off or on again',
        params: idParams,
        body: webhookChangeBody,
        response: { 200: webhookSchema, default: problemSchema },
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'manage')
      const change = { ...request.body, id: endpointIdOf(request.params.id) }
      const endpoint = await changeEndpointFor(parts, caller, change)
      return webhookJson(found(endpoint, request.params.id))
    },
  )

  api.post(
    '/v1/webhooks/:id/rotate',
    {
      schema: {
        tags,
        security,
        summary: 'A new secret; the one before it signs too for a day',
        params: idParams,
        response: { 200: webhookWithSecret, default: problemSchema },
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'manage')
      const endpoint = await rotateSecretFor(parts, caller, endpointIdOf(request.params.id))
      return withSecret(found(endpoint, request.params.id))
    },
  )

  api.delete(
    '/v1/webhooks/:id',
    {
      schema: {
        tags,
        security,
        summary: 'Removes an endpoint: nothing more is sent to it',
        params: idParams,
        response: { 204: z.null(), default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'manage')
      const isRemoved = await removeEndpointFor(parts, caller, endpointIdOf(request.params.id))
      found(isRemoved || undefined, request.params.id)
      return reply.code(204).send(null)
    },
  )

  api.get(
    '/v1/webhooks/:id/deliveries',
    {
      schema: {
        tags,
        security,
        summary: 'What was sent to an endpoint in the last month and what became of it, newest first',
        params: idParams,
        querystring: deliveryQuery,
        response: { 200: deliveryList, default: problemSchema },
      },
    },
    async (request) => {
      const { accountId } = permit(await callerOf(callers, request), 'manage')
      const endpointId = endpointIdOf(request.params.id)
      found(await findEndpoint(database.sql, { accountId, id: endpointId }), request.params.id)
      const { cursor, limit } = request.query
      const before = cursor === undefined ? undefined : found(parsePublicId('delivery', cursor), cursor)
      const items = await listDeliveries(database.sql, { accountId, endpointId, limit: limit + 1, before })
      const page = items.slice(0, limit)
      const last = page.at(-1)
      const nextCursor = items.length > limit && last !== undefined ? publicId('delivery', last.id) : null
      return { items: page.map(deliveryJson), nextCursor }
    },
  )

  api.post(
    '/v1/webhooks/:id/deliveries/:delivery/resend',
    {
      schema: {
        tags,
        security,
        summary: 'Sends an event again from the start, delivered or not',
        params: deliveryParams,
        response: { 202: z.object({ id: z.string() }), default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'manage')
      const endpointId = endpointIdOf(request.params.id)
      const id = found(parsePublicId('delivery', request.params.delivery), request.params.delivery)
      const isAgain = await sendAgainFor(parts, caller, { endpointId, id })
      found(isAgain || undefined, request.params.delivery)
      return reply.code(202).send({ id: request.params.delivery })
    },
  )

  listenerRoutes(app, { database, callers, serviceKey })
}
