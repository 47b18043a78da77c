import { recordAudit } from '../audit/audit.ts'
import { newUuid, publicId } from '../base/ids.ts'
import type { Route } from '../base/receiver.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Language } from '../base/text.ts'
import type { Database, Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { queueMessage } from '../notices/messages/queue.ts'
import { actorOf, type Caller } from './api-keys.ts'
import { coolingRefusal } from './cooling.ts'
import { contactsOf, receiverOf, type Contact } from './contacts.ts'
import { acceptInvitation, inviteMember, withdrawInvitation, type Invitation } from './invitations.ts'
import { changeMember, removeMember, type MemberLimits } from './memberships.ts'
import type { Person } from './people.ts'
import type { Role } from './roles.ts'

// What people do about an account's members: each act and its record in one commit; a refused one leaves nothing. While it may be somebody
// else who signed in nobody is invited, changed or removed: a member of theirs would not be held back by anything.

type Parts = { database: Database; sealing: Sealing }
type Done = { ok: true } | { ok: false; refusal: Refusal }

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

/** Invites whoever has this contact, and writes to them. */
export async function inviteFor(
  parts: Parts,
  by: Caller,
  invited: MemberLimits & { contact: Contact; role: Role; route?: Route | undefined; language: Language },
): Promise<{ ok: true; invitation: Invitation } | { ok: false; refusal: Refusal<'too_many_members' | 'pin_cooling'> }> {
  const cooling = await coolingRefusal(parts.database.sql, by)
  if (cooling !== undefined) return { ok: false, refusal: cooling }
  const { accountId } = by
  const { contact, role, route, language, stampsPerMonth, orderLimitRupiah } = invited
  const account = publicId('account', accountId)
  const act = { ...byOf(by), action: 'member.invited', objectId: account, detail: { role } }
  return acting<Awaited<ReturnType<typeof inviteMember>>>(parts, act, async (tx, at) => {
    const { sealing } = parts
    const one = await inviteMember(tx, sealing, { accountId, contact, role, stampsPerMonth, orderLimitRupiah, at })
    const message = { template: 'invitation', values: { role, account }, language }
    if (one.ok) await queueMessage(tx, sealing, { accountId, receiver: receiverOf(contact, route), ...message, at })
    return one
  })
}

/** Another role, other limits; what is left out stays. */
export async function changeMemberFor(
  parts: Parts,
  by: Caller,
  change: Partial<MemberLimits> & { personId: string; role?: Role | undefined },
): Promise<Done> {
  const cooling = await coolingRefusal(parts.database.sql, by)
  if (cooling !== undefined) return { ok: false, refusal: cooling }
  const { accountId } = by
  const { role, personId } = change
  const act = { ...byOf(by), action: 'member.changed', objectId: publicId('person', personId) }
  const detail = role === undefined ? {} : { role }
  return acting(parts, { ...act, detail }, (tx) => changeMember(tx, { ...change, accountId }))
}

/** Removes a member at once. Whoever leaves by themselves may at any time. */
export async function removeMemberFor(parts: Parts, by: Caller, personId: string): Promise<Done> {
  const cooling = by.person?.personId === personId ? undefined : await coolingRefusal(parts.database.sql, by)
  if (cooling !== undefined) return { ok: false, refusal: cooling }
  const { accountId } = by
  const act = { ...byOf(by), action: 'member.removed', objectId: publicId('person', personId) }
  return acting(parts, act, (tx, at) => removeMember(tx, { accountId, personId, at }))
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
  { database, sealing }: Parts,
  person: Person,
  invitationId: string,
): Promise<Invitation | undefined> {
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
    return invitation
  })
}
