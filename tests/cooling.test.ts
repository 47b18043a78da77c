import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { parsePublicId } from '../src/base/ids.ts'
import { confirmAct, goodPassword, lastCode, registerPerson } from './support/person.ts'
import { nameOf, registeredRoutes } from './support/registered-routes.ts'
import { testWeb, type TestWeb } from './support/web.ts'

/*
 * Whoever took over a phone can have a password made anew. For a day they move no money, no key, no member and no batch.
 */

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

const pin = '402817'
const newPassword = 'kambing hitam minum kopi'
const placement = { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }
const withCode = z.object({ code: z.string().optional() }).loose()
const sent = z.object({ codeId: z.string() }).loose()
const made = z.object({ authorization: z.string() }).loose()

/** What waits for a day; ids are anyone's: nobody is told of them before. */
const held = [
  'POST /v1/refunds',
  'PUT /v1/refunds/:id/destination',
  'POST /v1/quota-transfers',
  'POST /v1/credit-draws',
  'PATCH /v1/keys/:id',
  'POST /v1/members',
  'PATCH /v1/members/:id',
  'DELETE /v1/members/:id',
  'POST /v1/batches/:id/open',
  'POST /v1/batches/:id/approve',
  'PUT /v1/approval-rule',
  'POST /v1/approval-rule/confirm',
  'POST /v1/orders/:id/approve',
]
const kinds = { refunds: 'ref', keys: 'key', members: 'per', batches: 'bat' }

async function withPassword() {
  const person = await registerPerson(web)
  await person.browser.call('PUT', '/v1/pin', { pin, password: goodPassword })
  return person
}

type Person = Awaited<ReturnType<typeof withPassword>>

/** What each of these answers this person. */
async function askAll({ browser, accountId }: Person): Promise<string[]> {
  const codes: string[] = []
  for (const route of registeredRoutes(web.app).filter((one) => held.includes(nameOf(one)))) {
    const [, , folder = ''] = route.path.split('/')
    const kind = Object.entries(kinds).find(([name]) => name === folder)?.[1] ?? 'x'
    const url = route.path.replace(':id', `${kind}_${'0'.repeat(32)}`)
    const own = route.path === '/v1/quota-transfers' ? { to: accountId, quantity: 1 } : route.body
    const answer = await browser.call(route.method, url, own, { 'idempotency-key': randomUUID() })
    const code = answer.body === '' ? undefined : withCode.parse(answer.json()).code
    codes.push(`${nameOf(route)}: ${code ?? answer.statusCode}`)
  }
  return codes.toSorted()
}

/** The password made anew by a code to the e-mail, and signed in with it. */
async function resetPassword({ browser, email }: Person): Promise<void> {
  const { codeId } = sent.parse((await browser.call('POST', '/v1/password-resets/codes', { identifier: email })).json())
  const code = await lastCode(web, email)
  const reset = { identifier: email, codeId, code, password: newPassword }
  const answer = await browser.call('POST', '/v1/password-resets', reset)
  expect(answer.statusCode).toBeLessThan(300)
  const signedIn = await browser.call('POST', '/v1/sessions', { identifier: email, password: reset.password })
  expect(signedIn.statusCode).toBe(201)
}

test('after a password was made anew nothing that carries value away is done for a day, and then all of it is', async () => {
  const person = await withPassword()
  await resetPassword(person)
  expect(await askAll(person)).toEqual(held.map((route) => `${route}: pin_cooling`).toSorted())
  await web.db.advance(24 * 60 * 60 + 1)
  expect((await askAll(person)).filter((answer) => answer.endsWith('pin_cooling'))).toEqual([])
})

test('nor is the account closed, with the very password', async () => {
  const person = await withPassword()
  await resetPassword(person)
  const close = () => person.browser.call('POST', '/v1/account/close', { password: newPassword })
  expect((await close()).json()).toMatchObject({ code: 'pin_cooling' })
  await web.db.advance(24 * 60 * 60 + 1)
  expect((await close()).statusCode).toBe(204)
})

test('a PIN made anew by a code holds the same back', async () => {
  const person = await withPassword()
  const { browser, email } = person
  const asked = await browser.call('POST', '/v1/pin/codes', { purpose: 'pin_reset', route: 'email' })
  const { codeId } = sent.parse(asked.json())
  const reset = { codeId, code: await lastCode(web, email), pin: '918273' }
  expect((await browser.call('POST', '/v1/pin/resets', reset)).statusCode).toBe(200)
  expect(await askAll(person)).toEqual(held.map((route) => `${route}: pin_cooling`).toSorted())
})

test('meanwhile stamps are bought, and documents are stamped one by one', async () => {
  const person = await withPassword()
  await resetPassword(person)
  const { browser, accountId } = person
  await web.grant(parsePublicId('account', accountId) ?? '', 2)
  const order = { quantity: 1, method: 'qris' }
  expect((await browser.call('POST', '/v1/orders', order, { 'idempotency-key': 'one' })).statusCode).toBe(201)
  const digests = [1, 2].map(() => createHash('sha256').update(randomUUID()).digest('hex'))
  const both = await browser.call('POST', '/v1/pin-confirmations', { pin, purpose: 'affixing', sourceSha256s: digests })
  expect(both.json()).toMatchObject({ code: 'pin_cooling' })
  const [sourceSha256 = ''] = digests
  const what = { pin, purpose: 'affixing', sourceSha256s: [sourceSha256] }
  const { authorization } = made.parse((await browser.call('POST', '/v1/pin-confirmations', what)).json())
  const facts = { documentType: 'surat-pernyataan' }
  const body = { facts, placement, sourceSha256, sourceLength: 1000, pageCount: 1, authorization }
  expect((await browser.call('POST', '/v1/affixings', body, { 'idempotency-key': 'one' })).statusCode).toBe(201)
})

test('whoever changes the password knowing the one before waits for nothing', async () => {
  const person = await withPassword()
  const change = { oldPassword: goodPassword, password: newPassword }
  expect((await person.browser.call('PUT', '/v1/password', change)).statusCode).toBeLessThan(300)
  expect((await askAll(person)).filter((answer) => answer.endsWith('pin_cooling'))).toEqual([])
})

test('a session alone moves no money: each of these takes the PIN, and a wish refused by its own rule gives the confirmation back', async () => {
  const { browser, accountId } = await withPassword()
  const destination = { bank: 'Bank Contoh', accountNumber: '1234567890', accountName: 'Contoh A' }
  const wishes = [
    ['/v1/refunds', { quantity: 1, destination }, 'refund_exceeds_quota'],
    ['/v1/quota-transfers', { quantity: 1, to: accountId }, 'not_found'],
    ['/v1/credit-draws', { quantity: 1 }, 'credit_exceeded'],
  ] as const
  const ask = async (url: string, body: object) => {
    const answer = await browser.call('POST', url, body, { 'idempotency-key': randomUUID() })
    return withCode.parse(answer.json()).code
  }
  for (const [url, body] of wishes) expect(await ask(url, body)).toBe('authorization_missing')
  const authorization = await confirmAct(browser, 'money')
  for (const [url, body, refusal] of wishes) expect(await ask(url, { ...body, authorization })).toBe(refusal)
  await web.grant(parsePublicId('account', accountId) ?? '', 2)
  const members = await confirmAct(browser, 'members')
  for (const [url, body] of wishes)
    expect(await ask(url, { ...body, authorization: members })).toBe('authorization_unusable')
})

test('meanwhile no contact is added and no authenticator set up, and another reset takes away what was added since', async () => {
  const person = await withPassword()
  const { browser, personId } = person
  const password = 'kambing hitam minum kopi'
  await resetPassword(person)
  const asked = await browser.call('POST', '/v1/contacts/codes', { contact: '+6281399990001' })
  const { codeId } = sent.parse(asked.json())
  const added = { codeId, code: await lastCode(web, '+6281399990001'), password }
  expect((await browser.call('PUT', '/v1/contacts', added)).json()).toMatchObject({ code: 'contact_cooling' })
  for (const what of ['totp', 'passkeys/challenge'])
    expect((await browser.call('POST', `/v1/authenticators/${what}`, { password })).json()).toMatchObject({
      code: 'pin_cooling',
    })

  await web.db.advance(25 * 60 * 60)
  expect((await browser.call('POST', '/v1/authenticators/totp', { password })).statusCode).toBe(201)
  const uuid = parsePublicId('person', personId) ?? ''
  await resetPassword(person)
  const left = await web.db.database.sql`select 1 from totp_secrets where person_id = ${uuid}`
  expect(left).toEqual([])
})
