import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { TrustBundle } from '../../client/trust-bundle.ts'
import { RefusedError } from '../../errors.ts'
import type { Artwork } from '../../stamp/picture/artwork.ts'
import type { RegistryCheck } from '../../verification/registry-check.ts'
import { checksAnswer, checksBody, problemSchema, trustBundleAnswer } from './schemas.ts'

/** A copy may be this old: so long may a revocation stay unknown to whoever keeps to it. */
const cacheSeconds = 900

export type CheckParts = {
  registryCheck: RegistryCheck
  trustBundle(): Promise<TrustBundle>
  findArtwork(sha256: string): Promise<Artwork | undefined>
}

/** What anyone may ask without a key: what the registry says of serial numbers, and whom to trust. */
export function checkRoutes(app: FastifyInstance, parts: CheckParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()

  api.post(
    '/v1/checks',
    {
      schema: {
        tags: ['Check'],
        summary: 'What the registry says of up to 1,000 pairs of serial number and digest, in the same order',
        body: checksBody,
        response: { 200: checksAnswer, default: problemSchema },
      },
    },
    async (request) => ({ items: await parts.registryCheck.checkSerials(request.body.items) }),
  )

  api.get(
    '/v1/artworks/:sha256',
    {
      schema: {
        tags: ['Check'],
        summary: "The issuer's artwork that a recipe names, as PDF operators; never changes",
        params: z.object({ sha256: z.string() }),
        response: { 200: z.object({ sha256: z.string(), text: z.string() }), default: problemSchema },
      },
    },
    async (request, reply) => {
      const { sha256 } = request.params
      const artwork = /^[0-9a-f]{64}$/.test(sha256) ? await parts.findArtwork(sha256) : undefined
      if (artwork === undefined) throw new RefusedError({ code: 'not_found', values: { id: sha256.slice(0, 200) } })
      void reply.header('cache-control', 'public, max-age=31536000, immutable')
      return { sha256, text: artwork.text }
    },
  )

  api.get(
    '/v1/trust-bundle',
    {
      // an unchanged copy has no body at all, not even the JSON word for nothing
      onSend: async (_, reply, payload) => (reply.statusCode === 304 ? '' : payload),
      schema: {
        tags: ['Check'],
        summary:
          'What checking needs without asking: roots with what their stamps are worth, and revocation lists; dated, signed',
        response: {
          200: trustBundleAnswer,
          304: z.null().describe('The copy at hand is the newest'),
          default: problemSchema,
        },
      },
    },
    async (request, reply) => {
      const bundle = await parts.trustBundle()
      // the signature is over all the rest, so it names the whole
      const tag = `"${createHash('sha256').update(bundle.signature).digest('hex').slice(0, 32)}"`
      void reply.headers({ 'cache-control': `public, max-age=${cacheSeconds}`, etag: tag })
      if (request.headers['if-none-match']?.includes(tag) !== true) return bundle
      return reply.code(304).send(null)
    },
  )
}
