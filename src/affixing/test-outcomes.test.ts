import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jsonOf } from '../../tests/support/fetch-transport.ts'
import { samplePdf } from '../../tests/support/pdf-samples.ts'
import { testWeb, type TestWeb } from '../../tests/support/web.ts'
import { finishWaiting } from './affix.ts'
import { testNumbers } from './test-outcomes.ts'

let web: TestWeb
let keys: Awaited<ReturnType<TestWeb['openAccount']>>
beforeAll(async () => {
  web = await testWeb()
  keys = await web.openAccount(10)
})
afterAll(() => web.close())

const placement = { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }

function send(by: string, method: string, path: string, json: object, key: string = randomUUID()) {
  const headers = { authorization: `Bearer ${by}`, 'content-type': 'application/json', 'idempotency-key': key }
  return fetch(`${web.url}${path}`, { method, headers, body: JSON.stringify(json) })
}

function reserve(number: string, by = keys.testKey, key: string = randomUUID()) {
  const sourceSha256 = createHash('sha256').update(randomUUID()).digest('hex')
  const facts = { documentType: 'surat-pernyataan', number }
  return send(by, 'POST', '/v1/affixings', { facts, placement, sourceSha256, sourceLength: 1000, pageCount: 1 }, key)
}

async function reservedId(number: string, by = keys.testKey): Promise<string> {
  const { id } = await jsonOf(await reserve(number, by))
  return String(id)
}

const digest = 'cd'.repeat(32)
const sign = (id: string, by = keys.testKey) => send(by, 'PUT', `/v1/affixings/${id}/signature`, { digest })

async function quota(by = keys.testKey) {
  const answer = await fetch(`${web.url}/v1/quota`, { headers: { authorization: `Bearer ${by}` } })
  return jsonOf(answer)
}

test('a test key can ask for an empty quota, which holds nothing and leaves no key', async () => {
  const before = await quota()
  const key = randomUUID()
  for (let i = 0; i < 2; i++) {
    const answer = await reserve(testNumbers.quotaEmpty, keys.testKey, key)
    expect([answer.status, await jsonOf(answer)]).toMatchObject([402, { code: 'quota_empty', available: 0 }])
  }
  expect(await quota()).toEqual(before)
  expect((await reserve('1', keys.testKey, key)).status).toBe(201)
})

test('a test key can ask for a service that is too busy, with when to come back', async () => {
  const answer = await reserve(testNumbers.overloaded)
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
  expect(await jsonOf(answer)).toMatchObject({ code: 'overloaded' })
})

test('a test key can ask for a timestamp authority that is down: 202, nothing charged, and the server finishes it', async () => {
  const before = await quota()
  const id = await reservedId(testNumbers.timestampDown)
  const answer = await sign(id)
  expect([answer.status, answer.headers.get('location')]).toEqual([202, `/v1/affixings/${id}`])
  expect(await quota()).toMatchObject({ spent: before.spent })
  await web.db.advance(60)
  expect(await finishWaiting(web.affixing, 10)).toBe(1)
  expect(await jsonOf(await sign(id))).toMatchObject({ state: 'affixed' })
  expect(await quota()).toMatchObject({ spent: Number(before.spent) + 1 })
})

test('a test key can ask for an answer that gets lost after signing: charged once, and the repeat has the stored one', async () => {
  const before = await quota()
  const id = await reservedId(testNumbers.answerLost)
  await expect(sign(id)).rejects.toThrow('fetch failed')
  const again = await jsonOf(await sign(id))
  expect(again).toMatchObject({ state: 'affixed', digest })
  expect(await jsonOf(await sign(id))).toEqual(again)
  expect(await quota()).toMatchObject({ spent: Number(before.spent) + 1 })
})

test('an upload loses its answer as well, and has its stamped file when it is sent again', async () => {
  const file = Buffer.from(samplePdf())
  const facts = { documentType: 'surat-pernyataan', number: testNumbers.answerLost }
  const sent = Buffer.from(JSON.stringify({ facts, placement })).toString('base64url')
  const before = await quota()
  const upload = (key: string) =>
    fetch(`${web.url}/v1/stampings/${key}?facts=${sent}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${keys.testKey}`, 'content-type': 'application/pdf' },
      body: file,
    })
  const key = randomUUID()
  await expect(upload(key)).rejects.toThrow('fetch failed')
  const again = await upload(key)
  expect([again.status, again.headers.get('content-type')]).toEqual([200, 'application/pdf'])
  expect(await quota()).toMatchObject({ spent: Number(before.spent) + 1 })
})

test('an upload is told of an empty quota and of a busy service like any other call', async () => {
  const codes: unknown[] = []
  for (const number of [testNumbers.quotaEmpty, testNumbers.overloaded]) {
    const sent = Buffer.from(JSON.stringify({ facts: { documentType: 'surat-pernyataan', number }, placement }))
    const answer = await fetch(`${web.url}/v1/stampings/${randomUUID()}?facts=${sent.toString('base64url')}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${keys.testKey}`, 'content-type': 'application/pdf' },
      body: Buffer.from(samplePdf()),
    })
    codes.push((await jsonOf(answer)).code)
  }
  expect(codes).toEqual(['quota_empty', 'overloaded'])
})

test.each(Object.values(testNumbers))('with a live key %s is a number like any other', async (number) => {
  const id = await reservedId(number, keys.liveKey)
  const answer = await sign(id, keys.liveKey)
  expect([answer.status, await jsonOf(answer)]).toMatchObject([200, { state: 'affixed' }])
})
