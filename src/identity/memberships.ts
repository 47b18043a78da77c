import type { Queryable, Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import type { Role } from './roles.ts'

/** What a member may spend of the account's: stamps in a month of Jakarta, and rupiah in one order. Null: no limit of their own. */
export type MemberLimits = { stampsPerMonth: number | null; orderLimitRupiah: bigint | null }

/** Somebody who acts for an account. */
export type Member = MemberLimits & { personId: string; role: Role; since: Date }

type Refused<Code extends 'last_owner' | 'not_found'> = { ok: false; refusal: Refusal<Code> }
const lastOwner: Refused<'last_owner'> = { ok: false, refusal: { code: 'last_owner' } }

/** Changes of one account's members come one after the other: only so is there always an owner left. Ends with the transaction. */
export async function holdMembers(tx: Tx, accountId: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`members ${accountId}`}, 0))`
}

/** Makes a person a member, or one again. */
export async function addMember(
  tx: Tx,
  added: MemberLimits & { accountId: string; personId: string; role: Role; at: Date },
): Promise<void> {
  await tx`
    insert into memberships (account_id, person_id, role, stamps_per_month, order_limit_rupiah, created_at)
    values (${added.accountId}, ${added.personId}, ${added.role}, ${added.stampsPerMonth}, ${added.orderLimitRupiah}, ${added.at})
    on conflict (account_id, person_id) do update set role = excluded.role, stamps_per_month = excluded.stamps_per_month,
      order_limit_rupiah = excluded.order_limit_rupiah, created_at = excluded.created_at, removed_at = null`
}

type MemberRow = {
  person_id: string
  role: Role
  stamps_per_month: number | null
  order_limit_rupiah: bigint | null
  created_at: Date
}

/** An account's members, the oldest first. */
export async function listMembers(sql: Queryable, accountId: string): Promise<Member[]> {
  const rows = await sql<MemberRow[]>`
    select person_id, role, stamps_per_month, order_limit_rupiah, created_at from memberships
    where account_id = ${accountId} and removed_at is null order by created_at, person_id`
  return rows.map((row) => ({
    personId: row.person_id,
    role: row.role,
    stampsPerMonth: row.stamps_per_month,
    orderLimitRupiah: row.order_limit_rupiah,
    since: row.created_at,
  }))
}

/** Accounts a person acts for, and as what. */
export async function listAccountsOf(sql: Queryable, personId: string): Promise<{ accountId: string; role: Role }[]> {
  const rows = await sql<{ account_id: string; role: Role }[]>`
    select account_id, role from memberships where person_id = ${personId} and removed_at is null order by account_id`
  return rows.map((row) => ({ accountId: row.account_id, role: row.role }))
}

/** Another role, other limits; what is left out stays. Refuses to leave the account without an owner. */
export async function changeMember(
  tx: Tx,
  change: Partial<MemberLimits> & { accountId: string; personId: string; role?: Role | undefined },
): Promise<{ ok: true } | Refused<'last_owner' | 'not_found'>> {
  const { accountId, personId, role, stampsPerMonth, orderLimitRupiah } = change
  await holdMembers(tx, accountId)
  if (role !== undefined && role !== 'owner' && !(await hasOtherOwner(tx, { accountId, personId }))) return lastOwner
  const rows = await tx`
    update memberships set role = coalesce(${role ?? null}, role),
      stamps_per_month = case when ${stampsPerMonth === undefined} then stamps_per_month else ${stampsPerMonth ?? null}::int end,
      order_limit_rupiah = case when ${orderLimitRupiah === undefined} then order_limit_rupiah else ${orderLimitRupiah ?? null}::bigint end
    where account_id = ${accountId} and person_id = ${personId} and removed_at is null returning 1`
  return rows.length === 1 ? { ok: true } : { ok: false, refusal: { code: 'not_found' } }
}

/** Ends a membership at once: the next call of that person for this account finds none. Refuses to remove the last owner. */
export async function removeMember(
  tx: Tx,
  removed: { accountId: string; personId: string; at: Date },
): Promise<{ ok: true } | Refused<'last_owner' | 'not_found'>> {
  const { accountId, personId, at } = removed
  await holdMembers(tx, accountId)
  if (!(await hasOtherOwner(tx, { accountId, personId }))) return lastOwner
  const rows = await tx`
    update memberships set removed_at = ${at}
    where account_id = ${accountId} and person_id = ${personId} and removed_at is null returning 1`
  return rows.length === 1 ? { ok: true } : { ok: false, refusal: { code: 'not_found' } }
}

async function hasOtherOwner(tx: Tx, but: { accountId: string; personId: string }): Promise<boolean> {
  const rows = await tx`
    select 1 from memberships
    where account_id = ${but.accountId} and role = 'owner' and removed_at is null and person_id <> ${but.personId} limit 1`
  return rows.length > 0
}

/** Ends every membership of an account that closes. */
export async function removeAllMembers(tx: Tx, removed: { accountId: string; at: Date }): Promise<void> {
  await holdMembers(tx, removed.accountId)
  await tx`update memberships set removed_at = ${removed.at} where account_id = ${removed.accountId} and removed_at is null`
  await tx`delete from invitations where account_id = ${removed.accountId}`
}
