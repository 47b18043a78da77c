import { newUuid } from '../base/ids.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Language } from '../base/text.ts'
import type { Queryable, Tx } from '../database/database.ts'
import type { Contact, ContactKind } from './contacts.ts'

/** A human who signs in. Contacts are proven ones; `coolingUntil`: until then nothing that moves money, keys or whole batches. */
export type Person = {
  personId: string
  name: string
  email: string | undefined
  phone: string | undefined
  language: Language
  coolingUntil: Date | undefined
  createdAt: Date
}

/** What signing in needs to know of a person. */
export type Recognised = { personId: string; passwordHash: string | undefined; language: Language }

type PersonRow = {
  person_id: string
  sealed_name: Buffer
  sealed_email: Buffer | null
  sealed_phone: Buffer | null
  language: Language
  cooling_until: Date | null
  created_at: Date
}

/** The index by which a contact is found: the same wherever it is stored. */
export function contactIndex(sealing: Sealing, { kind, address }: Contact): Buffer {
  return sealing.blindIndex(`contact.${kind}`, address)
}

/** The bytes a contact is stored as, and its index; both null where there is none. */
function stored(sealing: Sealing, personId: string, contact: { kind: ContactKind; address: string | undefined }) {
  const { kind, address } = contact
  if (address === undefined) return { sealed: null, index: null }
  return {
    sealed: sealing.seal({ purpose: `person.${kind}`, owner: personId }, address),
    index: contactIndex(sealing, { kind, address }),
  }
}

/** `personId`: a new one by default. Who has no password signs in another way. */
export type NewPerson = {
  personId?: string
  name: string
  email?: string
  phone?: string
  passwordHash?: string
  language: Language
  at: Date
}

/** A new person with the contacts they have proven; undefined where one of those is another's by now, or the person is there already. */
export async function addPerson(tx: Tx, sealing: Sealing, person: NewPerson): Promise<string | undefined> {
  const { personId = newUuid(person.at) } = person
  const email = stored(sealing, personId, { kind: 'email', address: person.email })
  const phone = stored(sealing, personId, { kind: 'phone', address: person.phone })
  const rows = await tx`
    insert into people (person_id, sealed_name, sealed_email, email_index, sealed_phone, phone_index, password_hash, language, created_at)
    values (${personId}, ${sealing.seal({ purpose: 'person.name', owner: personId }, person.name)}, ${email.sealed}, ${email.index},
      ${phone.sealed}, ${phone.index}, ${person.passwordHash ?? null}, ${person.language}, ${person.at})
    on conflict do nothing returning 1`
  return rows.length === 1 ? personId : undefined
}

/** Whose contact this is; undefined where it is nobody's. */
export async function findByContact(
  sql: Queryable,
  sealing: Sealing,
  contact: Contact,
): Promise<Recognised | undefined> {
  const index = contactIndex(sealing, contact)
  const rows = await sql<{ person_id: string; password_hash: string | null; language: Language }[]>`
    select person_id, password_hash, language from people
    where ${contact.kind === 'email' ? sql`email_index = ${index}` : sql`phone_index = ${index}`} and closed_at is null`
  const row = rows[0]
  if (row === undefined) return undefined
  return { personId: row.person_id, passwordHash: row.password_hash ?? undefined, language: row.language }
}

/** The people of these ids, by id; those who closed their account are not among them. */
export async function readPeople(
  sql: Queryable,
  sealing: Sealing,
  personIds: readonly string[],
): Promise<Map<string, Person>> {
  const rows = await sql<PersonRow[]>`
    select person_id, sealed_name, sealed_email, sealed_phone, language, cooling_until, created_at from people
    where person_id = any(${[...personIds]}::uuid[]) and closed_at is null`
  return new Map(rows.map((row) => [row.person_id, personFromRow(sealing, row)]))
}

/** One person; undefined where there is none, or no more. */
export async function readPerson(sql: Queryable, sealing: Sealing, personId: string): Promise<Person | undefined> {
  return (await readPeople(sql, sealing, [personId])).get(personId)
}

function personFromRow(sealing: Sealing, row: PersonRow): Person {
  const owner = row.person_id
  const opened = (purpose: string, sealed: Buffer | null) =>
    sealed === null ? undefined : sealing.open({ purpose, owner }, sealed).toString()
  return {
    personId: owner,
    name: sealing.open({ purpose: 'person.name', owner }, row.sealed_name).toString(),
    email: opened('person.email', row.sealed_email),
    phone: opened('person.phone', row.sealed_phone),
    language: row.language,
    coolingUntil: row.cooling_until ?? undefined,
    createdAt: row.created_at,
  }
}

/** The person's contact of this kind from now on, proven elsewhere. False where it is another's, or the person is no more. */
export async function setContact(
  tx: Tx,
  sealing: Sealing,
  change: { personId: string; contact: Contact },
): Promise<boolean> {
  const { personId, contact } = change
  const { sealed, index } = stored(sealing, personId, contact)
  // Somebody may have proven the same contact a moment ago: the first one has it, whoever asks second is told.
  await tx`select pg_advisory_xact_lock(hashtextextended(${`contact ${index?.toString('hex') ?? ''}`}, 0))`
  const rows =
    contact.kind === 'email'
      ? await tx`
          update people set sealed_email = ${sealed}, email_index = ${index} where person_id = ${personId} and closed_at is null
            and not exists (select from people o where o.email_index = ${index} and o.person_id <> ${personId}) returning 1`
      : await tx`
          update people set sealed_phone = ${sealed}, phone_index = ${index} where person_id = ${personId} and closed_at is null
            and not exists (select from people o where o.phone_index = ${index} and o.person_id <> ${personId}) returning 1`
  return rows.length === 1
}

/** A new password; `coolingUntil` where whoever set it may be somebody else. */
export async function setPassword(
  tx: Tx,
  change: { personId: string; passwordHash: string; coolingUntil?: Date },
): Promise<void> {
  await tx`
    update people set password_hash = ${change.passwordHash},
      cooling_until = greatest(cooling_until, ${change.coolingUntil ?? null}::timestamptz)
    where person_id = ${change.personId} and closed_at is null`
}

/** Until then nothing that moves money, keys or whole batches is done by this person; a longer such time stays. */
export async function coolPerson(tx: Tx, cooled: { personId: string; until: Date }): Promise<void> {
  await tx`
    update people set cooling_until = greatest(cooling_until, ${cooled.until}::timestamptz)
    where person_id = ${cooled.personId} and closed_at is null`
}

/** Takes away the person's other contact, where they have one. */
export async function dropContacts(tx: Tx, dropped: { personId: string; but: ContactKind }): Promise<void> {
  if (dropped.but === 'email')
    await tx`update people set sealed_phone = null, phone_index = null where person_id = ${dropped.personId}`
  else await tx`update people set sealed_email = null, email_index = null where person_id = ${dropped.personId}`
}

/** How the person is called, and in which language they are written to. */
export async function changePerson(
  tx: Tx,
  sealing: Sealing,
  change: { personId: string; name?: string | undefined; language?: Language | undefined },
): Promise<void> {
  const { personId, name, language = null } = change
  const sealed = name === undefined ? null : sealing.seal({ purpose: 'person.name', owner: personId }, name)
  await tx`
    update people set sealed_name = coalesce(${sealed}::bytea, sealed_name), language = coalesce(${language}, language)
    where person_id = ${personId} and closed_at is null`
}

/** Ends a person: name, contacts and password are dropped for good; the id stays in the records of what they did. */
export async function closePerson(tx: Tx, closed: { personId: string; at: Date }): Promise<void> {
  const { personId, at } = closed
  await tx`
    update people set sealed_name = null, sealed_email = null, sealed_phone = null, email_index = null, phone_index = null,
      password_hash = null, closed_at = ${at} where person_id = ${personId} and closed_at is null`
  await tx`delete from sessions where person_id = ${personId}`
  await tx`delete from passkeys where person_id = ${personId}`
  await tx`delete from totp_secrets where person_id = ${personId}`
  await tx`delete from recovery_codes where person_id = ${personId}`
  await tx`delete from pins where person_id = ${personId}`
  await tx`delete from notice_choices where person_id = ${personId}`
}
