import type { Queryable } from '../database/database.ts'
import { listMembers } from './memberships.ts'
import { roleAllows, roles, type Permission } from './roles.ts'

/** How many could have a hand in orders and batches of an account: members and live keys. One alone has nobody to approve what they make. */
export type ApproverCounts = { orders: number; batches: number }

/** Counts them; for a test account its keys alone. */
export async function countApprovers(sql: Queryable, accountId: string): Promise<ApproverCounts> {
  const may = (permission: Permission) => sql`
    ((select count(*) from memberships where account_id = ${accountId} and removed_at is null
        and role = any(${roles.filter((role) => roleAllows(role, permission))}::text[]))
      + (select count(*) from api_keys where account_id = ${accountId} and revoked_at is null
        and (expires_at is null or expires_at > database_now()) and (scopes is null or ${permission}::text = any(scopes))))::int`
  const [row] = await sql<ApproverCounts[]>`select ${may('buy')} as orders, ${may('affix')} as batches`
  return row ?? { orders: 0, batches: 0 }
}

/** The members who may, but this one; UUIDs. */
export async function listMembersWho(
  sql: Queryable,
  wanted: { accountId: string; permission: Permission; butPersonId: string | undefined },
): Promise<string[]> {
  const { accountId, permission, butPersonId } = wanted
  const members = await listMembers(sql, accountId)
  return members
    .filter(({ role, personId }) => roleAllows(role, permission) && personId !== butPersonId)
    .map(({ personId }) => personId)
}
