import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { AffixingParts } from '../../affixing/affixing-parts.ts'
import { checkSerials } from '../../verification/registry-check.ts'
import { checksAnswer, checksBody, problemSchema, trustAnswer } from './schemas.ts'

/** What anyone may ask without a key: what the registry says of serial numbers, and which roots to trust. */
export function checkRoutes(app: FastifyInstance, parts: AffixingParts): void {
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
    async (request) => ({ items: await checkSerials(parts.database.sql, request.body.items) }),
  )

  api.get(
    '/v1/trust',
    {
      schema: {
        tags: ['Check'],
        summary: 'Root certificates whose stamps count, each with what its stamps are worth',
        response: { 200: trustAnswer, default: problemSchema },
      },
    },
    () => {
      const { specimen, issuer } = parts.signers
      const roots = [...specimen.trustRoots(), ...(issuer?.trustRoots() ?? [])]
      return { roots: roots.map(({ certificate, standing }) => ({ certificate: Buffer.from(certificate).toString('base64'), standing })) }
    },
  )
}
