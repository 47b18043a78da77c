import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { samplePdf } from '../../../tests/support/pdf-samples.ts'
import { countingSealing, fakeProofs, signedInPeople, type FakeProofs } from '../../../tests/support/signed-in.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { grantUnits } from '../../identity/accounts.ts'

const people = signedInPeople()
const pin = '402817'
let web: TestWeb
let proofs: FakeProofs
let account: Awaited<ReturnType<TestWeb['openAccount']>>
let header: string
let personId: string

beforeAll(async () => {
  proofs = fakeProofs()
  web = await testWeb(undefined, (database) => ({
    callers: people.callers(database),
    confirming: { sealing: countingSealing(), proofs },
  }))
})
beforeEach(async () => {
  account = await web.openAccount(5)
  ;({ header, personId } = people.signIn(account.accountId))
  await call('PUT', '/v1/pin', { pin, password: proofs.password })
  proofs.notices = []
})
afterAll(() => web.close())

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

async function call(method: Method, path: string, json?: object, headers: Record<string, string> = {}) {
  const answer = await web.app.inject({
    method,
    url: path,
    headers: {
      authorization: header,
      ...headers,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(json === undefined ? {} : { payload: JSON.stringify(json) }),
  })
  return { status: answer.statusCode, json: answer.body === '' ? {} : answer.json() }
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')
const aDigest = () => digestOf(randomUUID())

function reserve(sourceSha256: string, more: object = {}, key: string = randomUUID()) {
  const placement = { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }
  const facts = { documentType: 'surat-pernyataan' }
  const body = { facts, placement, sourceSha256, sourceLength: 1000, pageCount: 1, ...more }
  return call('POST', '/v1/affixings', body, { 'idempotency-key': key })
}

async function authorize(...sourceSha256s: string[]): Promise<string> {
  const made = await call('POST', '/v1/pin-confirmations', { pin, purpose: 'affixing', sourceSha256s })
  expect(made.status).toBe(201)
  return made.json.authorization
}

const quota = async () => (await call('GET', '/v1/quota')).json

test('a session reserves with what its person confirmed, and finishes without', async () => {
  const digest = aDigest()
  const reserved = await reserve(digest, { authorization: await authorize(digest) })
  expect(reserved.status).toBe(201)
  expect(JSON.stringify(reserved.json)).not.toContain('authorization')
  const signed = await call('PUT', `/v1/affixings/${reserved.json.id}/signature`, { digest })
  expect(signed).toMatchObject({ status: 200, json: { state: 'affixed' } })
  expect(await quota()).toMatchObject({ available: 4, spent: 1 })
})

test('without an authorization nothing is reserved, and with a key of the account none is needed', async () => {
  const digest = aDigest()
  expect(await reserve(digest)).toMatchObject({ status: 403, json: { code: 'authorization_missing' } })
  expect(await quota()).toMatchObject({ available: 5, reserved: 0 })
  header = `Bearer ${account.liveKey}`
  expect((await reserve(digest)).status).toBe(201)
})

test('one is good for its document, account and person alone, and only once', async () => {
  const digest = aDigest()
  const authorization = await authorize(digest)
  const mine = header
  const refused = { status: 403, json: { code: 'authorization_unusable' } }

  expect(await reserve(aDigest(), { authorization })).toMatchObject(refused)
  header = people.signIn(account.accountId).header
  expect(await reserve(digest, { authorization })).toMatchObject(refused)
  header = people.signIn((await web.openAccount(1)).accountId, { personId }).header
  expect(await reserve(digest, { authorization })).toMatchObject(refused)
  header = mine
  const reserved = await reserve(digest, { authorization })
  expect(reserved.status).toBe(201)
  expect((await call('DELETE', `/v1/affixings/${reserved.json.id}`)).status).toBe(200)
  expect(await reserve(digest, { authorization })).toMatchObject(refused)
})

test('of ten calls at once with one authorization and keys of their own, one reserves', async () => {
  const digest = aDigest()
  const authorization = await authorize(digest)
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => reserve(digest, { authorization, additional: true })),
  )
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    201,
    ...Array.from({ length: 9 }, () => 403),
  ])
  expect(await quota()).toMatchObject({ available: 4, reserved: 1 })
})

test('a repeat with the same key is answered as before, whatever authorization it brings, even none', async () => {
  const digest = aDigest()
  const key = randomUUID()
  const authorization = await authorize(digest)
  const first = await reserve(digest, { authorization }, key)
  for (const more of [{ authorization }, {}, { authorization: await authorize(digest) }])
    expect(await reserve(digest, more, key)).toEqual({ status: 201, json: first.json })
})

test('a refused reservation spends nothing: no quota, a limit reached, or the document stamped already', async () => {
  const empty = await web.openAccount(0)
  header = people.signIn(empty.accountId, { personId }).header
  const digest = aDigest()
  const authorization = await authorize(digest)
  const key = randomUUID()
  expect(await reserve(digest, { authorization }, key)).toMatchObject({ json: { code: 'quota_empty' } })
  await web.db.database.transaction(async (tx) => {
    const at = await web.db.database.now(tx)
    await grantUnits(tx, { accountId: empty.accountId, id: randomUUID(), ledger: 'stamps', units: 3n, at })
  })
  expect((await reserve(digest, { authorization }, key)).status).toBe(201)

  const more = await authorize(digest)
  expect(await reserve(digest, { authorization: more })).toMatchObject({ json: { code: 'already_reserved' } })
  expect((await reserve(digest, { authorization: more, additional: true })).status).toBe(201)
})

test('documents confirmed together are reserved one by one with one authorization', async () => {
  const digests = [aDigest(), aDigest(), aDigest()]
  const authorization = await authorize(...digests)
  const answers = await Promise.all(digests.map((digest) => reserve(digest, { authorization })))
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
})

test('an upload takes an authorization for its bytes in the facts; its repeat needs none', async () => {
  const file = Buffer.from(samplePdf())
  const placement = { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }
  const facts = { documentType: 'surat-pernyataan' }
  const upload = (path: string, more: object) => {
    const sent = Buffer.from(JSON.stringify({ facts, placement, ...more })).toString('base64url')
    const headers = { authorization: header, 'content-type': 'application/pdf' }
    return web.app.inject({ method: 'PUT', url: `${path}?facts=${sent}`, headers, payload: file })
  }
  const path = `/v1/stampings/${randomUUID()}`

  const refused = await upload(path, {})
  expect(refused.json()).toMatchObject({ code: 'authorization_missing' })
  const authorization = await authorize(createHash('sha256').update(file).digest('hex'))
  const stamped = await upload(path, { authorization })
  expect([stamped.statusCode, stamped.headers['content-type']]).toEqual([200, 'application/pdf'])
  const again = await upload(path, {})
  expect(again.rawPayload.equals(stamped.rawPayload)).toBe(true)
  const other = await upload(`/v1/stampings/${randomUUID()}`, { authorization, additional: true })
  expect(other.json()).toMatchObject({ code: 'authorization_unusable' })
  expect(await quota()).toMatchObject({ available: 4, spent: 1 })
})

test('keys have no PIN, and readers confirm nothing', async () => {
  const body = { pin, purpose: 'affixing', sourceSha256s: [aDigest()] }
  header = people.signIn(account.accountId, { personId, role: 'reader' }).header
  expect(await call('POST', '/v1/pin-confirmations', body)).toMatchObject({
    status: 403,
    json: { code: 'not_allowed', permission: 'affix' },
  })
  header = `Bearer ${account.liveKey}`
  for (const [method, path, json] of [
    ['GET', '/v1/pin', undefined],
    ['PUT', '/v1/pin', { pin }],
    ['POST', '/v1/pin/codes', { purpose: 'affixing', route: 'sms' }],
    ['POST', '/v1/pin/resets', { codeId: 'x', code: '731946', pin }],
    ['POST', '/v1/pin-confirmations', body],
  ] as const)
    expect(await call(method, path, json)).toMatchObject({ status: 403, json: { code: 'session_needed' } })
})

test.each<[string, object]>([
  ['an affixing of no document', { purpose: 'affixing', sourceSha256s: [] }],
  ['more stamps than documents', { purpose: 'affixing', sourceSha256s: [digestOf('a')], count: 2 }],
  ['one document twice', { purpose: 'affixing', sourceSha256s: [digestOf('a'), digestOf('a')] }],
  ['a key with documents', { purpose: 'key', sourceSha256s: [digestOf('a')] }],
  ['a batch of nothing', { purpose: 'batch', count: 3 }],
  ['a PIN of five digits', { pin: '40281', purpose: 'key' }],
  ['PIN and password at once', { password: 'x', codeId: 'x', code: 'x', purpose: 'key' }],
])('%s is no confirmation, and no try', async (_, change) => {
  const answer = await call('POST', '/v1/pin-confirmations', { pin, ...change })
  expect(answer).toMatchObject({ status: 400, json: { code: 'request_malformed' } })
})

test('a lock says until when and how to go on, in both languages, with Retry-After; the other way goes on', async () => {
  const digest = aDigest()
  const confirm = (wrong: string, language: string) =>
    web.app.inject({
      method: 'POST',
      url: '/v1/pin-confirmations',
      headers: { authorization: header, 'accept-language': language },
      payload: { pin: wrong, purpose: 'affixing', sourceSha256s: [digest] },
    })
  for (let i = 0; i < 5; i++) await confirm('555123', 'id')
  const [indonesian, english] = [await confirm(pin, 'id'), await confirm(pin, 'en')]
  expect(indonesian.statusCode).toBe(429)
  expect(Number(indonesian.headers['retry-after'])).toBeGreaterThan(800)
  expect(indonesian.json().detail).toMatch(
    /^PIN Anda terkunci sampai \d{4}-\d\d-\d\d \d\d\.\d\d WIB .* kata sandi dan kode/,
  )
  expect(english.json().detail).toMatch(/^Your PIN is locked until .* WIB .* password and a code/)
  expect((await call('GET', '/v1/pin')).json).toMatchObject({ isSet: true, lockedUntil: english.json().until })

  const asked = await call('POST', '/v1/pin/codes', { purpose: 'affixing', route: 'whatsapp' })
  expect(asked.status).toBe(201)
  const { codeId } = asked.json
  const proven = { password: proofs.password, codeId, code: '731946', purpose: 'affixing', sourceSha256s: [digest] }
  const made = await call('POST', '/v1/pin-confirmations', proven)
  expect(made.status).toBe(201)
  expect((await reserve(digest, { authorization: made.json.authorization })).status).toBe(201)
})

test('a PIN is changed by the old one and reset by a code, and an easy one is refused with the reason', async () => {
  expect(await call('PUT', '/v1/pin', { pin: '918273', password: proofs.password })).toMatchObject({
    json: { code: 'pin_already_set' },
  })
  expect(await call('PUT', '/v1/pin', { pin: '918273', oldPin: '555123' })).toMatchObject({
    json: { code: 'pin_wrong', triesLeft: 4 },
  })
  expect(await call('PUT', '/v1/pin', { pin: '111111', oldPin: pin })).toMatchObject({
    status: 422,
    json: { code: 'pin_weak', reason: 'repeats', detail: expect.stringContaining('angkanya berulang') },
  })
  expect((await call('PUT', '/v1/pin', { pin: '918273', oldPin: pin })).status).toBe(200)
  const { codeId } = (await call('POST', '/v1/pin/codes', { purpose: 'pin_reset', route: 'email' })).json
  const reset = await call('POST', '/v1/pin/resets', { codeId, code: '731946', pin: '382917' })
  expect(reset).toMatchObject({ status: 200, json: { isSet: true, coolingUntil: expect.any(String) } })
  expect(proofs.notices).toEqual(['pin_changed', 'pin_changed'])
})

test('the first PIN takes the password, waits while a reset cools, and every contact is told', async () => {
  header = people.signIn(account.accountId).header
  expect(await call('PUT', '/v1/pin', { pin })).toMatchObject({ status: 400 })
  const wrong = await call('PUT', '/v1/pin', { pin, password: 'bukan kata sandinya' })
  expect(wrong.json).toMatchObject({ code: 'confirmation_wrong' })
  proofs.cooling = new Date(Date.now() + 60 * 60 * 1000)
  expect((await call('PUT', '/v1/pin', { pin, password: proofs.password })).json).toMatchObject({ code: 'pin_cooling' })
  proofs.cooling = undefined
  expect((await call('GET', '/v1/pin')).json).toEqual({ isSet: false })
  expect((await call('PUT', '/v1/pin', { pin, password: proofs.password })).status).toBe(200)
  expect(proofs.notices).toEqual(['pin_set'])
})

test('no line of the log holds a PIN, a password, a code or an authorization', async () => {
  const digest = aDigest()
  const authorization = await authorize(digest)
  await reserve(digest, { authorization })
  await reserve(digest, { authorization, additional: true })
  await call('POST', '/v1/pin-confirmations', { pin: '90817a', purpose: 'affixing' })
  const log = web.logged.join('')
  expect(log).toContain('/v1/pin-confirmations')
  const secrets = [pin, '555123', '918273', '382917', '731946', '90817a', proofs.password, authorization, 'ma_']
  expect(secrets.filter((secret) => new RegExp(`(?<![0-9a-f])${secret}(?![0-9a-f])`).test(log))).toEqual([])
})
