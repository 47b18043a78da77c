import { generateSync } from 'otplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { goodPassword, lastMessage, registerPerson, type TestBrowser } from '../../../tests/support/person.ts'
import { softPasskey } from '../../../tests/support/soft-passkey.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { newUuid, parsePublicId, publicId } from '../../base/ids.ts'
import { readPasskeys } from '../../identity/passkeys.ts'
import { totpStepSeconds } from '../../limits/people.ts'

const site = { rpId: 'localhost', origin: 'http://localhost:8080' }
const password = goodPassword
let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

async function call(browser: TestBrowser, method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) {
  const answer = await browser.call(method, `/v1/authenticators${path}`, body)
  return { status: answer.statusCode, body: answer.body === '' ? {} : answer.json(), headers: answer.headers }
}

async function codeOf(secret: string): Promise<string> {
  return generateSync({ secret, epoch: Math.floor((await web.db.database.now()).getTime() / 1000) })
}

async function addKey(browser: TestBrowser): Promise<string> {
  const asked = await call(browser, 'POST', '/passkeys/challenge', { password })
  const { challengeId } = asked.body
  const response = softPasskey(site).register(asked.body.options.challenge)
  const added = await call(browser, 'POST', '/passkeys', { challengeId, response })
  expect(added).toMatchObject({ status: 201, body: { id: expect.stringMatching(/^psk_/) } })
  return added.body.id
}

async function actsOn(objectId: string): Promise<string[]> {
  const rows = await web.db.database.sql<{ action: string }[]>`
    select action from audit where object_id = ${objectId} and action ~ 'totp|recovery|passkey' order by at, id`
  return rows.map(({ action }) => action)
}

test('a person sets an app up, sees it, and removes it with a code of it; each act is recorded and told', async () => {
  const { browser, personId, email } = await registerPerson(web)
  const setup = await call(browser, 'POST', '/totp', { password })
  expect(setup).toMatchObject({ status: 201, headers: { 'cache-control': 'no-store' } })
  const confirmed = await call(browser, 'POST', '/totp/confirm', { code: await codeOf(setup.body.secret) })
  expect(confirmed.body.recoveryCodes).toHaveLength(10)
  expect(await lastMessage(web, email)).toMatchObject({
    template: 'authenticator_changed',
    values: { act: 'totp_added' },
  })
  expect((await call(browser, 'GET', '')).body).toMatchObject({ totp: { recoveryCodesLeft: 10 }, passkeys: [] })
  expect(await call(browser, 'POST', '/totp', { password })).toMatchObject({
    status: 409,
    body: { code: 'totp_already_on' },
  })

  const wrong = await call(browser, 'POST', '/totp/remove', { code: '12' })
  expect(wrong).toMatchObject({ status: 422, body: { code: 'authenticator_wrong', left: 4 } })
  await web.db.advance(totpStepSeconds)
  const fresh = await call(browser, 'POST', '/recovery-codes', { code: await codeOf(setup.body.secret) })
  const [recovery] = fresh.body.recoveryCodes
  expect(await call(browser, 'POST', '/totp/remove', { code: recovery })).toMatchObject({ status: 204 })
  expect((await call(browser, 'GET', '')).body).toEqual({ passkeys: [] })
  expect(await actsOn(personId)).toEqual(['person.totp_added', 'person.recovery_codes_made', 'person.totp_removed'])
})

test('a person adds a passkey and removes it; nobody else can', async () => {
  const { browser, email } = await registerPerson(web)
  const other = (await registerPerson(web)).browser
  const id = await addKey(browser)
  expect(await lastMessage(web, email)).toMatchObject({ values: { act: 'passkey_added' } })
  expect((await call(browser, 'GET', '')).body.passkeys).toMatchObject([{ id }])
  const missing = await call(other, 'POST', `/passkeys/${publicId('passkey', newUuid(new Date()))}/remove`, {
    password,
  })
  const foreign = await call(other, 'POST', `/passkeys/${id}/remove`, { password })
  expect([foreign.status, foreign.body.code]).toEqual([missing.status, missing.body.code])
  expect(foreign.status).toBe(404)
  expect(await call(browser, 'POST', `/passkeys/${id}/remove`, { password: 'kucing abu makan nasi' })).toMatchObject({
    status: 401,
  })
  expect(await call(browser, 'POST', `/passkeys/${id}/remove`, { password })).toMatchObject({ status: 204 })
  expect(await actsOn(id)).toEqual(['person.passkey_added', 'person.passkey_removed'])
})

test("another's question adds no passkey", async () => {
  const { browser } = await registerPerson(web)
  const other = await registerPerson(web)
  const asked = (await call(browser, 'POST', '/passkeys/challenge', { password })).body
  const response = softPasskey(site).register(asked.options.challenge)
  expect(await call(other.browser, 'POST', '/passkeys', { challengeId: asked.challengeId, response })).toMatchObject({
    status: 422,
    body: { code: 'passkey_refused' },
  })
  expect(await readPasskeys(web.db.database.sql, parsePublicId('person', other.personId) ?? '')).toEqual([])
})

test('a session without the password makes no way in that outlives it', async () => {
  const { browser } = await registerPerson(web)
  for (const path of ['/totp', '/passkeys/challenge']) {
    expect(await call(browser, 'POST', path, { password: 'kucing abu makan nasi' })).toMatchObject({
      status: 401,
      body: { code: 'sign_in_failed' },
    })
    expect(await call(browser, 'POST', path, {})).toMatchObject({ status: 400 })
  }
})

test('an answer that is none is refused by its form', async () => {
  const { browser } = await registerPerson(web)
  const { body } = await call(browser, 'POST', '/passkeys/challenge', { password })
  const response = softPasskey(site).register(body.options.challenge)
  const broken = { ...response, response: { ...response.response, attestationObject: 'b2g' } }
  expect(await call(browser, 'POST', '/passkeys', { challengeId: body.challengeId, response: broken })).toMatchObject({
    status: 422,
    body: { code: 'passkey_refused' },
  })
  expect(await call(browser, 'POST', '/passkeys', { challengeId: 'x', response: { id: '<' } })).toMatchObject({
    status: 400,
  })
})
