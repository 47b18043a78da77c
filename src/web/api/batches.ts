import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ledgerOf, type AffixingParts } from '../../affixing/affixing-parts.ts'
import { addItems, listItems, type AddedItem, type BatchItem } from '../../affixing/batches/batch-items.ts'
import { countItems, findBatch, listBatches, type Batch } from '../../affixing/batches/batch.ts'
import {
  approveBatch,
  cancelBatch,
  makeBatch,
  openBatch,
  type ChangedBatch,
} from '../../affixing/batches/change-batch.ts'
import { changeConfirmed } from '../../affixing/batches/confirm-batch.ts'
import { fingerprintOf } from '../../affixing/fingerprint.ts'
import { recordAudit } from '../../audit/audit.ts'
import { newUuid, parsePublicId, publicId } from '../../base/ids.ts'
import { text } from '../../base/text.ts'
import type { Tx } from '../../database/database.ts'
import { RefusedError, type Refusal } from '../../errors.ts'
import { actorOf, type Caller } from '../../identity/api-keys.ts'
import type { Callers } from '../../identity/callers.ts'
import type { NotConfirmed } from '../../identity/confirmed-acts.ts'
import { readQuota } from '../../ledger/balances.ts'
import { dutyRupiah } from '../../stamp/document-types.ts'
import { languageOf } from '../problems.ts'
import {
  batchBody,
  batchItemList,
  batchItemsBody,
  batchList,
  batchMade,
  batchSchema,
  confirmedHeaders,
  type batchSummary,
  itemsAdded,
  pageQuery,
} from './batch-schemas.ts'
import { callerOf, callerSecurity, idempotencyKeyOf, permit, proveSettled } from './caller.ts'
import { problemSchema } from './schemas.ts'

const tags = ['Batches']
const security = callerSecurity
const idParams = z.object({ id: z.string().describe('bat_...') })

function batchIdOf(id: string): string {
  const uuid = parsePublicId('batch', id)
  if (uuid === undefined) throw new RefusedError({ code: 'not_found', values: { id: id.slice(0, 200) } })
  return uuid
}

/** A refusal of one document among many, as a problem names it. */
function problemJson(request: FastifyRequest, { code, values }: Refusal) {
  return { ...values, code, detail: text(languageOf(request), `errors.${code}`, values) }
}

const summaryJson = (batch: Batch): z.input<typeof batchSummary> => ({
  id: publicId('batch', batch.id),
  name: batch.name,
  ...(batch.tag === undefined ? {} : { tag: batch.tag }),
  state: batch.state,
  items: batch.items,
  sumRupiah: String(BigInt(batch.items) * dutyRupiah),
  makers: batch.makers,
  ...(batch.approvedBy === undefined ? {} : { approvedBy: batch.approvedBy }),
  createdAt: batch.createdAt.toISOString(),
  ...(batch.openedAt === undefined ? {} : { openedAt: batch.openedAt.toISOString() }),
  ...(batch.confirmedAt === undefined ? {} : { confirmedAt: batch.confirmedAt.toISOString() }),
  ...(batch.endedAt === undefined ? {} : { endedAt: batch.endedAt.toISOString() }),
})

const itemJson = (item: BatchItem): z.input<typeof batchItemList>['items'][number] => ({
  id: publicId('batchItem', item.itemId),
  clientReference: item.clientReference,
  documentType: item.documentType,
  sourceSha256: item.sourceSha256,
  state: item.state,
  ...(item.affixingId === undefined ? {} : { affixingId: publicId('affixing', item.affixingId) }),
  ...(item.serial === undefined ? {} : { serial: item.serial }),
})

/** Batches: prepared, opened, approved; their documents are reserved by POST /v1/affixings, a window at a time. */
export function batchRoutes(app: FastifyInstance, parts: AffixingParts, callers: Callers): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { database } = parts
  const { sql } = database

  async function batchJson(caller: Caller, batch: Batch): Promise<z.input<typeof batchSchema>> {
    const { accountId, keyKind } = caller
    const [counts, quota] = await Promise.all([
      countItems(sql, { accountId, id: batch.id }),
      readQuota(sql, { accountId, ledger: ledgerOf(keyKind) }),
    ])
    const available = Number(quota.available)
    // a test account is filled up again when it is empty
    const missing = keyKind === 'test' ? 0 : Math.max(0, counts.waiting - available)
    return { ...summaryJson(batch), counts, quota: { needed: counts.waiting, available, missing } }
  }

  const addedJson = (request: FastifyRequest, added: AddedItem): z.input<typeof itemsAdded>['items'][number] =>
    added.ok
      ? { clientReference: added.clientReference, itemId: publicId('batchItem', added.itemId) }
      : { clientReference: added.clientReference, problem: problemJson(request, added.refusal) }

  const audited = (tx: Tx, caller: Caller, entry: { action: string; objectId: string; at: Date }) => {
    const { at, ...act } = entry
    return recordAudit(tx, [{ accountId: caller.accountId, id: newUuid(at), actor: actorOf(caller), ...act }], at)
  }

  /** One change of a batch and its record in one commit. */
  async function change(
    caller: Caller,
    id: string,
    what: {
      action: string
      change(tx: Tx, acting: Parameters<typeof cancelBatch>[1]): Promise<ChangedBatch | NotConfirmed>
    },
  ) {
    const changed = await database.transaction(async (tx) => {
      const at = await database.now(tx)
      const acting = { accountId: caller.accountId, id: batchIdOf(id), actor: actorOf(caller), at }
      const outcome = await what.change(tx, acting)
      if (outcome.ok && outcome.changed) await audited(tx, caller, { action: what.action, objectId: id, at })
      return outcome
    })
    if (!changed.ok) throw new RefusedError(changed.refusal)
    return batchJson(caller, changed.batch)
  }

  api.post(
    '/v1/batches',
    {
      schema: {
        tags,
        security,
        summary:
          'A new draft with its first documents; those that cannot be stamped are answered with the reason and left out',
        headers: z.object({ 'idempotency-key': z.string().optional() }),
        body: batchBody,
        response: { 201: batchMade, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'affix')
      const key = idempotencyKeyOf(request)
      const { accountId } = caller
      const { name, tag, items } = request.body
      const actor = actorOf(caller)
      const made = await database.transaction(async (tx) => {
        const at = await database.now(tx)
        const fingerprint = fingerprintOf(request.body)
        const outcome = await makeBatch(tx, { accountId, key, fingerprint, name, tag, actor, at })
        if (!outcome.ok) return outcome
        const { batch, repeated } = outcome
        const objectId = publicId('batch', batch.id)
        if (!repeated) await audited(tx, caller, { action: 'batch.made', objectId, at })
        const mayAdd = items.length > 0 && batch.state === 'draft'
        const added = mayAdd ? await addItems(tx, { accountId, id: batch.id }, { items, actor, at }) : undefined
        return added?.ok === false ? added : ({ ok: true, batch, added: added?.items ?? [] } as const)
      })
      if (!made.ok) throw new RefusedError(made.refusal)
      const batch = (await findBatch(sql, { accountId, id: made.batch.id })) ?? made.batch
      void reply.code(201).header('location', `/v1/batches/${publicId('batch', batch.id)}`)
      return { ...(await batchJson(caller, batch)), added: made.added.map((one) => addedJson(request, one)) }
    },
  )

  api.post(
    '/v1/batches/:id/items',
    {
      schema: {
        tags,
        security,
        summary: 'More documents for a draft; adding one again changes nothing',
        params: idParams,
        body: batchItemsBody,
        response: { 200: itemsAdded, default: problemSchema },
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'affix')
      const name = { accountId: caller.accountId, id: batchIdOf(request.params.id) }
      const added = await database.transaction(async (tx) => {
        const at = await database.now(tx)
        return addItems(tx, name, { items: request.body.items, actor: actorOf(caller), at })
      })
      if (!added.ok)
        throw new RefusedError({ ...added.refusal, values: { id: request.params.id, ...added.refusal.values } })
      return { items: added.items.map((one) => addedJson(request, one)) }
    },
  )

  const oneBatch = {
    params: idParams,
    response: { 200: batchSchema, default: problemSchema },
  }
  api.post(
    '/v1/batches/:id/open',
    {
      schema: {
        tags,
        security,
        summary: 'Ends the draft: open, or waiting for a second member',
        headers: confirmedHeaders,
        ...oneBatch,
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'affix')
      await proveSettled(sql, caller)
      const by = { caller, authorization: request.headers['x-pin-authorization'], from: 'draft' } as const
      return change(caller, request.params.id, {
        action: 'batch.opened',
        change: (tx, acting) => changeConfirmed(tx, { ...by, acting }, (act) => openBatch(tx, act)),
      })
    },
  )

  api.post(
    '/v1/batches/:id/approve',
    {
      schema: {
        tags,
        security,
        summary: 'Lets a waiting batch pass: another member, or another key, than its makers',
        headers: confirmedHeaders,
        ...oneBatch,
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'affix')
      await proveSettled(sql, caller)
      const by = { caller, authorization: request.headers['x-pin-authorization'], from: 'waiting_approval' } as const
      return change(caller, request.params.id, {
        action: 'batch.approved',
        change: (tx, acting) => changeConfirmed(tx, { ...by, acting }, (act) => approveBatch(tx, act)),
      })
    },
  )

  api.delete(
    '/v1/batches/:id',
    { schema: { tags, security, summary: 'Nothing more is reserved for it; what is stamped stays', ...oneBatch } },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'affix')
      return change(caller, request.params.id, { action: 'batch.cancelled', change: cancelBatch })
    },
  )

  api.get(
    '/v1/batches/:id',
    {
      schema: {
        tags,
        security,
        summary: 'One batch: its state, how far it is, and the quota it still takes',
        ...oneBatch,
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'read')
      const batch = await findBatch(sql, { accountId: caller.accountId, id: batchIdOf(request.params.id) })
      if (batch === undefined) throw new RefusedError({ code: 'not_found', values: { id: request.params.id } })
      return batchJson(caller, batch)
    },
  )

  api.get(
    '/v1/batches',
    {
      schema: {
        tags,
        security,
        summary: "An account's batches, newest first",
        querystring: pageQuery,
        response: { 200: batchList, default: problemSchema },
      },
    },
    async (request) => {
      const { accountId } = permit(await callerOf(callers, request), 'read')
      const { cursor, limit } = request.query
      const before = cursor === undefined ? undefined : batchIdOf(cursor)
      const found = await listBatches(sql, { accountId, limit: limit + 1, before })
      const last = found.length > limit ? found[limit - 1] : undefined
      return {
        items: found.slice(0, limit).map(summaryJson),
        nextCursor: last === undefined ? null : publicId('batch', last.id),
      }
    },
  )

  api.get(
    '/v1/batches/:id/items',
    {
      schema: {
        tags,
        security,
        summary: "A batch's documents in their order, each with what became of it",
        params: idParams,
        querystring: pageQuery,
        response: { 200: batchItemList, default: problemSchema },
      },
    },
    async (request) => {
      const { accountId } = permit(await callerOf(callers, request), 'read')
      const name = { accountId, id: batchIdOf(request.params.id) }
      if ((await findBatch(sql, name)) === undefined)
        throw new RefusedError({ code: 'not_found', values: { id: request.params.id } })
      const { cursor = '0', limit } = request.query
      const after = /^\d{1,9}$/.test(cursor) ? Number(cursor) : undefined
      if (after === undefined) throw new RefusedError({ code: 'not_found', values: { id: cursor } })
      const found = await listItems(sql, name, { after, limit: limit + 1 })
      const last = found.length > limit ? found[limit - 1] : undefined
      return {
        items: found.slice(0, limit).map(itemJson),
        nextCursor: last === undefined ? null : String(last.position),
      }
    },
  )
}
