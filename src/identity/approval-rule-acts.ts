import { recordAudit } from '../audit/audit.ts'
import { newUuid, publicId } from '../base/ids.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { coolingSeconds } from '../limits/people.ts'
import { actorOf, type Caller } from './api-keys.ts'
import {
  keepRuleChange,
  readApprovalRule,
  writeApprovalRule,
  type ApprovalRule,
  type RuleChange,
} from './approval-rule.ts'
import { listMembersWho } from './approvers.ts'
import { doConfirmed, type NotConfirmed } from './confirmed-acts.ts'
import { holdMembers } from './memberships.ts'
import { tellEverywhere } from './notices.ts'
import { readPeople } from './people.ts'
import type { PeopleParts } from './sign-in.ts'

// Beginning the rule and lowering its sum hold at once. Raising or ending it lets more pass, so it takes another owner: only people do it,
// for whoever holds one owner's session could make themselves a key. Every owner is told, on every contact.

type Parts = Pick<PeopleParts, 'database' | 'sealing'>
type RuleSet =
  | { ok: true; rule: ApprovalRule }
  | NotConfirmed
  | { ok: false; refusal: Refusal<'session_needed' | 'not_found' | 'approval_by_maker'> }

/** What owners are told: `ruleActs.` in the notice. */
type RuleAct = 'set' | 'asked' | 'cooling' | 'withdrawn'

/** Who asks; `authorization`: of a PIN confirmation for `members`, where a session calls. */
export type RuleAsking = { caller: Caller; authorization?: string | undefined }

/** Sets the sum, or (undefined) ends the rule: at once, or as a change that waits. The rule as it then is. */
export function setApprovalRule(
  parts: Parts,
  { caller, authorization, aboveRupiah }: RuleAsking & { aboveRupiah: bigint | undefined },
): Promise<RuleSet> {
  const { accountId, person } = caller
  return parts.database.transaction(async (tx): Promise<RuleSet> => {
    await holdMembers(tx, accountId)
    const at = await parts.database.now(tx)
    const { aboveRupiah: holds } = await readApprovalRule(tx, accountId)
    // a test account has no owners of its own, and nothing of value
    const mustWait = holds !== undefined && isWider(holds, aboveRupiah) && caller.keyKind === 'live'
    if (mustWait && person === undefined) return { ok: false, refusal: { code: 'session_needed' } }
    return doConfirmed(tx, { caller, purpose: 'members', authorization, at }, async () => {
      if (mustWait) return askChange(tx, parts, { caller, holds, aboveRupiah, at })
      await writeApprovalRule(tx, { accountId, aboveRupiah, at })
      return done(tx, parts, { caller, act: 'set', at })
    })
  })
}

const isWider = (before: bigint, after: bigint | undefined): boolean => after === undefined || after > before

async function askChange(
  tx: Tx,
  parts: Parts,
  asked: { caller: Caller; holds: bigint; aboveRupiah: bigint | undefined; at: Date },
): Promise<{ ok: true; rule: ApprovalRule }> {
  const { caller, at, ...change } = asked
  const { accountId, person } = caller
  const others = await listMembersWho(tx, { accountId, permission: 'manage', butPersonId: person?.personId })
  const effectiveAt = others.length > 0 ? undefined : new Date(at.getTime() + coolingSeconds * 1000)
  await keepRuleChange(tx, { accountId, ...change, actor: actorOf(caller), effectiveAt, at })
  return done(tx, parts, { caller, act: effectiveAt === undefined ? 'asked' : 'cooling', at })
}

/** Another owner than who asked lets the change that waits hold at once; `aboveRupiah`: what it is, so that nobody confirms another unseen. */
export function confirmRuleChange(
  parts: Parts,
  { caller, authorization, aboveRupiah }: RuleAsking & { aboveRupiah: bigint | undefined },
): Promise<RuleSet> {
  const { accountId, person } = caller
  return onChange(parts, caller, async (tx, change, at): Promise<RuleSet> => {
    if (person === undefined) return { ok: false, refusal: { code: 'session_needed' } }
    if (change.askedBy === actorOf(caller)) return { ok: false, refusal: { code: 'approval_by_maker' } }
    if (change.aboveRupiah !== aboveRupiah) return noChange(accountId)
    return doConfirmed(tx, { caller, purpose: 'members', authorization, at }, async () => {
      await writeApprovalRule(tx, { accountId, aboveRupiah, at })
      return done(tx, parts, { caller, act: 'set', at })
    })
  })
}

/** Any owner keeps the rule as it is: the change that waits is dropped. */
export function withdrawRuleChange(parts: Parts, caller: Caller): Promise<RuleSet> {
  const { accountId } = caller
  return onChange(parts, caller, async (tx, _, at) => {
    await tx`delete from approval_rule_changes where account_id = ${accountId}`
    return done(tx, parts, { caller, act: 'withdrawn', at })
  })
}

function onChange(
  { database }: Parts,
  { accountId }: Caller,
  work: (tx: Tx, change: RuleChange, at: Date) => Promise<RuleSet>,
): Promise<RuleSet> {
  return database.transaction(async (tx): Promise<RuleSet> => {
    await holdMembers(tx, accountId)
    const { change } = await readApprovalRule(tx, accountId)
    return change === undefined ? noChange(accountId) : work(tx, change, await database.now(tx))
  })
}

const noChange = (accountId: string): RuleSet => ({
  ok: false,
  refusal: { code: 'not_found', values: { id: publicId('account', accountId) } },
})

/** The record and the notices of an act, in its own commit; the rule as it is now. */
async function done(
  tx: Tx,
  { sealing }: Parts,
  { caller, act, at }: { caller: Caller; act: RuleAct; at: Date },
): Promise<{ ok: true; rule: ApprovalRule }> {
  const { accountId } = caller
  const rule = await readApprovalRule(tx, accountId)
  const { aboveRupiah } = rule.change ?? rule
  const account = publicId('account', accountId)
  const entry = {
    accountId,
    id: newUuid(at),
    actor: actorOf(caller),
    action: `approval_rule.${act}`,
    objectId: account,
  }
  await recordAudit(tx, [{ ...entry, detail: { aboveRupiah: aboveRupiah?.toString() ?? 'none' } }], at)
  const owners = await listMembersWho(tx, { accountId, permission: 'manage', butPersonId: undefined })
  const values = { account, act }
  for (const person of (await readPeople(tx, sealing, owners)).values())
    await tellEverywhere(tx, sealing, { person, accountId, template: 'approval_rule_changed', values, at })
  return { ok: true, rule }
}
