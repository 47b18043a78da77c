import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  beginRegistration,
  goodPassword,
  lastCode,
  lastMessage,
  registerPerson,
} from '../../../tests/support/person.ts'
import { jpegSegment, sampleJpeg, samplePng } from '../../../tests/support/photo-samples.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { parsePublicId } from '../../base/ids.ts'
import { photoBytesMax } from '../../limits/people.ts'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

const identity = { name: 'Contoh Aminah', nik: '3171015708450001', birthDate: '1945-08-17' }

test('a registration is filled in step by step, resumed by its token, and says what is missing', async () => {
  const registration = await beginRegistration(web)
  expect((await registration.get()).json()).toMatchObject({
    missing: ['ownerType', 'name', 'nik', 'contact', 'password'],
  })

  await registration.patch({ ownerType: 'personal', identity: { name: 'Contoh Aminah', npwp: '12.345.678.9-012.345' } })
  await registration.patch({ identity: { nik: '3171 0157 0845 0001' }, phone: '0812-3456-7890' })
  const weak = await registration.patch({ password: 'ContohAminah1' })
  await registration.patch({ password: goodPassword })

  expect(weak.json()).toMatchObject({ code: 'password_weak', reason: 'personal' })
  const resumed = (await registration.get()).json()
  expect(resumed).toMatchObject({
    ownerType: 'personal',
    identity: { name: 'Contoh Aminah', npwp: '123456789012345', nik: '3171015708450001' },
    phone: '+6281234567890',
    hasPassword: true,
    missing: ['contact'],
  })
  expect(JSON.stringify(resumed)).not.toContain(goodPassword)
})

test('an odd NIK is told and stands in nobody`s way', async () => {
  const registration = await beginRegistration(web)
  const answer = await registration.patch({ identity: { ...identity, birthDate: '1945-08-18' } })
  expect(answer.json()).toMatchObject({ warnings: ['birth_date_differs'] })
})

test.each([
  [{ identity: { nik: '123' } }, 'request_malformed'],
  [{ identity: { npwp: '1234' } }, 'request_malformed'],
  [{ identity: { role: 'operator' } }, 'request_malformed'],
  [{ emailProven: true }, 'request_malformed'],
  [{ proofing: 'proven' }, 'request_malformed'],
  [{ identity: { name: 'a\0b' } }, 'text_unusable'],
  [{ email: 'not an address' }, 'receiver_malformed'],
  [{ phone: '12' }, 'receiver_malformed'],
])('%j is refused, and nothing of it is kept', async (body, code) => {
  const registration = await beginRegistration(web)
  const answer = await registration.patch({ ...body, ownerType: 'company' })
  expect(answer.json()).toMatchObject({ code })
  expect((await registration.get()).json()).not.toHaveProperty('ownerType')
})

test('nobody reads or changes a registration without its token', async () => {
  const [mine, other] = [await beginRegistration(web), await beginRegistration(web)]
  const tokens = [undefined, `Bearer ${other.token}`, 'Bearer rt_short']
  const answers = await Promise.all(
    tokens.map((authorization) =>
      web.app.inject({ url: mine.url, headers: authorization === undefined ? {} : { authorization } }),
    ),
  )
  const unknown = await web.app.inject({
    url: mine.url.replace(mine.id, 'reg_0190a1b2c3d4e5f60718293a4b5c6d7e'),
    headers: { authorization: `Bearer ${mine.token}` },
  })
  expect([...answers, unknown].map((answer) => answer.json().code)).toEqual(Array(4).fill('not_found'))
})

test('another address has to be proven anew', async () => {
  const registration = await beginRegistration(web)
  await registration.patch({ email: 'satu@contoh.example' })
  expect((await registration.prove('email', 'satu@contoh.example')).json()).toMatchObject({ emailProven: true })
  expect((await registration.patch({ email: 'dua@contoh.example' })).json()).toMatchObject({ emailProven: false })
})

test('a code for the address before is no proof of the one now', async () => {
  const registration = await beginRegistration(web)
  await registration.patch({ email: 'tiga@contoh.example' })
  const { codeId } = (await registration.post('codes', { kind: 'email' })).json()
  await registration.patch({ email: 'empat@contoh.example' })
  const answer = await registration.post('proofs', { codeId, code: await lastCode(web, 'tiga@contoh.example') })
  expect(answer.json()).toMatchObject({ code: 'code_expired' })
  expect((await registration.get()).json()).toMatchObject({ emailProven: false })
})

test('whoever registers has a person, an account with its twin, and is signed in', async () => {
  const { browser, accountId, personId, email } = await registerPerson(web)

  const current = (await browser.call('GET', '/v1/sessions/current')).json()

  expect(current).toMatchObject({ person: { id: personId, name: 'Contoh Aminah', email }, account: accountId })
  expect(current.accounts).toEqual([{ id: accountId, role: 'owner' }])
  expect((await browser.call('GET', '/v1/account')).json()).toMatchObject({
    kind: 'personal',
    proofing: 'unproven',
    role: 'owner',
  })
  expect((await browser.call('GET', '/v1/quota')).json()).toMatchObject({ available: 0, ledger: 'stamps' })
})

test('a registration is completed once, and only when nothing is missing', async () => {
  const registration = await beginRegistration(web)
  await registration.patch({ ownerType: 'company', identity, email: 'lima@contoh.example' })
  expect((await registration.complete()).json()).toMatchObject({
    code: 'registration_incomplete',
    missing: 'npwp, nib, personInCharge, contact, password',
  })
  await registration.patch({
    identity: { npwp: '1234567890123456', nib: '1234567890123', personInCharge: 'Contoh Budi' },
    password: goodPassword,
  })
  await registration.prove('email', 'lima@contoh.example')
  const done = await Promise.all([registration.complete(), registration.complete()])
  expect(done.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([201, 409])
  expect((await registration.get()).json()).toMatchObject({ code: 'registration_completed' })
})

test('consent is given to the versions in force and no others', async () => {
  const registration = await beginRegistration(web)
  for (const body of [{}, { consent: { terms: '2020-01', privacy: '2026-11' } }])
    expect((await registration.post('complete', body)).json()).toMatchObject({ code: 'request_malformed' })
})

test('that somebody has an address already is told to them alone', async () => {
  const { email } = await registerPerson(web)
  const codeFor = async (address: string) => {
    const registration = await beginRegistration(web)
    await registration.patch({ email: address })
    const answer = await registration.post('codes', { kind: 'email' })
    return { registration, answer }
  }
  const [known, unknown] = [await codeFor(email), await codeFor('nobody@contoh.example')]

  expect(known.answer.statusCode).toBe(unknown.answer.statusCode)
  expect(Object.keys(known.answer.json())).toEqual(Object.keys(unknown.answer.json()))
  expect(await lastMessage(web, email)).toMatchObject({ template: 'registration_known' })
  // even the digits that were made prove nothing
  const { codeId } = known.answer.json()
  const proof = await known.registration.post('proofs', { codeId, code: await lastCode(web, email) })
  expect(proof.json()).toMatchObject({ code: 'code_wrong' })
})

test('of two who prove one address the first to complete has it, and the second is told which', async () => {
  const both = [await beginRegistration(web), await beginRegistration(web)]
  for (const registration of both) {
    await registration.patch({ ownerType: 'personal', identity, email: 'enam@contoh.example', password: goodPassword })
    // between the two nobody waits: each code is asked for after the pause
    await web.db.advance(600)
    await registration.prove('email', 'enam@contoh.example')
  }
  const done = await Promise.all(both.map((registration) => registration.complete()))
  const refused = done.find(({ statusCode }) => statusCode !== 201)
  expect(done.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([201, 409])
  expect(refused?.json()).toMatchObject({ code: 'contact_taken', kind: 'email' })
})

test('a photo is shown back without what told of its maker, and lies nowhere in clear', async () => {
  const registration = await beginRegistration(web)
  const comment = jpegSegment(0xfe, Buffer.from('Contoh A was here'))
  expect((await registration.photo(sampleJpeg([comment]))).json()).toMatchObject({ hasPhoto: true })

  const shown = await web.app.inject({
    url: `${registration.url}/identity-photo`,
    headers: { authorization: `Bearer ${registration.token}` },
  })
  expect(shown.rawPayload.equals(sampleJpeg())).toBe(true)
  expect(shown.headers).toMatchObject({ 'content-type': 'image/jpeg', 'x-content-type-options': 'nosniff' })

  const folder = web.blobFolder
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const stored = files.filter((file) => file.isFile())
  expect(stored.length).toBeGreaterThan(0)
  for (const file of stored)
    expect((await readFile(join(file.parentPath, file.name))).includes(sampleJpeg().subarray(0, 20))).toBe(false)
})

test('a photo`s bytes say what it is, whatever its sender calls it', async () => {
  const registration = await beginRegistration(web)
  expect((await registration.photo(samplePng(), 'image/jpeg')).statusCode).toBe(200)
  const html = await registration.photo(Buffer.from('<script>alert(1)</script>'), 'image/png')
  expect(html.json()).toMatchObject({ code: 'photo_unusable', reason: 'unknown_type' })
  expect((await registration.photo(Buffer.from('PK\x03\x04'), 'application/zip')).json()).toMatchObject({
    code: 'media_type_unsupported',
  })
  const large = await registration.photo(Buffer.alloc(photoBytesMax + 1))
  expect(large.json()).toMatchObject({ code: 'body_too_large' })
})

test('a registration lasts a day until a contact is proven, and a month from then on', async () => {
  const [left, proven] = [await beginRegistration(web), await beginRegistration(web)]
  await proven.patch({ email: 'sebulan@contoh.example' })
  await proven.prove('email', 'sebulan@contoh.example')
  await web.db.advance(25 * 60 * 60)
  expect([(await left.get()).statusCode, (await proven.get()).statusCode]).toEqual([404, 200])
})

test('a photo without its registration`s token is refused before it is taken in', async () => {
  const mine = await beginRegistration(web)
  const large = Buffer.alloc(photoBytesMax + 1)
  const headers = { 'content-type': 'image/jpeg' }
  for (const url of [`${mine.url}/identity-photo`, '/v1/account/identity-photo'])
    expect((await mine.browser.call('PUT', url, large, headers)).statusCode).toBeLessThan(410)
})

test('a photo lives an hour until a contact is proven, and as long as its registration from then on', async () => {
  const registration = await beginRegistration(web)
  await registration.photo(sampleJpeg())
  const leftHours = async () => {
    const [row] = await web.db.database.sql<{ hours: number }[]>`
      select extract(epoch from delete_at - database_now())::float / 3600 as hours from identity_papers
      where registration_id = ${parsePublicId('registration', registration.id) ?? ''}`
    return row?.hours ?? 0
  }
  expect(await leftHours()).toBeLessThanOrEqual(1)
  await registration.patch({ email: 'foto@contoh.example' })
  await registration.prove('email', 'foto@contoh.example')
  expect(await leftHours()).toBeGreaterThan(24)
  await registration.photo(sampleJpeg())
  expect(await leftHours()).toBeGreaterThan(24)
})

test('where photos of nobody fill their room no account`s photo is held back', async () => {
  const { browser } = await registerPerson(web)
  await web.db.owner.sql`
    insert into identity_papers (paper_id, blob_sha256, media_type, bytes, delete_at, created_at)
    select gen_random_uuid(), 'x', 'image/png', 2147483647, 'infinity', now() from generate_series(1, 5)`
  const registration = await beginRegistration(web)
  expect((await registration.photo(sampleJpeg())).json()).toMatchObject({ code: 'overloaded' })
  const headers = { 'content-type': 'image/jpeg' }
  const sent = await browser.call('PUT', '/v1/account/identity-photo', sampleJpeg(), headers)
  expect(sent.statusCode).toBe(200)
  await web.db.owner.sql`delete from identity_papers where blob_sha256 = 'x'`
})

test('another`s photo is not there', async () => {
  const [mine, other] = [await beginRegistration(web), await beginRegistration(web)]
  await mine.photo(sampleJpeg())
  const answer = await web.app.inject({
    url: `${mine.url}/identity-photo`,
    headers: { authorization: `Bearer ${other.token}` },
  })
  expect(answer.json()).toMatchObject({ code: 'not_found' })
})

test('nothing personal stands in the log or in a dump of the database', async () => {
  const { email } = await registerPerson(web, { nik: '3171015708459876' })
  const tables = await web.db.owner.sql<{ name: string }[]>`
    select relname::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`
  const dump = await Promise.all(
    tables.map(async ({ name }) =>
      JSON.stringify(await web.db.owner.sql`select t::text from ${web.db.owner.sql(name)} t`),
    ),
  )
  for (const secret of [email, '3171015708459876', 'Contoh Aminah', goodPassword]) {
    expect(dump.filter((rows) => rows.includes(secret) || rows.includes(Buffer.from(secret).toString('hex')))).toEqual(
      [],
    )
    expect(web.logged.filter((line) => line.includes(secret))).toEqual([])
  }
})
