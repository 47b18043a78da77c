import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { samplePdf } from '../../../tests/support/pdf-samples.ts'
import { beginRegistration, goodPassword, registerPerson, type TestBrowser } from '../../../tests/support/person.ts'
import { jpegSegment, sampleJpeg, samplePng } from '../../../tests/support/photo-samples.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { dropOldPapers } from '../../identity/papers/keep-paper.ts'
import { decideProofing } from '../../identity/proofing.ts'
import { photoBytesMax } from '../../limits/people.ts'
import { uuidOf } from './people-parts.ts'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

const day = 24 * 60 * 60
const pdf = Buffer.from(samplePdf())
const company = {
  name: 'PT Contoh',
  nik: '3171015708450001',
  npwp: '1234567890123456',
  nib: '1234567890123',
  personInCharge: 'Contoh Aminah',
}
const running = new AbortController().signal

const send = (browser: TestBrowser, url: string, bytes: Buffer, headers: Record<string, string> = {}) =>
  browser.call('PUT', url, bytes, { 'content-type': 'application/pdf', ...headers })

/** A company that registers, and how its papers are sent. */
async function registeringCompany(change: object = {}) {
  const registration = await beginRegistration(web)
  await registration.patch({ ownerType: 'company', identity: company, ...change })
  const headers = { authorization: `Bearer ${registration.token}` }
  const url = (paper: string) => `${registration.url}/papers/${paper}`
  return {
    ...registration,
    send: (paper: string, bytes: Buffer) => send(registration.browser, url(paper), bytes, headers),
    read: (paper: string) => registration.browser.call('GET', url(paper), undefined, headers),
  }
}

/** A company whose holder an operator is to decide about, or nobody yet. */
async function companyAccount(more: { nik?: string; photo?: Buffer } = {}) {
  const { browser } = await registerPerson(web)
  const opened = await browser.call('POST', '/v1/accounts', {
    ownerType: 'company',
    consent: { terms: '2026-11', privacy: '2026-11' },
    identity: { ...company, nik: more.nik ?? company.nik },
  })
  const { id } = z.object({ id: z.string() }).loose().parse(opened.json())
  const headers = { 'x-account': id }
  if (more.photo !== undefined)
    await browser.call('PUT', '/v1/account/identity-photo', more.photo, { ...headers, 'content-type': 'image/png' })
  return {
    browser,
    id,
    accountId: uuidOf('account', id),
    send: (paper: string, bytes: Buffer) => send(browser, `/v1/account/papers/${paper}`, bytes, headers),
    read: (paper: string) => browser.call('GET', `/v1/account/papers/${paper}`, undefined, headers),
    get: (path: string) => browser.call('GET', path, undefined, headers),
    close: () => browser.call('POST', '/v1/account/close', { password: goodPassword, loseQuota: true }, headers),
  }
}

test('a company sends its papers with its registration; each is given back as a file, and lies nowhere in clear', async () => {
  const registration = await registeringCompany()
  expect((await registration.send('nib', pdf)).json()).toMatchObject({ papers: ['nib'], hasPhoto: false })
  expect((await registration.send('deed', sampleJpeg())).json()).toMatchObject({ papers: ['nib', 'deed'] })

  const nib = await registration.read('nib')
  expect(nib.rawPayload.equals(pdf)).toBe(true)
  expect(nib.headers).toMatchObject({
    'content-type': 'application/pdf',
    'content-disposition': 'attachment; filename="nib.pdf"',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  })
  expect((await registration.read('deed')).headers['content-disposition']).toBe('attachment; filename="deed.jpg"')
  expect((await registration.read('npwp')).json()).toMatchObject({ code: 'not_found' })
  const files = (await readdir(web.blobFolder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())
  for (const { parentPath, name } of files)
    expect((await readFile(join(parentPath, name))).includes(pdf.subarray(0, 20))).toBe(false)
})

test('another paper of the kind takes the place of the one before, and no other', async () => {
  const registration = await registeringCompany()
  await registration.send('nib', pdf)
  await registration.send('npwp', pdf)
  await registration.send('nib', samplePng())
  expect((await registration.read('nib')).headers['content-type']).toBe('image/png')
  expect((await registration.read('npwp')).headers['content-type']).toBe('application/pdf')
})

test('a paper`s bytes say what it is: nothing but a PDF, a JPEG or a PNG is kept', async () => {
  const { send: sendPaper, read, url, browser, token } = await registeringCompany()
  for (const [bytes, reason] of [
    [Buffer.from('<script>alert(1)</script>'), 'unknown_type'],
    [Buffer.from(`<html>\n${pdf.toString('latin1')}`, 'latin1'), 'unknown_type'],
    [Buffer.from('PK\x03\x04'), 'unknown_type'],
    [Buffer.from('%PDF-'), 'unknown_type'],
    [sampleJpeg([jpegSegment(0xf0, pdf)]), 'unexpected_data'],
  ] as const)
    expect((await sendPaper('nib', bytes)).json()).toMatchObject({ code: 'paper_unusable', reason })
  expect((await sendPaper('nib', Buffer.concat([sampleJpeg(), pdf]))).statusCode).toBe(200)
  const kept = { headers: { 'content-type': 'image/jpeg' }, rawPayload: sampleJpeg() }
  expect(await read('nib')).toMatchObject(kept)
  expect((await sendPaper('nib', Buffer.alloc(photoBytesMax + 1))).json()).toMatchObject({ code: 'body_too_large' })
  const asImage = { 'content-type': 'image/png', authorization: `Bearer ${token}` }
  expect((await send(browser, `${url}/papers/nib`, pdf, asImage)).statusCode).toBe(200)
})

test('who sends no paper, or is no organisation, registers all the same; a person has none to send', async () => {
  const person = await registeringCompany({ ownerType: 'personal' })
  expect((await person.send('nib', pdf)).json()).toMatchObject({ code: 'not_found' })
  const government = await registeringCompany({ ownerType: 'government' })
  expect((await government.send('nib', pdf)).statusCode).toBe(404)
  expect((await government.send('npwp', pdf)).statusCode).toBe(200)
  expect((await (await registeringCompany()).get()).json().missing).toEqual(['contact', 'password'])
})

test('a registration`s papers are the account`s once it is complete', async () => {
  const registration = await registeringCompany({ email: 'pt@contoh.example', password: goodPassword })
  await registration.send('nib', pdf)
  await registration.prove('email', 'pt@contoh.example')
  await registration.complete()
  const own = await registration.browser.call('GET', '/v1/account')
  expect(own.json()).toMatchObject({ kind: 'company', papers: ['nib'], hasPhoto: false })
  expect((await registration.browser.call('GET', '/v1/account/papers/nib')).rawPayload.equals(pdf)).toBe(true)
})

test('papers may be added while a decision is waited for, wait with it, and go a month after it', async () => {
  const account = await companyAccount({ nik: '3171015708459002', photo: samplePng() })
  expect((await account.get('/v1/account')).json()).toMatchObject({ proofing: 'waiting' })
  expect((await account.send('nib', pdf)).json()).toEqual({ papers: ['nib'] })
  await web.db.advance(29 * day)
  await account.get('/v1/account')
  await web.db.advance(29 * day)
  await dropOldPapers(web.people.web.proofing, running)
  expect((await account.read('nib')).statusCode).toBe(200)

  await decideProofing(web.people.web.proofing, { accountId: account.accountId, answer: 'proven', by: 'operator:sari' })
  expect((await account.send('deed', pdf)).json()).toMatchObject({ code: 'identity_settled' })
  await web.db.advance(29 * day)
  await dropOldPapers(web.people.web.proofing, running)
  expect((await account.read('nib')).statusCode).toBe(200)
  await web.db.advance(2 * day)
  await dropOldPapers(web.people.web.proofing, running)
  expect((await account.read('nib')).json()).toMatchObject({ code: 'not_found' })
})

test('an owner takes the papers along, and with the account they are gone', async () => {
  const account = await companyAccount()
  await account.send('npwp', pdf)
  expect((await account.get('/v1/account/export')).json()).toMatchObject({
    papers: [{ paper: 'npwp', type: 'application/pdf', base64: pdf.toString('base64') }],
  })
  expect((await account.close()).statusCode).toBe(204)
  const rows = await web.db.database.sql`select 1 from identity_papers where account_id = ${account.accountId}`
  expect(rows).toEqual([])
})

test('another`s papers are not there', async () => {
  const [mine, other] = [await registeringCompany(), await registeringCompany()]
  await mine.send('nib', pdf)
  const headers = { authorization: `Bearer ${other.token}` }
  const url = `${mine.url}/papers/nib`
  expect((await other.browser.call('GET', url, undefined, headers)).json()).toMatchObject({ code: 'not_found' })
  const account = await companyAccount()
  await account.send('nib', pdf)
  const stranger = await registerPerson(web)
  const acting = { 'x-account': account.id }
  for (const answer of [
    await stranger.browser.call('GET', '/v1/account/papers/nib', undefined, acting),
    await send(stranger.browser, '/v1/account/papers/nib', pdf, acting),
  ])
    expect(answer.json()).toMatchObject({ code: 'not_found' })
})

test('a paper of nobody is refused before it is taken in, and counts for the room of nobody`s files', async () => {
  const registration = await registeringCompany()
  const large = Buffer.alloc(photoBytesMax + 1)
  for (const url of [`${registration.url}/papers/nib`, '/v1/account/papers/nib'])
    expect((await send((await beginRegistration(web)).browser, url, large)).statusCode).toBeLessThan(410)
  await web.db.owner.sql`
    insert into identity_papers (paper_id, kind, blob_sha256, media_type, bytes, delete_at, created_at)
    select gen_random_uuid(), 'nib', 'x', 'application/pdf', 2147483647, 'infinity', now() from generate_series(1, 5)`
  expect((await registration.send('nib', pdf)).json()).toMatchObject({ code: 'overloaded' })
  await web.db.owner.sql`delete from identity_papers where blob_sha256 = 'x'`
})

test('a version before papers goes on keeping photos, and meets no paper', async () => {
  const account = await companyAccount()
  await account.send('nib', pdf)
  const { sql } = web.db.database
  const { accountId } = account
  expect(await sql`select 1 from identity_photos where account_id = ${accountId}`).toEqual([])
  await sql`
    insert into identity_photos (photo_id, blob_sha256, media_type, bytes, delete_at, created_at)
    select gen_random_uuid(), 'before', 'image/png', 100, now(), now()
    where (select coalesce(sum(bytes), 0) from identity_photos where account_id is null) < 1e12`
  await sql`update identity_photos set registration_id = null, account_id = null, delete_at = now() where account_id = ${accountId}`
  await sql`update identity_photos set account_id = ${accountId}, delete_at = now() where blob_sha256 = 'before'`
  expect((await account.get('/v1/account')).json()).toMatchObject({ hasPhoto: true, papers: ['nib'] })
  await sql`delete from identity_photos where blob_sha256 = 'before'`
  expect((await account.get('/v1/account')).json()).toMatchObject({ hasPhoto: false, papers: ['nib'] })
})
