import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { type Misbehaviour, softPasskey, type SoftPasskey } from '../../tests/support/soft-passkey.ts'
import { newUuid } from '../base/ids.ts'
import { addPasskey, askForPasskey, askForProof, checkPasskey, readPasskeys, removePasskey } from './passkeys.ts'

const site = { rpId: 'meterai.example', origin: 'https://meterai.example' }
let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

const parts = () => ({ database: db.database, site })
const person = () => newUuid(new Date())

async function register(personId: string, key: SoftPasskey, how?: Misbehaviour) {
  const asked = await askForPasskey(parts(), { personId, name: 'Contoh A' })
  if (asked === undefined) throw new Error('no more passkeys')
  const { challengeId, options } = asked
  return addPasskey(parts(), { personId, challengeId, response: key.register(options.challenge, how) })
}

async function prove(key: SoftPasskey, how?: Misbehaviour, personId?: string) {
  const { challengeId, options } = await askForProof(parts(), { personId })
  return checkPasskey(parts(), { challengeId, response: key.prove(options.challenge, how) })
}

async function registered(counts = true): Promise<{ personId: string; key: SoftPasskey; id: string }> {
  const personId = person()
  const key = softPasskey(site, counts)
  const added = await register(personId, key)
  if (!added.ok) throw new Error(added.refusal.code)
  return { personId, key, id: added.id }
}

const refused = { ok: false, refusal: { code: 'passkey_refused' } }

test('a passkey that was added says whose it is, at the door and inside', async () => {
  const { personId, key, id } = await registered()
  expect(await prove(key)).toEqual({ ok: true, personId, passkeyId: id })
  expect(await prove(key, {}, personId)).toEqual({ ok: true, personId, passkeyId: id })
  expect((await readPasskeys(db.database.sql, personId))[0]?.usedAt).toBeInstanceOf(Date)
})

test('a question at the door names nobody: it lists no passkeys', async () => {
  const { personId, key } = await registered()
  const door = await askForProof(parts(), {})
  expect(door.options.allowCredentials ?? []).toEqual([])
  const inside = await askForProof(parts(), { personId })
  expect(inside.options.allowCredentials).toMatchObject([{ id: key.id }])
})

test.each([
  ['another site', { origin: 'https://meterai-example.test' }],
  ['another host', { rpId: 'example' }],
  ['another question', { challenge: 'YW5vdGhlcg' }],
  ['nobody before the device', { isUnverified: true }],
  ['a counter that stands still', { counter: 1 }],
  ['a counter that goes back', { counter: 0 }],
] as const)('an answer with %s proves nothing', async (_, how) => {
  const { key } = await registered()
  expect(await prove(key, how)).toEqual(refused)
  expect(await prove(key, { counter: 7 })).toMatchObject({ ok: true })
})

test('devices that keep no counter are taken', async () => {
  const { key } = await registered(false)
  expect(await prove(key)).toMatchObject({ ok: true })
  expect(await prove(key)).toMatchObject({ ok: true })
})

test('a question is answered once', async () => {
  const { key } = await registered(false)
  const { challengeId, options } = await askForProof(parts(), {})
  const response = key.prove(options.challenge)
  const answers = await Promise.all([1, 2, 3].map(() => checkPasskey(parts(), { challengeId, response })))
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
})

test('a question is good for five minutes', async () => {
  const { key } = await registered()
  const { challengeId, options } = await askForProof(parts(), {})
  await db.advance(5 * 60)
  expect(await checkPasskey(parts(), { challengeId, response: key.prove(options.challenge) })).toEqual(refused)
})

test("another person's passkey does not answer a question for one", async () => {
  const { personId } = await registered()
  const other = await registered()
  expect(await prove(other.key, {}, personId)).toEqual(refused)
})

test('a passkey nobody added proves nothing', async () => {
  expect(await prove(softPasskey(site))).toEqual(refused)
})

test.each([
  ['another site', { origin: 'https://elsewhere.example' }],
  ['another question', { challenge: 'YW5vdGhlcg' }],
  ['nobody before the device', { isUnverified: true }],
  [
    'a certificate, whose links must not be followed',
    { attestation: { format: 'packed', certificate: Uint8Array.of(48, 0) } },
  ],
  ['a format that brings certificates', { attestation: { format: 'android-key', certificate: Uint8Array.of(48, 0) } }],
] as const)('a passkey is not added with %s', async (_, how) => {
  const personId = person()
  expect(await register(personId, softPasskey(site), how)).toEqual(refused)
  expect(await readPasskeys(db.database.sql, personId)).toEqual([])
})

test('a question for one person adds no passkey to another, and one for proving adds none', async () => {
  const key = softPasskey(site)
  const asked = await askForPasskey(parts(), { personId: person(), name: 'Contoh A' })
  if (asked === undefined) throw new Error('no question')
  const response = key.register(asked.options.challenge)
  expect(await addPasskey(parts(), { personId: person(), challengeId: asked.challengeId, response })).toEqual(refused)
  const personId = person()
  const proof = await askForProof(parts(), { personId })
  const wrong = key.register(proof.options.challenge)
  expect(await addPasskey(parts(), { personId, challengeId: proof.challengeId, response: wrong })).toEqual(refused)
})

test('one passkey belongs to one person', async () => {
  const { key } = await registered()
  expect(await register(person(), key)).toEqual(refused)
})

test('a removed passkey proves nothing, and nobody removes what is another’s', async () => {
  const { personId, key, id } = await registered()
  const remove = (by: string) => db.database.transaction((tx) => removePasskey(tx, { personId: by, id }))
  expect(await remove(person())).toBe(false)
  expect(await prove(key)).toMatchObject({ ok: true })
  expect(await remove(personId)).toBe(true)
  expect(await prove(key)).toEqual(refused)
})
