import type { Queryable, Tx } from '../database/database.ts'
import { ruleChangeDays } from '../limits/people.ts'

// Batches and orders above an account's sum wait for a second member. A change that lets more pass is kept beside the rule until another
// owner confirms it; where there is no other, it holds by itself after a day.

/** A change that waits. `aboveRupiah` undefined: the rule is to end. `effectiveAt`: when it holds by itself, where nobody else could confirm it. */
export type RuleChange = {
  aboveRupiah: bigint | undefined
  /** As the audit names actors. */
  askedBy: string
  askedAt: Date
  /** When it is over unless it was confirmed by then; undefined where it holds by itself. */
  lapsesAt: Date | undefined
  effectiveAt: Date | undefined
}

/** The sum in whole rupiah above which a second member is waited for; undefined: none is. */
export type ApprovalRule = { aboveRupiah: bigint | undefined; change: RuleChange | undefined }

type RuleRow = {
  above_rupiah: bigint
  changed_to: bigint | null
  asked_by: string | null
  asked_at: Date | null
  lapses_at: Date | null
  effective_at: Date | null
  now: Date
}

/** The rule as it holds now, and the change of it that waits. */
export async function readApprovalRule(sql: Queryable, accountId: string): Promise<ApprovalRule> {
  const [row] = await sql<RuleRow[]>`
    select r.above_rupiah, c.above_rupiah as changed_to, c.asked_by, c.asked_at, c.effective_at, n.now,
      c.asked_at + make_interval(days => ${ruleChangeDays}) as lapses_at
    from batch_rules r left join approval_rule_changes c using (account_id), (select database_now() as now) n
    where account_id = ${accountId}`
  if (row === undefined) return { aboveRupiah: undefined, change: undefined }
  const { asked_by: askedBy, asked_at: askedAt, effective_at: effectiveAt, lapses_at: lapsesAt, now } = row
  const kept: ApprovalRule = { aboveRupiah: row.above_rupiah, change: undefined }
  if (askedBy === null || askedAt === null || lapsesAt === null) return kept
  const changedTo = row.changed_to ?? undefined
  if (effectiveAt !== null && effectiveAt <= now) return { aboveRupiah: changedTo, change: undefined }
  if (effectiveAt === null && lapsesAt <= now) return kept
  const ending = effectiveAt === null ? { lapsesAt, effectiveAt: undefined } : { lapsesAt: undefined, effectiveAt }
  return { ...kept, change: { aboveRupiah: changedTo, askedBy, askedAt, ...ending } }
}

/** The sum alone, for whoever opens a batch or orders. */
export async function findApprovalRule(sql: Queryable, accountId: string): Promise<bigint | undefined> {
  return (await readApprovalRule(sql, accountId)).aboveRupiah
}

/** The rule from now on, in the place of any change that waits. What is open or waits already stays as it is. */
export async function writeApprovalRule(
  tx: Tx,
  rule: { accountId: string; aboveRupiah: bigint | undefined; at: Date },
): Promise<void> {
  const { accountId, aboveRupiah, at } = rule
  await tx`delete from approval_rule_changes where account_id = ${accountId}`
  if (aboveRupiah === undefined) await tx`delete from batch_rules where account_id = ${accountId}`
  else
    await tx`
      insert into batch_rules (account_id, above_rupiah, changed_at) values (${accountId}, ${aboveRupiah}, ${at})
      on conflict (account_id) do update set above_rupiah = excluded.above_rupiah, changed_at = excluded.changed_at`
}

/** Keeps a change that has to wait, beside the rule as it holds now. */
export async function keepRuleChange(
  tx: Tx,
  kept: { accountId: string; holds: bigint; aboveRupiah: bigint | undefined; actor: string; at: Date } & {
    effectiveAt: Date | undefined
  },
): Promise<void> {
  const { accountId, holds, aboveRupiah, actor, at, effectiveAt } = kept
  await writeApprovalRule(tx, { accountId, aboveRupiah: holds, at })
  await tx`
    insert into approval_rule_changes (account_id, above_rupiah, asked_by, asked_at, effective_at)
    values (${accountId}, ${aboveRupiah ?? null}, ${actor}, ${at}, ${effectiveAt ?? null})`
}
