import type { FastifyInstance } from 'fastify'
import { confirmRuleChange, setApprovalRule, withdrawRuleChange } from '../../../identity/approval-rule-acts.ts'
import { readApprovalRule, type ApprovalRule, type RuleChange } from '../../../identity/approval-rule.ts'
import { actorOf } from '../../../identity/api-keys.ts'
import { countApprovers } from '../../../identity/approvers.ts'
import { ruleBody } from '../../api/approval-rule.ts'
import { unwrap } from '../../api/people-parts.ts'
import { ActPin, actConfirmed } from '../act-pin.tsx'
import { rupiahText } from '../buy/buy-parts.ts'
import { Notice } from '../components/blocks.tsx'
import { Button } from '../components/button.tsx'
import { TextField } from '../components/field.tsx'
import { WithMoment } from '../components/moment.tsx'
import { formRoute, FormGuard, wrongOf, type Again, type Visit } from '../forms.tsx'
import { linkTo } from '../page-context.ts'
import type { SignedInCaller } from '../signed-in.ts'
import { digitsTyped } from '../typed-number.ts'
import { OwnFrame, ownerIn, telling } from './own-frame.tsx'
import type { PeoplePageParts } from './people-parts.ts'

const path = '/akun/persetujuan'

type RuleNow = { ok: true; rule: ApprovalRule }

/** Above which sum orders and batches wait for a second member; and a change of it that waits for another owner. */
export function approvalPage(app: FastifyInstance, parts: PeoplePageParts): void {
  const { people, database } = parts
  formRoute(app, parts, {
    path,
    enter: ownerIn,
    async show(visit, caller, again) {
      const { context, say } = visit
      const [rule, approvers] = await Promise.all([
        readApprovalRule(database.sql, caller.accountId),
        countApprovers(database.sql, caller.accountId),
      ])
      const sum = rule.aboveRupiah === undefined ? '' : String(rule.aboveRupiah)
      const title = say('own.page.persetujuan')
      const body = (
        <OwnFrame {...visit} title={title} again={again}>
          <p>{say('own.ruleLead')}</p>
          <p>
            <strong>
              {rule.aboveRupiah === undefined
                ? say('own.ruleNone')
                : say('own.ruleNow', { sum: rupiahText(rule.aboveRupiah, context.language) })}
            </strong>
          </p>
          {rule.change === undefined ? null : <Waiting {...visit} change={rule.change} caller={caller} again={again} />}
          {approvers.orders > 1 && approvers.batches > 1 ? null : (
            <Notice tone="warn">
              <p>{say('own.ruleLocks')}</p>
            </Notice>
          )}
          <form method="post" action={linkTo(context, path)}>
            <FormGuard context={context} />
            <TextField
              name="aboveRupiah"
              label={say('own.ruleSum')}
              hint={say('own.ruleSumHint')}
              value={again?.fields.one('aboveRupiah') ?? sum}
              inputmode="numeric"
              look="short"
              maxLength={20}
              {...wrongOf(again, 'aboveRupiah')}
            />
            <ActPin say={say} again={again} />
            <Button look={rule.change === undefined ? 'primary' : 'quiet'} name="act" value="set">
              {say('own.save')}
            </Button>
            <p class="soft">{say('own.ruleWider')}</p>
          </form>
        </OwnFrame>
      )
      return { title, body }
    },
    async act({ say }, caller, fields) {
      const act = fields.one('act')
      if (act === 'withdraw') {
        unwrap<RuleNow>(await withdrawRuleChange(people, caller))
        return { to: telling(path, 'rule') }
      }
      const digits = digitsTyped(fields.one('aboveRupiah'))
      const sum = ruleBody.shape.aboveRupiah.safeParse(digits === '' ? null : digits)
      if (!sum.success) return { errors: [{ field: 'aboveRupiah', says: say('own.limitWrong') }] }
      const authorization = await actConfirmed(parts, caller, { fields, purpose: 'members' })
      if (authorization === undefined) return { errors: [{ field: 'pin', says: say('own.actPinNeeded') }] }
      const aboveRupiah = sum.data === null ? undefined : BigInt(sum.data)
      unwrap<RuleNow>(
        act === 'confirm'
          ? await confirmRuleChange(people, { caller, authorization, aboveRupiah })
          : await setApprovalRule(people, { caller, authorization, aboveRupiah }),
      )
      return { to: telling(path, 'rule') }
    },
    repeated: telling(path, 'rule'),
  })
}

/** A change that waits: what it would be, until when, and what whoever looks may do about it. */
function Waiting(given: Visit & { change: RuleChange; caller: SignedInCaller; again: Again | undefined }) {
  const { context, say, change, caller, again } = given
  const { language } = context
  const wish =
    change.aboveRupiah === undefined
      ? say('own.ruleEnds')
      : say('own.ruleRises', { sum: rupiahText(change.aboveRupiah, language) })
  const mayConfirm = change.askedBy !== actorOf(caller)
  return (
    <section class="card">
      <p>
        {wish}{' '}
        <WithMoment
          at={change.effectiveAt ?? change.lapsesAt ?? change.askedAt}
          language={language}
          says={(until) => say(change.effectiveAt === undefined ? 'own.ruleWaits' : 'own.ruleCools', { until })}
        />
      </p>
      <form method="post" action={linkTo(context, path)}>
        <FormGuard context={context} />
        <input type="hidden" name="aboveRupiah" value={change.aboveRupiah?.toString() ?? ''} />
        {mayConfirm ? <ActPin say={say} again={again} /> : null}
        {mayConfirm ? (
          <Button name="act" value="confirm">
            {say('own.ruleConfirm')}
          </Button>
        ) : null}
        <Button look="quiet" name="act" value="withdraw">
          {say('own.ruleKeep')}
        </Button>
      </form>
    </section>
  )
}
