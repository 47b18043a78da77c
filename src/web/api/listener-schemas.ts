import { z } from 'zod'
import { listenerMessagesMax, listenerWaitSecondsMax } from '../../limits/traffic.ts'
import { eventNames } from '../../notices/outbox.ts'

const events = z.array(z.enum(eventNames)).min(1).max(eventNames.length)

export const listenerBody = z
  .object({ events: events.default([...eventNames]).describe('Which events; all where left out') })
  .strict()

export const listenerSchema = z.object({
  id: z.string().describe('lsn_ and 32 hex characters'),
  events,
  secret: z.string().describe('whsec_...: what its messages are signed with; shown only here'),
  expiresAt: z.iso.datetime().describe('Every question moves it on'),
})

export const listenerQuestion = z
  .object({
    told: z
      .array(z.string().max(100))
      .max(listenerMessagesMax)
      .default([])
      .describe('Ids of messages that arrived: they are forgotten'),
    waitSeconds: z.number().int().min(0).max(listenerWaitSecondsMax).default(listenerWaitSecondsMax),
  })
  .strict()

export const listenerMessageList = z.object({
  items: z
    .array(
      z.object({
        id: z.string().describe('msg_...: say it in `told` once it arrived'),
        event: z.string(),
        headers: z.record(z.string(), z.string()).describe('Those of a webhook, its signature too'),
        body: z.string().describe('That of a webhook, to the byte'),
      }),
    )
    .describe('Empty where nothing happened in time'),
})

export const triggerBody = z.object({ event: z.enum(eventNames) }).strict()

export const triggered = z.object({
  id: z.string().describe('The header webhook-id of its messages'),
  event: z.enum(eventNames),
  objectId: z.string().describe('What it is about: nothing that is there'),
  heard: z.boolean().describe('false: no endpoint or listener wants this event'),
})
