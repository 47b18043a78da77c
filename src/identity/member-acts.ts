import { recordAudit } from '../audit/audit.ts'
import { newUuid, publicId } from '../base/ids.ts'
import type { Route } from '../base/receiver.ts'
import type { Language } from '../base/text.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { queueMessage } from '../notices/messages/queue.ts'
import { actorOf, type Caller } from './api-keys.ts'
import { doConfirmed } from './confirmed-acts.ts'
import { contactsOf, receiverOf, type Contact } from './contacts.ts'
import { coolingRefusal } from './cooling.ts'
import { acceptInvitation, inviteMember, withdrawInvitation, type Invitation } from './invitations.ts'
import { changeMember, holdMembers, listMembers, removeMember, type Member, type MemberLimits } from './memberships.ts'
import { tellEverywhere } from './notices.ts'
import { readPeople, type Person } from './people.ts'
import { roles, type Role } from './roles.ts'
import type { PeopleParts } from './sign-in.ts'

// What people do about an account's members: each act and its record in one commit; a refused one leaves nothing. What gives somebody
// more, or takes an owner away, is confirmed by PIN (purpose `members`), and every owner is told: who holds a session alone must not
// make themselves an owner of what is not theirs.

type Parts = Pick<PeopleParts, 'database' | 'sealing' | 'codeLimits'>
type Done = { ok: true } | { ok: false; refusal: Refusal }

/** `authorization`: of a PIN confirmation for `members`; only for what takes one. */
export type MemberConfirmed = { authorization?: string | undefined }

/** What owners are told: `memberActs.` in the notice. */
type MemberAct = 'invited' | 'joined' | 'changed' | 'removed'

function acting<T extends { ok: true } | { ok: false; refusal: Refusal }>(
  { database }: Parts,
  act: { accountId: string; actor: string; action: string; objectId: string; detail?: Record<string, string> },
  write: (tx: Tx, at: Date) => Promise<T>,
): Promise<T> {
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const written = await write(tx, at)
    if (written.ok) await recordAudit(tx, [{ ...act, id: newUuid(at) }], at)
    return written
  })
}

const byOf = (caller: Caller) => ({ accountId: caller.accountId, actor: actorOf(caller) })

/** Tells every owner (those before the act), on every contact: one of them may be whom somebody wants to be rid of. */
async function tellOwners(
  tx: Tx,
  { sealing }: Parts,
  told: { accountId: string; members: readonly Member[]; act: MemberAct; role: Role; at: Date },
): Promise<void> {
  const { accountId, members, act, role, at } = told
  const ids = members.filter((member) => member.role === 'owner').map(({ personId }) => personId)
  const values = { act, role, account: publicId('account', accountId) }
  for (const person of (await readPeople(tx, sealing, ids)).values())
    await tellEverywhere(tx, sealing, { person, accountId, template: 'members_changed', values, at })
}

/** Invites whoever has this contact, and writes to them. Whoever may do more than look takes the inviter's PIN. */
export function inviteFor(
  parts: Parts,
  by: Caller,
  invited: MemberConfirmed &
    MemberLimits & { contact: Contact; role: Role; route?: Route | undefined; language: Language },
): Promise<{ ok: true; invitation: Invitation } | { ok: false; refusal: Refusal }> {
  const { accountId } = by
  const { role, route, language, authorization, ...rest } = invited
  const account = publicId('account', accountId)
  const act = { ...byOf(by), action: 'member.invited', objectId: account, detail: { role } }
  return acting<{ ok: true; invitation: Invitation } | { ok: false; refusal: Refusal }>(parts, act, async (tx, at) => {
    const { sealing, codeLimits: limits = {} } = parts
    const receiver = receiverOf(invited.contact, route)
    await holdMembers(tx, accountId)
    const invite = () => inviteMember(tx, sealing, { ...rest, accountId, role, receiver, limits, at })
    const one = await confirmedWhere(tx, { by, isNeeded: invitingTakesPin(role), authorization, at }, invite)
    if (!one.ok) return one
    const message = { template: 'invitation', values: { role, account }, language }
    await queueMessage(tx, sealing, { accountId, receiver, ...message, at })
    const members = await listMembers(tx, accountId)
    await tellOwners(tx, parts, { accountId, members, act: 'invited', role, at })
    return one
  })
}

/** Whether inviting somebody as this takes a PIN: all but a reader can spend what is the account's. */
export const invitingTakesPin = (role: Role): boolean => role !== 'reader'

/** Never while it may be somebody else who signed in; and by PIN where it is needed. */
async function confirmedWhere<T extends { ok: true } | { ok: false; refusal: Refusal }>(
  tx: Tx,
  wanted: { by: Caller; isNeeded: boolean; authorization: string | undefined; at: Date },
  write: () => Promise<T>,
): Promise<T | { ok: false; refusal: Refusal }> {
  const { by, isNeeded, authorization, at } = wanted
  if (isNeeded) return doConfirmed(tx, { caller: by, purpose: 'members', authorization, at }, write)
  const cooling = await coolingRefusal(tx, by)
  return cooling === undefined ? write() : { ok: false, refusal: cooling }
}

/** What may be another: what is left out stays. */
export type MemberChange = Partial<MemberLimits> & { role?: Role | undefined }

/** Whether this change takes a PIN: it gives the member more, or an owner is one no more. */
export function changingTakesPin(before: Member, change: MemberChange): boolean {
  const { role = before.role, stampsPerMonth, orderLimitRupiah } = change
  const isRaised = roles.indexOf(role) < roles.indexOf(before.role)
  const isLowered = before.role === 'owner' && role !== 'owner'
  return (
    isRaised ||
    isLowered ||
    isWider(before.stampsPerMonth, stampsPerMonth) ||
    isWider(before.orderLimitRupiah, orderLimitRupiah)
  )
}

const isWider = (before: number | bigint | null, after: number | bigint | null | undefined): boolean =>
  before !== null && after !== undefined && (after === null || after > before)

/** Another role, other limits; what is left out stays. Takes a PIN as `changingTakesPin` says. */
export function changeMemberFor(
  parts: Parts,
  by: Caller,
  given: MemberConfirmed & MemberChange & { personId: string },
): Promise<Done> {
  const { accountId } = by
  const { authorization, ...change } = given
  const { role, personId } = change
  const act = { ...byOf(by), action: 'member.changed', objectId: publicId('person', personId) }
  const detail = role === undefined ? {} : { role }
  return acting<Done>(parts, { ...act, detail }, async (tx, at) => {
    await holdMembers(tx, accountId)
    const members = await listMembers(tx, accountId)
    const before = members.find((member) => member.personId === personId)
    const isNeeded = before !== undefined && changingTakesPin(before, change)
    const write = () => changeMember(tx, { ...change, accountId })
    const changed = await confirmedWhere(tx, { by, isNeeded, authorization, at }, write)
    if (changed.ok && isNeeded)
      await tellOwners(tx, parts, { accountId, members, act: 'changed', role: role ?? before.role, at })
    return changed
  })
}

/** Removes a member at once; an owner, oneself too, by PIN. Anyone may leave at any time, but for owners. */
export function removeMemberFor(
  parts: Parts,
  by: Caller,
  personId: string,
  { authorization }: MemberConfirmed = {},
): Promise<Done> {
  const { accountId } = by
  const act = { ...byOf(by), action: 'member.removed', objectId: publicId('person', personId) }
  return acting<Done>(parts, act, async (tx, at) => {
    await holdMembers(tx, accountId)
    const members = await listMembers(tx, accountId)
    const role = members.find((member) => member.personId === personId)?.role
    const remove = () => removeMember(tx, { accountId, personId, at })
    if (by.person?.personId === personId && role !== 'owner') return remove()
    const removed = await confirmedWhere(tx, { by, isNeeded: role === 'owner', authorization, at }, remove)
    if (removed.ok && role === 'owner') await tellOwners(tx, parts, { accountId, members, act: 'removed', role, at })
    return removed
  })
}

/** Takes an invitation back. */
export function withdrawInvitationFor(parts: Parts, by: Caller, invitationId: string): Promise<Done> {
  const { accountId } = by
  const id = publicId('invitation', invitationId)
  const act = { ...byOf(by), action: 'member.invitation_withdrawn', objectId: id }
  const missing: Done = { ok: false, refusal: { code: 'not_found', values: { id } } }
  return acting(parts, act, async (tx): Promise<Done> =>
    (await withdrawInvitation(tx, { accountId, invitationId })) ? { ok: true } : missing,
  )
}

/** Makes the person a member of the account that invited one of their contacts; undefined where none waits. */
export function acceptInvitationAs(
  parts: Parts,
  person: Person,
  invitationId: string,
): Promise<Invitation | undefined> {
  const { database, sealing } = parts
  const { personId } = person
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const contacts = contactsOf(person)
    const invitation = await acceptInvitation(tx, sealing, { invitationId, personId, contacts, at })
    if (invitation === undefined) return undefined
    const { accountId, role } = invitation
    const actor = `person:${publicId('person', personId)}`
    const act = { actor, action: 'member.joined', objectId: publicId('invitation', invitationId), detail: { role } }
    await recordAudit(tx, [{ accountId, id: newUuid(at), ...act }], at)
    const members = (await listMembers(tx, accountId)).filter((member) => member.personId !== personId)
    await tellOwners(tx, parts, { accountId, members, act: 'joined', role, at })
    return invitation
  })
}
