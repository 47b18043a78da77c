import { generateSync } from 'otplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { goodPassword, lastCode, registerPerson, testBrowser, type TestBrowser } from '../../../tests/support/person.ts'
import { softPasskey } from '../../../tests/support/soft-passkey.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { totpStepSeconds } from '../../limits/people.ts'

const site = { rpId: 'localhost', origin: 'http://localhost:8080' }
let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

/** Somebody registered, in a browser that is signed in. */
async function person(): Promise<{ email: string; browser: TestBrowser }> {
  const { email } = await registerPerson(web)
  const browser = testBrowser(web)
  const answer = await browser.call('POST', '/v1/sessions', { identifier: email, password: goodPassword })
  expect(answer.statusCode).toBe(201)
  return { email, browser }
}

async function codeOf(secret: string): Promise<string> {
  return generateSync({ secret, epoch: Math.floor((await web.db.database.now()).getTime() / 1000) })
}

async function withApp() {
  const { email, browser } = await person()
  const setup: { secret: string } = (
    await browser.call('POST', '/v1/authenticators/totp', { password: goodPassword })
  ).json()
  const confirmed = await browser.call('POST', '/v1/authenticators/totp/confirm', { code: await codeOf(setup.secret) })
  expect(confirmed.statusCode).toBe(200)
  const { recoveryCodes }: { recoveryCodes: string[] } = confirmed.json()
  await web.db.advance(totpStepSeconds)
  const signIn = (more: object) => testBrowser(web).call('POST', '/v1/sessions', { identifier: email, ...more })
  return { email, browser, secret: setup.secret, recoveryCodes, signIn }
}

test('with an app set up a password alone lets nobody in; with its code, or a recovery code, it does', async () => {
  const { secret, recoveryCodes, signIn } = await withApp()
  const alone = await signIn({ password: goodPassword })
  expect([alone.statusCode, alone.json().code]).toEqual([401, 'totp_needed'])
  expect(alone.headers['set-cookie']).toBeUndefined()
  const wrong = await signIn({ password: goodPassword, totp: 'AAAAA-AAAAA' })
  expect(wrong.json()).toMatchObject({ code: 'authenticator_wrong', left: 4 })
  expect((await signIn({ password: goodPassword, totp: await codeOf(secret) })).statusCode).toBe(201)
  expect((await signIn({ password: goodPassword, totp: recoveryCodes[0] })).statusCode).toBe(201)
  expect((await signIn({ password: goodPassword, totp: recoveryCodes[0] })).json().code).toBe('authenticator_wrong')
})

test('a wrong password learns nothing of the app', async () => {
  const { secret, signIn } = await withApp()
  const told = await signIn({ password: 'kucing abu makan nasi', totp: await codeOf(secret) })
  expect(told.json().code).toBe('sign_in_failed')
})

test('a code by message needs the app too', async () => {
  const { email, secret, signIn } = await withApp()
  const ask = async (): Promise<string> => {
    await web.db.advance(600)
    const sent = await testBrowser(web).call('POST', '/v1/sessions/codes', { identifier: email })
    return sent.json().codeId
  }
  const codeId = await ask()
  const alone = await signIn({ codeId, code: await lastCode(web, email) })
  expect(alone.json().code).toBe('totp_needed')
  const again = await ask()
  const both = await signIn({ codeId: again, code: await lastCode(web, email), totp: await codeOf(secret) })
  expect(both.statusCode).toBe(201)
})

test('a passkey lets its owner in, without password and app, in a browser that knew nobody', async () => {
  const { browser } = await withApp()
  const asked = (await browser.call('POST', '/v1/authenticators/passkeys/challenge', { password: goodPassword })).json()
  const key = softPasskey(site)
  const { challengeId } = asked
  const response = key.register(asked.options.challenge)
  expect((await browser.call('POST', '/v1/authenticators/passkeys', { challengeId, response })).statusCode).toBe(201)
  const me = (await browser.call('GET', '/v1/sessions/current')).json().person.id

  const other = testBrowser(web)
  const question = (await other.call('POST', '/v1/sessions/passkey-challenges')).json()
  expect(question.options.allowCredentials ?? []).toEqual([])
  const answer = { challengeId: question.challengeId, response: key.prove(question.options.challenge) }
  const signedIn = await other.call('POST', '/v1/sessions', answer)
  expect(signedIn.statusCode).toBe(201)
  expect(signedIn.json().person.id).toBe(me)
  // the same answer again, and one of a passkey nobody has
  expect((await testBrowser(web).call('POST', '/v1/sessions', answer)).json().code).toBe('passkey_refused')
  const next = (await other.call('POST', '/v1/sessions/passkey-challenges')).json()
  const stranger = { challengeId: next.challengeId, response: softPasskey(site).prove(next.options.challenge) }
  expect((await testBrowser(web).call('POST', '/v1/sessions', stranger)).json().code).toBe('passkey_refused')
})

test('authenticators are changed with the CSRF token alone, and each person sees their own', async () => {
  const { browser } = await withApp()
  const forged = await browser.call(
    'POST',
    '/v1/authenticators/passkeys/challenge',
    { password: goodPassword },
    { 'x-csrf-token': 'x' },
  )
  expect(forged.json().code).toBe('csrf_refused')
  const other = await person()
  expect((await other.browser.call('GET', '/v1/authenticators')).json()).toEqual({ passkeys: [] })
})

test('a program registers somebody with codes read from the inbox', async () => {
  const browser = testBrowser(web)
  const { id, token } = (await browser.call('POST', '/v1/registrations')).json()
  const headers = { authorization: `Bearer ${token}` }
  const email = 'lewat.kotak@contoh.example'
  const changed = await browser.call('PATCH', `/v1/registrations/${id}`, { email }, headers)
  expect(changed.statusCode).toBe(200)
  const sent = await browser.call('POST', `/v1/registrations/${id}/codes`, { kind: 'email' }, headers)
  const { items } = (await web.app.inject({ url: `/v1/inbox?to=${encodeURIComponent(email)}` })).json()
  const proof = { codeId: sent.json().codeId, code: items[0].code }
  const proven = await browser.call('POST', `/v1/registrations/${id}/proofs`, proof, headers)
  expect(proven.statusCode).toBe(200)
})
