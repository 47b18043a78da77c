import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { affixStamp } from '../../affixing/affix.ts'
import type { AffixingParts } from '../../affixing/affixing-parts.ts'
import { affixingJson, signedJson, signedText, waitingJson } from '../../affixing/affixing-json.ts'
import { listAffixings } from '../../affixing/affixing.ts'
import { fingerprintOf } from '../../affixing/fingerprint.ts'
import { placementRefusal } from '../../affixing/placement-refusal.ts'
import { cancelAffixing } from '../../affixing/release.ts'
import { reserveQuota } from '../../affixing/reserve.ts'
import { parsePublicId, publicId } from '../../base/ids.ts'
import { actorOf } from '../../identity/api-keys.ts'
import type { Callers } from '../../identity/callers.ts'
import { RefusedError } from '../../errors.ts'
import { affixingIdOf, callerOf, callerSecurity, idempotencyKeyOf, orderIdOf, permit } from './caller.ts'
import { loseAnswer } from './lost-answer.ts'
import {
  affixingList,
  affixingSchema,
  listQuery,
  problemSchema,
  reserveBody,
  signatureAnswer,
  signatureBody,
  waitingAnswer,
} from './schemas.ts'

const tags = ['Affixing']
const security = callerSecurity
const idParams = z.object({ id: z.string().describe('afx_...') })

function batchItemIdOf(id: string | undefined): string | undefined {
  const uuid = id === undefined ? undefined : parsePublicId('batchItem', id)
  if (id !== undefined && uuid === undefined) throw new RefusedError({ code: 'not_found', values: { id } })
  return uuid
}

/** The four calls of one affixing, and the list of an account's. */
export function affixingRoutes(app: FastifyInstance, parts: AffixingParts, callers: Callers): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { sql } = parts.database

  api.post(
    '/v1/affixings',
    {
      schema: {
        tags,
        security,
        summary: 'Reserve: one unit of quota, a serial number and a recipe',
        headers: z.object({ 'idempotency-key': z.string().optional() }),
        body: reserveBody,
        response: { 201: affixingSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'affix')
      const key = idempotencyKeyOf(request)
      const refusal = placementRefusal(request.body.placement, request.body.pageCount)
      if (refusal !== undefined) throw new RefusedError(refusal)
      const { authorization, intent, ...content } = request.body
      const fingerprint = fingerprintOf(content)
      const batchItemId = batchItemIdOf(content.batchItem)
      const asked = {
        ...content,
        caller,
        operation: 'affixing',
        key,
        fingerprint,
        authorization,
        intentOrderId: orderIdOf(intent),
        batchItemId,
      } as const
      const reserved = await reserveQuota(parts, asked)
      if (!reserved.ok) throw new RefusedError(reserved.refusal)
      const id = publicId('affixing', reserved.id)
      request.log.info({ affixingId: id, repeated: reserved.repeated }, 'reserved')
      void reply.code(201).header('location', `/v1/affixings/${id}`)
      if (reserved.affixing !== undefined) return affixingJson(reserved.affixing)
      const found = await parts.lanes.find({ accountId: caller.accountId, id: reserved.id })
      if (found === undefined) throw new Error(`affixing ${reserved.id} is gone after its reservation`)
      return affixingJson(found.affixing, found.signature)
    },
  )

  api.put(
    '/v1/affixings/:id/signature',
    {
      schema: {
        tags,
        security,
        summary: 'Sign: the signature over a digest, stored and charged in one commit',
        params: idParams,
        body: signatureBody,
        response: { 200: signatureAnswer, 202: waitingAnswer, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'affix')
      const id = affixingIdOf(request.params.id)
      const { digest } = request.body
      const outcome = await affixStamp(parts, { accountId: caller.accountId, id, digest, actor: actorOf(caller) })
      if (!outcome.ok) throw new RefusedError(outcome.refusal)
      request.log.info({ affixingId: request.params.id, state: outcome.state }, 'signed')
      if (outcome.state === 'affixed') {
        const { affixing, signature } = outcome.signed
        if (outcome.lost === true) return loseAnswer(reply)
        const answer = signedJson(affixing, signature)
        const json = reply.type('application/json; charset=utf-8')
        return json.serializer(() => signedText(answer)).send(answer)
      }
      void reply.header('location', `/v1/affixings/${request.params.id}`).header('retry-after', 5)
      return reply.code(202).send(waitingJson(outcome.affixing))
    },
  )

  api.get(
    '/v1/affixings/:id',
    {
      schema: {
        tags,
        security,
        summary: 'One affixing, with its signature once it has one',
        params: idParams,
        response: { 200: affixingSchema, default: problemSchema },
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'read')
      const found = await parts.lanes.find({ accountId: caller.accountId, id: affixingIdOf(request.params.id) })
      if (found === undefined) throw new RefusedError({ code: 'not_found', values: { id: request.params.id } })
      return affixingJson(found.affixing, found.signature)
    },
  )

  api.delete(
    '/v1/affixings/:id',
    {
      schema: {
        tags,
        security,
        summary: 'Release an open reservation: its quota is back at once',
        params: idParams,
        response: { 200: affixingSchema, default: problemSchema },
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'affix')
      const id = affixingIdOf(request.params.id)
      const outcome = await cancelAffixing(parts, {
        accountId: caller.accountId,
        id,
        actor: actorOf(caller),
        reason: 'cancelled',
      })
      if (!outcome.ok) throw new RefusedError(outcome.refusal)
      request.log.info({ affixingId: request.params.id }, 'released')
      return affixingJson(outcome.affixing)
    },
  )

  api.get(
    '/v1/affixings',
    {
      schema: {
        tags,
        security,
        summary: "An account's affixings, newest first",
        querystring: listQuery,
        response: { 200: affixingList, default: problemSchema },
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'read')
      const { cursor, limit, sourceSha256, state } = request.query
      const before = cursor === undefined ? undefined : affixingIdOf(cursor)
      const items = await listAffixings(sql, {
        accountId: caller.accountId,
        limit: limit + 1,
        before,
        sourceSha256,
        state,
      })
      const page = items.slice(0, limit)
      const last = page.at(-1)
      const nextCursor = items.length > limit && last !== undefined ? publicId('affixing', last.id) : null
      return { items: page.map((affixing) => affixingJson(affixing)), nextCursor }
    },
  )
}
