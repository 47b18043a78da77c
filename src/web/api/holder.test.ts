import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { goodPassword, lastMessage, registerPerson, testBrowser } from '../../../tests/support/person.ts'
import { sampleJpeg, samplePng } from '../../../tests/support/photo-samples.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { newUuid, parsePublicId, publicId } from '../../base/ids.ts'
import { readIdentityFor } from '../../identity/account-life.ts'
import { grantUnits } from '../../identity/accounts.ts'
import { makeApiKey, storeApiKey } from '../../identity/api-keys.ts'
import { dropOldPapers } from '../../identity/papers/keep-paper.ts'
import { askProvider, decideProofing, listWaitingProofings } from '../../identity/proofing.ts'
import { proofingRetrySeconds, unprovenStampsMax } from '../../limits/people.ts'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

const day = 24 * 60 * 60
const running = new AbortController().signal
const uuidOf = (id: string) => parsePublicId('account', id) ?? ''

/** A live key and some stamps for a registered account, as its owner would have them. */
async function keyWith(units: number, accountId: string): Promise<string> {
  const key = makeApiKey('live')
  await web.db.database.transaction(async (tx) => {
    const at = await web.db.database.now(tx)
    await storeApiKey(tx, { key, accountId: uuidOf(accountId), kind: 'live', label: 'test', at })
    await grantUnits(tx, { accountId: uuidOf(accountId), id: newUuid(at), ledger: 'stamps', units: BigInt(units), at })
  })
  return key
}

function reserve(key: string, name: string) {
  return web.app.inject({
    method: 'POST',
    url: '/v1/affixings',
    headers: { authorization: `Bearer ${key}`, 'idempotency-key': name.replaceAll(' ', '-') },
    payload: {
      facts: { documentType: 'surat-pernyataan' },
      placement: { page: 1, left: 36, bottom: 36, width: 100, height: 100, unit: 'pt' },
      sourceSha256: createHash('sha256').update(name).digest('hex'),
      sourceLength: 1000,
      pageCount: 1,
    },
  })
}

test('an account whose holder is not proven affixes five stamps and no more; what was released does not count', async () => {
  const { accountId } = await registerPerson(web)
  const key = await keyWith(10, accountId)
  // together: a batch must not let more through than one by one
  const answers = await Promise.all(Array.from({ length: 7 }, (_, i) => reserve(key, `unproven ${i}`)))
  const refused = answers.filter(({ statusCode }) => statusCode !== 201)
  expect(refused).toHaveLength(7 - unprovenStampsMax)
  expect(refused[0]?.json()).toMatchObject({ code: 'proofing_needed', limit: unprovenStampsMax })

  const { id } = answers.find(({ statusCode }) => statusCode === 201)?.json<{ id: string }>() ?? { id: '' }
  await web.app.inject({ method: 'DELETE', url: `/v1/affixings/${id}`, headers: { authorization: `Bearer ${key}` } })
  expect((await reserve(key, 'after a release')).statusCode).toBe(201)
  expect((await reserve(key, 'one too many')).json()).toMatchObject({ code: 'proofing_needed' })
})

test('a test key needs no proofing', async () => {
  const { accountId } = await registerPerson(web)
  const key = makeApiKey('test')
  await web.db.database.transaction(async (tx) => {
    const at = await web.db.database.now(tx)
    const [twin] = await tx<{ account_id: string }[]>`
      select account_id from account_holders where twin_of = ${uuidOf(accountId)}`
    await storeApiKey(tx, { key, accountId: twin?.account_id ?? '', kind: 'test', label: 'test', at })
  })
  const answers = await Promise.all(Array.from({ length: 7 }, (_, i) => reserve(key, `specimen ${i}`)))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(7).fill(201))
})

test('a photo at registration is looked at at once, and its account has no bound from then on', async () => {
  const { accountId, proofing, email } = await registerPerson(web, { photo: sampleJpeg() })
  expect(proofing).toBe('proven')
  expect(await lastMessage(web, email)).toMatchObject({
    template: 'proofing_decided',
    values: { decision: 'approved' },
  })
  const key = await keyWith(10, accountId)
  const answers = await Promise.all(Array.from({ length: 7 }, (_, i) => reserve(key, `proven ${i}`)))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(7).fill(201))
})

test('a provider that is down means waiting; it is asked again, later each time', async () => {
  const { accountId, proofing } = await registerPerson(web, { photo: sampleJpeg(), nik: '3171015708459003' })
  expect(proofing).toBe('waiting')
  const { proofing: parts } = web.people.web
  const asked: string[] = []
  const up = { ...parts, provider: { ask: async () => (asked.push('asked'), 'proven' as const) } }
  expect(await askProvider(up, { accountId: uuidOf(accountId) })).toBe(0)
  await web.db.advance(proofingRetrySeconds + 1)
  expect(await askProvider(up, { accountId: uuidOf(accountId) })).toBe(1)
  expect(asked).toEqual(['asked'])
  expect(await askProvider(up, { accountId: uuidOf(accountId) })).toBe(0)
})

test('an operator decides what the provider leaves to one, once; what they read the holder sees', async () => {
  const { browser, accountId, proofing } = await registerPerson(web, { photo: sampleJpeg(), nik: '3171015708459002' })
  expect(proofing).toBe('waiting')
  const { proofing: parts } = web.people.web
  const waiting = await listWaitingProofings(parts, 100)
  expect(waiting.find((one) => one.accountId === uuidOf(accountId))).toMatchObject({ asksAt: undefined })

  const actor = 'operator:command line'
  expect(await readIdentityFor(parts, { accountId: uuidOf(accountId), actor })).toMatchObject({ name: 'Contoh Aminah' })
  expect((await browser.call('GET', '/v1/account/access-log')).json()).toMatchObject({ items: [{ actor }] })

  const decision = { accountId: uuidOf(accountId), by: actor }
  expect(await decideProofing(parts, { ...decision, answer: 'proven' })).toBe(true)
  expect(await decideProofing(parts, { ...decision, answer: 'refused' })).toBe(false)
  expect((await browser.call('GET', '/v1/account')).json()).toMatchObject({ proofing: 'proven' })
})

test('who was refused corrects what was wrong and sends another photo; who is proven changes nothing', async () => {
  const { browser, email, proofing } = await registerPerson(web, { photo: sampleJpeg(), nik: '3171015708459001' })
  expect(proofing).toBe('refused')
  expect(await lastMessage(web, email)).toMatchObject({
    template: 'proofing_decided',
    values: { decision: 'rejected' },
  })
  const corrected = await browser.call('PATCH', '/v1/account', { identity: { nik: '3171015708450001' } })
  expect(corrected.json()).toMatchObject({ identity: { name: 'Contoh Aminah', nik: '3171015708450001' } })
  const sent = await browser.call('PUT', '/v1/account/identity-photo', samplePng(), { 'content-type': 'image/png' })
  expect(sent.json()).toMatchObject({ proofing: 'proven', hasPhoto: true })

  for (const answer of [
    await browser.call('PATCH', '/v1/account', { identity: { name: 'Contoh B' } }),
    await browser.call('PUT', '/v1/account/identity-photo', samplePng(), { 'content-type': 'image/png' }),
  ])
    expect(answer.json()).toMatchObject({ code: 'identity_settled', state: 'proven' })
})

test('a photo is deleted a month after the decision, its file first', async () => {
  const { browser } = await registerPerson(web, { photo: sampleJpeg() })
  const files = async () =>
    (await readdir(web.blobFolder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile()).length
  await dropOldPapers(web.people.web.proofing, running)
  const before = await files()
  expect((await browser.call('GET', '/v1/account/identity-photo')).statusCode).toBe(200)
  await web.db.advance(29 * day)
  await dropOldPapers(web.people.web.proofing, running)
  expect((await browser.call('GET', '/v1/account/identity-photo')).statusCode).toBe(200)
  // still signed in by the use a moment ago
  await web.db.advance(2 * day)
  await dropOldPapers(web.people.web.proofing, running)
  expect((await browser.call('GET', '/v1/account/identity-photo')).json()).toMatchObject({ code: 'not_found' })
  expect(await files()).toBeLessThan(before)
})

test('a person opens an account for their company beside their own, and no part of it may be missing', async () => {
  const { browser, accountId, personId } = await registerPerson(web)
  const consent = { terms: '2026-11', privacy: '2026-11' }
  const identity = {
    name: 'PT Contoh',
    nik: '3171015708450001',
    npwp: '1234567890123456',
    personInCharge: 'Contoh Aminah',
  }
  const open = (more: object) =>
    browser.call('POST', '/v1/accounts', { ownerType: 'company', consent, identity: { ...identity, ...more } })
  expect((await open({})).json()).toMatchObject({ code: 'registration_incomplete', missing: 'nib' })
  const opened = (await open({ nib: '1234567890123' })).json<{ id: string }>()

  expect(opened).toMatchObject({ kind: 'company', proofing: 'unproven', role: 'owner', person: { id: personId } })
  expect((await browser.call('GET', '/v1/account')).json()).toMatchObject({ id: accountId })
  const own = await browser.call('GET', '/v1/account', undefined, { 'x-account': opened.id })
  expect(own.json()).toMatchObject({ identity: { name: 'PT Contoh' } })
})

test('a test key sees the account that its twin belongs to, and no identity', async () => {
  const { testKey, accountId } = await web.openAccount(0)
  const answer = await web.app.inject({ url: '/v1/account', headers: { authorization: `Bearer ${testKey}` } })
  expect(answer.json()).toMatchObject({ id: publicId('account', accountId), proofing: 'proven' })
  expect(answer.json()).not.toHaveProperty('identity')
})

test('a person takes along everything that is known of them', async () => {
  const { browser, accountId, personId, email } = await registerPerson(web, { photo: sampleJpeg() })
  const answer = await browser.call('GET', '/v1/account/export')
  expect(answer.headers['content-disposition']).toBe(`attachment; filename="${accountId}.json"`)
  expect(answer.json()).toMatchObject({
    account: { id: accountId },
    identity: { name: 'Contoh Aminah', nik: '3171015708450001', birthDate: '1945-08-17' },
    photo: { type: 'image/jpeg', base64: sampleJpeg().toString('base64') },
    person: { id: personId, email },
    consents: [{ document: 'privacy' }, { document: 'terms' }],
  })
})

test('a closed account is erased: nobody signs in, its key is dead, its address is free, its stamps stay', async () => {
  const { browser, accountId, email } = await registerPerson(web, { photo: sampleJpeg() })
  const key = await keyWith(2, accountId)
  const reserved = (await reserve(key, 'before closing')).json<{ id: string }>()
  const close = (body: object) => browser.call('POST', '/v1/account/close', { password: goodPassword, ...body })
  expect((await close({ loseQuota: true })).json()).toMatchObject({ code: 'quota_left', reserved: 1 })
  const headers = { authorization: `Bearer ${key}` }
  await web.app.inject({ method: 'DELETE', url: `/v1/affixings/${reserved.id}`, headers })
  expect((await close({})).json()).toMatchObject({ code: 'quota_left', available: 2 })
  expect((await close({ password: 'kucing abu makan nasi', loseQuota: true })).json()).toMatchObject({
    code: 'sign_in_failed',
  })
  const { cookie } = browser

  expect((await close({ loseQuota: true })).statusCode).toBe(204)

  expect((await web.app.inject({ url: '/v1/sessions/current', headers: { cookie } })).statusCode).toBe(401)
  expect((await web.app.inject({ url: '/v1/quota', headers })).statusCode).toBe(401)
  const again = await testBrowser(web).call('POST', '/v1/sessions', { identifier: email, password: goodPassword })
  expect(again.json()).toMatchObject({ code: 'sign_in_failed' })
  const [left] = await web.db.owner.sql<{ sealed: unknown; photos: number; acts: number }[]>`
    select i.sealed, (select count(*)::int from identity_papers where account_id = i.account_id) as photos,
      (select count(*)::int from affixings where account_id = i.account_id) as acts
    from account_identities i where account_id = ${uuidOf(accountId)}`
  expect(left).toEqual({ sealed: null, photos: 0, acts: 1 })
  await web.db.advance(600)
  expect((await registerPerson(web, { email })).accountId).not.toBe(accountId)
})

test('another`s account, photo and export are not there for a key or a stranger', async () => {
  const { accountId } = await registerPerson(web, { photo: sampleJpeg() })
  const stranger = await registerPerson(web)
  for (const path of ['/v1/account', '/v1/account/identity-photo', '/v1/account/export', '/v1/account/access-log'])
    expect((await stranger.browser.call('GET', path, undefined, { 'x-account': accountId })).json()).toMatchObject({
      code: 'not_found',
    })
  const { liveKey } = await web.openAccount(0)
  const byKey = await web.app.inject({ url: '/v1/account/export', headers: { authorization: `Bearer ${liveKey}` } })
  expect(byKey.json()).toMatchObject({ code: 'session_needed' })
})

test('an account with an order that waits for its money is not closed', async () => {
  const { browser } = await registerPerson(web)
  const ordered = await browser.call(
    'POST',
    '/v1/orders',
    { quantity: 1, method: 'qris' },
    { 'idempotency-key': 'one' },
  )
  expect(ordered.statusCode).toBe(201)
  const close = () => browser.call('POST', '/v1/account/close', { password: goodPassword, loseQuota: true })
  expect((await close()).json()).toMatchObject({ code: 'account_unsettled', orders: 1, refunds: 0, owed: 0 })
})
