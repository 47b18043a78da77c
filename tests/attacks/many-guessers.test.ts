import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { signInTriesFree } from '../../src/limits/people.ts'
import { goodPassword, lastCode, ourOrigin, registerPerson, beginRegistration } from '../support/person.ts'
import { testWeb, type TestWeb } from '../support/web.ts'

/*
 * Who guesses from a thousand machines has no more guesses than who guesses from one: forty at once, each from an address of its own.
 */

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

const withCode = z.object({ code: z.string().optional() }).loose()
const sent = z.object({ codeId: z.string() }).loose()
const guessers = 40
const wrongPin = (nr: number) => String(300_000 + nr * 7)

/** One call, from the address of guesser `nr`; its code, or its status where it went well. */
async function from(nr: number, url: string, payload: object, headers: Record<string, string> = {}): Promise<string> {
  const answer = await web.app.inject({
    method: 'POST',
    url,
    payload,
    remoteAddress: `203.0.113.${nr}`,
    headers: { origin: ourOrigin, ...headers },
  })
  return (answer.body === '' ? undefined : withCode.parse(answer.json()).code) ?? String(answer.statusCode)
}

const all = (guess: (nr: number) => Promise<string>) =>
  Promise.all(Array.from({ length: guessers }, (_, nr) => guess(nr + 1)))
const count = (answers: readonly string[], code: string) => answers.filter((one) => one === code).length

test('a PIN: five are compared, then it is locked for the right one too', async () => {
  const { browser } = await registerPerson(web)
  await browser.call('PUT', '/v1/pin', { pin: '402817', password: goodPassword })
  const headers = { cookie: browser.cookie, 'x-csrf-token': browser.csrf }
  const what = { purpose: 'affixing', sourceSha256s: ['ab'.repeat(32)] }
  const guess = (nr: number, pin: string) => from(nr, '/v1/pin-confirmations', { ...what, pin }, headers)
  const answers = await all((nr) => guess(nr, wrongPin(nr)))
  expect([count(answers, 'pin_wrong'), count(answers, 'pin_locked')]).toEqual([4, guessers - 4])
  expect(await guess(99, '402817')).toBe('pin_locked')
})

test('a password: a few are looked at, then everyone waits, the owner too', async () => {
  const { email } = await registerPerson(web)
  const guess = (nr: number, password: string) => from(nr, '/v1/sessions', { identifier: email, password })
  const answers = await all((nr) => guess(nr, `kucing abu makan nasi ${nr}`))
  expect([count(answers, 'sign_in_failed'), count(answers, 'sign_in_locked')]).toEqual([
    signInTriesFree,
    guessers - signInTriesFree,
  ])
  expect(await guess(99, goodPassword)).toBe('sign_in_locked')
})

test.each([
  ['to sign in', '/v1/sessions/codes', '/v1/sessions', {}],
  ['for a new password', '/v1/password-resets/codes', '/v1/password-resets', { password: 'kambing hitam minum kopi' }],
])('a code %s: five are compared, and the right one is worth nothing after them', async (_, ask, use, more) => {
  const { email } = await registerPerson(web)
  await web.db.advance(600)
  const asked = await web.app.inject({ method: 'POST', url: ask, payload: { identifier: email } })
  const { codeId } = sent.parse(asked.json())
  const code = await lastCode(web, email)
  const guess = (nr: number, guessed: string) => from(nr, use, { identifier: email, codeId, code: guessed, ...more })
  const wrong = (nr: number) => String((Number(code) + nr) % 1_000_000).padStart(6, '0')
  const answers = await all((nr) => guess(nr, wrong(nr)))
  expect(count(answers, 'code_wrong')).toBeLessThanOrEqual(5)
  expect(count(answers, '201') + count(answers, '204')).toBe(0)
  expect(['code_locked', 'code_expired']).toContain(await guess(99, code))
})

test('a code that proves a contact: five are compared, whoever holds the token', async () => {
  const registration = await beginRegistration(web)
  await registration.patch({ email: 'banyak@contoh.example' })
  const { codeId } = sent.parse((await registration.post('codes', { kind: 'email' })).json())
  const code = await lastCode(web, 'banyak@contoh.example')
  const headers = { authorization: `Bearer ${registration.token}` }
  const guess = (nr: number, guessed: string) =>
    from(nr, `${registration.url}/proofs`, { codeId, code: guessed }, headers)
  const answers = await all((nr) => guess(nr, String((Number(code) + nr) % 1_000_000).padStart(6, '0')))
  expect(count(answers, 'code_wrong')).toBeLessThanOrEqual(5)
  expect(['code_locked', 'code_expired']).toContain(await guess(99, code))
})

/** Somebody with an e-mail and a phone. */
async function withTwoContacts(): Promise<{ email: string; phone: string }> {
  const email = `dua${++pairs}@contoh.example`
  const phone = `+6281277700${100 + pairs}`
  const registration = await beginRegistration(web)
  const identity = { name: 'Contoh Dua', nik: '3171015708450001' }
  await registration.patch({ ownerType: 'personal', identity, email, phone, password: goodPassword })
  await registration.prove('email', email)
  await registration.prove('phone', phone)
  expect((await registration.complete()).statusCode).toBe(201)
  await web.db.advance(600)
  return { email, phone }
}
let pairs = 0

const guessPassword = (identifier: string) => from(1, '/v1/sessions', { identifier, password: 'bukan kata sandinya' })

test('a password guessed at one contact until it waits leaves the other one as a stranger`s is', async () => {
  const { email, phone } = await withTwoContacts()
  for (let tries = 0; tries < signInTriesFree; tries++) await guessPassword(email)
  expect(await guessPassword(email)).toBe('sign_in_locked')
  expect(await guessPassword(phone)).toBe('sign_in_failed')
  const right = { identifier: phone, password: goodPassword }
  expect(await from(1, '/v1/sessions', right)).toBe('201')
  // and signing in by the one tells nobody that the other is the same person's
  expect(await guessPassword(email)).toBe('sign_in_locked')
})

test('codes guessed, or asked for, at one contact until there are no more leave the other one as a stranger`s is', async () => {
  const { email, phone } = await withTwoContacts()
  const ask = async (identifier: string) =>
    web.app.inject({
      method: 'POST',
      url: '/v1/sessions/codes',
      payload: { identifier },
      headers: { origin: ourOrigin },
    })
  const guess = (identifier: string, codeId: string) => from(1, '/v1/sessions', { identifier, codeId, code: '000000' })
  const { codeId } = sent.parse((await ask(email)).json())
  const answers = []
  for (let tries = 0; tries < 6; tries++) answers.push(await guess(email, codeId))
  expect(count(answers, 'code_wrong')).toBeLessThanOrEqual(4)
  expect(answers.at(-1)).toBe('code_locked')

  const other = await ask(phone)
  const stranger = await ask('+6281277799999')
  expect([other.statusCode, stranger.statusCode]).toEqual([202, 202])
  const left = async (identifier: string, answer: typeof other) => {
    const payload = { identifier, codeId: sent.parse(answer.json()).codeId, code: '000000' }
    const wrong = await web.app.inject({ method: 'POST', url: '/v1/sessions', payload, headers: { origin: ourOrigin } })
    return z.object({ code: z.string(), left: z.number() }).parse(wrong.json())
  }
  expect(await left(phone, other)).toEqual(await left('+6281277799999', stranger))
})
