import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { countingSealing, fakeProofs, signedInPeople } from '../../../tests/support/signed-in.ts'
import { samplePdf } from '../../../tests/support/pdf-samples.ts'
import { testSealing, testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { addMember } from '../../identity/memberships.ts'
import { addPerson } from '../../identity/people.ts'
import { intentDays } from '../../limits/purchases.ts'
import { dropOldIntents, listUsableIntents } from '../../purchases/order-intents.ts'

const people = signedInPeople()
const pin = '402817'
let web: TestWeb
let account: Awaited<ReturnType<TestWeb['openAccount']>>
let header: string

beforeAll(async () => {
  web = await testWeb(undefined, (database) => ({
    callers: people.callers(database),
    confirming: { sealing: countingSealing(), proofs: fakeProofs() },
  }))
})
beforeEach(async () => {
  account = await web.openAccount(0)
  ;({ header } = people.signIn(account.accountId))
  await call('PUT', '/v1/pin', { pin, password: 'kata sandi yang panjang' })
})
afterAll(() => web.close())

type Sent = { as?: string; key?: string }
async function call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, json?: object, sent: Sent = {}) {
  const answer = await web.app.inject({
    method,
    url: path,
    headers: {
      authorization: sent.as ?? header,
      ...(sent.key === undefined ? {} : { 'idempotency-key': sent.key }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(json === undefined ? {} : { payload: JSON.stringify(json) }),
  })
  return { status: answer.statusCode, json: answer.body === '' ? {} : answer.json() }
}

const digestOf = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex')

function affixing(change: object = {}) {
  return {
    facts: { documentType: 'surat-perjanjian', identityType: 'KTP', identityNumber: '3171234567890123' },
    placement: { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' },
    sourceSha256: digestOf(randomUUID()),
    sourceLength: 1000,
    pageCount: 1,
    ...change,
  }
}
type Affixing = ReturnType<typeof affixing>

async function authorize(sourceSha256: string): Promise<string> {
  const wish = { pin, purpose: 'affixing', sourceSha256s: [sourceSha256] }
  return (await call('POST', '/v1/pin-confirmations', wish)).json.authorization
}

async function orderFor(intended: Affixing, sent: Sent = {}) {
  const authorization = await authorize(intended.sourceSha256)
  const wish = { quantity: 1, method: 'qris', intent: { ...intended, authorization } }
  return call('POST', '/v1/orders', wish, { key: randomUUID(), ...sent })
}
const pay = (id: string) => call('POST', `/simulator/payments/${id}`, { act: 'pay' })
async function paidFor(intended: Affixing): Promise<string> {
  const { json } = await orderFor(intended)
  await pay(json.id)
  return json.id
}
const reserve = (body: object, sent: Sent = {}) => call('POST', '/v1/affixings', body, { key: randomUUID(), ...sent })
const intentOf = async (id: string) => (await call('GET', `/v1/orders/${id}`)).json.intent

test('an order says what it is for, and once paid that is reserved without another confirmation', async () => {
  const intended = affixing()
  const ordered = await orderFor(intended)
  expect(ordered).toMatchObject({ status: 201, json: { intent: { ...intended, state: 'unpaid' } } })
  expect(ordered.json.intent.authorization).toBeUndefined()
  await pay(ordered.json.id)
  expect(await intentOf(ordered.json.id)).toMatchObject({ state: 'usable' })

  const reserved = await reserve({ ...intended, intent: ordered.json.id })

  expect(reserved.status).toBe(201)
  expect(await intentOf(ordered.json.id)).toMatchObject({ state: 'used', affixing: reserved.json.id })
})

test('an order is not placed for an affixing that its person did not confirm', async () => {
  const intended = affixing()
  const wish = { quantity: 1, method: 'qris', intent: intended }
  const key = randomUUID()
  expect(await call('POST', '/v1/orders', wish, { key })).toMatchObject({
    status: 403,
    json: { code: 'authorization_missing' },
  })
  const authorization = await authorize(digestOf('another file'))
  const other = { ...wish, intent: { ...intended, authorization } }
  expect(await call('POST', '/v1/orders', other, { key })).toMatchObject({
    status: 403,
    json: { code: 'authorization_unusable' },
  })
  expect((await call('GET', '/v1/orders')).json.items).toEqual([])
})

test('what was confirmed is spent with the order, and a repeat of the call is the same order', async () => {
  const intended = affixing()
  const authorization = await authorize(intended.sourceSha256)
  const wish = { quantity: 1, method: 'qris', intent: { ...intended, authorization } }
  const key = randomUUID()
  const first = await call('POST', '/v1/orders', wish, { key })

  expect((await call('POST', '/v1/orders', wish, { key })).json.id).toBe(first.json.id)
  expect(await call('POST', '/v1/orders', wish, { key: randomUUID() })).toMatchObject({
    json: { code: 'authorization_unusable' },
  })
  expect(await reserve({ ...intended, authorization })).toMatchObject({ json: { code: 'authorization_unusable' } })
})

test('an intent reserves once; its own key hears the same answer again', async () => {
  const intended = affixing()
  await web.grant(account.accountId, 5)
  const intent = await paidFor(intended)
  const key = randomUUID()
  const first = await reserve({ ...intended, intent }, { key })
  expect(first.status).toBe(201)

  expect((await reserve({ ...intended, intent }, { key })).json.id).toBe(first.json.id)
  await call('DELETE', `/v1/affixings/${first.json.id}`)
  expect(await reserve({ ...intended, intent })).toMatchObject({ status: 409, json: { code: 'intent_used' } })
})

test('of many calls at once by one intent a single one reserves', async () => {
  const intended = affixing()
  await web.grant(account.accountId, 10)
  const intent = await paidFor(intended)

  const answers = await Promise.all(Array.from({ length: 8 }, () => reserve({ ...intended, intent })))

  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
  expect((await call('GET', '/v1/quota')).json.reserved).toBe(1)
})

test('an intent is for one file, its facts and its place', async () => {
  const intended = affixing()
  const intent = await paidFor(intended)
  const differs = { status: 409, json: { code: 'intent_differs' } }
  const others = [
    { sourceSha256: digestOf('other') },
    { sourceLength: 1001 },
    { pageCount: 2 },
    { additional: true },
    { facts: { ...intended.facts, number: '7' } },
    { placement: { ...intended.placement, left: 41 } },
  ]
  for (const other of others) expect(await reserve({ ...intended, ...other, intent })).toMatchObject(differs)
  expect((await reserve({ ...intended, intent })).status).toBe(201)
})

test('an order that is not paid reserves nothing, though there is quota', async () => {
  const intended = affixing()
  await web.grant(account.accountId, 1)
  const { json } = await orderFor(intended)
  expect(await reserve({ ...intended, intent: json.id })).toMatchObject({
    status: 409,
    json: { code: 'intent_unpaid' },
  })
  expect((await call('GET', '/v1/quota')).json).toMatchObject({ available: 1, reserved: 0 })
})

test("another account's intent, and none, are the same answer", async () => {
  const intended = affixing()
  const intent = await paidFor(intended)
  const other = await web.openAccount(3)
  const stranger = people.signIn(other.accountId)
  const plain = (await call('POST', '/v1/orders', { quantity: 1, method: 'qris' }, { key: randomUUID() })).json.id
  for (const as of [stranger.header, `Bearer ${other.liveKey}`])
    expect(await reserve({ ...intended, intent }, { as })).toMatchObject({ status: 404, json: { code: 'not_found' } })
  expect(await reserve({ ...intended, intent: plain })).toMatchObject({ status: 404, json: { code: 'not_found' } })
  expect(await reserve({ ...intended, intent: 'ord_x' })).toMatchObject({ status: 404, json: { code: 'not_found' } })
})

test('another member of the same account confirms for themself', async () => {
  const intended = affixing()
  const intent = await paidFor(intended)
  const colleague = people.signIn(account.accountId, { role: 'stamper' })
  expect(await reserve({ ...intended, intent }, { as: colleague.header })).toMatchObject({
    status: 403,
    json: { code: 'authorization_missing' },
  })
})

test('who may buy and not affix orders for no affixing', async () => {
  const buyer = people.signIn(account.accountId, { role: 'buyer' })
  expect(await orderFor(affixing(), { as: buyer.header })).toMatchObject({
    status: 403,
    json: { code: 'not_allowed', permission: 'affix' },
  })
})

test('an intent that found no quota is good once there is some', async () => {
  const intended = affixing()
  const intent = await paidFor(intended)
  const digest = affixing()
  const authorization = await authorize(digest.sourceSha256)
  expect((await reserve({ ...digest, authorization })).status).toBe(201)
  expect(await reserve({ ...intended, intent })).toMatchObject({ status: 402, json: { code: 'quota_empty' } })

  await web.grant(account.accountId, 1)

  expect((await reserve({ ...intended, intent })).status).toBe(201)
})

test('the order that replaces another is for the same', async () => {
  const intended = affixing()
  const { json } = await orderFor(intended)
  const replaced = await call('POST', `/v1/orders/${json.id}/replace`, { method: 'virtual_account', bank: 'bri' })
  expect(replaced.json.intent).toMatchObject({ sourceSha256: intended.sourceSha256, state: 'unpaid' })
  await pay(replaced.json.id)
  expect(await reserve({ ...intended, intent: json.id })).toMatchObject({ json: { code: 'intent_unpaid' } })
  expect((await reserve({ ...intended, intent: replaced.json.id })).status).toBe(201)
})

test('the server way stamps an uploaded file by an intent', async () => {
  const pdf = samplePdf()
  const placement = { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }
  const intended = affixing({ sourceSha256: digestOf(pdf), sourceLength: pdf.length, placement })
  const intent = await paidFor(intended)
  const facts = Buffer.from(JSON.stringify({ facts: intended.facts, placement, intent })).toString('base64url')
  const answer = await web.app.inject({
    method: 'PUT',
    url: `/v1/stampings/${randomUUID()}?facts=${facts}`,
    headers: { authorization: header, 'content-type': 'application/pdf' },
    payload: Buffer.from(pdf),
  })
  expect(answer.statusCode).toBe(200)
  expect(await intentOf(intent)).toMatchObject({ state: 'used', affixing: answer.headers['affixing-id'] })
})

test('who ordered for an affixing is told when it can be finished', async () => {
  const { database } = web.db
  const personId = await database.transaction(async (tx) => {
    const email = `${randomUUID()}@contoh.example`
    const at = await database.now(tx)
    const added = await addPerson(tx, testSealing, {
      name: 'Contoh A',
      email,
      passwordHash: 'none',
      language: 'id',
      at,
    })
    if (added === undefined) throw new Error('no person')
    const { accountId } = account
    await addMember(tx, { accountId, personId: added, role: 'owner', stampsPerMonth: null, orderLimitRupiah: null, at })
    return added
  })
  ;({ header } = people.signIn(account.accountId, { personId }))
  await call('PUT', '/v1/pin', { pin, password: 'kata sandi yang panjang' })
  const told = () => database.sql<{ template: string }[]>`
    select template from messages where account_id = ${account.accountId} and template = 'order_paid'`
  const { json } = await orderFor(affixing())
  expect(await told()).toHaveLength(0)

  await pay(json.id)

  expect(await told()).toHaveLength(1)
})

test('facts of an intent lie in the database sealed', async () => {
  await orderFor(affixing())
  const [row] = await web.db.database.sql<{ content: Buffer }[]>`
    select content from order_intents where account_id = ${account.accountId}`
  expect(row?.content.toString('latin1')).not.toContain('3171234567890123')
})

// at the end: the clock does not come back
test('a week after its payment an intent reserves nothing, and later it is forgotten', async () => {
  const { database } = web.db
  const intended = affixing()
  const intent = await paidFor(intended)
  const wanted = { accountId: account.accountId, limit: 10 }
  expect(await listUsableIntents(database.sql, { ...wanted, now: await database.now() })).toHaveLength(1)

  await web.db.advance(intentDays * 24 * 60 * 60)

  expect(await listUsableIntents(database.sql, { ...wanted, now: await database.now() })).toEqual([])
  expect(await reserve({ ...intended, intent })).toMatchObject({ status: 409, json: { code: 'intent_lapsed' } })
  expect(await intentOf(intent)).toMatchObject({ state: 'lapsed' })
  await web.db.advance(30 * 24 * 60 * 60)
  await dropOldIntents(database, new AbortController().signal)
  expect(await intentOf(intent)).toBeUndefined()
})
