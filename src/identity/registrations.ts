import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { Overloaded } from '../base/batching.ts'
import { newUuid } from '../base/ids.ts'
import type { Route } from '../base/receiver.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Language } from '../base/text.ts'
import type { Database, Queryable, Tx } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import type { Refusal } from '../errors.ts'
import { registrationDays, registrationsMax, registrationUnprovenSeconds } from '../limits/people.ts'
import { queueMessage } from '../notices/messages/queue.ts'
import type { AccountKind, Identity } from './account-identity.ts'
import { checkCode, requestCode, type CodeRequested } from './codes.ts'
import { contactOf, receiverOf, type Contact, type ContactKind } from './contacts.ts'
import { passwordProblem, readPassword } from './password-rule.ts'
import { addPerson, findByContact } from './people.ts'
import { keepPapersOfApplicant, listPapers, movePapers } from './papers/keep-paper.ts'
import { openProofing } from './proofing.ts'
import { openRegisteredAccount } from './registered-accounts.ts'
import { missingSteps, ownWords, type Registration, type RegistrationDraft } from './registration-draft.ts'
import { openSession } from './sessions.ts'
import { recordPersonAct, type PeopleParts, type SignedInNow } from './sign-in.ts'

// A registration belongs to whoever holds its token. Whether a contact has a person already is never told to anyone who has not proven
// the contact: a code for a known one is made and never sent, and its owner is told instead.

/** A registration named by its id and held by its token (as it was given out). */
export type Applicant = { registrationId: string; token: string }

type Refused = { ok: false; refusal: Refusal }
const notFound: Refused = { ok: false, refusal: { code: 'not_found' } }

type Row = {
  registration_id: string
  token_hash: Buffer
  sealed_draft: Buffer
  password_hash: string | null
  language: Language
  email_proven: boolean
  phone_proven: boolean
  created_at: Date
  expires_at: Date
  completed_at: Date | null
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()
const place = (registrationId: string) => ({ purpose: 'registration.draft', owner: registrationId })

function sealDraft(sealing: Sealing, registrationId: string, draft: RegistrationDraft): Buffer {
  return sealing.seal(place(registrationId), JSON.stringify(draft))
}

/**
 * An empty registration; the token is shown here and never again. It lasts a day, and a month once a contact is proven. Throws Overloaded where
 * too many lie here.
 */
export async function beginRegistration(
  parts: PeopleParts,
  begun: { language: Language },
): Promise<Applicant & { expiresAt: Date }> {
  const { database, sealing } = parts
  const at = await database.now()
  const registrationId = newUuid(at)
  const token = `rt_${randomBytes(32).toString('base64url')}`
  const expiresAt = new Date(at.getTime() + registrationUnprovenSeconds * 1000)
  // an estimate is enough, and costs nothing however many there are
  const rows = await database.sql`
    insert into registrations (registration_id, token_hash, sealed_draft, language, created_at, expires_at)
    select ${registrationId}, ${hashOf(token)}, ${sealDraft(sealing, registrationId, { identity: {} })}, ${begun.language}, ${at}, ${expiresAt}
    where (select reltuples from pg_class where oid = 'registrations'::regclass) < ${registrationsMax} returning 1`
  if (rows.length === 0) throw new Overloaded('too many registrations lie here')
  return { registrationId, token, expiresAt }
}

/** The applicant's row, held until the transaction ends; refused alike where there is none, it is another's, or its time is over. */
async function holdRegistration(tx: Tx, applicant: Applicant): Promise<{ ok: true; row: Row } | Refused> {
  const [row] = await tx<Row[]>`
    select registration_id, token_hash, sealed_draft, password_hash, language, email_proven, phone_proven, created_at, expires_at, completed_at
    from registrations where registration_id = ${applicant.registrationId} and expires_at > database_now() for update`
  if (row === undefined || !timingSafeEqual(row.token_hash, hashOf(applicant.token))) return notFound
  return row.completed_at === null ? { ok: true, row } : { ok: false, refusal: { code: 'registration_completed' } }
}

async function registrationFromRow(sql: Queryable, sealing: Sealing, row: Row): Promise<Registration> {
  const registrationId = row.registration_id
  const draft: RegistrationDraft = JSON.parse(sealing.open(place(registrationId), row.sealed_draft).toString())
  return {
    registrationId,
    draft,
    emailProven: row.email_proven,
    phoneProven: row.phone_proven,
    hasPassword: row.password_hash !== null,
    ...(await listPapers(sql, { registrationId })),
    expiresAt: row.expires_at,
  }
}

/** What was filled in so far. */
export function readRegistration(
  parts: PeopleParts,
  applicant: Applicant,
): Promise<{ ok: true; registration: Registration } | Refused> {
  return parts.database.transaction(async (tx) => {
    const held = await holdRegistration(tx, applicant)
    if (!held.ok) return held
    return { ok: true, registration: await registrationFromRow(tx, parts.sealing, held.row) }
  })
}

/** Fields to be filled in, or emptied by null. Contacts are in their one form. */
export type RegistrationChange = {
  ownerType?: AccountKind | undefined
  identity?: { [Field in keyof Identity]?: string | null | undefined } | undefined
  email?: string | undefined
  phone?: string | undefined
  password?: string | undefined
  language?: Language | undefined
}

/** Fills in what is given and leaves the rest. Another contact has to be proven anew; a password is never shown again. */
export async function fillRegistration(
  parts: PeopleParts,
  applicant: Applicant,
  change: RegistrationChange,
): Promise<{ ok: true; registration: Registration } | Refused> {
  const { database, sealing, passwords } = parts
  const known = await readRegistration(parts, applicant)
  if (!known.ok) return known
  const password = change.password === undefined ? undefined : readPassword(change.password)
  const weak = password && passwordProblem(password, ownWords(changedDraft(known.registration.draft, change)))
  if (weak) return { ok: false, refusal: weak }
  const passwordHash = password === undefined ? undefined : await passwords.hash(password)
  return database.transaction(async (tx) => {
    const held = await holdRegistration(tx, applicant)
    if (!held.ok) return held
    const before = await registrationFromRow(tx, sealing, held.row)
    const draft = changedDraft(before.draft, change)
    const row: Row = {
      ...held.row,
      sealed_draft: sealDraft(sealing, applicant.registrationId, draft),
      password_hash: passwordHash ?? held.row.password_hash,
      language: change.language ?? held.row.language,
      email_proven: before.emailProven && draft.email === before.draft.email,
      phone_proven: before.phoneProven && draft.phone === before.draft.phone,
    }
    await tx`
      update registrations set sealed_draft = ${row.sealed_draft}, password_hash = ${row.password_hash}, language = ${row.language},
        email_proven = ${row.email_proven}, phone_proven = ${row.phone_proven}
      where registration_id = ${applicant.registrationId}`
    return { ok: true, registration: await registrationFromRow(tx, sealing, row) }
  })
}

function changedDraft(draft: RegistrationDraft, change: RegistrationChange): RegistrationDraft {
  const fields = Object.entries({ ...draft.identity, ...change.identity })
  const identity: Partial<Identity> = Object.fromEntries(
    fields.filter(([, value]) => value !== null && value !== undefined),
  )
  return {
    ownerType: change.ownerType ?? draft.ownerType,
    identity,
    email: change.email ?? draft.email,
    phone: change.phone ?? draft.phone,
  }
}

/** Sends a code to the contact that was filled in. Where it is somebody's already nothing but a notice goes there, and the answer is the same. */
export async function requestRegistrationCode(
  parts: PeopleParts,
  applicant: Applicant,
  ask: { kind: ContactKind; route?: Route | undefined },
): Promise<CodeRequested | Refused> {
  const { database, sealing, codeLimits: limits } = parts
  const read = await database.transaction(async (tx) => {
    const held = await holdRegistration(tx, applicant)
    if (!held.ok) return held
    const { draft } = await registrationFromRow(tx, sealing, held.row)
    return { ok: true as const, address: draft[ask.kind], language: held.row.language }
  })
  if (!read.ok) return read
  const { address, language } = read
  if (address === undefined)
    return { ok: false, refusal: { code: 'registration_incomplete', values: { missing: ask.kind } } }
  const contact: Contact = { kind: ask.kind, address }
  const receiver = receiverOf(contact, ask.route)
  const owner = await findByContact(database.sql, sealing, contact)
  const requested = await requestCode(
    { database, sealing, ...(limits === undefined ? {} : { limits }) },
    { purpose: 'registration', subject: applicant.registrationId, receiver, language, send: owner === undefined },
  )
  if (!requested.ok) return requested
  await database.transaction(async (tx) => {
    const at = await database.now(tx)
    const words = { template: 'registration_known', values: {}, language: owner?.language ?? language }
    await queueMessage(tx, sealing, { accountId: null, receiver, ...words, at, withhold: owner === undefined })
  })
  return requested
}

/** Takes the code that came to a contact: that contact is proven, as long as it stays the one filled in. */
export async function proveRegistrationContact(
  parts: PeopleParts,
  applicant: Applicant,
  given: { codeId: string; code: string },
): Promise<{ ok: true; registration: Registration } | Refused> {
  const { database, sealing } = parts
  const known = await readRegistration(parts, applicant)
  if (!known.ok) return known
  const subject = applicant.registrationId
  const checked = await checkCode({ database, sealing }, { ...given, subject, purpose: 'registration' })
  if (!checked.ok) return checked
  const proven = contactOf(checked.receiver)
  return database.transaction(async (tx) => {
    const held = await holdRegistration(tx, applicant)
    if (!held.ok) return held
    const { draft } = await registrationFromRow(tx, sealing, held.row)
    // Another address may have been filled in while the code was on its way.
    if (draft[proven.kind] !== proven.address) return { ok: false, refusal: { code: 'code_expired' } }
    const row: Row = {
      ...held.row,
      email_proven: held.row.email_proven || proven.kind === 'email',
      phone_proven: held.row.phone_proven || proven.kind === 'phone',
      expires_at: new Date(held.row.created_at.getTime() + registrationDays * 24 * 60 * 60 * 1000),
    }
    await tx`
      update registrations set email_proven = ${row.email_proven}, phone_proven = ${row.phone_proven}, expires_at = ${row.expires_at}
      where registration_id = ${subject}`
    await keepPapersOfApplicant(tx, { registrationId: subject, deleteAt: row.expires_at })
    return { ok: true, registration: await registrationFromRow(tx, sealing, row) }
  })
}

/** Who registered, signed in on the browser they did it with. */
export type Registered = { accountId: string; signedIn: SignedInNow }

/** Makes the person and the account of a complete registration, in one commit, and signs the person in. The draft is gone. */
export async function completeRegistration(
  parts: PeopleParts,
  applicant: Applicant,
  given: { device: string },
): Promise<{ ok: true; registered: Registered } | Refused> {
  const { database, sealing } = parts
  return database.transaction(async (tx) => {
    const held = await holdRegistration(tx, applicant)
    if (!held.ok) return held
    const at = await database.now(tx)
    const registration = await registrationFromRow(tx, sealing, held.row)
    const { draft, hasPhoto: isPhotoThere } = registration
    const { ownerType } = draft
    const { name, personInCharge } = draft.identity
    const passwordHash = held.row.password_hash
    const missing = missingSteps(registration)
    if (missing.length > 0 || ownerType === undefined || name === undefined || passwordHash === null)
      return { ok: false, refusal: { code: 'registration_incomplete', values: { missing: missing.join(', ') } } }
    const contacts = {
      ...(registration.emailProven && draft.email !== undefined ? { email: draft.email } : {}),
      ...(registration.phoneProven && draft.phone !== undefined ? { phone: draft.phone } : {}),
    }
    const own = { name: personInCharge ?? name, ...contacts, passwordHash, language: held.row.language, at }
    const personId = await addPerson(tx, sealing, own)
    if (personId === undefined) return { ok: false, refusal: await takenContact(tx, sealing, contacts) }
    const identity: Identity = { ...draft.identity, name }
    const accountId = await openRegisteredAccount(tx, sealing, { personId, kind: ownerType, identity, at })
    const { registrationId } = applicant
    await movePapers(tx, { registrationId, accountId, accountKind: ownerType })
    if (isPhotoThere) await openProofing(tx, { accountId, at })
    await tx`
      update registrations set completed_at = ${at}, password_hash = null, sealed_draft = ${sealDraft(sealing, registrationId, { identity: {} })}
      where registration_id = ${registrationId}`
    const { sessionId, token } = await openSession(tx, sealing, { personId, accountId, device: given.device, at })
    await recordPersonAct(tx, { personId, accountId, action: 'person.registered', at })
    return { ok: true, registered: { accountId, signedIn: { personId, sessionId, token } } }
  })
}

/** Which of the proven contacts another person has proven meanwhile. */
async function takenContact(
  tx: Tx,
  sealing: Sealing,
  contacts: { email?: string; phone?: string },
): Promise<Refusal<'contact_taken'>> {
  const { email } = contacts
  const isEmail =
    email !== undefined && (await findByContact(tx, sealing, { kind: 'email', address: email })) !== undefined
  return { code: 'contact_taken', values: { kind: isEmail ? 'email' : 'phone' } }
}

/** Deletes registrations whose time is over, complete or not. Returns how many. */
export async function dropOldRegistrations(database: Database, stopping: AbortSignal): Promise<number> {
  return inBatches(stopping, async (rowsMax) => {
    const gone = await database.sql`
      delete from registrations where registration_id in (
        select registration_id from registrations where expires_at < database_now() limit ${rowsMax})`
    return gone.count
  })
}
