import type { Queryable, Tx } from '../../database/database.ts'

/** From which sum on an account's batches wait for a second member: those above it; undefined: none does. */
export async function findApprovalRule(sql: Queryable, accountId: string): Promise<bigint | undefined> {
  const [row] = await sql<{ above_rupiah: bigint }[]>`
    select above_rupiah from batch_rules where account_id = ${accountId}`
  return row?.above_rupiah
}

/** Sets the sum, or ends the rule. Batches that are open or wait already stay as they are. */
export async function setApprovalRule(
  tx: Tx,
  rule: { accountId: string; aboveRupiah: bigint | undefined; at: Date },
): Promise<void> {
  const { accountId, aboveRupiah, at } = rule
  if (aboveRupiah === undefined) await tx`delete from batch_rules where account_id = ${accountId}`
  else
    await tx`
      insert into batch_rules (account_id, above_rupiah, changed_at) values (${accountId}, ${aboveRupiah}, ${at})
      on conflict (account_id) do update set above_rupiah = excluded.above_rupiah, changed_at = excluded.changed_at`
}
