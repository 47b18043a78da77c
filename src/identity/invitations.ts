import { newUuid } from '../base/ids.ts'
import type { Receiver } from '../base/receiver.ts'
import type { Sealing } from '../base/sealing.ts'
import { arrayOid } from '../database/array-types.ts'
import type { Database, Queryable, Tx } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import type { Refusal } from '../errors.ts'
import { invitationDays, membersMax } from '../limits/people.ts'
import type { CodeLimits } from './codes.ts'
import type { Contact, ContactKind } from './contacts.ts'
import { takeInvitation } from './invitation-budget.ts'
import { addMember, holdMembers, listAccountsOf, type MemberLimits } from './memberships.ts'
import { contactIndex } from './people.ts'
import type { Role } from './roles.ts'

/** Somebody who may become a member of an account, once they sign in with this contact proven. */
export type Invitation = MemberLimits & {
  invitationId: string
  accountId: string
  contact: Contact
  role: Role
  expiresAt: Date
}

export type Invited =
  | { ok: true; invitation: Invitation }
  | { ok: false; refusal: Refusal<'too_many_members' | 'too_many_invitations' | 'sms_budget_spent'> }

/**
 * Invites whoever has this contact, which is written to at `receiver`. Whether anybody has it yet is not looked at; inviting again takes the
 * place of the first time.
 */
export async function inviteMember(
  tx: Tx,
  sealing: Sealing,
  invited: MemberLimits & {
    accountId: string
    contact: Contact
    role: Role
    receiver: Receiver
    limits: Partial<CodeLimits>
    at: Date
  },
): Promise<Invited> {
  const { accountId, contact, role, stampsPerMonth, orderLimitRupiah, at } = invited
  await holdMembers(tx, accountId)
  const [count] = await tx<{ members: number }[]>`
    select ((select count(*) from memberships where account_id = ${accountId} and removed_at is null)
      + (select count(*) from invitations where account_id = ${accountId} and expires_at > ${at}))::int as members`
  if ((count?.members ?? 0) >= membersMax)
    return { ok: false, refusal: { code: 'too_many_members', values: { limit: membersMax } } }
  const spent = await takeInvitation(tx, sealing, invited)
  if (spent !== undefined) return { ok: false, refusal: spent }
  const invitationId = newUuid(at)
  const expiresAt = new Date(at.getTime() + invitationDays * 24 * 60 * 60 * 1000)
  const sealed = sealing.seal({ purpose: 'invitation.contact', owner: invitationId }, JSON.stringify(contact))
  const index = contactIndex(sealing, contact)
  await tx`delete from invitations where account_id = ${accountId} and contact_index = ${index}`
  await tx`
    insert into invitations (invitation_id, account_id, contact_index, sealed_contact, role, stamps_per_month, order_limit_rupiah, created_at, expires_at)
    values (${invitationId}, ${accountId}, ${index}, ${sealed}, ${role}, ${stampsPerMonth}, ${orderLimitRupiah}, ${at}, ${expiresAt})`
  return {
    ok: true,
    invitation: { invitationId, accountId, contact, role, stampsPerMonth, orderLimitRupiah, expiresAt },
  }
}

type InvitationRow = {
  invitation_id: string
  account_id: string
  sealed_contact: Buffer
  role: Role
  stamps_per_month: number | null
  order_limit_rupiah: bigint | null
  expires_at: Date
}

function invitationFromRow(sealing: Sealing, row: InvitationRow): Invitation {
  const place = { purpose: 'invitation.contact', owner: row.invitation_id }
  const contact: { kind: ContactKind; address: string } = JSON.parse(sealing.open(place, row.sealed_contact).toString())
  return {
    invitationId: row.invitation_id,
    accountId: row.account_id,
    contact,
    role: row.role,
    stampsPerMonth: row.stamps_per_month,
    orderLimitRupiah: row.order_limit_rupiah,
    expiresAt: row.expires_at,
  }
}

/** Invitations that wait: those of an account, or those for whoever has these contacts. */
export async function listInvitations(
  sql: Queryable,
  sealing: Sealing,
  of: { accountId: string } | { contacts: readonly Contact[] },
): Promise<Invitation[]> {
  const rows =
    'accountId' in of
      ? await sql<InvitationRow[]>`
          select invitation_id, account_id, sealed_contact, role, stamps_per_month, order_limit_rupiah, expires_at from invitations
          where account_id = ${of.accountId} and expires_at > database_now() order by invitation_id`
      : await sql<InvitationRow[]>`
          select invitation_id, account_id, sealed_contact, role, stamps_per_month, order_limit_rupiah, expires_at from invitations
          where contact_index = any(${sql.array(
            of.contacts.map((contact) => contactIndex(sealing, contact)),
            arrayOid.bytea,
          )}::bytea[])
            and expires_at > database_now() order by invitation_id`
  return rows.map((row) => invitationFromRow(sealing, row))
}

/** Takes an invitation back. False where the account has no such one. */
export async function withdrawInvitation(
  tx: Tx,
  withdrawn: { accountId: string; invitationId: string },
): Promise<boolean> {
  const rows = await tx`
    delete from invitations where account_id = ${withdrawn.accountId} and invitation_id = ${withdrawn.invitationId} returning 1`
  return rows.length === 1
}

/** Makes whoever has proven the invited contact a member. Undefined where none waits for one of these contacts. */
export async function acceptInvitation(
  tx: Tx,
  sealing: Sealing,
  accepted: { invitationId: string; personId: string; contacts: readonly Contact[]; at: Date },
): Promise<Invitation | undefined> {
  const { invitationId, personId, contacts, at } = accepted
  const waiting = (await listInvitations(tx, sealing, { contacts })).find((one) => one.invitationId === invitationId)
  if (waiting === undefined) return undefined
  await holdMembers(tx, waiting.accountId)
  if (!(await withdrawInvitation(tx, waiting))) return undefined
  const { accountId, role, stampsPerMonth, orderLimitRupiah } = waiting
  const isMember = (await listAccountsOf(tx, personId)).some((one) => one.accountId === accountId)
  // A member who is invited again keeps what they are: an invitation never takes an owner's role away.
  if (!isMember) await addMember(tx, { accountId, personId, role, stampsPerMonth, orderLimitRupiah, at })
  return waiting
}

/** Deletes invitations whose time is over. Returns how many. */
export async function dropOldInvitations(database: Database, stopping: AbortSignal): Promise<number> {
  return inBatches(stopping, async (rowsMax) => {
    const gone = await database.sql`
      delete from invitations where invitation_id in (
        select invitation_id from invitations where expires_at < database_now() limit ${rowsMax})`
    return gone.count
  })
}
