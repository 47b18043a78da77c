import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { generateSync } from 'otplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { softPasskey } from '../../../tests/support/soft-passkey.ts'
import { newUuid, publicId } from '../../base/ids.ts'
import { openSealing } from '../../base/sealing.ts'
import type { Caller } from '../../identity/api-keys.ts'
import { totpStepSeconds } from '../../limits.ts'
import { refusalOf, sendProblem } from '../problems.ts'
import { authenticatorRoutes } from './authenticators.ts'

const site = { rpId: 'meterai.example', origin: 'https://meterai.example' }
let db: TestDatabase
let app: FastifyInstance
const callers = new Map<string, Caller>()

beforeAll(async () => {
  db = await testDatabase()
  app = Fastify()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, refusalOf(error)))
  const find = (authorization: string | undefined) => Promise.resolve(callers.get(authorization ?? ''))
  const sealing = openSealing(Buffer.alloc(32, 3))
  authenticatorRoutes(app, { database: db.database, sealing, site, callers: { find } })
})
afterAll(async () => {
  await app.close()
  await db.drop()
})

/** Somebody who signed in; the name is what the requests bring. */
function signIn(name: string): string {
  const [accountId, personId, sessionId] = [1, 2, 3].map(() => newUuid(new Date()))
  if (accountId === undefined || personId === undefined || sessionId === undefined) throw new Error('no ids')
  const person = { personId, sessionId, role: 'owner' } as const
  callers.set(name, { accountId, keyKind: 'live', keyId: publicId('person', personId), person })
  return personId
}

async function call(name: string, method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object) {
  const answer = await app.inject({
    method,
    url: `/v1/authenticators${path}`,
    headers: { authorization: name },
    ...(payload === undefined ? {} : { payload }),
  })
  return { status: answer.statusCode, body: answer.body === '' ? {} : answer.json(), headers: answer.headers }
}

async function codeOf(secret: string): Promise<string> {
  return generateSync({ secret, epoch: Math.floor((await db.database.now()).getTime() / 1000) })
}

test('a person sets an app up, sees it, and removes it with a code of it', async () => {
  const personId = signIn('app')
  const setup = await call('app', 'POST', '/totp')
  expect(setup).toMatchObject({ status: 201, headers: { 'cache-control': 'no-store' } })
  const confirmed = await call('app', 'POST', '/totp/confirm', { code: await codeOf(setup.body.secret) })
  expect(confirmed.body.recoveryCodes).toHaveLength(10)
  expect((await call('app', 'GET', '')).body).toMatchObject({ totp: { recoveryCodesLeft: 10 }, passkeys: [] })
  expect(await call('app', 'POST', '/totp')).toMatchObject({ status: 409, body: { code: 'totp_already_on' } })

  const wrong = await call('app', 'POST', '/totp/remove', { code: '12' })
  expect(wrong).toMatchObject({ status: 422, body: { code: 'authenticator_wrong', left: 4 } })
  await db.advance(totpStepSeconds)
  const fresh = await call('app', 'POST', '/recovery-codes', { code: await codeOf(setup.body.secret) })
  expect(fresh.body.recoveryCodes).toHaveLength(10)
  const [recovery] = fresh.body.recoveryCodes
  expect(await call('app', 'POST', '/totp/remove', { code: recovery })).toMatchObject({ status: 204 })
  expect((await call('app', 'GET', '')).body).toEqual({ passkeys: [] })

  const acts = await db.database.sql<{ action: string }[]>`
    select action from audit where object_id = ${publicId('person', personId)} order by at, id`
  expect(acts.map(({ action }) => action)).toEqual(['totp.added', 'recovery_codes.made', 'totp.removed'])
})

test('a person adds a passkey and removes it; nobody else can', async () => {
  signIn('key')
  signIn('other')
  const asked = await call('key', 'POST', '/passkeys/challenge')
  const response = softPasskey(site).register(asked.body.options.challenge)
  const { challengeId } = asked.body
  expect(await call('other', 'POST', '/passkeys', { challengeId, response })).toMatchObject({
    status: 422,
    body: { code: 'passkey_refused' },
  })
  const again = await call('key', 'POST', '/passkeys/challenge')
  const added = await call('key', 'POST', '/passkeys', {
    challengeId: again.body.challengeId,
    response: softPasskey(site).register(again.body.options.challenge),
  })
  expect(added).toMatchObject({ status: 201, body: { id: expect.stringMatching(/^psk_/) } })
  const { id } = added.body
  expect((await call('key', 'GET', '')).body.passkeys).toMatchObject([{ id }])
  const missing = await call('other', 'DELETE', `/passkeys/${publicId('passkey', newUuid(new Date()))}`)
  const foreign = await call('other', 'DELETE', `/passkeys/${id}`)
  expect([foreign.status, foreign.body.code]).toEqual([missing.status, missing.body.code])
  expect(foreign.status).toBe(404)
  expect(await call('key', 'DELETE', `/passkeys/${id}`)).toMatchObject({ status: 204 })
})

test('without a session there is nothing to see: not for strangers, not for keys', async () => {
  callers.set('api key', { accountId: newUuid(new Date()), keyKind: 'live', keyId: 'key_1' })
  for (const [method, path] of [
    ['GET', ''],
    ['POST', '/totp'],
    ['POST', '/passkeys/challenge'],
    ['DELETE', `/passkeys/${publicId('passkey', newUuid(new Date()))}`],
  ] as const) {
    expect(await call('nobody', method, path)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    expect(await call('api key', method, path)).toMatchObject({ status: 403, body: { code: 'session_needed' } })
  }
})

test('an answer that is none is refused by its form', async () => {
  signIn('form')
  const { body } = await call('form', 'POST', '/passkeys/challenge')
  const response = softPasskey(site).register(body.options.challenge)
  const broken = { ...response, response: { ...response.response, attestationObject: 'b2g' } }
  expect(await call('form', 'POST', '/passkeys', { challengeId: body.challengeId, response: broken })).toMatchObject({
    status: 422,
    body: { code: 'passkey_refused' },
  })
  expect(await call('form', 'POST', '/passkeys', { challengeId: 'x', response: { id: '<' } })).toMatchObject({
    status: 400,
  })
})
