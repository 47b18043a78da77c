import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { affixingJson, signedJson } from '../../src/affixing/affixing-json.ts'
import type { Affixing } from '../../src/affixing/affixing.ts'
import type { AffixingParts } from '../../src/affixing/affixing-parts.ts'
import { fingerprintOf } from '../../src/affixing/fingerprint.ts'
import { newUuid } from '../../src/base/ids.ts'
import {
  affixingSchema,
  problemSchema,
  reserveBody,
  signatureAnswer,
  signatureBody,
  waitingAnswer,
} from '../../src/web/api/schemas.ts'
import { benchRecipe, benchSerial } from '../bench-recipe.ts'

// Stands in for src/web/api/affixings.ts: bodies checked and answers written as there, but no caller is looked up, nothing is
// signed and nothing stored. What is left between this and the empty handler is the cost of schemas and JSON.

/** The two calls of one affixing, answered from memory. */
export function affixingRoutes(app: FastifyInstance, parts: AffixingParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const signer = parts.signers.specimen
  const digest = '0'.repeat(64)
  const signed = Promise.all([signer.sign({ digest, serial: '0'.repeat(22) }), signer.validation()])
  const placement = { page: 1, left: 400, bottom: 100, width: 80, height: 80, unit: 'pt' } as const
  const sample = benchRecipe(new Uint8Array(1), signer, { serial: benchSerial(1), placement })
  const now = new Date()
  const affixing: Omit<Affixing, 'recipe' | 'facts'> = {
    accountId: newUuid(now),
    id: newUuid(now),
    state: 'reserved',
    ledger: 'stamps',
    serial: '0'.repeat(22),
    pageCount: 3,
    additional: false,
    createdAt: now,
    expiresAt: now,
    digest,
    affixedAt: undefined,
    releasedAt: undefined,
    releaseReason: undefined,
  }
  const facts = { documentType: 'dokumen-transaksi', number: '0' } as const
  api.post(
    '/v1/affixings',
    { schema: { body: reserveBody, response: { 201: affixingSchema, default: problemSchema } } },
    async (request, reply) => {
      const recipe = { ...sample, seed: fingerprintOf(request.body) }
      return reply.code(201).send(affixingJson({ ...affixing, recipe, facts: request.body.facts }))
    },
  )
  api.put(
    '/v1/affixings/:id/signature',
    {
      schema: {
        params: z.object({ id: z.string() }),
        body: signatureBody,
        response: { 200: signatureAnswer, 202: waitingAnswer, default: problemSchema },
      },
    },
    async () => {
      const [cms, validation] = await signed
      return signedJson({ ...affixing, recipe: sample, facts }, { cms, validation })
    },
  )
}
