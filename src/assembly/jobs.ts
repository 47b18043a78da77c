import { performance } from 'node:perf_hooks'
import type { FastifyBaseLogger } from 'fastify'
import { finishWaiting } from '../affixing/affix.ts'
import type { AffixingParts } from '../affixing/affixing-parts.ts'
import { dropOldDocuments } from '../affixing/kept-documents.ts'
import { clockGuard, sweepOverdue } from '../affixing/sweep.ts'
import { recordAudit } from '../audit/audit.ts'
import { sequenceAudit } from '../audit/sequencer.ts'
import { newUuid, publicId } from '../base/ids.ts'
import type { Job } from '../base/jobs.ts'
import type { Targets } from '../base/outgoing-post.ts'
import { openSealing } from '../base/sealing.ts'
import type { Blobs } from '../blobs/blobs.ts'
import type { Database } from '../database/database.ts'
import { makePartitions } from '../database/partitions.ts'
import { tellMembers } from '../identity/notices.ts'
import {
  dropSeconds,
  outboxSeconds,
  partitionSeconds,
  sequencerMilliseconds,
  webhookSeconds,
} from '../limits/traffic.ts'
import { finishBatchMax, sweepSeconds, temporaryFileMinutes, timestampRetrySeconds } from '../limits/stamping.ts'
import { dispatchEvents, type Deliver, type DeliveredEvent } from '../notices/dispatch.ts'
import { takeForEndpoints } from '../notices/webhooks/deliveries.ts'
import { disableEndpoint } from '../notices/webhooks/endpoints.ts'
import { takeForListeners } from '../notices/webhooks/listeners.ts'
import { sendDue, type WebhookSending } from '../notices/webhooks/send.ts'
import type { Metrics } from '../web/metrics.ts'

/** What goes on by itself; each is safe in several processes at once. */
export function backgroundJobs(parts: {
  affixing: AffixingParts
  blobs: Blobs
  ownerUrl: string
  metrics: Metrics
}): Job[] {
  const { affixing, blobs, ownerUrl, metrics } = parts
  const mayExpire = clockGuard(Date.now, () => performance.now())
  return [
    {
      name: 'sweep',
      everySeconds: sweepSeconds,
      run: async () => {
        if (mayExpire())
          metrics.affixings({ outcome: 'expired', channel: 'sweep', count: await sweepOverdue(affixing) })
      },
    },
    {
      name: 'timestamps',
      everySeconds: timestampRetrySeconds,
      run: async (stopping) => {
        const count = await finishWaiting(affixing, finishBatchMax, stopping)
        metrics.affixings({ outcome: 'affixed', channel: 'timestamps', count })
      },
    },
    {
      name: 'documents',
      everySeconds: dropSeconds,
      run: async () => void (await dropOldDocuments({ database: affixing.database, blobs })),
    },
    {
      name: 'temporary-files',
      everySeconds: dropSeconds,
      run: async () => void (await blobs.dropOldTemporary(temporaryFileMinutes)),
    },
    { name: 'partitions', everySeconds: partitionSeconds, run: () => makePartitions(ownerUrl) },
  ]
}

/** Gives the audit its order and events to their subscribers. */
export function eventJobs(database: Database, log: FastifyBaseLogger): Job[] {
  const subscribers: readonly Deliver[] = [
    (event) => takeForEndpoints(database, event),
    (event) => takeForListeners(database, event),
  ]
  return [
    {
      name: 'sequencer',
      everySeconds: sequencerMilliseconds / 1000,
      run: async () => void (await sequenceAudit(database)),
    },
    {
      name: 'outbox',
      everySeconds: outboxSeconds,
      run: async (stopping) => {
        const deliver: Deliver = async (event, signal) => {
          await Promise.all(subscribers.map((subscriber) => subscriber(event, signal)))
        }
        const onFailure = ({ id, event, tries }: DeliveredEvent, error: unknown, last: boolean) =>
          log.warn({ id, event, tries, last, err: error }, 'event not delivered')
        await dispatchEvents({ database, deliver, onFailure }, stopping)
      },
    },
  ]
}

/** Sends events to the endpoints that want them; one that is dead is switched off, which its account's audit tells and its owners hear. */
export function webhookJob(parts: { database: Database; serviceKey: Buffer; targets: Targets }): Job {
  const { database } = parts
  const sealing = openSealing(parts.serviceKey)
  const onDead: WebhookSending['onDead'] = (endpoint) =>
    database.transaction(async (tx) => {
      const at = await database.now(tx)
      if (!(await disableEndpoint(tx, { ...endpoint, at }))) return
      const { accountId, reason } = endpoint
      const entry = { accountId, id: newUuid(at), actor: 'system:webhooks', action: 'webhook.disabled' }
      await recordAudit(tx, [{ ...entry, objectId: publicId('webhook', endpoint.id), detail: { reason } }], at)
      const told = { accountId, permission: 'manage', template: 'webhook_disabled' } as const
      await tellMembers(tx, sealing, { ...told, values: { webhook: publicId('webhook', endpoint.id) }, at })
    })
  return {
    name: 'webhooks',
    everySeconds: webhookSeconds,
    run: async (stopping) => void (await sendDue({ ...parts, onDead }, stopping)),
  }
}
