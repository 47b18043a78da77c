import { createHash, randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { finishBatches } from '../../affixing/batches/finish-batches.ts'
import { parsePublicId } from '../../base/ids.ts'
import type { Caller } from '../../identity/api-keys.ts'
import type { Role } from '../../identity/roles.ts'
import { subscribe } from '../../notices/outbox.ts'
import { refusalOf, sendProblem } from '../problems.ts'
import { batchRoutes } from './batches.ts'

let web: TestWeb
let account: Awaited<ReturnType<TestWeb['openAccount']>>
let other: Awaited<ReturnType<TestWeb['openAccount']>>
let secondKey: string
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())
beforeEach(async () => {
  account = await web.openAccount(10)
  other = await web.openAccount(10)
  secondKey = await web.addKey(account.accountId)
})

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
async function call(method: Method, url: string, json?: object, with_: { key?: string; idempotencyKey?: string } = {}) {
  const { key = account.liveKey, idempotencyKey } = with_
  const answer = await web.app.inject({
    method,
    url,
    headers: {
      authorization: `Bearer ${key}`,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    ...(json === undefined ? {} : { payload: JSON.stringify(json) }),
  })
  return { status: answer.statusCode, json: answer.json() }
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')
let drawn = 0
function document(change: object = {}) {
  const name = `document ${++drawn}`
  return {
    clientReference: name,
    facts: { documentType: 'surat-pernyataan', fileName: `${name}.pdf` },
    placement: { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' },
    sourceSha256: digestOf(name),
    sourceLength: 1000,
    pageCount: 1,
    ...change,
  }
}
type Given = ReturnType<typeof document>

const make = (items: Given[], more: { key?: string; idempotencyKey?: string } = {}, over: object = {}) =>
  call('POST', '/v1/batches', { name: 'November', items, ...over }, { idempotencyKey: randomUUID(), ...more })

async function open(items: Given[]): Promise<{ id: string; itemIds: string[]; state: string }> {
  const made = await make(items)
  const opened = await call('POST', `/v1/batches/${made.json.id}/open`)
  return {
    id: made.json.id,
    itemIds: made.json.added.map(({ itemId }: { itemId: string }) => itemId),
    state: opened.json.state,
  }
}

function reserve(given: Given, batchItem: string | undefined, idempotencyKey: string = randomUUID()) {
  return call('POST', '/v1/affixings', { ...given, clientReference: undefined, batchItem }, { idempotencyKey })
}

async function affix(item: Given, batchItem: string | undefined) {
  const reserved = await reserve(item, batchItem)
  expect(reserved.status).toBe(201)
  const signed = await call('PUT', `/v1/affixings/${reserved.json.id}/signature`, { digest: item.sourceSha256 })
  expect(signed.status).toBe(200)
  return reserved.json
}

test('a cost centre of a batch is one of an affixing too', async () => {
  expect(await make([], {}, { tag: '<HR>' })).toMatchObject({ status: 400, json: { code: 'request_malformed' } })
  expect(await make([], {}, { tag: 'Kantor Surabaya/4100' })).toMatchObject({ status: 201 })
})

test('a batch is prepared, opened and stamped; its counts, items and event tell of it', async () => {
  const items = [document(), document()]
  await web.db.database.transaction((tx) =>
    subscribe(tx, { accountId: account.accountId, event: 'batch.finished', at: new Date() }),
  )
  const made = await make(items, {}, { tag: 'CC-7' })
  expect(made).toMatchObject({
    status: 201,
    json: {
      state: 'draft',
      tag: 'CC-7',
      items: 2,
      sumRupiah: '20000',
      quota: { needed: 2, available: 10, missing: 0 },
    },
  })
  const { id, added } = made.json
  const more = document()
  const moreAdded = await call('POST', `/v1/batches/${id}/items`, { items: [more] })
  expect(await call('POST', `/v1/batches/${id}/open`)).toMatchObject({ status: 200, json: { state: 'open', items: 3 } })
  const affixed = await affix(items[0] ?? more, added[0].itemId)
  await reserve(items[1] ?? more, added[1].itemId)
  expect((await call('GET', `/v1/batches/${id}`)).json).toMatchObject({
    counts: { waiting: 1, reserved: 1, affixed: 1 },
  })
  expect(await finishBatches({ database: web.db.database })).toBe(0)
  const listed = await call('GET', `/v1/batches/${id}/items?limit=2`)
  expect(listed.json.items).toMatchObject([
    { id: added[0].itemId, state: 'affixed', affixingId: affixed.id, serial: affixed.serial },
    { state: 'reserved' },
  ])
  const rest = await call('GET', `/v1/batches/${id}/items?cursor=${listed.json.nextCursor}`)
  expect(rest.json).toMatchObject({
    items: [{ clientReference: more.clientReference, state: 'waiting' }],
    nextCursor: null,
  })
  const [second] = (await call('GET', '/v1/affixings?state=reserved')).json.items
  await call('PUT', `/v1/affixings/${second.id}/signature`, { digest: second.recipe.sourceSha256 })
  await affix(more, moreAdded.json.items[0].itemId)
  await web.db.advance(5)
  expect(await finishBatches({ database: web.db.database })).toBe(1)
  expect(await finishBatches({ database: web.db.database })).toBe(0)
  expect((await call('GET', '/v1/batches')).json.items).toMatchObject([{ id, state: 'finished' }])
  const events = await web.db.owner
    .sql`select event, object_id, detail from outbox where account_id = ${account.accountId}`
  expect(events).toMatchObject([{ event: 'batch.finished', object_id: id, detail: { items: 3 } }])
})

test('a batch that rests is looked at ever more rarely, and at once when something is reserved again', async () => {
  const items = [document(), document()]
  const [first = document(), second = document()] = items
  const { id, itemIds } = await open(items)
  await affix(first, itemIds[0])
  const lookIn = async () => {
    const rows = await web.db.owner.sql<{ seconds: number }[]>`
      select extract(epoch from look_at - database_now())::float8 as seconds from batches where batch_id = ${parsePublicId('batch', id) ?? ''}`
    return rows[0]?.seconds ?? Number.NaN
  }
  await web.db.advance(4_000)
  await finishBatches({ database: web.db.database })
  expect(await lookIn()).toBeGreaterThan(900)
  await affix(second, itemIds[1])
  expect(await lookIn()).toBeLessThanOrEqual(0)
  expect(await finishBatches({ database: web.db.database })).toBe(1)
})

test('documents that cannot be stamped are left out with the reason, and adding one again changes nothing', async () => {
  const done = document()
  await affix(done, undefined)
  const good = document()
  const given = [
    good,
    document({ sourceSha256: good.sourceSha256 }),
    document({ facts: { documentType: 'penerimaan-uang', valueRupiah: '5000000' } }),
    document({ sourceSha256: done.sourceSha256 }),
    document({ pageCount: 1, placement: { ...good.placement, page: 2 } }),
  ]
  const made = await make(given)
  const codes = (added: { problem?: { code: string } }[]) => added.map(({ problem }) => problem?.code)
  const expected = [undefined, 'duplicate_in_batch', 'value_too_small', 'already_stamped', 'page_out_of_range']
  expect(codes(made.json.added)).toEqual(expected)
  expect(made.json).toMatchObject({ items: 1 })
  const again = await call('POST', `/v1/batches/${made.json.id}/items`, { items: [document(), ...given] })
  expect(codes(again.json.items)).toEqual([undefined, ...expected])
  expect(again.json.items[1].itemId).toBe(made.json.added[0].itemId)
  const changed = await call('POST', `/v1/batches/${made.json.id}/items`, { items: [{ ...good, pageCount: 3 }] })
  expect(codes(changed.json.items)).toEqual(['batch_reference_reused'])
  expect((await call('GET', `/v1/batches/${made.json.id}`)).json.items).toBe(2)
})

test('the same key again is the same batch, and with other content refused', async () => {
  const item = document()
  const first = await make([item], { idempotencyKey: 'once' })
  expect(await make([item], { idempotencyKey: 'once' })).toMatchObject({
    status: 201,
    json: { id: first.json.id, items: 1, added: first.json.added },
  })
  expect(await make([document()], { idempotencyKey: 'once' })).toMatchObject({
    status: 422,
    json: { code: 'key_reused' },
  })
  expect(await call('POST', '/v1/batches', { name: 'x' })).toMatchObject({ status: 400, json: { code: 'key_missing' } })
})

test('above the set sum a batch waits for somebody who had no hand in it, and nothing is reserved before', async () => {
  expect((await call('PUT', '/v1/approval-rule', { aboveRupiah: '10000' })).json).toMatchObject({
    aboveRupiah: '10000',
  })
  expect((await open([document()])).state).toBe('open')
  const items = [document(), document()]
  const { id, itemIds, state } = await open(items)
  expect(state).toBe('waiting_approval')
  const [item = document()] = items
  expect(await reserve(item, itemIds[0])).toMatchObject({ status: 409, json: { code: 'batch_waiting', batchId: id } })
  expect(await call('POST', `/v1/batches/${id}/approve`)).toMatchObject({
    status: 403,
    json: { code: 'approval_by_maker' },
  })
  expect(await call('POST', `/v1/batches/${id}/approve`, undefined, { key: other.liveKey })).toMatchObject({
    status: 404,
  })
  const approved = await call('POST', `/v1/batches/${id}/approve`, undefined, { key: secondKey })
  expect(approved).toMatchObject({
    status: 200,
    json: { state: 'open', approvedBy: expect.stringMatching(/^key:key_/) },
  })
  expect(await call('POST', `/v1/batches/${id}/approve`, undefined, { key: secondKey })).toMatchObject({ status: 200 })
  expect(await reserve(item, itemIds[0])).toMatchObject({ status: 201 })
  const audit = await web.db.owner.sql<
    { action: string }[]
  >`select action from audit where account_id = ${account.accountId} and object_id = ${id} order by id`
  const acts = ['batch.made', 'batch.items_added', 'batch.opened', 'batch.approved']
  expect(new Set(audit.map(({ action }) => action))).toEqual(new Set(acts))
})

/** The routes for somebody who signed in, or a key of some scopes. */
async function asCaller(change: Partial<Caller>, method: Method, url: string, payload?: object) {
  const app = Fastify()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, refusalOf(error)))
  const caller: Caller = { accountId: account.accountId, keyKind: 'live', keyId: 'key_x', ...change }
  batchRoutes(app, web.affixing, { find: async () => caller })
  const answer = await app.inject({ method, url, ...(payload === undefined ? {} : { payload }) })
  await app.close()
  return { status: answer.statusCode, json: answer.json() }
}
const member = (role: Role, name: string): Partial<Caller> => ({
  keyId: `per_${name}`,
  person: { personId: randomUUID(), sessionId: randomUUID(), role },
})

test('roles and scopes decide who may do what with a batch', async () => {
  await call('PUT', '/v1/approval-rule', { aboveRupiah: '0' })
  const { id } = await open([document()])
  const refused = { status: 403, json: { code: 'not_allowed' } }
  for (const caller of [member('reader', 'a'), member('buyer', 'b'), { scopes: ['read'] } as const]) {
    expect(await asCaller(caller, 'POST', `/v1/batches/${id}/approve`)).toMatchObject(refused)
    expect(await asCaller(caller, 'DELETE', `/v1/batches/${id}`)).toMatchObject(refused)
    expect(await asCaller(caller, 'GET', `/v1/batches/${id}`)).toMatchObject({ status: 200 })
  }
  // a stamper may, by their PIN
  expect(await asCaller(member('stamper', 'c'), 'POST', `/v1/batches/${id}/approve`)).toMatchObject({
    status: 403,
    json: { code: 'authorization_missing' },
  })
})

test('whoever added a document, or opened the batch, has a hand in it', async () => {
  await call('PUT', '/v1/approval-rule', { aboveRupiah: '0' })
  const made = await make([document()])
  const { id } = made.json
  await call('POST', `/v1/batches/${id}/items`, { items: [document()] }, { key: secondKey })
  expect(await call('POST', `/v1/batches/${id}/open`)).toMatchObject({ json: { state: 'waiting_approval' } })
  expect(await call('POST', `/v1/batches/${id}/approve`, undefined, { key: secondKey })).toMatchObject({ status: 403 })
  const opened = await make([document()])
  await call('POST', `/v1/batches/${opened.json.id}/open`, undefined, { key: secondKey })
  expect(await call('POST', `/v1/batches/${opened.json.id}/approve`, undefined, { key: secondKey })).toMatchObject({
    status: 403,
  })
})

test('a reservation for a batch is word for word what was prepared, once', async () => {
  const items = [document(), document()]
  const [first = document(), second = document()] = items
  const { itemIds } = await open(items)
  const differs = { status: 422, json: { code: 'batch_item_differs' } }
  expect(await reserve(second, itemIds[0])).toMatchObject(differs)
  expect(await reserve({ ...first, placement: { ...first.placement, left: 41 } }, itemIds[0])).toMatchObject(differs)
  expect(await reserve({ ...first, facts: { ...first.facts, fileName: 'other.pdf' } }, itemIds[0])).toMatchObject(
    differs,
  )
  const held = await reserve(first, itemIds[0], 'held')
  expect(held.status).toBe(201)
  expect(await reserve(first, itemIds[0], 'held')).toMatchObject({ status: 201, json: { id: held.json.id } })
  expect(await reserve(first, itemIds[0])).toMatchObject({ status: 409, json: { code: 'already_reserved' } })
  await call('DELETE', `/v1/affixings/${held.json.id}`)
  expect(await reserve(first, itemIds[0])).toMatchObject({ status: 201 })
  expect(await reserve(second, 'bit_x')).toMatchObject({ status: 404 })
  const stranger = await call(
    'POST',
    '/v1/affixings',
    { ...document(), clientReference: undefined, batchItem: itemIds[1] },
    { key: other.liveKey, idempotencyKey: 'x' },
  )
  expect(stranger).toMatchObject({ status: 404, json: { code: 'not_found' } })
  const both = await Promise.all([reserve(second, itemIds[1]), reserve(second, itemIds[1])])
  expect(both.map(({ status }) => status)).toEqual(expect.arrayContaining([201, 409]))
})

test('a cancelled batch reserves nothing more, and a draft keeps none of its documents', async () => {
  const items = [document(), document()]
  const { id, itemIds } = await open(items)
  const held = await reserve(items[0] ?? document(), itemIds[0])
  expect(await call('DELETE', `/v1/batches/${id}`)).toMatchObject({ status: 200, json: { state: 'cancelled' } })
  expect(await reserve(items[1] ?? document(), itemIds[1])).toMatchObject({
    status: 409,
    json: { code: 'batch_state', state: 'cancelled' },
  })
  expect(await call('PUT', `/v1/affixings/${held.json.id}/signature`, { digest: digestOf('x') })).toMatchObject({
    status: 200,
  })
  const draft = await make([document()])
  await call('DELETE', `/v1/batches/${draft.json.id}`)
  expect((await call('GET', `/v1/batches/${draft.json.id}/items`)).json.items).toEqual([])
  for (const path of ['open', 'approve'])
    expect(await call('POST', `/v1/batches/${draft.json.id}/${path}`)).toMatchObject({ status: 409 })
  expect(await call('POST', `/v1/batches/${draft.json.id}/items`, { items: [document()] })).toMatchObject({
    status: 409,
    json: { code: 'batch_state' },
  })
  const empty = await make([])
  expect(await call('POST', `/v1/batches/${empty.json.id}/open`)).toMatchObject({
    status: 409,
    json: { code: 'batch_empty' },
  })
})

test("another account's batch is as if it were not there", async () => {
  const { id } = await open([document()])
  const key = other.liveKey
  const answers = [
    await call('GET', `/v1/batches/${id}`, undefined, { key }),
    await call('GET', `/v1/batches/${id}/items`, undefined, { key }),
    await call('POST', `/v1/batches/${id}/open`, undefined, { key }),
    await call('POST', `/v1/batches/${id}/approve`, undefined, { key }),
    await call('POST', `/v1/batches/${id}/items`, { items: [document()] }, { key }),
    await call('DELETE', `/v1/batches/${id}`, undefined, { key }),
  ]
  const none = await call('GET', `/v1/batches/bat_${'0'.repeat(32)}`, undefined, { key })
  for (const { status, json } of answers) {
    expect({ status, code: json.code }).toEqual({ status: none.status, code: none.json.code })
    expect(json.detail.replace(id, 'X')).toBe(none.json.detail.replace(/bat_0+/, 'X'))
  }
  expect((await call('GET', '/v1/batches', undefined, { key })).json.items).toEqual([])
  expect((await call('GET', `/v1/batches/${id}`)).json.state).toBe('open')
})

test('no more batches are begun than an account may have, and no more documents added at once', async () => {
  await web.db.owner.sql`
    insert into batches (account_id, batch_id, name, idempotency_key, fingerprint, makers, created_at)
    select ${account.accountId}, gen_random_uuid(), 'x', n::text, decode(repeat('00', 32), 'hex'), array['key:x'], now() from generate_series(1, 100) n`
  expect(await make([document()])).toMatchObject({ status: 409, json: { code: 'too_many_batches', limit: 100 } })
  const many = Array.from({ length: 201 }, () => document())
  expect(await make(many, { key: other.liveKey })).toMatchObject({ status: 400, json: { code: 'request_malformed' } })
})

test('the look-up tells which of many documents an account has stamped, and nothing of others', async () => {
  const [done, held, gone, fresh] = [document(), document(), document(), document()]
  await affix(done, undefined)
  await reserve(held, undefined)
  const released = await reserve(gone, undefined)
  await call('DELETE', `/v1/affixings/${released.json.id}`)
  const sourceSha256 = [done, held, gone, fresh].map((each) => each.sourceSha256)
  const found = await call('POST', '/v1/affixings/lookup', { sourceSha256 })
  expect(found.json.items).toHaveLength(2)
  expect(found.json.items).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ sourceSha256: done.sourceSha256, state: 'affixed' }),
      expect.objectContaining({ sourceSha256: held.sourceSha256, state: 'reserved' }),
    ]),
  )
  expect(parsePublicId('affixing', found.json.items[0].affixingId)).toBeDefined()
  expect((await call('POST', '/v1/affixings/lookup', { sourceSha256 }, { key: other.liveKey })).json.items).toEqual([])
  expect(await call('POST', '/v1/affixings/lookup', { sourceSha256: ['x'] })).toMatchObject({
    status: 422,
    json: { code: 'digest_malformed' },
  })
})
