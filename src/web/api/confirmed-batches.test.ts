import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { goodPassword, goodPin, registerPerson } from '../../../tests/support/person.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { parsePublicId } from '../../base/ids.ts'

// What a session opens or lets pass is confirmed by the PIN, once for the whole batch.

let web: TestWeb
let person: Awaited<ReturnType<typeof registerPerson>>
let key: string
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())
beforeEach(async () => {
  person = await registerPerson(web)
  await person.browser.call('PUT', '/v1/pin', { pin: goodPin, password: goodPassword })
  const accountId = parsePublicId('account', person.accountId) ?? ''
  await web.grant(accountId, 10)
  key = await web.addKey(accountId)
})

const placement = { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }
function document() {
  const clientReference = randomUUID()
  const sourceSha256 = createHash('sha256').update(clientReference).digest('hex')
  const facts = { documentType: 'surat-pernyataan' }
  return { clientReference, facts, placement, sourceSha256, sourceLength: 1000, pageCount: 1 }
}
type Given = ReturnType<typeof document>

const answerJson = z
  .object({
    code: z.string().optional(),
    id: z.string().optional(),
    state: z.string().optional(),
    authorization: z.string().optional(),
    approvedBy: z.string().optional(),
    confirmedAt: z.string().optional(),
    added: z.array(z.object({ itemId: z.string() })).optional(),
  })
  .loose()

type Sent = { headers?: Record<string, string>; by?: 'session' | 'key' }
async function call(method: 'POST' | 'PUT' | 'DELETE', url: string, body?: object, sent: Sent = {}) {
  const { headers = {}, by = 'session' } = sent
  const options = { method, url, headers: { authorization: `Bearer ${key}`, ...headers } }
  const answer =
    by === 'session'
      ? await person.browser.call(method, url, body, headers)
      : await web.app.inject(body === undefined ? options : { ...options, payload: body })
  return { status: answer.statusCode, ...answerJson.parse(answer.json()) }
}

async function make(items: Given[], by: Sent['by'] = 'session') {
  const headers = { 'idempotency-key': randomUUID() }
  const made = await call('POST', '/v1/batches', { name: 'November', items }, { headers, by })
  return { id: made.id ?? '', itemIds: (made.added ?? []).map(({ itemId }) => itemId) }
}

async function confirm(items: Given[], purpose = 'batch'): Promise<Record<string, string>> {
  const sourceSha256s = items.map(({ sourceSha256 }) => sourceSha256)
  const { authorization = '' } = await call('POST', '/v1/pin-confirmations', { pin: goodPin, purpose, sourceSha256s })
  return { 'x-pin-authorization': authorization }
}

function reserve(item: Given, batchItem: string | undefined, more: object = {}) {
  const headers = { 'idempotency-key': randomUUID() }
  return call('POST', '/v1/affixings', { ...item, clientReference: undefined, batchItem, ...more }, { headers })
}

const open = (id: string, headers: Record<string, string> = {}, by: Sent['by'] = 'session') =>
  call('POST', `/v1/batches/${id}/open`, undefined, { headers, by })
const approve = (id: string, headers: Record<string, string> = {}, by: Sent['by'] = 'session') =>
  call('POST', `/v1/batches/${id}/approve`, undefined, { headers, by })

test('a session opens a batch by one confirmation, and reserves its documents without another', async () => {
  const [one, two] = [document(), document()]
  const { id, itemIds } = await make([one, two])
  expect(await open(id)).toMatchObject({ status: 403, code: 'authorization_missing' })
  const headers = await confirm([two, one])
  const opened = await open(id, headers)
  expect(opened).toMatchObject({ status: 200, state: 'open' })
  expect(opened.confirmedAt).toBeDefined()
  // the answer was lost: the same call again
  expect(await open(id, headers)).toMatchObject({ status: 200, state: 'open' })
  expect(await reserve(one, itemIds[0])).toMatchObject({ status: 201 })
  // what another version of a page sends along is not needed, and not spent
  expect(await reserve(two, itemIds[1], { authorization: `ma_${'x'.repeat(43)}` })).toMatchObject({ status: 201 })
})

test('only what was prepared goes by the confirmation of its batch, and each once', async () => {
  const [one, two] = [document(), document()]
  const { id, itemIds } = await make([one, two])
  await open(id, await confirm([one, two]))
  const moved = { placement: { ...placement, left: 41 } }
  expect(await reserve(one, itemIds[0], moved)).toMatchObject({ status: 422, code: 'batch_item_differs' })
  expect(await reserve(two, itemIds[0])).toMatchObject({ status: 422, code: 'batch_item_differs' })
  expect(await reserve(one, itemIds[0], { additional: true })).toMatchObject({ code: 'batch_item_differs' })
  expect(await reserve(one, undefined)).toMatchObject({ status: 403, code: 'authorization_missing' })
  expect(await reserve(one, itemIds[0])).toMatchObject({ status: 201 })
  expect(await reserve(one, itemIds[0])).toMatchObject({ status: 409 })
  await call('DELETE', `/v1/batches/${id}`)
  expect(await reserve(two, itemIds[1])).toMatchObject({ status: 409, code: 'batch_state' })
})

test('a confirmation is good for just its documents, once, and for nothing but a batch', async () => {
  const [one, two, three] = [document(), document(), document()]
  const { id } = await make([one, two])
  const unusable = { status: 403, code: 'authorization_unusable' }
  for (const headers of [await confirm([one]), await confirm([one, two, three]), await confirm([one, two], 'affixing')])
    expect(await open(id, headers)).toMatchObject(unusable)
  const headers = await confirm([one, two])
  await call('POST', `/v1/batches/${id}/items`, { items: [three] })
  expect(await open(id, headers)).toMatchObject(unusable)
  // nothing was spent: what it was made for takes it
  const same = await make([one, two])
  expect(await open(same.id, headers)).toMatchObject({ status: 200 })
  const again = await make([one, two])
  expect(await open(again.id, headers)).toMatchObject(unusable)
})

test('a batch that a key opened takes an authorization for each document; a session lets one pass by its PIN', async () => {
  const [one, two] = [document(), document()]
  const byKey = await make([one], 'key')
  const opened = await open(byKey.id, {}, 'key')
  expect(opened).toMatchObject({ status: 200, state: 'open' })
  expect(opened.confirmedAt).toBeUndefined()
  expect(await reserve(one, byKey.itemIds[0])).toMatchObject({ status: 403, code: 'authorization_missing' })
  const { 'x-pin-authorization': authorization } = await confirm([one], 'affixing')
  expect(await reserve(one, byKey.itemIds[0], { authorization })).toMatchObject({ status: 201 })

  await call('PUT', '/v1/approval-rule', { aboveRupiah: '0' }, { by: 'key' })
  const waiting = await make([two], 'key')
  expect(await open(waiting.id, {}, 'key')).toMatchObject({ state: 'waiting_approval' })
  expect(await approve(waiting.id)).toMatchObject({ status: 403, code: 'authorization_missing' })
  const headers = await confirm([two])
  const approvedBy = `person:${person.personId}`
  expect(await approve(waiting.id, headers)).toMatchObject({ status: 200, state: 'open', approvedBy })
  expect(await approve(waiting.id, headers)).toMatchObject({ status: 200, approvedBy })
  expect(await reserve(two, waiting.itemIds[0])).toMatchObject({ status: 201 })
})

test('whoever may not approve keeps their confirmation, and a key lets pass what a session opened', async () => {
  await call('PUT', '/v1/approval-rule', { aboveRupiah: '0' }, { by: 'key' })
  const one = document()
  const { id, itemIds } = await make([one])
  expect(await open(id, await confirm([one]))).toMatchObject({ state: 'waiting_approval' })
  expect(await reserve(one, itemIds[0])).toMatchObject({ status: 409, code: 'batch_waiting' })
  const headers = await confirm([one])
  expect(await approve(id, headers)).toMatchObject({ status: 403, code: 'approval_by_maker' })
  const other = await make([one])
  expect(await open(other.id, headers)).toMatchObject({ status: 200 })
  expect(await approve(id, {}, 'key')).toMatchObject({ status: 200, state: 'open' })
  expect(await reserve(one, itemIds[0])).toMatchObject({ status: 201 })
})

test('an empty batch and one that is not there are refused as such', async () => {
  const { id } = await make([])
  expect(await open(id)).toMatchObject({ status: 409, code: 'batch_empty' })
  expect(await open(`bat_${'0'.repeat(32)}`)).toMatchObject({ status: 404, code: 'not_found' })
})
