import { jakartaTime } from '../base/jakarta.ts'
import type { Route } from '../base/receiver.ts'
import type { Language } from '../base/text.ts'
import type { ErrorCode, Refusal } from '../errors.ts'
import { coolingSeconds } from '../limits/people.ts'
import { queueMessage } from '../notices/messages/queue.ts'
import { noticeTopics } from '../notices/messages/topics.ts'
import { checkCode, requestCode, type CodeRequested } from './codes.ts'
import { contactOf, receiverOf, type Contact } from './contacts.ts'
import type { NoticeChoices } from './notice-choices.ts'
import { tellEverywhere } from './notices.ts'
import { passwordProblem, readPassword } from './password-rule.ts'
import type { Hashing } from './passwords.ts'
import { changePerson, findByContact, readPerson, setContact, setPassword } from './people.ts'
import type { SessionToken } from './session-tokens.ts'
import { endSessions, replaceToken } from './sessions.ts'
import { clearSignInGuesses, countSignInGuess, insideSubjects } from './sign-in-guesses.ts'
import { recordPersonAct, type PeopleParts } from './sign-in.ts'

/** Whose change it is: somebody who is signed in. UUIDs. */
export type Oneself = { personId: string; sessionId: string }

type Refused<Code extends ErrorCode = ErrorCode> = { ok: false; refusal: Refusal<Code> }
const failed: Refused<'sign_in_failed'> = { ok: false, refusal: { code: 'sign_in_failed' } }

/** Whether this is the person's password; guesses are counted before they are looked at, apart from those at the door. */
export function proveOwnPassword(
  parts: PeopleParts,
  given: { personId: string; password: string },
): Promise<{ ok: true } | Refused<'sign_in_failed' | 'sign_in_locked'>> {
  return parts.passwords.withPlace((hashing) => proveWith(parts, hashing, given), 'inside')
}

async function proveWith(
  { database, sealing }: PeopleParts,
  hashing: Hashing,
  given: { personId: string; password: string },
): Promise<{ ok: true } | Refused<'sign_in_failed' | 'sign_in_locked'>> {
  const subjects = insideSubjects(sealing, given.personId)
  const seconds = await database.transaction(async (tx) =>
    countSignInGuess(tx, { subjects, at: await database.now(tx) }),
  )
  if (seconds !== undefined) return { ok: false, refusal: { code: 'sign_in_locked', values: { seconds } } }
  const [row] = await database.sql<{ password_hash: string | null }[]>`
    select password_hash from people where person_id = ${given.personId}`
  if (!(await hashing.verify(row?.password_hash ?? undefined, readPassword(given.password)))) return failed
  await database.transaction((tx) => clearSignInGuesses(tx, subjects))
  return { ok: true }
}

/** Another password: every other session ends, this one gets a new token, and every contact is told. */
export async function changePassword(
  parts: PeopleParts,
  change: { who: Oneself; oldPassword: string; password: string },
): Promise<{ ok: true; token: SessionToken } | Refused> {
  const { database, sealing } = parts
  const { personId, sessionId } = change.who
  const person = await readPerson(database.sql, sealing, personId)
  if (person === undefined) return failed
  const password = readPassword(change.password)
  const own = [person.name, person.email, person.phone].filter((word) => word !== undefined)
  const weak = passwordProblem(password, own)
  if (weak !== undefined) return { ok: false, refusal: weak }
  const hashed = await parts.passwords.withPlace(async (hashing) => {
    const proven = await proveWith(parts, hashing, { personId, password: change.oldPassword })
    return proven.ok ? hashing.hash(password) : proven
  }, 'inside')
  if (typeof hashed !== 'string') return hashed
  const passwordHash = hashed
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    await setPassword(tx, { personId, passwordHash })
    await endSessions(tx, { personId, keep: sessionId })
    const token = await replaceToken(tx, sealing, sessionId)
    await recordPersonAct(tx, { personId, action: 'person.password_changed', at })
    await tellEverywhere(tx, sealing, { person, accountId: undefined, template: 'password_changed', at })
    return { ok: true, token }
  })
}

/** How the person is called, and in which language they are written to. */
export function changeDetails(
  { database, sealing }: PeopleParts,
  change: { personId: string; name?: string | undefined; language?: Language | undefined },
): Promise<void> {
  const { personId } = change
  return database.transaction(async (tx) => {
    await changePerson(tx, sealing, change)
    await recordPersonAct(tx, { personId, action: 'person.changed', at: await database.now(tx) })
  })
}

/** By which ways the person hears of some topics from now on; the other topics stay as they are. */
export function chooseNotices(
  { database }: Pick<PeopleParts, 'database'>,
  chosen: { personId: string; choices: { [Topic in keyof NoticeChoices]?: NoticeChoices[Topic] | undefined } },
): Promise<void> {
  const { personId, choices } = chosen
  return database.transaction(async (tx) => {
    for (const topic of noticeTopics) {
      const routes = choices[topic]
      if (routes === undefined) continue
      await tx`
        insert into notice_choices (person_id, topic, routes) values (${personId}, ${topic}, ${[...routes]}::text[])
        on conflict (person_id, topic) do update set routes = excluded.routes`
    }
    await recordPersonAct(tx, { personId, action: 'person.notices_chosen', at: await database.now(tx) })
  })
}

/** Sends a code to a contact that is to be the person's; where it is another's only a notice goes there, and the answer is the same. */
export async function requestContactCode(
  parts: PeopleParts,
  ask: { personId: string; contact: Contact; route?: Route | undefined },
): Promise<CodeRequested | Refused> {
  const { database, sealing, codeLimits: limits } = parts
  const { personId, contact } = ask
  const person = await readPerson(database.sql, sealing, personId)
  if (person === undefined) return failed
  const owner = await findByContact(database.sql, sealing, contact)
  const isFree = owner === undefined || owner.personId === personId
  const receiver = receiverOf(contact, ask.route)
  const requested = await requestCode(
    { database, sealing, ...(limits === undefined ? {} : { limits }) },
    { purpose: 'contact_change', subject: personId, receiver, language: person.language, send: isFree },
  )
  if (!requested.ok) return requested
  await database.transaction(async (tx) => {
    const at = await database.now(tx)
    const words = { template: 'registration_known', values: {}, language: owner?.language ?? person.language }
    await queueMessage(tx, sealing, { accountId: null, receiver, ...words, at, withhold: isFree })
  })
  return requested
}

/**
 * Makes the contact that a code has proven the person's, in the place of the one before. The password proves that it is the person who asks; the
 * old contact and the other one are told, and for a day nothing that moves money, keys or whole batches is done by this person. While such a
 * day runs no contact is changed or added: whoever took over one must not take both, nor gain another way in, before the owner has read of it.
 */
export async function changeContact(
  parts: PeopleParts,
  change: { who: Oneself; password: string; codeId: string; code: string },
): Promise<{ ok: true; contact: Contact; token: SessionToken } | Refused> {
  const { database, sealing } = parts
  const { who, codeId, code } = change
  const { personId, sessionId } = who
  const before = await readPerson(database.sql, sealing, personId)
  if (before === undefined) return failed
  // before the password is looked at and the code spent; once more below, where nothing can come in between
  const waits = coolingOf(before.coolingUntil, await database.now())
  if (waits !== undefined) return waits
  const proven = await proveOwnPassword(parts, { personId, password: change.password })
  if (!proven.ok) return proven
  const checked = await checkCode({ database, sealing }, { codeId, code, subject: personId, purpose: 'contact_change' })
  if (!checked.ok) return checked
  const contact = contactOf(checked.receiver)
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const [held] = await tx<{ cooling_until: Date | null }[]>`
      select cooling_until from people where person_id = ${personId} and closed_at is null for update`
    if (held === undefined) return failed
    const cools = coolingOf(held.cooling_until ?? undefined, at)
    if (cools !== undefined) return cools
    if (!(await setContact(tx, sealing, { personId, contact })))
      return { ok: false, refusal: { code: 'contact_taken', values: { kind: contact.kind } } }
    // A first e-mail beside a phone takes nothing from anyone.
    if (before[contact.kind] !== undefined) {
      await tx`
        update people set cooling_until = ${new Date(at.getTime() + coolingSeconds * 1000)} where person_id = ${personId}`
      await endSessions(tx, { personId, keep: sessionId })
    }
    const token = await replaceToken(tx, sealing, sessionId)
    const detail = { kind: contact.kind }
    await recordPersonAct(tx, { personId, action: 'person.contact_changed', detail, at })
    const values = { contact: contact.kind, time: jakartaTime(at) }
    await tellEverywhere(tx, sealing, { person: before, accountId: undefined, template: 'contact_changed', values, at })
    return { ok: true, contact, token }
  })
}

function coolingOf(until: Date | undefined, now: Date): Refused<'contact_cooling'> | undefined {
  const seconds = until === undefined ? 0 : Math.ceil((until.getTime() - now.getTime()) / 1000)
  return seconds > 0 ? { ok: false, refusal: { code: 'contact_cooling', values: { seconds } } } : undefined
}
