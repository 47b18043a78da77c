import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { ledgerOf, signerFor, type AffixingParts } from '../../affixing/affixing-parts.ts'
import type { Callers } from '../../identity/callers.ts'
import { readQuota } from '../../ledger/balances.ts'
import { unitsPassedOn } from '../../purchases/quota-transfers/send-quota.ts'
import { documentTypes } from '../../stamp/document-types.ts'
import { callerOf, callerSecurity, permit } from './caller.ts'
import { documentTypesAnswer, problemSchema, quotaAnswer } from './schemas.ts'

/** What an account may see of itself, and the lists that every caller needs. */
export function accountRoutes(app: FastifyInstance, parts: AffixingParts, callers: Callers): void {
  const api = app.withTypeProvider<ZodTypeProvider>()

  api.get(
    '/v1/quota',
    {
      schema: {
        tags: ['Account'],
        security: callerSecurity,
        summary: 'Stamps bought and not yet used',
        response: { 200: quotaAnswer, default: problemSchema },
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'read')
      const ledger = ledgerOf(caller.keyKind)
      const quota = await readQuota(parts.database.sql, { accountId: caller.accountId, ledger })
      const specimen = signerFor(parts.signers, caller.keyKind)?.specimen ?? false
      const passedOn = await unitsPassedOn(parts.database.sql, caller.accountId)
      const [available, reserved, spent] = [
        Number(quota.available),
        Number(quota.reserved),
        Number(quota.spent) - passedOn,
      ]
      return { available, reserved, spent, ledger, specimen }
    },
  )

  api.get(
    '/v1/document-types',
    {
      schema: {
        tags: ['Account'],
        summary: 'Document types of the stamp-duty return',
        response: { 200: documentTypesAnswer },
      },
    },
    () => ({ items: documentTypes.map(({ slug, code, name }) => ({ slug, code, name })) }),
  )
}
