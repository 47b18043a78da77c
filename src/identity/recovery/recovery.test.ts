import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { columnsInClear } from '../../../tests/support/clear-values.ts'
import { testDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { plainPasswords } from '../../../tests/support/plain-passwords.ts'
import { openSealing } from '../../base/sealing.ts'
import { readContact, type Contact } from '../contacts.ts'
import { personCoolingRefusal } from '../cooling.ts'
import { addPerson, readPerson } from '../people.ts'
import { listSessions } from '../sessions.ts'
import { requestEntryCode, resetPassword, signInByPassword } from '../sign-in.ts'
import { beginTotp, readTotp } from '../totp.ts'
import { workDueRecoveries } from './due-recoveries.ts'
import { approveRecovery, askRecovery, cancelRecovery, listRecoveries, withdrawRecovery } from './recovery.ts'

const sealing = openSealing(Buffer.alloc(32, 5))
const oldPassword = 'kucing abu makan ikan'
const newPassword = 'ikan hiu makan kucing'
const day = 24 * 60 * 60
let db: TestDatabase
let personId: string
let people = 0
let email: Contact
let phone: Contact
let fresh: Contact

beforeAll(async () => {
  db = await testDatabase()
})
beforeEach(async () => {
  const n = ++people
  email = contactOf(`lama${n}@contoh.example`)
  phone = contactOf(`+6281200000${100 + n}`)
  fresh = contactOf(`baru${n}@contoh.example`)
  const { database } = db
  const added = await database.transaction(async (tx) => {
    const contacts = { email: email.address, phone: phone.address }
    const at = await database.now(tx)
    return addPerson(tx, sealing, { name: 'Contoh Aminah', ...contacts, passwordHash: oldPassword, language: 'id', at })
  })
  if (added === undefined) throw new Error('no person')
  personId = added
})
afterAll(() => db.drop())

const parts = () => ({ database: db.database, sealing, origin: 'https://meterai.example', passwords: plainPasswords })

function contactOf(typed: string): Contact {
  const contact = readContact(typed)
  if (contact === undefined) throw new Error('no contact')
  return contact
}

/** Both operators have said yes. */
async function approved(kind: 'contact' | 'authenticator' = 'contact'): Promise<string> {
  const wanted = kind === 'contact' ? ({ kind, contact: fresh } as const) : { kind }
  const asked = await askRecovery(parts(), { personId, operator: 'sari', ...wanted })
  if (!asked.ok) throw new Error(asked.problem)
  const { recoveryId } = asked
  expect(await approveRecovery(parts(), { recoveryId, operator: 'budi' })).toMatchObject({ ok: true })
  return recoveryId
}

async function afterTheDay(): Promise<void> {
  await db.advance(day + 1)
  await workDueRecoveries(parts(), new AbortController().signal)
}

const signIn = (contact: Contact, password = oldPassword) =>
  signInByPassword(parts(), { contact, password, device: 'Ponsel' })

async function codeTo(contact: Contact) {
  const sent = await requestEntryCode(parts(), { purpose: 'password_reset', contact, language: 'id' })
  if (!sent.ok) throw new Error(sent.refusal.code)
  const [last] = (await messagesTo(contact)).filter(({ template }) => template === 'code').toReversed()
  return { codeId: sent.codeId, code: String(last?.values['code']), isSent: last?.state === 'due' }
}

async function messagesTo({ address }: Contact) {
  const rows = await db.database.sql<
    { message_id: string; receiver: Buffer; template: string; body: Buffer; state: string }[]
  >`select message_id, receiver, template, body, state from messages order by message_id`
  return rows
    .filter(
      (row) =>
        sealing.open({ purpose: 'message.receiver', owner: row.message_id }, row.receiver).toString() === address,
    )
    .map(({ message_id: owner, template, body, state }) => {
      const { values } = JSON.parse(sealing.open({ purpose: 'message.body', owner }, body).toString())
      return { template, state, values }
    })
}

/** The token in the message that every contact got. */
async function tokenFor(contact: Contact): Promise<string> {
  const message = (await messagesTo(contact)).find(({ template }) => template === 'recovery_begun')
  return new URL(String(message?.values.link)).searchParams.get('kunci') ?? ''
}

const stateOf = async (recoveryId: string) =>
  (await db.database.sql<{ state: string }[]>`select state from access_recoveries where recovery_id = ${recoveryId}`)[0]
    ?.state

test('two operators and a day give who lost everything a new contact, by which they make a new password', async () => {
  await signIn(email)
  const recoveryId = await approved()
  for (const contact of [email, phone])
    expect((await messagesTo(contact)).map(({ template }) => template)).toContain('recovery_begun')
  await afterTheDay()
  const { codeId, code, isSent } = await codeTo(fresh)

  expect(isSent).toBe(true)
  expect(await resetPassword(parts(), { contact: fresh, codeId, code, password: newPassword })).toEqual({ ok: true })

  expect(await readPerson(db.database.sql, sealing, personId)).toMatchObject({ email: fresh.address, phone: undefined })
  expect(await listSessions(db.database.sql, personId)).toEqual([])
  expect(await personCoolingRefusal(db.database.sql, personId)).toMatchObject({ code: 'pin_cooling' })
  expect(await stateOf(recoveryId)).toBe('done')
  for (const contact of [email, phone, fresh])
    expect((await messagesTo(contact)).map(({ template }) => template)).toContain('contact_changed')
  expect((await signIn(phone, newPassword)).ok).toBe(false)
  expect((await signIn(fresh, newPassword)).ok).toBe(true)
})

test('the new contact stands nowhere in clear while it waits', async () => {
  await approved()
  expect(await columnsInClear(db.owner, [fresh.address])).toEqual([])
})

test('before the day is over a code to the new contact is made and never sent', async () => {
  await approved()
  expect(await codeTo(fresh)).toMatchObject({ isSent: false })
})

test('before a second operator approves nothing happens, however long it takes, and nobody is told', async () => {
  const asked = await askRecovery(parts(), { personId, operator: 'sari', kind: 'contact', contact: fresh })
  await afterTheDay()
  expect(asked.ok && (await stateOf(asked.recoveryId))).toBe('asked')
  expect(await messagesTo(email)).toEqual([])
  expect(await codeTo(fresh)).toMatchObject({ isSent: false })
})

test.each([
  [
    'the link that an old contact got',
    async (id: string) => cancelRecovery(parts(), { recoveryId: id, token: await tokenFor(phone) }),
  ],
  ['signing in', async () => (await signIn(phone)).ok],
  [
    'a new password by an old contact',
    async () => (await resetPassword(parts(), { contact: email, ...(await codeTo(email)), password: newPassword })).ok,
  ],
  ['one operator', async (id: string) => (await withdrawRecovery(parts(), { recoveryId: id, operator: 'sari' })).ok],
])('%s ends it, before the day is over and after it', async (_, end) => {
  const early = await approved()
  expect(await end(early)).toBe(true)
  expect(await stateOf(early)).toBe('cancelled')
  await afterTheDay()
  expect(await codeTo(fresh)).toMatchObject({ isSent: false })
  await db.advance(3600)

  await db.database.sql`delete from messages`
  const late = await approved()
  await afterTheDay()
  expect(await stateOf(late)).toBe('open')
  expect(await end(late)).toBe(true)
  expect(await codeTo(fresh)).toMatchObject({ isSent: false })
})

test('a wrong link ends nothing', async () => {
  const recoveryId = await approved()
  expect(await cancelRecovery(parts(), { recoveryId, token: 'x'.repeat(43) })).toBe(false)
  expect(await stateOf(recoveryId)).toBe('waiting')
})

test('an operator does not approve what they asked for, and nobody approves twice', async () => {
  const asked = await askRecovery(parts(), { personId, operator: 'sari', kind: 'contact', contact: fresh })
  if (!asked.ok) throw new Error(asked.problem)
  const { recoveryId } = asked
  expect(await approveRecovery(parts(), { recoveryId, operator: 'sari' })).toEqual({
    ok: false,
    problem: 'same_operator',
  })
  expect(await approveRecovery(parts(), { recoveryId, operator: 'budi' })).toMatchObject({ ok: true })
  expect(await approveRecovery(parts(), { recoveryId, operator: 'tini' })).toEqual({
    ok: false,
    problem: 'case_unknown',
  })
})

test('what cannot be is refused: nobody, another person’s contact, an app that is not there, a second case', async () => {
  const ask = (more: object) =>
    askRecovery(parts(), { personId, operator: 'sari', kind: 'contact', contact: fresh, ...more })
  expect(await ask({ personId: '00000000-0000-7000-8000-000000000000' })).toEqual({
    ok: false,
    problem: 'person_unknown',
  })
  expect(await ask({ contact: phone })).toEqual({ ok: false, problem: 'contact_taken' })
  expect(await ask({ kind: 'authenticator' })).toEqual({ ok: false, problem: 'no_authenticator' })
  expect(await ask({})).toMatchObject({ ok: true })
  expect(await ask({})).toEqual({ ok: false, problem: 'under_way' })
})

test('a contact that somebody else proved meanwhile stays theirs, and the person keeps what they had', async () => {
  const recoveryId = await approved()
  await afterTheDay()
  const { codeId, code } = await codeTo(fresh)
  await db.database.transaction(async (tx) => {
    const at = await db.database.now(tx)
    await addPerson(tx, sealing, { name: 'Contoh B', email: fresh.address, passwordHash: 'x', language: 'id', at })
  })
  // the code has proven the contact, which is somebody else's now: it is their password that it makes anew
  await resetPassword(parts(), { contact: fresh, codeId, code, password: newPassword })
  expect(await stateOf(recoveryId)).toBe('open')
  expect((await signIn(email, newPassword)).ok).toBe(false)
  expect(await readPerson(db.database.sql, sealing, personId)).toMatchObject({
    email: email.address,
    phone: phone.address,
  })
})

test('after the day the authenticator app is gone, every session too, and every contact is told', async () => {
  await db.database.transaction(async (tx) => {
    const at = await db.database.now(tx)
    await beginTotp(tx, sealing, { personId, label: 'x', at })
    await tx`update totp_secrets set confirmed_at = ${at} where person_id = ${personId}`
  })
  const recoveryId = await approved('authenticator')
  expect((await signIn(email)).ok).toBe(false)
  await afterTheDay()

  expect(await readTotp(db.database.sql, personId)).toBeUndefined()
  expect(await stateOf(recoveryId)).toBe('done')
  expect(await personCoolingRefusal(db.database.sql, personId)).toMatchObject({ code: 'pin_cooling' })
  for (const contact of [email, phone])
    expect((await messagesTo(contact)).map(({ template }) => template)).toContain('authenticator_changed')
  expect((await signIn(email)).ok).toBe(true)
})

test('what nobody goes on with lapses after a week, and its contact is forgotten', async () => {
  const recoveryId = await approved()
  await afterTheDay()
  await db.advance(7 * day)
  await workDueRecoveries(parts(), new AbortController().signal)
  expect(await stateOf(recoveryId)).toBe('lapsed')
  const rows = await db.database.sql`
    select 1 from access_recoveries where recovery_id = ${recoveryId} and sealed_contact is null and contact_index is null`
  expect(rows).toHaveLength(1)
  expect((await listRecoveries(parts(), 100)).map((one) => one.recoveryId)).not.toContain(recoveryId)
})

test('each step stands in the audit with who did it', async () => {
  const recoveryId = await approved()
  await cancelRecovery(parts(), { recoveryId, token: await tokenFor(email) })
  const rows = await db.database.sql<{ actor: string; action: string }[]>`
    select actor, action from audit where account_id = ${personId} and action like 'recovery.%' order by id`
  expect(rows.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
    'operator:sari recovery.asked',
    'operator:budi recovery.approved',
    'contact recovery.cancelled',
  ])
})
