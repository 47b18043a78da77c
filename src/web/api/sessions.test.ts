import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  goodPassword,
  lastCode,
  lastMessage,
  ourOrigin,
  registerPerson,
  testBrowser,
} from '../../../tests/support/person.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { passwordQueueMax, signInTriesFree } from '../../limits/people.ts'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

async function signIn(identifier: string, password = goodPassword) {
  const browser = testBrowser(web)
  const answer = await browser.call('POST', '/v1/sessions', { identifier, password })
  return { browser, answer }
}

const day = 24 * 60 * 60

test('a person signs in by password, is told of it, and signs out', async () => {
  const { email, accountId } = await registerPerson(web)
  const { browser, answer } = await signIn(email.toUpperCase())

  expect(answer.json()).toMatchObject({ account: accountId, person: { email } })
  expect(answer.headers['set-cookie']).toMatch(/^meterai=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/)
  expect(await lastMessage(web, email)).toMatchObject({
    template: 'sign_in_alert',
    values: { device: 'Chrome, Android' },
  })

  const { cookie } = browser
  const out = await browser.call('DELETE', '/v1/sessions/current')
  expect(out.headers['set-cookie']).toMatch(/^meterai=; Max-Age=0/)
  const after = await web.app.inject({ url: '/v1/sessions/current', headers: { cookie } })
  expect(after.json()).toMatchObject({ code: 'unauthenticated' })
})

test('a wrong password and an unknown contact have one answer', async () => {
  const { email } = await registerPerson(web)
  const [wrong, unknown] = [await signIn(email, 'kucing abu makan nasi'), await signIn('nobody@contoh.example')]
  const told = ({ answer }: typeof wrong) => ({ status: answer.statusCode, body: { ...answer.json(), requestId: '' } })
  expect(told(wrong)).toEqual(told(unknown))
  expect(told(wrong).body).toMatchObject({ code: 'sign_in_failed' })
})

test('guesses wait longer each time, for a known contact and an unknown one alike, and begin anew after the right one', async () => {
  const { email } = await registerPerson(web)
  for (const identifier of [email, 'nobody2@contoh.example']) {
    for (let i = 0; i < signInTriesFree; i++)
      expect((await signIn(identifier, 'kucing abu makan nasi')).answer.json().code).toBe('sign_in_failed')
    // the right one is not looked at either
    const { answer } = await signIn(identifier)
    expect(answer.json()).toMatchObject({ code: 'sign_in_locked', seconds: expect.toBeOneOf([29, 30]) })
    expect(answer.headers['retry-after']).toMatch(/^(29|30)$/)
    await web.db.advance(31)
    await signIn(identifier, 'kucing abu makan nasi')
    const longer: { seconds: number } = (await signIn(identifier)).answer.json()
    expect(longer.seconds).toBeGreaterThan(50)
    await web.db.advance(61)
  }
  expect((await signIn(email)).answer.statusCode).toBe(201)
  expect((await signIn(email, 'kucing abu makan nasi')).answer.json().code).toBe('sign_in_failed')
  expect((await signIn(email)).answer.statusCode).toBe(201)
})

test('of guesses that come together no more are looked at than of those that come one by one', async () => {
  const { email } = await registerPerson(web)
  const answers = await Promise.all(Array.from({ length: 12 }, () => signIn(email, 'kucing abu makan nasi')))
  const codes = answers.map(({ answer }) => answer.json().code)
  expect(codes.filter((code) => code === 'sign_in_failed')).toHaveLength(signInTriesFree)
})

test('a person signs in by a code; for an unknown contact none is sent, and the answer looks the same', async () => {
  const { email } = await registerPerson(web)
  await web.db.advance(600)
  const ask = (identifier: string) => testBrowser(web).call('POST', '/v1/sessions/codes', { identifier })
  const [known, unknown] = [await ask(email), await ask('nobody3@contoh.example')]
  expect([known.statusCode, unknown.statusCode]).toEqual([202, 202])
  expect(Object.keys(known.json())).toEqual(Object.keys(unknown.json()))

  const code = await lastCode(web, email)
  const { codeId } = known.json()
  const signed = await testBrowser(web).call('POST', '/v1/sessions', { identifier: email, codeId, code })
  expect(signed.statusCode).toBe(201)
  const again = await testBrowser(web).call('POST', '/v1/sessions', { identifier: email, codeId, code })
  expect(again.json()).toMatchObject({ code: 'code_expired' })
  const nobodys = {
    identifier: 'nobody3@contoh.example',
    codeId: unknown.json().codeId,
    code: await lastCode(web, 'nobody3@contoh.example'),
  }
  expect((await testBrowser(web).call('POST', '/v1/sessions', nobodys)).json()).toMatchObject({ code: 'code_wrong' })
})

test('what another site makes a browser send changes nothing', async () => {
  const { browser } = await registerPerson(web)
  const { cookie, csrf } = browser
  const attempts: Record<string, string>[] = [
    { cookie },
    { cookie, origin: ourOrigin },
    { cookie, 'x-csrf-token': csrf },
    { cookie, 'x-csrf-token': csrf, origin: 'https://evil.example' },
    { cookie, 'x-csrf-token': csrf, origin: 'null' },
    { cookie, 'x-csrf-token': (await registerPerson(web)).browser.csrf, origin: ourOrigin },
  ]
  for (const headers of attempts) {
    const answer = await web.app.inject({ method: 'DELETE', url: '/v1/sessions', headers })
    expect(answer.json()).toMatchObject({ code: 'csrf_refused' })
  }
  // the same for what API keys may do, and a form's field does as well as the header
  const hook = {
    method: 'POST',
    url: '/v1/webhooks',
    payload: { url: 'http://localhost/x', events: ['affixing.affixed'] },
  } as const
  const foreign = await web.app.inject({ ...hook, headers: { cookie, origin: ourOrigin } })
  expect(foreign.json()).toMatchObject({ code: 'csrf_refused' })
  const own = await web.app.inject({ ...hook, headers: { cookie, origin: ourOrigin, 'x-csrf-token': csrf } })
  expect(own.statusCode).toBe(201)
})

test('another site cannot sign a browser in', async () => {
  const { email } = await registerPerson(web)
  const answer = await web.app.inject({
    method: 'POST',
    url: '/v1/sessions',
    headers: { origin: 'https://evil.example' },
    payload: { identifier: email, password: goodPassword },
  })
  expect(answer.json()).toMatchObject({ code: 'csrf_refused' })
  expect(answer.headers).not.toHaveProperty('set-cookie')
})

test('a token that was not made here, or was changed, is nobody', async () => {
  const { browser } = await registerPerson(web)
  const [name, token = ''] = browser.cookie.split('=')
  const changed = `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`
  for (const value of ['', 'x', changed, token.slice(0, 43), `${token}x`]) {
    const answer = await web.app.inject({ url: '/v1/sessions/current', headers: { cookie: `${name}=${value}` } })
    expect(answer.json()).toMatchObject({ code: 'unauthenticated' })
  }
})

test('a token is renewed each day, and an answer that got lost signs nobody out', async () => {
  const { browser } = await registerPerson(web)
  const first = browser.cookie
  const current = (cookie: string) => web.app.inject({ url: '/v1/sessions/current', headers: { cookie } })
  expect((await current(first)).headers).not.toHaveProperty('set-cookie')

  await web.db.advance(day)
  const lost = await current(first)
  expect(lost.headers['set-cookie']).toContain('meterai=')
  // asked again at once it is not renewed twice; a minute later it is
  expect((await current(first)).headers).not.toHaveProperty('set-cookie')
  await web.db.advance(61)
  const renewed = String((await current(first)).headers['set-cookie']).split(';', 1)[0] ?? ''
  expect(renewed).not.toBe(first)
  expect((await current(renewed)).statusCode).toBe(200)
  // now the old one counts for a minute, and the lost one not at all
  expect((await current(first)).statusCode).toBe(200)
  const lostCookie = String(lost.headers['set-cookie']).split(';', 1)[0] ?? ''
  expect((await current(lostCookie)).statusCode).toBe(401)
  await web.db.advance(61)
  expect((await current(first)).statusCode).toBe(401)
  expect((await current(renewed)).statusCode).toBe(200)
})

test('a session ends after a month without use, and after half a year in any case', async () => {
  const { browser } = await registerPerson(web)
  for (let week = 0; week < 25; week++) {
    await web.db.advance(7 * day)
    expect((await browser.call('GET', '/v1/sessions/current')).statusCode).toBe(200)
    await browser.call('GET', '/v1/sessions/current')
  }
  await web.db.advance(7 * day)
  expect((await browser.call('GET', '/v1/sessions/current')).statusCode).toBe(401)

  const unused = await registerPerson(web)
  await web.db.advance(31 * day)
  expect((await unused.browser.call('GET', '/v1/sessions/current')).statusCode).toBe(401)
})

test('a person sees their browsers and signs one, or all others, out', async () => {
  const { browser, email } = await registerPerson(web)
  const [second, third] = [await signIn(email), await signIn(email)]
  const { items } = (await browser.call('GET', '/v1/sessions')).json<{
    items: { id: string; current: boolean; device: string }[]
  }>()
  expect(items.map(({ current, device }) => [current, device])).toEqual([
    [false, 'Chrome, Android'],
    [false, 'Chrome, Android'],
    [true, 'Chrome, Android'],
  ])
  const { id } = second.answer.json()
  expect((await browser.call('DELETE', `/v1/sessions/${id}`)).statusCode).toBe(204)
  expect((await second.browser.call('GET', '/v1/sessions/current')).statusCode).toBe(401)
  expect((await browser.call('DELETE', '/v1/sessions')).json()).toEqual({ ended: 1 })
  expect((await third.browser.call('GET', '/v1/sessions/current')).statusCode).toBe(401)
  expect((await browser.call('GET', '/v1/sessions/current')).statusCode).toBe(200)
})

test('another`s session is not there', async () => {
  const [mine, other] = [await registerPerson(web), await registerPerson(web)]
  const { id } = (await other.browser.call('GET', '/v1/sessions/current')).json()
  const answer = await mine.browser.call('DELETE', `/v1/sessions/${id}`)
  expect(answer.json()).toMatchObject({ code: 'not_found' })
  expect((await other.browser.call('GET', '/v1/sessions/current')).statusCode).toBe(200)
})

test('an account that is not one`s own is not there', async () => {
  const [mine, other] = [await registerPerson(web), await registerPerson(web)]
  for (const account of [other.accountId, 'acc_0190a1b2c3d4e5f60718293a4b5c6d7e', 'nonsense']) {
    const answer = await mine.browser.call('GET', '/v1/account', undefined, { 'x-account': account })
    expect(answer.json()).toMatchObject({ code: 'not_found' })
    const chosen = await mine.browser.call('PATCH', '/v1/sessions/current', { account })
    expect(chosen.json()).toMatchObject({ code: 'not_found' })
  }
})

test('a changed password gives this browser a new token and signs the others out', async () => {
  const { browser, email } = await registerPerson(web)
  const other = await signIn(email)
  const before = browser.cookie
  const wrong = await browser.call('PUT', '/v1/password', {
    oldPassword: 'kucing abu makan nasi',
    password: 'sapi putih makan rumput',
  })
  expect(wrong.json()).toMatchObject({ code: 'sign_in_failed' })
  const changed = await browser.call('PUT', '/v1/password', {
    oldPassword: goodPassword,
    password: 'sapi putih makan rumput',
  })

  expect(changed.statusCode).toBe(204)
  expect((await browser.call('GET', '/v1/sessions/current')).statusCode).toBe(200)
  expect((await web.app.inject({ url: '/v1/sessions/current', headers: { cookie: before } })).statusCode).toBe(401)
  expect((await other.browser.call('GET', '/v1/sessions/current')).statusCode).toBe(401)
  expect((await signIn(email)).answer.json()).toMatchObject({ code: 'sign_in_failed' })
  expect((await signIn(email, 'sapi putih makan rumput')).answer.statusCode).toBe(201)
})

test('a stranger`s guesses at the door lock nobody out inside', async () => {
  const { browser, email } = await registerPerson(web)
  for (let i = 0; i <= signInTriesFree; i++) await signIn(email, 'kucing abu makan nasi')
  const changed = await browser.call('PUT', '/v1/password', {
    oldPassword: goodPassword,
    password: 'sapi putih makan rumput',
  })
  expect(changed.statusCode).toBe(204)
})

test('a forgotten password is made anew by a code; every browser is signed out and a day of caution begins', async () => {
  const { browser, email } = await registerPerson(web)
  await web.db.advance(600)
  const reset = async (password: string) => {
    const { codeId } = (await testBrowser(web).call('POST', '/v1/password-resets/codes', { identifier: email })).json()
    const code = await lastCode(web, email)
    return testBrowser(web).call('POST', '/v1/password-resets', { identifier: email, codeId, code, password })
  }
  expect((await reset('kucing1')).json()).toMatchObject({ code: 'password_weak', reason: 'short' })
  await web.db.advance(600)
  expect((await reset('sapi putih makan rumput')).statusCode).toBe(204)

  expect((await browser.call('GET', '/v1/sessions/current')).statusCode).toBe(401)
  expect(await lastMessage(web, email)).toMatchObject({ template: 'password_changed' })
  const { answer } = await signIn(email, 'sapi putih makan rumput')
  expect(answer.json().person).toHaveProperty('coolingUntil')
})

test('a contact is replaced by a code and the password; the one before is told, and the other one waits a day', async () => {
  const { browser, email } = await registerPerson(web)
  const addContact = async (contact: string, password = goodPassword) => {
    await web.db.advance(600)
    const { codeId } = (await browser.call('POST', '/v1/contacts/codes', { contact })).json()
    const address = contact.startsWith('08') ? `+62${contact.slice(1)}` : contact
    return browser.call('PUT', '/v1/contacts', { codeId, code: await lastCode(web, address), password })
  }
  expect((await addContact('081311112222')).json()).toEqual({ phone: '+6281311112222' })
  expect((await addContact('baru@contoh.example', 'kucing abu makan nasi')).json()).toMatchObject({
    code: 'sign_in_failed',
  })
  expect((await addContact('baru@contoh.example')).json()).toEqual({ email: 'baru@contoh.example' })
  expect(await lastMessage(web, email)).toMatchObject({ template: 'contact_changed', values: { contact: 'email' } })
  expect((await addContact('081311113333')).json()).toMatchObject({ code: 'contact_cooling' })
  await web.db.advance(day)
  expect((await addContact('081311113333')).json()).toEqual({ phone: '+6281311113333' })
  expect((await signIn(email)).answer.json()).toMatchObject({ code: 'sign_in_failed' })
  expect((await signIn('baru@contoh.example')).answer.statusCode).toBe(201)
})

test('another`s contact cannot be taken, and whether it is one is not told', async () => {
  const [mine, other] = [await registerPerson(web), await registerPerson(web)]
  await web.db.advance(600)
  const asked = await mine.browser.call('POST', '/v1/contacts/codes', { contact: other.email })
  const code = await lastCode(web, other.email)
  expect(asked.statusCode).toBe(202)
  const taken = await mine.browser.call('PUT', '/v1/contacts', {
    codeId: asked.json().codeId,
    code,
    password: goodPassword,
  })
  expect(taken.json()).toMatchObject({ code: 'code_wrong' })
  expect((await signIn(other.email)).answer.statusCode).toBe(201)
})

test('an overload costs no try and no code', async () => {
  const { email } = await registerPerson(web)
  await web.db.advance(600)
  const { passwords } = web.people.web.people
  const { codeId } = (await testBrowser(web).call('POST', '/v1/password-resets/codes', { identifier: email })).json()
  const code = await lastCode(web, email)
  const password = 'sapi putih makan rumput'
  const reset = () =>
    testBrowser(web).call('POST', '/v1/password-resets', { identifier: email, codeId, code, password })
  let leave: (() => void) | undefined
  const left = new Promise<void>((resolve) => (leave = resolve))
  const places = Array.from({ length: passwordQueueMax + 1 }, () => passwords.withPlace(() => left))
  for (let i = 0; i < signInTriesFree + 2; i++)
    expect((await signIn(email, 'kucing abu makan nasi')).answer.json()).toMatchObject({ code: 'overloaded' })
  expect((await reset()).json()).toMatchObject({ code: 'overloaded' })
  leave?.()
  await Promise.all(places)
  expect((await signIn(email)).answer.statusCode).toBe(201)
  expect((await reset()).statusCode).toBe(204)
})
