import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { newUuid, parsePublicId } from '../src/base/ids.ts'
import { nodePrimitives } from '../src/base/primitives-node.ts'
import { affixDocument, digestOf } from '../src/client/affix.ts'
import type { Transport } from '../src/client/transport.ts'
import { grantUnits } from '../src/identity/accounts.ts'
import { samplePdf } from './support/pdf-samples.ts'
import { goodPassword, lastCode, lastMessage, registerPerson } from './support/person.ts'
import { secretsIn } from './support/secrets-in-logs.ts'
import { testWeb, type TestWeb } from './support/web.ts'

/*
 * People as they come: registered, signed in by cookie, with a PIN. What they confirm is what they may stamp.
 */

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

const pin = '402817'
const used = new Set<string>([pin, goodPassword])
const placement = { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }
const made = z.object({ authorization: z.string() }).loose()
const asked = z.object({ codeId: z.string() }).loose()

type Registered = Awaited<ReturnType<typeof registerPerson>>

/** The client's calls as a page of ours makes them. */
function browserTransport(browser: Registered['browser']): Transport {
  return {
    async request({ method, path, headers, json }) {
      const verb = z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).parse(method)
      const answer = await browser.call(verb, path, json, headers)
      return { status: answer.statusCode, headers: {}, json: answer.json() }
    },
  }
}

/** Somebody with a PIN and five stamps. */
async function personWithPin(): Promise<Registered> {
  const person = await registerPerson(web)
  const set = await person.browser.call('PUT', '/v1/pin', { pin, password: goodPassword })
  expect(set.statusCode).toBe(200)
  const accountId = parsePublicId('account', person.accountId) ?? ''
  await web.db.database.transaction(async (tx) => {
    const at = await web.db.database.now(tx)
    await grantUnits(tx, { accountId, id: newUuid(at), ledger: 'stamps', units: 5n, at })
  })
  return person
}

const aDigest = () => createHash('sha256').update(randomUUID()).digest('hex')

function reserve({ browser }: Registered, sourceSha256: string, authorization?: string) {
  const facts = { documentType: 'surat-pernyataan' }
  const body = { facts, placement, sourceSha256, sourceLength: 1000, pageCount: 1, authorization }
  return browser.call('POST', '/v1/affixings', body, { 'idempotency-key': randomUUID() })
}

async function confirm({ browser }: Registered, body: object): Promise<string> {
  const { authorization } = made.parse((await browser.call('POST', '/v1/pin-confirmations', body)).json())
  used.add(authorization)
  return authorization
}

test('a person registers, sets a PIN, confirms a document with it and has it stamped', async () => {
  const person = await personWithPin()
  const digest = aDigest()
  expect((await reserve(person, digest)).json()).toMatchObject({ code: 'authorization_missing' })
  const authorization = await confirm(person, { pin, purpose: 'affixing', sourceSha256s: [digest] })
  const reserved = await reserve(person, digest, authorization)
  expect(reserved.statusCode).toBe(201)
  const signed = await person.browser.call('PUT', `/v1/affixings/${reserved.json().id}/signature`, { digest })
  expect([signed.statusCode, signed.json()]).toMatchObject([200, { state: 'affixed' }])
})

test('the client stamps a whole document for a person, the PIN confirmed for its digest', async () => {
  const { browser } = await personWithPin()
  const original = samplePdf()
  const sourceSha256s = [digestOf(original, nodePrimitives)]
  const answer = await browser.call('POST', '/v1/pin-confirmations', { pin, purpose: 'affixing', sourceSha256s })
  const { authorization } = made.parse(answer.json())
  used.add(authorization)
  const order = {
    original,
    primitives: nodePrimitives,
    facts: { documentType: 'surat-pernyataan' },
    placement: { left: 40, bottom: 40, width: 100, height: 100, unit: 'pt', page: 'last' },
    idempotencyKey: randomUUID(),
    transport: browserTransport(browser),
    wait: () => Promise.resolve(),
  } as const
  expect(await affixDocument(order)).toMatchObject({ ok: false, refusal: { code: 'authorization_missing' } })
  expect(await affixDocument({ ...order, authorization })).toMatchObject({ ok: true, affixing: { state: 'affixed' } })
})

test("another site's page confirms nothing with a person's cookie, and counts no try", async () => {
  const { browser } = await personWithPin()
  const body = { pin: '555123', purpose: 'affixing', sourceSha256s: [aDigest()] }
  for (let i = 0; i < 6; i++) {
    const answer = await browser.call('POST', '/v1/pin-confirmations', body, { origin: 'https://lain.example' })
    expect([answer.statusCode, answer.json()]).toMatchObject([403, { code: 'csrf_refused' }])
  }
  const own = await browser.call('POST', '/v1/pin-confirmations', body)
  expect(own.json()).toMatchObject({ code: 'pin_wrong', triesLeft: 4 })
})

test('a locked PIN is told by message, and password and code by e-mail still stamp one document', async () => {
  const person = await personWithPin()
  const { browser, email } = person
  const digest = aDigest()
  const wrong = { pin: '555123', purpose: 'affixing', sourceSha256s: [digest] }
  for (let i = 0; i < 5; i++) await browser.call('POST', '/v1/pin-confirmations', wrong)
  expect((await browser.call('POST', '/v1/pin-confirmations', { ...wrong, pin })).json()).toMatchObject({
    code: 'pin_locked',
  })
  expect(await lastMessage(web, email)).toMatchObject({ template: 'pin_locked', values: { minutes: 15 }, isSent: true })

  const { codeId } = asked.parse(
    (await browser.call('POST', '/v1/pin/codes', { purpose: 'affixing', route: 'email' })).json(),
  )
  const code = await lastCode(web, email)
  used.add(code)
  const proof = { password: goodPassword, codeId, code, purpose: 'affixing', sourceSha256s: [digest] }
  expect((await reserve(person, digest, await confirm(person, proof))).statusCode).toBe(201)
  expect(await lastMessage(web, email)).toMatchObject({ template: 'affixing_confirmed' })
})

test('a forgotten PIN is reset by a code to a proven contact, the birth date is refused, and a key waits a day', async () => {
  const person = await personWithPin()
  const { browser, email } = person
  const { codeId } = asked.parse(
    (await browser.call('POST', '/v1/pin/codes', { purpose: 'pin_reset', route: 'email' })).json(),
  )
  const code = await lastCode(web, email)
  used.add(code)
  const easy = await browser.call('POST', '/v1/pin/resets', { codeId, code, pin: '170845' })
  expect(easy.json()).toMatchObject({ code: 'pin_weak', reason: 'birth_date' })
  expect((await browser.call('POST', '/v1/pin/resets', { codeId, code, pin: '918273' })).statusCode).toBe(200)
  const key = await browser.call('POST', '/v1/pin-confirmations', { pin: '918273', purpose: 'key' })
  expect(key.json()).toMatchObject({ code: 'pin_cooling' })
  await web.db.advance(24 * 60 * 60 + 1)
  const authorization = await confirm(person, { pin: '918273', purpose: 'key' })
  const live = await browser.call('POST', '/v1/keys', { name: 'Kasir', kind: 'live', authorization })
  expect([live.statusCode, live.headers['cache-control']]).toEqual([201, 'no-store'])
  used.add(String(live.json().key))
})

test('no route by SMS where no phone is proven', async () => {
  const { browser } = await personWithPin()
  const answer = await browser.call('POST', '/v1/pin/codes', { purpose: 'affixing', route: 'sms' })
  expect(answer.json()).toMatchObject({ code: 'not_found' })
})

test('no PIN, code, password, authorization or key stands in a line of the log', () => {
  expect(web.logged.length).toBeGreaterThan(50)
  expect(secretsIn(web.logged, [...used])).toEqual([])
})
