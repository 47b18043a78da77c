import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testWeb, type TestWeb } from '../../tests/support/web.ts'
import { openLimiter } from '../base/limiter.ts'
import { ratePolicies, rateClassOf } from './rate-limits.ts'

let web: TestWeb
let proxied: TestWeb
const few = (quota: number) => ({ quota, windowSeconds: 3_600 })
const policies = { affix: few(1_000), read: few(5), change: few(1_000), open: few(3), entry: few(2) }
beforeAll(async () => {
  web = await testWeb(undefined, () => ({ ratePolicies: policies }))
  proxied = await testWeb(undefined, () => ({ ratePolicies: policies, proxies: ['10.0.0.0/8'] }))
})
afterAll(() => Promise.all([web.close(), proxied.close()]))

const quota = (key: string, remoteAddress = '127.0.0.1') =>
  web.app.inject({ url: '/v1/quota', headers: { authorization: `Bearer ${key}` }, remoteAddress })
const types = (remoteAddress: string, forwarded?: string, on = web) =>
  on.app.inject({
    url: '/v1/document-types',
    remoteAddress,
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  })

test('every answer to a caller says how much is left, and beyond the bound comes 429 with when to come back', async () => {
  const { liveKey } = await web.openAccount(0)
  const answers = []
  for (let i = 0; i < 6; i++) answers.push(await quota(liveKey))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200, 429])
  expect(answers[0]?.headers).toMatchObject({
    'ratelimit-policy': '"read";q=5;w=3600',
    ratelimit: '"read";r=4;t=720',
  })
  const last = answers[5]
  expect(last?.headers).toMatchObject({ ratelimit: '"read";r=0;t=3600' })
  expect(Number(last?.headers['retry-after'])).toBeGreaterThan(700)
  expect(last?.json()).toMatchObject({ code: 'rate_limited', limit: 5, windowSeconds: 3600 })
})

test("a bound is an account's: whoever shares an address with a busy one is not held up, another key of the same account is", async () => {
  const [busy, other] = [await web.openAccount(0), await web.openAccount(0)]
  for (let i = 0; i < 6; i++) await quota(busy.liveKey, '8.8.8.8')
  expect((await quota(other.liveKey, '8.8.8.8')).statusCode).toBe(200)
  expect((await quota(busy.liveKey, '8.8.4.4')).statusCode).toBe(429)
  expect((await quota(busy.testKey)).statusCode).toBe(200)
})

test('who polls too much can still stamp', async () => {
  const { liveKey } = await web.openAccount(1)
  for (let i = 0; i < 6; i++) await quota(liveKey)
  const answer = await web.app.inject({
    method: 'POST',
    url: '/v1/affixings',
    headers: { authorization: `Bearer ${liveKey}`, 'idempotency-key': randomUUID() },
    payload: {
      facts: { documentType: 'surat-pernyataan' },
      placement: { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' },
      sourceSha256: 'ef'.repeat(32),
      sourceLength: 1000,
      pageCount: 1,
    },
  })
  expect([answer.statusCode, answer.headers['ratelimit']]).toEqual([201, '"affix";r=999;t=4'])
})

test('routes without a caller count by public address, IPv6 by its network, and never by a private one', async () => {
  const codes = async (...addresses: string[]) => {
    const seen: number[] = []
    for (const address of addresses) seen.push((await types(address)).statusCode)
    return seen
  }
  expect(await codes('1.1.1.1', '1.1.1.1', '1.1.1.1', '1.1.1.1', '1.0.0.1')).toEqual([200, 200, 200, 429, 200])
  expect(await codes('2606:4700::1', '2606:4700:0:0:9::2', '2606:4700::3', '2606:4700::4')).toEqual([
    200, 200, 200, 429,
  ])
  expect(await codes('2606:4700:0:1::1')).toEqual([200])
  expect(await codes(...Array.from({ length: 10 }, () => '192.168.1.7'))).not.toContain(429)
  expect((await types('192.168.1.7')).headers).not.toHaveProperty('ratelimit')
})

test('IPv4 as a socket for both protocols writes it is the same address', async () => {
  const seen: number[] = []
  for (const address of ['::ffff:1.2.3.4', '1.2.3.4', '::ffff:1.2.3.4', '::ffff:1.2.3.4'])
    seen.push((await types(address)).statusCode)
  expect(seen).toEqual([200, 200, 200, 429])
})

test('what strangers leave behind is counted apart, and sooner', async () => {
  const begin = () => web.app.inject({ method: 'POST', url: '/v1/registrations', remoteAddress: '3.3.3.3' })
  const codes = [await begin(), await begin(), await begin()].map(({ statusCode }) => statusCode)
  expect(codes).toEqual([201, 201, 429])
  expect((await types('3.3.3.3')).statusCode).toBe(200)
})

test('forms by which strangers come in are counted as the calls are', async () => {
  const send = () =>
    web.app.inject({
      method: 'POST',
      url: '/masuk',
      remoteAddress: '6.6.6.6',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      payload: '',
    })
  const codes = [await send(), await send(), await send()].map(({ statusCode }) => statusCode)
  expect(codes.slice(0, 2)).not.toContain(429)
  expect(codes[2]).toBe(429)
  expect((await types('6.6.6.6')).statusCode).toBe(200)
})

test('who guesses keys is counted by address, and a caller from there is not held up', async () => {
  const { liveKey } = await web.openAccount(0)
  const guesses: number[] = []
  for (let i = 0; i < 5; i++) guesses.push((await quota(`mk_live_${'x'.repeat(43)}`, '9.9.9.9')).statusCode)
  expect(guesses).toEqual([401, 401, 401, 429, 429])
  expect((await quota(liveKey, '9.9.9.9')).statusCode).toBe(200)
})

test("a balancer's word is taken where it is named, and a stranger's never", async () => {
  for (let i = 0; i < 3; i++) await types('10.1.2.3', '4.4.4.4', proxied)
  expect((await types('10.1.2.3', '4.4.4.4', proxied)).statusCode).toBe(429)
  expect((await types('10.1.2.3', '5.5.5.5', proxied)).statusCode).toBe(200)
  for (let i = 0; i < 3; i++) await types('6.6.6.6', `7.7.7.${i}`)
  expect((await types('6.6.6.6', '7.7.7.9')).statusCode).toBe(429)
})

test('no address stands in a line of the log', () => {
  expect(web.logged.join('')).not.toMatch(/1\.1\.1\.1|9\.9\.9\.9|2606:4700/)
})

test.each([
  ['POST', '/v1/affixings', 'affix'],
  ['PUT', '/v1/affixings/:id/signature', 'affix'],
  ['GET', '/v1/affixings/:id', 'affix'],
  ['PUT', '/v1/stampings/:key', 'affix'],
  ['GET', '/v1/affixings', 'read'],
  ['GET', '/v1/affixings/:id/document', 'read'],
  ['DELETE', '/v1/affixings/:id/document', 'change'],
  ['GET', '/v1/quota', 'read'],
  ['POST', '/v1/keys', 'change'],
] as const)('%s %s counts as %s', (method, url, name) => {
  expect(rateClassOf(method, url)).toBe(name)
})

test('a call is counted in microseconds', () => {
  const limiter = openLimiter(ratePolicies.affix, { bucketsMax: 1_000, now: () => performance.now() / 1000 })
  const started = performance.now()
  for (let i = 0; i < 100_000; i++) limiter.take(`account ${i % 500}`)
  expect((performance.now() - started) / 100_000).toBeLessThan(0.01)
})
