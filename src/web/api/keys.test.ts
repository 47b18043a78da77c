import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { countingSealing, fakeProofs, signedInPeople } from '../../../tests/support/signed-in.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { openCallers } from '../../identity/callers.ts'
import { openKeyUses } from '../../identity/key-uses.ts'
import { apiKeysMax } from '../../limits/people.ts'

const people = signedInPeople()
const pin = '402817'
let web: TestWeb
let account: Awaited<ReturnType<TestWeb['openAccount']>>
let owner: string
let liveKey: string
const made: string[] = []

beforeAll(async () => {
  web = await testWeb(undefined, (database) => ({
    callers: people.callers(database),
    confirming: { sealing: countingSealing(), proofs: fakeProofs() },
  }))
})
beforeEach(async () => {
  account = await web.openAccount(10)
  owner = people.signIn(account.accountId).header
  liveKey = `Bearer ${account.liveKey}`
  await call(owner, 'PUT', '/v1/pin', { pin, password: 'kata sandi yang panjang' })
})
afterAll(() => web.close())

async function call(by: string, method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, json?: object) {
  const answer = await web.app.inject({
    method,
    url: path,
    headers: { authorization: by, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(json === undefined ? {} : { payload: JSON.stringify(json) }),
  })
  return { status: answer.statusCode, json: answer.body === '' ? {} : answer.json() }
}

async function make(by: string, body: object = {}) {
  const answer = await call(by, 'POST', '/v1/keys', { name: 'Kasir', kind: 'test', ...body })
  if (answer.status === 201) made.push(answer.json.key)
  return answer
}

async function confirmed(by = owner): Promise<string> {
  return (await call(by, 'POST', '/v1/pin-confirmations', { pin, purpose: 'key' })).json.authorization
}

const bearer = (answer: { json: { key: string } }) => `Bearer ${answer.json.key}`

function reserve(by: string) {
  const placement = { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }
  const sourceSha256 = createHash('sha256').update(randomUUID()).digest('hex')
  return web.app.inject({
    method: 'POST',
    url: '/v1/affixings',
    headers: { authorization: by, 'idempotency-key': randomUUID() },
    payload: { facts: { documentType: 'surat-pernyataan' }, placement, sourceSha256, sourceLength: 1000, pageCount: 1 },
  })
}

test('an owner makes a test key without a PIN: shown once, specimens at once, and listed without itself', async () => {
  const answer = await make(owner, { scopes: ['affix', 'read'] })
  expect(answer.status).toBe(201)
  const { key, id } = answer.json
  expect(key).toMatch(/^mk_test_[\w-]{43}$/)
  expect((await reserve(bearer(answer))).json().serial).toMatch(/^SPESIMEN/)
  expect((await call(bearer(answer), 'GET', '/v1/quota')).json).toMatchObject({ ledger: 'specimens' })

  const { items } = (await call(owner, 'GET', '/v1/keys')).json
  expect(items).toHaveLength(3)
  expect(items.find((item: { id: string }) => item.id === id)).toMatchObject({
    name: 'Kasir',
    kind: 'test',
    prefix: 'mk_test_',
    lastFour: key.slice(-4),
    scopes: ['affix', 'read'],
  })
  expect(JSON.stringify(items)).not.toContain(key.slice(8, -4))
})

test('a live key takes a PIN from a session, once, and is not made of a confirmed affixing', async () => {
  expect((await make(owner, { kind: 'live' })).json.code).toBe('authorization_missing')
  const digest = createHash('sha256').update('x').digest('hex')
  const affixing = { pin, purpose: 'affixing', sourceSha256s: [digest] }
  const other = (await call(owner, 'POST', '/v1/pin-confirmations', affixing)).json.authorization
  expect((await make(owner, { kind: 'live', authorization: other })).json.code).toBe('authorization_unusable')
  const authorization = await confirmed()
  const answer = await make(owner, { kind: 'live', authorization })
  expect(answer.status).toBe(201)
  expect((await reserve(bearer(answer))).statusCode).toBe(201)
  expect((await make(owner, { kind: 'live', authorization })).json.code).toBe('authorization_unusable')
})

test.each(['buyer', 'stamper', 'reader'] as const)('a %s has nothing to do with keys', async (role) => {
  const { header } = people.signIn(account.accountId, { role })
  const answers = [await make(header), await call(header, 'GET', '/v1/keys')]
  expect(answers).toMatchObject([
    { status: 403, json: { code: 'not_allowed', permission: 'manage' } },
    { status: 403, json: { code: 'not_allowed' } },
  ])
})

test('a live key that may manage makes keys, none that may more than itself, and a test key makes none', async () => {
  const manager = bearer(await make(liveKey, { kind: 'live', scopes: ['manage', 'read'] }))
  expect((await make(manager, { kind: 'live', scopes: ['read'] })).status).toBe(201)
  expect(await make(manager, { scopes: ['affix'] })).toMatchObject({
    json: { code: 'not_allowed', permission: 'affix' },
  })
  expect((await make(manager)).json.code).toBe('not_allowed')
  expect((await make(`Bearer ${account.testKey}`)).json.code).toBe('not_allowed')
  expect((await call(`Bearer ${account.testKey}`, 'GET', '/v1/keys')).json.code).toBe('not_allowed')
})

test('a key with limits or an end makes none without them, and lifts none', async () => {
  const limited = await make(liveKey, { kind: 'live', dailyLimit: 1 })
  expect((await make(bearer(limited))).json.code).toBe('not_allowed')
  const lifted = await call(bearer(limited), 'PATCH', `/v1/keys/${limited.json.id}`, { dailyLimit: null })
  expect(lifted.json.code).toBe('not_allowed')
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const ending = await make(liveKey, { kind: 'live', expiresAt })
  expect((await make(bearer(ending))).json.code).toBe('not_allowed')
})

test('where nobody signs for live keys none is made, and test keys are', async () => {
  const withoutIssuer = await testWeb(({ signers }) => ({ signers: { ...signers, specimensForLiveKeys: false } }))
  const holder = await withoutIssuer.openAccount(0)
  const codes: unknown[] = []
  for (const kind of ['live', 'test']) {
    const answer = await withoutIssuer.app.inject({
      method: 'POST',
      url: '/v1/keys',
      headers: { authorization: `Bearer ${holder.liveKey}` },
      payload: { name: 'Kasir', kind },
    })
    codes.push(answer.json().code ?? answer.statusCode)
  }
  await withoutIssuer.close()
  expect(codes).toEqual(['issuer_not_configured', 201])
})

test('a revoked key is a stranger from its next call on, and cannot be revoked twice', async () => {
  const answer = await make(owner)
  expect((await call(bearer(answer), 'GET', '/v1/quota')).status).toBe(200)
  expect((await call(owner, 'DELETE', `/v1/keys/${answer.json.id}`)).status).toBe(204)
  expect((await call(bearer(answer), 'GET', '/v1/quota')).status).toBe(401)
  expect((await call(owner, 'DELETE', `/v1/keys/${answer.json.id}`)).status).toBe(404)
  expect((await call(owner, 'PATCH', `/v1/keys/${answer.json.id}`, { name: 'Lagi' })).status).toBe(404)
})

test('a key past its end is a stranger, and none is made that has ended', async () => {
  const now = await web.db.database.now()
  const expiresAt = new Date(now.getTime() + 60_000).toISOString()
  const answer = await make(owner, { expiresAt })
  expect((await call(bearer(answer), 'GET', '/v1/quota')).status).toBe(200)
  await web.db.advance(61)
  expect((await call(bearer(answer), 'GET', '/v1/quota')).status).toBe(401)
  expect((await make(owner, { expiresAt })).status).toBe(400)
})

test('limits and name change, what is left out stays, null is none', async () => {
  const { id } = (await make(owner, { dailyLimit: 5, openLimit: 2 })).json
  const change = async (body: object) => (await call(owner, 'PATCH', `/v1/keys/${id}`, body)).json
  expect(await change({ name: 'Gudang' })).toMatchObject({ name: 'Gudang', dailyLimit: 5, openLimit: 2 })
  expect(await change({ dailyLimit: null, openLimit: 9 })).not.toHaveProperty('dailyLimit')
  expect(await change({})).toMatchObject({ name: 'Gudang', openLimit: 9 })
})

test("another account's key is not there", async () => {
  const other = await web.openAccount(0)
  const { id } = (await make(`Bearer ${other.liveKey}`)).json
  for (const method of ['PATCH', 'DELETE'] as const)
    expect(await call(owner, method, `/v1/keys/${id}`, method === 'PATCH' ? { name: 'x' } : undefined)).toMatchObject({
      status: 404,
      json: { code: 'not_found' },
    })
  expect((await call(`Bearer ${other.liveKey}`, 'GET', '/v1/keys')).json.items).toHaveLength(3)
})

test('an account has so many keys and no more, though two make one at the same moment', async () => {
  const many = Array.from({ length: apiKeysMax - 3 }, () => make(liveKey))
  expect((await Promise.all(many)).every(({ status }) => status === 201)).toBe(true)
  const last = await Promise.all([make(liveKey), make(liveKey), make(owner)])
  expect(last.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409])
})

test('what was made, changed and revoked stands in the audit, by whom', async () => {
  const { id } = (await make(owner)).json
  await call(owner, 'PATCH', `/v1/keys/${id}`, { name: 'Gudang' })
  await call(liveKey, 'DELETE', `/v1/keys/${id}`)
  const rows = await web.db.database.sql<{ action: string; actor: string }[]>`
    select action, actor from audit where account_id = ${account.accountId} and object_id = ${id} order by id`
  expect(rows.map(({ action }) => action)).toEqual(['key.added', 'key.changed', 'key.revoked'])
  expect(rows.map(({ actor }) => actor.split('_')[0])).toEqual(['person:per', 'person:per', 'key:key'])
})

test('the day of the last use is written down later, once a day', async () => {
  const uses = openKeyUses(web.db.database)
  const callers = openCallers(web.db.database, uses)
  const answer = await make(owner)
  const lastUsed = async () => {
    const { items } = (await call(owner, 'GET', '/v1/keys')).json
    return items.find(({ id }: { id: string }) => id === answer.json.id)?.lastUsedOn
  }
  await callers.find(bearer(answer))
  expect(await lastUsed()).toBeUndefined()
  await uses.write()
  const first = await lastUsed()
  expect(first).toMatch(/^\d{4}-\d\d-\d\d$/)
  await web.db.advance(24 * 60 * 60)
  await uses.write()
  expect(await lastUsed()).toBe(first)
  await callers.find(bearer(answer))
  await uses.write()
  expect((await lastUsed()) > first).toBe(true)
})

test('no key that was made stands in a line of the log or in the database', async () => {
  const [row] = await web.db.owner.sql<{ dump: string }[]>`
    select (select string_agg(k::text, '') from api_keys k) || (select string_agg(a::text, '') from audit a) as dump`
  const all = web.logged.join('') + (row?.dump ?? '')
  expect(made.length).toBeGreaterThan(50)
  expect(made.filter((key) => all.includes(key.slice(8, 30)))).toEqual([])
})
