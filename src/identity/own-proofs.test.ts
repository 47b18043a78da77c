import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { plainPasswords } from '../../tests/support/plain-passwords.ts'
import { softPasskey } from '../../tests/support/soft-passkey.ts'
import { openSealing } from '../base/sealing.ts'
import { storeIdentity } from './account-identity.ts'
import { openHolder } from './accounts.ts'
import { confirmByPin, confirmOtherwise, oneAffixing, type Confirming, type ConfirmParts } from './confirmations.ts'
import { addMember } from './memberships.ts'
import { openPersonProofs } from './own-proofs.ts'
import { addPasskey, askForPasskey, askForProof } from './passkeys.ts'
import { addPerson, setContact } from './people.ts'
import { resetPin, setFirstPin } from './pin-changes.ts'

const sealing = openSealing(Buffer.alloc(32, 5))
const site = { rpId: 'meterai.example', origin: 'https://meterai.example' }
const pin = '402817'
const what = oneAffixing('ab'.repeat(32))
let db: TestDatabase
let parts: ConfirmParts
let who: Confirming
let people = 0

beforeAll(async () => {
  db = await testDatabase()
})
beforeEach(async () => {
  const { database } = db
  const proofs = openPersonProofs({ database, sealing, site, passwords: plainPasswords })
  parts = { database, sealing, proofs }
  who = { accountId: randomUUID(), personId: await newPerson(), actor: 'person:test' }
  await setFirstPin(parts, { who, pin, password: 'betul' })
})
afterAll(() => db.drop())

async function newPerson(): Promise<string> {
  const { database } = db
  const contact = { email: `contoh${++people}@contoh.example`, phone: `+6281200000${100 + people}` }
  const personId = await database.transaction(async (tx) => {
    const at = await database.now(tx)
    return addPerson(tx, sealing, { name: 'Contoh A', ...contact, passwordHash: 'betul', language: 'id', at })
  })
  if (personId === undefined) throw new Error('no person')
  return personId
}

type Message = { template: string; route: string; values: Record<string, string | number> }

async function messages(): Promise<Message[]> {
  const rows = await db.database.sql<{ message_id: string; template: string; route: string; body: Buffer }[]>`
    select message_id, template, route, body from messages where account_id = ${who.accountId} order by message_id`
  return rows.map((row) => {
    const opened = sealing.open({ purpose: 'message.body', owner: row.message_id }, row.body).toString()
    return { template: row.template, route: row.route, values: JSON.parse(opened).values }
  })
}

async function askedCode(purpose: 'affixing' | 'pin_reset', route: 'sms' | 'email') {
  const asked = await parts.proofs.requestCode({ ...who, purpose, route, language: 'id' })
  if (!asked.ok) throw new Error(asked.refusal.code)
  const sent = (await messages()).findLast(({ template }) => template === 'code')
  return { codeId: asked.codeId, code: String(sent?.values['code']), route: sent?.route }
}

test('a code goes to the contact of its route, confirms one affixing with the password, and the person is told everywhere', async () => {
  const { codeId, code, route } = await askedCode('affixing', 'sms')
  expect(route).toBe('sms')
  const proof = { kind: 'code', codeId, code } as const
  const wrong = await confirmOtherwise(parts, { who, what, proof: { ...proof, password: 'salah' } })
  expect(wrong).toMatchObject({ ok: false, refusal: { code: 'confirmation_wrong' } })
  expect(await confirmOtherwise(parts, { who, what, proof: { ...proof, password: 'betul' } })).toMatchObject({
    ok: true,
  })
  const told = (await messages()).filter(({ template }) => template === 'affixing_confirmed')
  expect(told.map(({ route: by }) => by).toSorted()).toEqual(['email', 'whatsapp'])
})

test('a code for an affixing resets no PIN, and one for a PIN confirms no affixing', async () => {
  const affixing = await askedCode('affixing', 'sms')
  const reset = await resetPin(parts, { who, pin: '918273', ...affixing })
  expect(reset).toMatchObject({ ok: false, refusal: { code: 'code_expired' } })
  const { codeId, code } = await askedCode('pin_reset', 'email')
  const proof = { kind: 'code', password: 'betul', codeId, code } as const
  expect(await confirmOtherwise(parts, { who, what, proof })).toMatchObject({ refusal: { code: 'code_expired' } })
  expect(await resetPin(parts, { who, pin: '918273', codeId, code })).toEqual({ ok: true })
  expect((await messages()).some(({ template }) => template === 'pin_changed')).toBe(true)
})

test("another person's code is as good as none", async () => {
  const { codeId, code } = await askedCode('pin_reset', 'email')
  const other = { ...who, personId: await newPerson() }
  const taken = await resetPin(parts, { who: other, pin: '918273', codeId, code })
  expect(taken).toMatchObject({ ok: false, refusal: { code: 'code_expired' } })
})

test('who has no such contact is told so', async () => {
  const personId = randomUUID()
  const asked = await parts.proofs.requestCode({ ...who, personId, purpose: 'affixing', route: 'sms', language: 'id' })
  expect(asked).toMatchObject({ ok: false, refusal: { code: 'not_found' } })
})

async function newPasskey(personId: string) {
  const key = softPasskey(site)
  const asked = await askForPasskey({ database: db.database, site }, { personId, name: 'Contoh' })
  if (asked === undefined) throw new Error('no question')
  const response = key.register(asked.options.challenge)
  const added = await addPasskey(
    { database: db.database, site },
    { personId, challengeId: asked.challengeId, response, onAdded: () => Promise.resolve() },
  )
  expect(added.ok).toBe(true)
  return key
}

test("the person's passkey confirms one affixing, another's does not, not even to a question asked at the door", async () => {
  const [mine, others] = [await newPasskey(who.personId), await newPasskey(await newPerson())]
  const confirm = (asked: { challengeId: string; options: object }, key: typeof mine) => {
    const challenge = 'challenge' in asked.options ? String(asked.options.challenge) : ''
    const passkey = { challengeId: asked.challengeId, response: key.prove(challenge) }
    return confirmOtherwise(parts, { who, what, proof: { kind: 'passkey', passkey } })
  }
  const refused = { ok: false, refusal: { code: 'passkey_refused' } }
  expect(await confirm(await parts.proofs.askForPasskey(who.personId), others)).toMatchObject(refused)
  expect(await confirm(await askForProof({ database: db.database, site }, {}), others)).toMatchObject(refused)
  const asked = await parts.proofs.askForPasskey(who.personId)
  expect(await confirm(asked, mine)).toMatchObject({ ok: true })
  expect(await confirm(asked, mine)).toMatchObject(refused)
})

test('the birth date of whoever holds an account is no PIN of theirs', async () => {
  const personId = await newPerson()
  await db.database.transaction(async (tx) => {
    const at = await db.database.now(tx)
    const { accountId } = await openHolder(tx, { name: 'Contoh A', at })
    await storeIdentity(tx, sealing, { accountId, identity: { name: 'Contoh A', birthDate: '1945-08-17' }, at })
    const limits = { stampsPerMonth: null, orderLimitRupiah: null }
    await addMember(tx, { accountId, personId, role: 'owner', ...limits, at })
  })
  expect(await setFirstPin(parts, { who: { ...who, personId }, pin: '170845', password: 'betul' })).toMatchObject({
    refusal: { code: 'pin_weak', values: { reason: 'birth_date' } },
  })
})

test('ten wrong passwords by many codes are no way around the lock of the password', async () => {
  const proof = { kind: 'code', codeId: randomUUID(), code: '000000' } as const
  const codes: string[] = []
  for (let i = 0; i < 12; i++) {
    const answer = await confirmOtherwise(parts, { who, what, proof: { ...proof, password: `tebakan ${i}` } })
    codes.push(answer.ok ? 'ok' : answer.refusal.code)
  }
  expect(codes.filter((code) => code === 'confirmation_wrong').length).toBeLessThanOrEqual(10)
  expect(codes.at(-1)).toMatch(/^(?:sign_in_locked|confirmations_used_up)$/)
})

test('a code that went to a contact the person has no more is as good as none', async () => {
  const { codeId, code } = await askedCode('pin_reset', 'email')
  const contact = { kind: 'email', address: `lain${people}@contoh.example` } as const
  await db.database.transaction((tx) => setContact(tx, sealing, { personId: who.personId, contact }))
  expect(await resetPin(parts, { who, pin: '918273', codeId, code })).toMatchObject({
    refusal: { code: 'code_expired' },
  })
})

test('a lock is told with its minutes, and a person who is cooling confirms no key by PIN', async () => {
  await db.owner
    .sql`update people set cooling_until = database_now() + interval '1 day' where person_id = ${who.personId}`
  const key = { purpose: 'key', sourceSha256s: [], count: 1 } as const
  expect(await confirmByPin(parts, { who, what: key, pin })).toMatchObject({ refusal: { code: 'pin_cooling' } })
  for (let i = 0; i < 5; i++) await confirmByPin(parts, { who, what, pin: '555123' })
  const told = (await messages()).filter(({ template }) => template === 'pin_locked')
  expect(told[0]?.values).toEqual({ minutes: 15, time: expect.stringMatching(/ WIB$/) })
})
