import { z } from 'zod'
import { outgoingProblems } from '../../base/outgoing-post.ts'
import { listItemsMax, webhookUrlLengthMax } from '../../limits/traffic.ts'
import { eventNames } from '../../notices/outbox.ts'

const events = z.array(z.enum(eventNames)).min(1).max(eventNames.length).describe('Which events, at least one')
const url = z.string().max(webhookUrlLengthMax).describe('https, on the public Internet')

export const webhookBody = z.object({ url, events }).strict()

export const webhookChangeBody = z
  .object({
    url: url.optional(),
    events: events.optional(),
    enabled: z.boolean().optional().describe('false: nothing is sent; true: sending goes on, past failures forgotten'),
  })
  .strict()

export const webhookSchema = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.enum(eventNames)),
  enabled: z.boolean(),
  disabledReason: z
    .enum(['owner', 'failing', 'gone'])
    .optional()
    .describe('owner: switched off; failing: nothing arrived for three days; gone: it answered 410'),
  failingSince: z.iso.datetime().optional().describe('The first failure since the last success'),
  formerSecretUntil: z.iso.datetime().optional().describe('Until then the secret before this one signs too'),
  createdAt: z.iso.datetime(),
})

export const webhookWithSecret = webhookSchema.extend({
  secret: z.string().describe('whsec_...: shown only at creation and after a rotation'),
})

export const webhookList = z.object({ items: z.array(webhookSchema) })

export const deliveryQuery = z
  .object({
    cursor: z.string().max(100).optional(),
    limit: z.coerce.number().int().min(1).max(listItemsMax).default(50),
  })
  .strict()

export const deliverySchema = z.object({
  id: z.string(),
  messageId: z.string().describe('The header webhook-id: the same for all tries, and for all endpoints'),
  event: z.string(),
  state: z.enum(['due', 'delivered', 'given_up']),
  tries: z.number().int(),
  createdAt: z.iso.datetime(),
  dueAt: z.iso.datetime().optional(),
  triedAt: z.iso.datetime().optional(),
  status: z.number().int().optional().describe('Of the last answer'),
  problem: z.enum(outgoingProblems).optional().describe('Why there was no answer'),
})

export const deliveryList = z.object({ items: z.array(deliverySchema), nextCursor: z.string().nullable() })
