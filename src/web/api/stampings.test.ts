import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { writeFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jsonOf } from '../../../tests/support/fetch-transport.ts'
import { rewritten, samplePdf } from '../../../tests/support/pdf-samples.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { recountLedger } from '../../ledger/recount.ts'
import { TimestampUnavailable } from '../../signing/timestamp-source.ts'

let web: TestWeb
let key: string
let timestamps = true
beforeAll(async () => {
  web = await testWeb(({ signers }) => ({
    signers: {
      ...signers,
      specimen: {
        ...signers.specimen,
        sign: (to) => (timestamps ? signers.specimen.sign(to) : Promise.reject(new TimestampUnavailable('none'))),
      },
    },
  }))
  key = (await web.openAccount(100)).liveKey
})
afterAll(async () => {
  await web.close()
})

const original = () => samplePdf({ trailer: `/Nama (${randomUUID()})` })
const sent = {
  facts: { documentType: 'surat-perjanjian', number: '12/2026' },
  placement: { page: 'last', left: 400, bottom: 40, width: 100, height: 100, unit: 'pt' },
}
type Upload = { file: Uint8Array; idempotencyKey?: string; facts?: unknown; way?: 'post' | 'put'; order?: 'file first' }

async function upload({ file, idempotencyKey = randomUUID(), facts = sent, way = 'post', order }: Upload) {
  const authorization = `Bearer ${key}`
  if (way === 'put') {
    const query = Buffer.from(JSON.stringify(facts)).toString('base64url')
    const headers = { authorization, 'content-type': 'application/pdf' }
    return fetch(`${web.url}/v1/stampings/${idempotencyKey}?facts=${query}`, {
      method: 'PUT',
      headers,
      body: Buffer.from(file),
    })
  }
  const form = new FormData()
  const parts = [
    () => form.append('facts', JSON.stringify(facts)),
    () => form.append('file', new Blob([Buffer.from(file)], { type: 'application/pdf' }), 'perjanjian.pdf'),
  ]
  for (const add of order === 'file first' ? parts.toReversed() : parts) add()
  return fetch(`${web.url}/v1/stampings`, {
    method: 'POST',
    headers: { authorization, 'idempotency-key': idempotencyKey },
    body: form,
  })
}
const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer())
const get = (path: string, method = 'GET') =>
  fetch(`${web.url}${path}`, { method, headers: { authorization: `Bearer ${key}` } })
const quota = () => get('/v1/quota').then(jsonOf)

/** What Debian's pdfsig says of a file. */
function pdfsig(bytes: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'meterai-pdfsig-'))
  try {
    writeFileSync(join(folder, 'stamped.pdf'), bytes)
    return spawnSync('pdfsig', ['-nocert', 'stamped.pdf'], { cwd: folder, encoding: 'utf8' }).stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test.each(['post', 'put'] as const)(
  'an upload by %s comes back stamped and valid, and again from its affixing',
  async (way) => {
    const file = original()
    const before = await quota()
    const answer = await upload({ file, way })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/pdf')
    const stamped = await bytesOf(answer)
    expect(stamped.subarray(0, file.length).equals(file)).toBe(true)
    expect(pdfsig(stamped)).toContain('Signature is Valid')
    const id = answer.headers.get('affixing-id')
    const affixing = await get(`/v1/affixings/${id}`).then(jsonOf)
    expect(affixing).toMatchObject({
      state: 'affixed',
      serial: answer.headers.get('serial-number'),
      recipe: { placement: { page: 1 } },
    })
    expect((await bytesOf(await get(`/v1/affixings/${id}/document`))).equals(stamped)).toBe(true)
    expect(await quota()).toMatchObject({ available: before.available - 1, spent: before.spent + 1, reserved: 0 })
  },
)

test('the same key and file give the same bytes for one charge, at once and later', async () => {
  const file = original()
  const idempotencyKey = randomUUID()
  const before = await quota()
  const answers = await Promise.all(Array.from({ length: 4 }, () => upload({ file, idempotencyKey })))
  const later = await upload({ file, idempotencyKey })
  const files = await Promise.all([...answers, later].map(bytesOf))
  expect(new Set([...answers, later].map(({ status }) => status))).toEqual(new Set([200]))
  expect(new Set(files.map((bytes) => bytes.toString('latin1'))).size).toBe(1)
  expect(await quota()).toMatchObject({ spent: before.spent + 1, reserved: 0 })
})

test('the same key with another file or other facts is refused', async () => {
  const file = original()
  const idempotencyKey = randomUUID()
  await upload({ file, idempotencyKey })
  for (const other of [{ file: original() }, { file, facts: { ...sent, facts: { documentType: 'akta-notaris' } } }]) {
    const answer = await upload({ ...other, idempotencyKey })
    expect(await jsonOf(answer)).toMatchObject({ status: 422, code: 'key_reused' })
  }
})

test('the same document under another key is already stamped, unless another stamp is meant', async () => {
  const file = original()
  await upload({ file })
  expect(await jsonOf(await upload({ file }))).toMatchObject({ status: 409, code: 'already_stamped' })
  expect((await upload({ file, facts: { ...sent, additional: true } })).status).toBe(200)
})

test.each([
  ['something that is not a PDF', () => Buffer.from('halo dunia'), sent, 'not_a_pdf'],
  ['an empty file', () => Buffer.alloc(0), sent, 'file_empty'],
  [
    'a file locked with a password',
    () => rewritten(original(), ['--encrypt', 'rahasia', 'pemilik', '256', '--']),
    sent,
    'password_needed',
  ],
  ['a page that does not exist', original, { ...sent, placement: { ...sent.placement, page: 3 } }, 'page_out_of_range'],
  ['a box outside the page', original, { ...sent, placement: { ...sent.placement, left: 560 } }, 'box_outside_page'],
  ['a box too small', original, { ...sent, placement: { ...sent.placement, width: 50 } }, 'box_too_small'],
  ['an unknown document type', original, { ...sent, facts: { documentType: 'surat-cinta' } }, 'document_type_unknown'],
  ['NUL in a name', original, { ...sent, facts: { ...sent.facts, payerName: 'a\0b' } }, 'text_unusable'],
  ['facts that are no JSON object', original, 'bukan objek', 'request_malformed'],
] as const)('%s is refused, spends nothing and leaves the key free', async (_, make, facts, code) => {
  const idempotencyKey = randomUUID()
  const before = await quota()
  for (const way of ['post', 'put'] as const) {
    expect(await jsonOf(await upload({ file: make(), facts, idempotencyKey, way }))).toMatchObject({ code })
  }
  expect(await quota()).toEqual(before)
  expect((await upload({ file: original(), idempotencyKey })).status).toBe(200)
})

test('a file before its facts, and facts without a file, are refused in words', async () => {
  expect(await jsonOf(await upload({ file: original(), order: 'file first' }))).toMatchObject({
    code: 'request_malformed',
  })
  const form = new FormData()
  form.append('facts', JSON.stringify(sent))
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': randomUUID() }
  expect(await jsonOf(await fetch(`${web.url}/v1/stampings`, { method: 'POST', headers, body: form }))).toMatchObject({
    code: 'request_malformed',
  })
})

test('without a timestamp the upload is answered 202 and its file is there once the server has finished', async () => {
  const { finishWaiting } = await import('../../affixing/affix.ts')
  const file = original()
  const idempotencyKey = randomUUID()
  timestamps = false
  const before = await quota()
  const answer = await upload({ file, idempotencyKey }).finally(() => (timestamps = true))
  const waiting = await jsonOf(answer)
  expect([answer.status, waiting.state, answer.headers.get('location')]).toEqual([
    202,
    'reserved',
    `/v1/affixings/${waiting.id}`,
  ])
  expect((await get(`/v1/affixings/${waiting.id}/document`)).status).toBe(409)
  expect(await quota()).toMatchObject({ spent: before.spent, reserved: 1 })
  await web.db.advance(60)
  expect(await finishWaiting(web.affixing, 10)).toBe(1)
  const document = await bytesOf(await get(`/v1/affixings/${waiting.id}/document`))
  expect(pdfsig(document)).toContain('Signature is Valid')
  expect((await bytesOf(await upload({ file, idempotencyKey }))).equals(document)).toBe(true)
  expect(await quota()).toMatchObject({ spent: before.spent + 1, reserved: 0 })
})

test('a kept file can be deleted at once; the affixing stays and the answer names the way to rebuild', async () => {
  const answer = await upload({ file: original() })
  const id = answer.headers.get('affixing-id')
  expect((await get(`/v1/affixings/${id}/document`, 'DELETE')).status).toBe(204)
  expect(await get(`/v1/affixings/${id}/document`).then(jsonOf)).toMatchObject({
    status: 410,
    code: 'document_not_kept',
  })
  expect(await get(`/v1/affixings/${id}`).then(jsonOf)).toMatchObject({ state: 'affixed' })
  expect((await get(`/v1/affixings/${id}/document`, 'DELETE')).status).toBe(404)
})

test('after all of this the ledger is clean', async () => {
  expect(await recountLedger(web.db.database.sql)).toMatchObject({ clean: true, faults: [] })
})

test('an upload that repeats a settled key, or is refused for its key, leaves no file behind', async () => {
  const incoming = join(web.blobFolder, 'incoming')
  const [file, idempotencyKey] = [original(), randomUUID()]
  expect((await upload({ file, idempotencyKey })).status).toBe(200)
  expect((await upload({ file, idempotencyKey })).status).toBe(200)
  expect((await upload({ file: original(), idempotencyKey })).status).toBe(422)
  expect(readdirSync(incoming)).toEqual([])
})
