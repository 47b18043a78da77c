import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { proveTrustBundle } from '../../client/trust-bundle.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { recountLedger } from '../../ledger/recount.ts'

let web: TestWeb
let key: string
let otherKey: string
beforeAll(async () => {
  web = await testWeb()
  key = (await web.openAccount(50)).liveKey
  otherKey = (await web.openAccount(1)).liveKey
})
afterAll(async () => {
  await web.close()
})

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')
let count = 0
const fresh = (name: string) => `${name}-${++count}`

function body(source: string) {
  return {
    facts: { documentType: 'surat-pernyataan' },
    placement: { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' },
    sourceSha256: digestOf(source),
    sourceLength: 1000,
    pageCount: 4,
  }
}
type Call = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'
  path: string
  key?: string | undefined
  idempotencyKey?: string
  json?: unknown
  language?: string
}

async function call({ method, path, key: apiKey, idempotencyKey, json, language }: Call) {
  const headers: Record<string, string> = {}
  if (apiKey !== undefined) headers['authorization'] = `Bearer ${apiKey}`
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey
  if (json !== undefined) headers['content-type'] = 'application/json'
  if (language !== undefined) headers['accept-language'] = language
  const answer = await web.app.inject({
    method,
    url: path,
    headers,
    ...(json === undefined ? {} : { payload: JSON.stringify(json) }),
  })
  const type = String(answer.headers['content-type'] ?? '')
  return { status: answer.statusCode, headers: answer.headers, json: type.includes('json') ? answer.json() : {} }
}
const reserve = (source: string, change: Partial<Call> = {}) =>
  call({ method: 'POST', path: '/v1/affixings', key, idempotencyKey: source, json: body(source), ...change })
const quota = () => call({ method: 'GET', path: '/v1/quota', key }).then(({ json }) => json)

test('an affixing goes from reservation to signature and is read back the same', async () => {
  const source = fresh('whole')
  const before = await quota()
  const reserved = await reserve(source)
  expect(reserved).toMatchObject({
    status: 201,
    json: { state: 'reserved', recipe: { sourceSha256: digestOf(source) } },
  })
  const path = `/v1/affixings/${reserved.json.id}`
  expect(reserved.headers['location']).toBe(path)
  const signed = await call({ method: 'PUT', path: `${path}/signature`, key, json: { digest: digestOf('prepared') } })
  expect(signed).toMatchObject({ status: 200, json: { state: 'affixed', serial: reserved.json.serial } })
  const read = await call({ method: 'GET', path, key })
  expect(read.json).toMatchObject({
    state: 'affixed',
    signature: signed.json.signature,
    validation: signed.json.validation,
    recipe: reserved.json.recipe,
  })
  expect(await quota()).toMatchObject({
    available: before.available - 1,
    spent: before.spent + 1,
    specimen: true,
    ledger: 'stamps',
  })
  const repeated = await reserve(source)
  expect(repeated.json).toMatchObject({ id: reserved.json.id, state: 'affixed' })
})

test.each([
  ['unknown document type', { facts: { documentType: 'surat-cinta' } }, 422, 'document_type_unknown'],
  ['NUL in a name', { facts: { documentType: 'akta-notaris', payerName: 'a\0b' } }, 422, 'text_unusable'],
  [
    'half of a surrogate pair in a name',
    { facts: { documentType: 'akta-notaris', fileName: 'a\ud800b' } },
    422,
    'text_unusable',
  ],
  ['digest too short', { sourceSha256: 'abc' }, 422, 'digest_malformed'],
  ['digest in capitals', { sourceSha256: digestOf('x').toUpperCase() }, 422, 'digest_malformed'],
  ['page that does not exist', { placement: { ...body('x').placement, page: 9 } }, 422, 'page_out_of_range'],
  ['box outside the page', { placement: { ...body('x').placement, left: -5 } }, 422, 'box_outside_page'],
  ['box too small', { placement: { ...body('x').placement, width: 2 } }, 422, 'box_too_small'],
  [
    'box too small in millimetres',
    { placement: { ...body('x').placement, width: 1, height: 1, unit: 'mm' } },
    422,
    'box_too_small',
  ],
  ['empty file', { sourceLength: 0 }, 422, 'file_empty'],
  ['file too large', { sourceLength: 300 * 1024 * 1024 }, 413, 'file_too_large'],
  ['a field nobody knows', { colour: 'red' }, 400, 'request_malformed'],
  ['a number that is none', { pageCount: 'four' }, 400, 'request_malformed'],
  [
    'identity number of the wrong form',
    { facts: { documentType: 'akta-notaris', identityType: 'KTP', identityNumber: '123' } },
    400,
    'request_malformed',
  ],
])('%s is refused with its own code and touches no quota', async (name, change, status, code) => {
  const before = await quota()
  const source = fresh(name)
  const refused = await reserve(source, { idempotencyKey: `bad-${count}`, json: { ...body(source), ...change } })
  expect(refused).toMatchObject({ status, json: { code, status } })
  expect(refused.headers['content-type']).toContain('application/problem+json')
  expect(refused.json.detail).not.toMatch(/\{|\?\?|undefined/)
  expect(await quota()).toEqual(before)
})

test.each([
  ['no key', undefined],
  ['a word', 'secret'],
  ['a key of the right form that nobody has', `mk_live_${'A'.repeat(43)}`],
])('%s as API key is unauthenticated on every route with a key', async (_, apiKey) => {
  const routes = [
    ['GET', '/v1/quota'],
    ['GET', '/v1/affixings'],
    ['GET', '/v1/affixings/afx_0'],
    ['GET', '/v1/affixings/afx_0/document'],
    ['DELETE', '/v1/affixings/afx_0'],
    ['DELETE', '/v1/affixings/afx_0/document'],
    ['POST', '/v1/stampings'],
    ['PUT', '/v1/stampings/a'],
  ] as const
  for (const [method, path] of routes)
    expect(await call({ method, path, key: apiKey })).toMatchObject({ status: 401, json: { code: 'unauthenticated' } })
  expect(await reserve('x', { key: apiKey })).toMatchObject({ status: 401 })
  const signature = {
    method: 'PUT',
    path: '/v1/affixings/afx_0/signature',
    key: apiKey,
    json: { digest: digestOf('x') },
  } as const
  expect(await call(signature)).toMatchObject({ status: 401 })
})

test('a missing, empty, long or invisible idempotency key is refused', async () => {
  const source = fresh('keys')
  const json = body(source)
  const post = { method: 'POST', path: '/v1/affixings', key, json } as const
  expect(await call(post)).toMatchObject({ status: 400, json: { code: 'key_missing' } })
  expect(await call({ ...post, idempotencyKey: 'x'.repeat(129) })).toMatchObject({
    status: 400,
    json: { code: 'key_malformed' },
  })
  expect(await call({ ...post, idempotencyKey: 'kunci saya' })).toMatchObject({
    status: 400,
    json: { code: 'key_malformed' },
  })
})

test('the same idempotency key with another body is refused and says so', async () => {
  const source = fresh('reuse')
  await reserve(source)
  const other = await reserve(source, { json: { ...body(source), pageCount: 5 } })
  expect(other).toMatchObject({ status: 422, json: { code: 'key_reused' } })
})

test('the order of fields is not another body', async () => {
  const source = fresh('order')
  const first = await reserve(source)
  const turned = Object.fromEntries(Object.entries(body(source)).toReversed())
  expect(await reserve(source, { json: turned })).toMatchObject({ status: 201, json: { id: first.json.id } })
})

test("another account's affixing and none at all answer alike", async () => {
  const mine = await reserve(fresh('alike'))
  const none = `afx_${'0'.repeat(32)}`
  for (const [method, tail, json] of [
    ['GET', '', undefined],
    ['DELETE', '', undefined],
    ['GET', '/document', undefined],
    ['PUT', '/signature', { digest: digestOf('x') }],
  ] as const) {
    const answers = await Promise.all(
      [mine.json.id, none].map((id) => call({ method, path: `/v1/affixings/${id}${tail}`, key: otherKey, json })),
    )
    const [theirs, nothing] = answers.map(({ status, json: { code, title } }) => ({ status, code, title }))
    expect(theirs).toEqual(nothing)
    expect(theirs).toMatchObject({ status: 404, code: 'not_found' })
  }
  expect((await call({ method: 'GET', path: `/v1/affixings/${mine.json.id}`, key })).json.state).toBe('reserved')
})

test('the list goes page by page through everything, newest first, and can be narrowed', async () => {
  const { liveKey } = await web.openAccount(5)
  const sources = Array.from({ length: 5 }, () => fresh('list'))
  for (const source of sources) await reserve(source, { key: liveKey })
  const seen: string[] = []
  let path = '/v1/affixings?limit=2'
  for (let pages = 0; path !== ''; pages++) {
    expect(pages).toBeLessThan(4)
    const { json } = await call({ method: 'GET', path, key: liveKey })
    seen.push(...json.items.map((item: { recipe: { sourceSha256: string } }) => item.recipe.sourceSha256))
    path = json.nextCursor === null ? '' : `/v1/affixings?limit=2&cursor=${json.nextCursor}`
  }
  expect(seen).toEqual(sources.map(digestOf).toReversed())
  const one = await call({
    method: 'GET',
    path: `/v1/affixings?sourceSha256=${digestOf(sources[2] ?? '')}&state=reserved`,
    key: liveKey,
  })
  expect(one.json.items).toHaveLength(1)
  expect(await call({ method: 'GET', path: '/v1/affixings?limit=1000', key: liveKey })).toMatchObject({ status: 400 })
})

test('the registry tells affixed from everything else, and reserved, released and never issued alike', async () => {
  const affixed = await reserve(fresh('check'))
  await call({
    method: 'PUT',
    path: `/v1/affixings/${affixed.json.id}/signature`,
    key,
    json: { digest: digestOf('p') },
  })
  const reserved = await reserve(fresh('check'))
  const released = await reserve(fresh('check'))
  await call({ method: 'DELETE', path: `/v1/affixings/${released.json.id}`, key })
  const ask = [
    { serial: affixed.json.serial, digest: digestOf('p') },
    { serial: affixed.json.serial, digest: digestOf('q') },
    { serial: reserved.json.serial, digest: digestOf('p') },
    { serial: released.json.serial, digest: digestOf('p') },
    { serial: 'SPESIMEN00000000000000', digest: digestOf('p') },
  ]
  const { json } = await call({ method: 'POST', path: '/v1/checks', json: { items: ask } })
  expect(json.items.map((item: { standing: string }) => item.standing)).toEqual([
    'specimen',
    'other_document',
    'unknown',
    'unknown',
    'unknown',
  ])
  expect(json.items[0].pictureSha256).toMatch(/^[0-9a-f]{64}$/)
  expect(json.items.slice(2).every((item: object) => Object.keys(item).length === 3)).toBe(true)
  expect(
    await call({ method: 'POST', path: '/v1/checks', json: { items: Array.from({ length: 1001 }, () => ask[0]) } }),
  ).toMatchObject({ status: 400 })
})

test('the trust bundle can be kept: whoever has the newest gets nothing twice', async () => {
  const first = await web.app.inject({ method: 'GET', url: '/v1/trust-bundle' })
  expect(first.statusCode).toBe(200)
  expect(proveTrustBundle(first.json(), nodePrimitives)).toMatchObject({ service: 'http://localhost:8080' })
  expect(first.headers['cache-control']).toBe('public, max-age=900')
  const tag = String(first.headers.etag)
  const again = await web.app.inject({ method: 'GET', url: '/v1/trust-bundle', headers: { 'if-none-match': tag } })
  expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', tag])
  expect((await call({ method: 'GET', path: '/v1/trust' })).status).toBe(404)
})

test('every answer has a Request-Id, and the log has the ids but neither keys, names nor queries', async () => {
  const source = fresh('Siti Rahasia')
  const reserved = await reserve(source, {
    idempotencyKey: `log-${count}`,
    json: { ...body(source), facts: { documentType: 'akta-notaris', payerName: source } },
  })
  const missing = await call({ method: 'GET', path: '/tidak/ada?nama=Siti', key })
  const lines = web.logged.join('')
  for (const answer of [reserved, missing])
    expect(lines).toContain(`"requestId":"${String(answer.headers['request-id'])}"`)
  expect(lines).toContain(reserved.json.id)
  expect(lines).not.toMatch(/Siti|mk_live_|Bearer/)
})

test('an unknown path is not found and a wrong method names the right ones', async () => {
  expect(await call({ method: 'GET', path: '/v1/nothing', key })).toMatchObject({
    status: 404,
    json: { code: 'not_found' },
  })
  const wrong = await call({ method: 'PATCH', path: '/v1/affixings/afx_1', key })
  expect(wrong).toMatchObject({ status: 405, json: { code: 'method_not_allowed' } })
  expect(wrong.headers['allow']).toContain('DELETE')
})

test('refusals speak Indonesian first and English when asked', async () => {
  const indonesian = await call({ method: 'GET', path: '/v1/quota' })
  const english = await call({ method: 'GET', path: '/v1/quota', language: 'en-GB,en;q=0.9' })
  expect(indonesian.json.detail).not.toBe(english.json.detail)
  expect(english.json.detail).toMatch(/key/i)
})

test('a body that is not JSON, or far too large, is refused in words', async () => {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': 'x' }
  const broken = await web.app.inject({ method: 'POST', url: '/v1/affixings', headers, payload: '{"facts":' })
  expect(broken.json()).toMatchObject({ status: 400, code: 'request_malformed' })
  const large = await web.app.inject({
    method: 'POST',
    url: '/v1/affixings',
    headers,
    payload: `"${'x'.repeat(300_000)}"`,
  })
  expect(large.json()).toMatchObject({ status: 413, code: 'body_too_large' })
})

test('health, readiness and metrics answer', async () => {
  expect((await call({ method: 'GET', path: '/health' })).json).toEqual({ status: 'ok' })
  expect((await call({ method: 'GET', path: '/ready' })).json).toMatchObject({ ready: true })
  const metrics = await web.app.inject({ method: 'GET', url: '/metrics' })
  expect(metrics.payload).toMatch(/affixings_reserved \d+/)
})

test('after all of this the ledger is clean', async () => {
  expect(await recountLedger(web.db.database.sql)).toMatchObject({ clean: true, faults: [] })
})
