import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { confirmRuleChange, setApprovalRule, withdrawRuleChange } from '../../identity/approval-rule-acts.ts'
import { readApprovalRule, type ApprovalRule } from '../../identity/approval-rule.ts'
import type { Caller } from '../../identity/api-keys.ts'
import { countApprovers } from '../../identity/approvers.ts'
import { callerOf, callerSecurity, permit, proveSettled } from './caller.ts'
import { unwrap, type PeopleApiParts } from './people-parts.ts'
import { authorizationField } from './pin-schemas.ts'
import { problemSchema } from './schemas.ts'

const tags = ['Second member']

const sumField = z
  .string()
  .regex(/^\d{1,15}$/)
  .nullable()
const authorization = authorizationField.describe(
  'Where a session calls: of POST /v1/pin-confirmations, purpose members',
)

export const ruleBody = z
  .object({
    aboveRupiah: sumField.describe('Batches and orders above this sum wait for a second member; null: none does'),
    authorization,
  })
  .strict()
const confirmBody = ruleBody.extend({ aboveRupiah: sumField.describe('The change that waits, as it was read') })

const ruleSchema = z.object({
  aboveRupiah: sumField.describe('As it holds now; whole rupiah'),
  approvers: z
    .object({ orders: z.number().int(), batches: z.number().int() })
    .describe(
      'Members and live keys that may order, and affix: where there is one alone, nobody can approve what it makes',
    ),
  change: z
    .object({
      aboveRupiah: sumField,
      askedBy: z.string(),
      askedAt: z.iso.datetime(),
      lapsesAt: z.iso.datetime().optional().describe('Until when another owner may confirm it'),
      effectiveAt: z.iso.datetime().optional().describe('When it holds by itself, where there is no other owner'),
    })
    .nullable()
    .describe('A higher sum, or the end of the rule, that waits'),
})

type RuleNow = { ok: true; rule: ApprovalRule }

const wishOf = ({ aboveRupiah, authorization: given }: z.output<typeof ruleBody>) => ({
  aboveRupiah: aboveRupiah === null ? undefined : BigInt(aboveRupiah),
  authorization: given,
})
const sumJson = (sum: bigint | undefined) => (sum === undefined ? null : String(sum))

/** From which sum on batches and orders wait for a second member, and who may say otherwise. */
export function approvalRuleRoutes(app: FastifyInstance, { people, callers }: PeopleApiParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { sql } = people.database
  const answers = { response: { 200: ruleSchema, default: problemSchema } }
  const about = { tags, security: callerSecurity }

  async function ruleJson({ accountId }: Caller, rule: ApprovalRule): Promise<z.input<typeof ruleSchema>> {
    const { change } = rule
    return {
      aboveRupiah: sumJson(rule.aboveRupiah),
      approvers: await countApprovers(sql, accountId),
      change:
        change === undefined
          ? null
          : {
              aboveRupiah: sumJson(change.aboveRupiah),
              askedBy: change.askedBy,
              askedAt: change.askedAt.toISOString(),
              ...(change.lapsesAt === undefined ? {} : { lapsesAt: change.lapsesAt.toISOString() }),
              ...(change.effectiveAt === undefined ? {} : { effectiveAt: change.effectiveAt.toISOString() }),
            },
    }
  }

  api.get(
    '/v1/approval-rule',
    { schema: { ...about, summary: 'From which sum on batches and orders wait for a second member', ...answers } },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'read')
      return ruleJson(caller, await readApprovalRule(sql, caller.accountId))
    },
  )

  api.put(
    '/v1/approval-rule',
    {
      schema: {
        ...about,
        summary:
          'Sets that sum: lower at once; higher or none once another owner confirms it, or after a day where there is no other',
        body: ruleBody,
        ...answers,
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'manage')
      const { rule } = unwrap<RuleNow>(await setApprovalRule(people, { caller, ...wishOf(request.body) }))
      return ruleJson(caller, rule)
    },
  )

  api.post(
    '/v1/approval-rule/confirm',
    {
      schema: {
        ...about,
        summary: 'Lets the change that waits hold: another owner than who asked for it',
        body: confirmBody,
        ...answers,
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'manage')
      await proveSettled(sql, caller)
      const { rule } = unwrap<RuleNow>(await confirmRuleChange(people, { caller, ...wishOf(request.body) }))
      return ruleJson(caller, rule)
    },
  )

  api.delete(
    '/v1/approval-rule/change',
    { schema: { ...about, summary: 'Drops the change that waits; any owner may', ...answers } },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'manage')
      const { rule } = unwrap<RuleNow>(await withdrawRuleChange(people, caller))
      return ruleJson(caller, rule)
    },
  )
}
