import { jakartaTime } from '../../base/jakarta.ts'
import type { Sealing } from '../../base/sealing.ts'
import type { Tx } from '../../database/database.ts'
import type { Refusal } from '../../errors.ts'
import { coolingSeconds, recoveryBatchMax } from '../../limits/people.ts'
import { contactsOf, receiverOf, type Contact } from '../contacts.ts'
import { queueMessage } from '../../notices/messages/queue.ts'
import { tellEverywhere } from '../notices.ts'
import { coolPerson, dropContacts, readPerson, setContact, type Person } from '../people.ts'
import { endSessions } from '../sessions.ts'
import { removeTotp } from '../totp.ts'
import { endRecoveries, openContact, type RecoveryKind, type RecoveryParts } from './recovery.ts'

// What becomes of a recovery after its day. An authenticator app is taken away at once; a new contact may make a new password from then on,
// by a code as for who forgot theirs, and is the person's with it.

type DueRow = {
  recovery_id: string
  person_id: string
  kind: RecoveryKind
  sealed_contact: Buffer | null
  expires_at: Date
}

/** Goes on with recoveries whose wait is over, and ends those that nobody went on with. Safe in several processes at once. */
export async function workDueRecoveries(parts: RecoveryParts, stopping: AbortSignal): Promise<void> {
  const { database } = parts
  await database.transaction(async (tx) => {
    const lapsed = await tx<{ recovery_id: string }[]>`
      select recovery_id from access_recoveries where ended_at is null and expires_at <= database_now()
      limit ${recoveryBatchMax} for update skip locked`
    const at = await database.now(tx)
    for (const { recovery_id: recoveryId } of lapsed)
      await endRecoveries(tx, { recoveryId, state: 'lapsed', by: 'system:recoveries', at })
  })
  for (let worked = 0; worked < recoveryBatchMax && !stopping.aborted; worked++)
    if (!(await database.transaction((tx) => workOne(tx, parts)))) return
}

/** One recovery in a transaction of its own; false where none is due. */
async function workOne(tx: Tx, parts: RecoveryParts): Promise<boolean> {
  const { database, sealing } = parts
  const [row] = await tx<DueRow[]>`
    select recovery_id, person_id, kind, sealed_contact, expires_at from access_recoveries
    where state = 'waiting' and ready_at <= database_now() limit 1 for update skip locked`
  if (row === undefined) return false
  const at = await database.now(tx)
  const { recovery_id: recoveryId, person_id: personId } = row
  const person = await readPerson(tx, sealing, personId)
  const contact = openContact(sealing, recoveryId, row.sealed_contact)
  if (person === undefined) await endRecoveries(tx, { recoveryId, state: 'lapsed', by: 'system:recoveries', at })
  else if (contact === undefined) await removeAuthenticator(tx, sealing, { recoveryId, person, at })
  else {
    await tx`update access_recoveries set state = 'open' where recovery_id = ${recoveryId}`
    const values = { link: `${parts.origin}/lupa/sandi`, time: jakartaTime(row.expires_at) }
    const receiver = receiverOf(contact, 'whatsapp')
    const { language } = person
    await queueMessage(tx, sealing, { accountId: null, receiver, template: 'recovery_ready', values, language, at })
  }
  return true
}

/** The app and its recovery codes are gone, every session too; for a day nothing that moves money, keys or whole batches. */
async function removeAuthenticator(
  tx: Tx,
  sealing: Sealing,
  of: { recoveryId: string; person: Person; at: Date },
): Promise<void> {
  const { recoveryId, person, at } = of
  const { personId } = person
  await removeTotp(tx, personId)
  await coolPerson(tx, { personId, until: new Date(at.getTime() + coolingSeconds * 1000) })
  await endSessions(tx, { personId })
  await endRecoveries(tx, { recoveryId, state: 'done', by: 'system:recoveries', at })
  const values = { act: 'totp_removed' }
  await tellEverywhere(tx, sealing, { person, accountId: undefined, template: 'authenticator_changed', values, at })
}

/**
 * Makes the new contact the person's only one: the old ones are lost, and may be somebody else's by now. They are told once more, and so is
 * the new one. In the transaction of the new password. Refused where the recovery has ended meanwhile, or another proved the contact first.
 */
export async function finishRecovery(
  tx: Tx,
  sealing: Sealing,
  finished: { recoveryId: string; person: Person; contact: Contact; at: Date },
): Promise<{ ok: true } | { ok: false; refusal: Refusal<'contact_taken' | 'sign_in_failed'> }> {
  const { recoveryId, person, contact, at } = finished
  const { personId } = person
  const held = await tx`
    select 1 from access_recoveries
    where recovery_id = ${recoveryId} and state = 'open' and expires_at > ${at} for update`
  if (held.length === 0) return { ok: false, refusal: { code: 'sign_in_failed' } }
  if (!(await setContact(tx, sealing, { personId, contact })))
    return { ok: false, refusal: { code: 'contact_taken', values: { kind: contact.kind } } }
  await dropContacts(tx, { personId, but: contact.kind })
  await endRecoveries(tx, { recoveryId, state: 'done', by: 'system:recoveries', at })
  const template = 'contact_changed'
  const { email, phone, language } = person
  const told = [...contactsOf({ email, phone }), contact]
  for (const { kind, address } of told) {
    const receiver = receiverOf({ kind, address }, 'whatsapp')
    const values = { contact: contact.kind, time: jakartaTime(at) }
    await queueMessage(tx, sealing, { accountId: null, receiver, template, values, language, at })
  }
  return { ok: true }
}
