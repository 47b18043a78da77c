import { recordAudit } from '../audit/audit.ts'
import { jakartaTime } from '../base/jakarta.ts'
import { derivedUuid, newUuid, publicId } from '../base/ids.ts'
import type { Route } from '../base/receiver.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Language } from '../base/text.ts'
import type { Database, Tx } from '../database/database.ts'
import type { ErrorCode, Refusal } from '../errors.ts'
import { coolingSeconds, doubtDays } from '../limits/people.ts'
import { checkCode, requestCode, type CodeLimits, type CodePurpose, type CodeRequested } from './codes.ts'
import { contactOf, receiverOf, type Contact } from './contacts.ts'
import { tellEverywhere, tellPerson } from './notices.ts'
import { passwordProblem, readPassword } from './password-rule.ts'
import type { Hashing, Passwords } from './passwords.ts'
import { findByContact, readPerson, setPassword, type Person } from './people.ts'
import { finishRecovery } from './recovery/due-recoveries.ts'
import { endRecoveries, findRecovering } from './recovery/recovery.ts'
import { proveSecond } from './second-proof.ts'
import type { SessionToken } from './session-tokens.ts'
import { endSessions, openSession } from './sessions.ts'
import { clearSignInGuesses, countSignInGuess, guessSubjects } from './sign-in-guesses.ts'

/** What people's use cases stand on. */
export type PeopleParts = {
  database: Database
  sealing: Sealing
  passwords: Passwords
  codeLimits?: Partial<CodeLimits>
  /** Why an account may not be closed yet, as purchases know it; joined in assembly. */
  mayClose?: (tx: Tx, accountId: string) => Promise<Refusal<'account_unsettled'> | undefined>
  /** What purchases keep of who closes it; in the same commit. */
  onClosing?: (tx: Tx, closing: { accountId: string; person: Person; at: Date }) => Promise<void>
}

/** A browser that was just signed in. */
export type SignedInNow = { personId: string; sessionId: string; token: SessionToken }
export type SignInOutcome<Code extends ErrorCode> =
  | { ok: true; signedIn: SignedInNow }
  | { ok: false; refusal: Refusal<Code> }
type Failed<Code extends ErrorCode> = { ok: false; refusal: Refusal<Code> }

const failed: Failed<'sign_in_failed'> = { ok: false, refusal: { code: 'sign_in_failed' } }

/** Signs in by password. An unknown contact and a wrong password have the same answer, take the same work and count the same. */
export function signInByPassword(parts: PeopleParts, given: PasswordGiven): Promise<SignInOutcome<ErrorCode>> {
  return parts.passwords.withPlace((hashing) => signInWith(parts, hashing, given))
}

type PasswordGiven = { contact: Contact; password: string; totp?: string | undefined; device: string }

async function signInWith(
  parts: PeopleParts,
  hashing: Hashing,
  given: PasswordGiven,
): Promise<SignInOutcome<ErrorCode>> {
  const { database, sealing } = parts
  const { contact, device } = given
  const known = await findByContact(database.sql, sealing, contact)
  const subjects = guessSubjects(sealing, contact)
  const seconds = await database.transaction(async (tx) =>
    countSignInGuess(tx, { subjects, at: await database.now(tx) }),
  )
  if (seconds !== undefined) return { ok: false, refusal: { code: 'sign_in_locked', values: { seconds } } }
  const isRight = await hashing.verify(known?.passwordHash, readPassword(given.password))
  if (known === undefined || !isRight) return failed
  const second = await proveSecond(parts, { personId: known.personId, totp: given.totp })
  if (!second.ok) return second
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const person = await readPerson(tx, sealing, known.personId)
    if (person === undefined) return failed
    await clearSignInGuesses(tx, subjects)
    return { ok: true, signedIn: await signIn(tx, sealing, { person, device, at }) }
  })
}

/** Asks for a code to sign in, or to make a new password, by; where the contact is nobody's nothing is sent, and the answer is the same. */
export async function requestEntryCode(
  parts: PeopleParts,
  ask: { purpose: 'sign_in' | 'password_reset'; contact: Contact; route?: Route | undefined; language: Language },
): Promise<CodeRequested | { ok: false; refusal: Refusal }> {
  const { database, sealing, codeLimits: limits } = parts
  const { purpose, contact, route } = ask
  const known = await findEntrant(parts, { purpose, contact })
  return requestCode(
    { database, sealing, ...(limits === undefined ? {} : { limits }) },
    {
      purpose,
      subject: entrySubject(sealing, contact),
      receiver: receiverOf(contact, route),
      language: known?.language ?? ask.language,
      send: known !== undefined,
    },
  )
}

/**
 * Whom a code to this contact is for: its person; for a new password also who lost every other way in, once two operators and a day have
 * opened this one (`recoveryId`). Both are looked for at once, so that neither answer takes longer.
 */
async function findEntrant(
  { database: { sql }, sealing }: PeopleParts,
  asked: { purpose: CodePurpose; contact: Contact },
): Promise<{ personId: string; language?: Language; recoveryId?: string } | undefined> {
  const { purpose, contact } = asked
  const [known, recovering] = await Promise.all([
    findByContact(sql, sealing, contact),
    purpose === 'password_reset' ? findRecovering(sql, sealing, contact) : undefined,
  ])
  return known ?? recovering
}

/** An id that this contact always has, whoever's it is: guesses, pauses and days of one contact say nothing of a person's other one. */
function entrySubject(sealing: Sealing, { kind, address }: Contact): string {
  const index = sealing.blindIndex('entry subject', `${kind} ${address}`).toString('hex')
  return derivedUuid('00000000-0000-7000-8000-000000000000', index)
}

/** A code as it was answered by somebody who is not signed in. */
export type EntryCode = { contact: Contact; codeId: string; code: string }

/** Whose contact a right code has proven. */
async function provenPerson(
  parts: PeopleParts,
  given: EntryCode & { purpose: CodePurpose },
): Promise<{ ok: true; personId: string; recoveryId?: string | undefined } | { ok: false; refusal: Refusal }> {
  const { database, sealing } = parts
  const { contact, codeId, code, purpose } = given
  const known = await findEntrant(parts, given)
  const subject = entrySubject(sealing, contact)
  const checked = await checkCode({ database, sealing }, { codeId, subject, purpose, code })
  if (!checked.ok) return checked
  const proven = contactOf(checked.receiver)
  if (known === undefined || proven.address !== contact.address) return failed
  return { ok: true, personId: known.personId, recoveryId: known.recoveryId }
}

/** Signs in by a one-time code. */
export async function signInByCode(
  parts: PeopleParts,
  given: EntryCode & { totp?: string | undefined; device: string },
): Promise<SignInOutcome<ErrorCode>> {
  const { database, sealing } = parts
  const proven = await provenPerson(parts, { ...given, purpose: 'sign_in' })
  if (!proven.ok) return proven
  const second = await proveSecond(parts, { personId: proven.personId, totp: given.totp })
  if (!second.ok) return second
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const person = await readPerson(tx, sealing, proven.personId)
    if (person === undefined) return failed
    return { ok: true, signedIn: await signIn(tx, sealing, { person, device: given.device, at }) }
  })
}

/**
 * A new password by a code, for who forgot theirs. Every session ends, every contact is told, and for a day nothing that moves money, keys or
 * whole batches is done by this person.
 */
export function resetPassword(
  parts: PeopleParts,
  given: PasswordReset,
): Promise<{ ok: true } | { ok: false; refusal: Refusal }> {
  return parts.passwords.withPlace((hashing) => resetWith(parts, hashing, given))
}

type PasswordReset = EntryCode & { password: string }

async function resetWith(
  parts: PeopleParts,
  hashing: Hashing,
  given: PasswordReset,
): Promise<{ ok: true } | { ok: false; refusal: Refusal }> {
  const { database, sealing } = parts
  const password = readPassword(given.password)
  // Before the code is spent: a password that is refused costs no new code.
  const weak = passwordProblem(password, [given.contact.address])
  if (weak !== undefined) return { ok: false, refusal: weak }
  const proven = await provenPerson(parts, { ...given, purpose: 'password_reset' })
  if (!proven.ok) return proven
  const { personId, recoveryId } = proven
  const passwordHash = await hashing.hash(password)
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const person = await readPerson(tx, sealing, personId)
    if (person === undefined) return failed
    if (recoveryId !== undefined) {
      const finished = await finishRecovery(tx, sealing, { recoveryId, person, contact: given.contact, at })
      if (!finished.ok) return finished
    } else await endRecoveries(tx, { personId, kind: 'contact', state: 'cancelled', by: 'person', at })
    await dropDoubtful(tx, person, at)
    await setPassword(tx, { personId, passwordHash, coolingUntil: new Date(at.getTime() + coolingSeconds * 1000) })
    await endSessions(tx, { personId })
    await clearSignInGuesses(tx, guessSubjects(sealing, given.contact))
    await recordPersonAct(tx, { personId, action: 'person.password_reset', at })
    await tellEverywhere(tx, sealing, { person, accountId: undefined, template: 'password_changed', at })
    return { ok: true }
  })
}

/**
 * Takes away what was added to prove the person since a password or a contact was last replaced without the one before, some weeks back at
 * most: it may be whoever did that who added it, and this reset is the owner's way back.
 */
async function dropDoubtful(tx: Tx, { personId, coolingUntil }: Person, at: Date): Promise<void> {
  const since = new Date((coolingUntil?.getTime() ?? 0) - coolingSeconds * 1000)
  if (since.getTime() < at.getTime() - doubtDays * 24 * 60 * 60 * 1000) return
  const passkeys = await tx`delete from passkeys where person_id = ${personId} and created_at >= ${since}`
  const apps = await tx`delete from totp_secrets where person_id = ${personId} and created_at >= ${since}`
  if (apps.count > 0) await tx`delete from recovery_codes where person_id = ${personId}`
  const detail = { passkeys: String(passkeys.count), apps: String(apps.count) }
  if (passkeys.count + apps.count > 0)
    await recordPersonAct(tx, { personId, action: 'person.authenticators_dropped', detail, at })
}

/** The session, its record and the notice to its person, in the caller's transaction. */
export async function signIn(
  tx: Tx,
  sealing: Sealing,
  given: { person: Person; device: string; at: Date },
): Promise<SignedInNow> {
  const { person, device, at } = given
  const { personId } = person
  await endRecoveries(tx, { personId, state: 'cancelled', by: 'person', at })
  const [member] = await tx<{ account_id: string }[]>`
    select account_id from memberships where person_id = ${personId} and removed_at is null order by account_id limit 1`
  const accountId = member?.account_id
  const { sessionId, token } = await openSession(tx, sealing, { personId, accountId, device, at })
  const detail = { session: publicId('session', sessionId) }
  await recordPersonAct(tx, { personId, accountId, action: 'person.signed_in', detail, at })
  await tellPerson(tx, sealing, {
    person,
    accountId,
    template: 'sign_in_alert',
    values: { device, time: jakartaTime(at) },
    at,
  })
  return { personId, sessionId, token }
}

/** An act of a person on themselves. One that touches no account stands under the person's own id. */
export async function recordPersonAct(
  tx: Tx,
  act: { personId: string; accountId?: string | undefined; action: string; detail?: Record<string, string>; at: Date },
): Promise<void> {
  const { personId, accountId = personId, action, detail = {}, at } = act
  const objectId = publicId('person', personId)
  await recordAudit(tx, [{ accountId, id: newUuid(at), actor: `person:${objectId}`, action, objectId, detail }], at)
}
