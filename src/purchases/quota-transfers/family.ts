import { recordAudit } from '../../audit/audit.ts'
import { newUuid, publicId } from '../../base/ids.ts'
import type { Database, Queryable } from '../../database/database.ts'
import { findAccount } from '../../identity/accounts.ts'

/** Why two accounts do not become parent and child. */
export type LinkProblem = 'account_unknown' | 'has_parent' | 'is_parent'

/** Makes one account the child of another, both live; an operator's act. One level: a parent has no parent, a child no children. */
export async function linkAccounts(
  database: Database,
  link: { childId: string; parentId: string; operator: string },
): Promise<{ ok: true } | { ok: false; problem: LinkProblem }> {
  const { childId, parentId, operator } = link
  const found = await Promise.all([childId, parentId].map((accountId) => findAccount(database.sql, { accountId })))
  if (found.includes(undefined) || childId === parentId) return { ok: false, problem: 'account_unknown' }
  return database.transaction(async (tx) => {
    // one link at a time: two of them could make a chain together
    await tx`select pg_advisory_xact_lock(hashtext('openmeterai families'))`
    const [row] = await tx<{ parent_of_child: boolean; child_is_parent: boolean; parent_is_child: boolean }[]>`
      select exists (select from account_families where child_id = ${childId}) as parent_of_child,
        exists (select from account_families where parent_id = ${childId}) as child_is_parent,
        exists (select from account_families where child_id = ${parentId}) as parent_is_child`
    if (row?.parent_of_child === true || row?.parent_is_child === true) return { ok: false, problem: 'has_parent' }
    if (row?.child_is_parent === true) return { ok: false, problem: 'is_parent' }
    const at = await database.now(tx)
    await tx`insert into account_families (child_id, parent_id, created_at) values (${childId}, ${parentId}, ${at})`
    const entries = [
      { accountId: childId, objectId: publicId('account', parentId), action: 'family.joined' },
      { accountId: parentId, objectId: publicId('account', childId), action: 'family.child_added' },
    ]
    await recordAudit(
      tx,
      entries.map((entry) => ({ ...entry, id: newUuid(at), actor: `operator:${operator}` })),
      at,
    )
    return { ok: true }
  })
}

/** Whether the two are parent and child, either way round. */
export async function areFamily(sql: Queryable, one: string, other: string): Promise<boolean> {
  const rows = await sql`
    select 1 from account_families
    where (child_id = ${one} and parent_id = ${other}) or (child_id = ${other} and parent_id = ${one})`
  return rows.length > 0
}
