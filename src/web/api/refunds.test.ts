import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { newUuid, parsePublicId, publicId } from '../../base/ids.ts'
import { recountLedger } from '../../ledger/recount.ts'
import { applyTransfers } from '../../ledger/transfers.ts'
import { checkPayments } from '../../purchases/check-payments.ts'
import { setCreditLimit } from '../../purchases/credit/credit-line.ts'
import { linkAccounts } from '../../purchases/quota-transfers/family.ts'
import { approveRefund, payRefund, readDestination } from '../../purchases/refunds/pay-refund.ts'

let web: TestWeb
let account: Awaited<ReturnType<TestWeb['openAccount']>>
beforeAll(async () => {
  web = await testWeb()
})
beforeEach(async () => {
  account = await web.openAccount(2)
})
afterAll(() => web.close())

const destination = { bank: 'Bank Contoh', accountNumber: '1234567890', accountName: 'PT Contoh' }
async function call(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  json?: object,
  idempotencyKey: string = randomUUID(),
  key = account.liveKey,
) {
  const answer = await web.app.inject({
    method,
    url: path,
    headers: { authorization: `Bearer ${key}`, 'idempotency-key': idempotencyKey },
    ...(json === undefined ? {} : { payload: json }),
  })
  return { status: answer.statusCode, json: answer.json() }
}
/** Buys so many, on top of two that were given. */
async function buy(quantity: number): Promise<string> {
  const { json } = await call('POST', '/v1/orders', { quantity, method: 'qris' })
  await call('POST', `/simulator/payments/${json.id}`, { act: 'pay' })
  return json.id
}
/** Uses so many, as affixing does: held, then spent. */
async function use(quantity: number): Promise<void> {
  const { accountId } = account
  const [pendingId, id] = [newUuid(new Date()), newUuid(new Date())]
  const hold = { ledger: 'stamps', debit: 'quota', credit: 'spent', amount: BigInt(quantity) } as const
  await web.db.database.transaction(async (tx) => {
    const at = await web.db.database.now(tx)
    await applyTransfers(tx, [{ accountId, id: pendingId, type: 'pending', purpose: 'affixing', ...hold }], at)
    const used = await applyTransfers(tx, [{ accountId, id, type: 'post_pending', purpose: 'affixing', pendingId }], at)
    expect(used).toEqual([{ result: 'ok' }])
  })
}
const ask = (quantity: number, key?: string) => call('POST', '/v1/refunds', { quantity, destination }, key)
const available = async (): Promise<number> => (await call('GET', '/v1/quota')).json.available
const uuidOf = (id: string): string => parsePublicId('refund', id) ?? ''
const parts = () => web.selling.purchases

/** Both checks of the whole database, by the name of each fault. */
async function faults(): Promise<string[]> {
  const [ledger, payments] = [await recountLedger(web.db.database.sql), await checkPayments(parts(), { all: true })]
  return [...ledger.faults.map(({ rule }) => rule), ...payments.faults.map(({ rule }) => rule)]
}

test('stamps that are given back leave the quota at once, and their money is promised by a day', async () => {
  await buy(5)
  const { status, json } = await ask(3)

  expect(status).toBe(201)
  expect(json).toMatchObject({ state: 'due', reason: 'quota_returned', quantity: 3, amountRupiah: 30_000 })
  expect(json.promisedOn).toMatch(/^\d{4}-\d{2}-\d{2}$/)
  expect(json.destination).toEqual({ ...destination, accountNumber: '******7890' })
  expect((await call('GET', '/v1/quota')).json).toMatchObject({ available: 4, reserved: 0, spent: 0 })
  expect(await faults()).toEqual([])
})

test('the bank account stands nowhere in clear: not in the database, not in the log', async () => {
  await buy(1)
  const { json } = await ask(1)
  const [row] = await web.db.database.sql<{ destination: Buffer }[]>`
    select destination from refund_cases where refund_id = ${uuidOf(json.id)}`
  const entries = await web.db.owner
    .sql`select detail::text as detail from audit where account_id = ${account.accountId}`

  expect(row?.destination.includes('1234567890')).toBe(false)
  expect(JSON.stringify(entries)).not.toContain('1234567890')
  expect(web.logged.join('')).not.toContain('1234567890')
})

test('only what was bought goes back: not what was given, not more than is unused, not twice', async () => {
  expect(await ask(1)).toMatchObject({ status: 409, json: { code: 'refund_exceeds_quota', available: 0 } })
  await buy(3)
  expect(await ask(4)).toMatchObject({ status: 409, json: { code: 'refund_exceeds_quota', available: 3 } })
  await ask(2)
  expect(await ask(2)).toMatchObject({ status: 409, json: { code: 'refund_exceeds_quota', available: 1 } })
})

test('what was used does not come back as money: neither what was given, nor what was drawn on credit', async () => {
  await buy(3)
  await use(2)
  expect(await ask(2)).toMatchObject({ status: 409, json: { code: 'refund_exceeds_quota', available: 1 } })

  for (const operator of ['petugas-a', 'petugas-b'])
    await setCreditLimit(web.db.database, { accountId: account.accountId, limit: 9, operator })
  await call('POST', '/v1/credit-draws', { quantity: 9 })
  await use(9)
  const { json } = await call('POST', '/v1/orders', { quantity: 9, method: 'qris', paysFor: 'debt' })
  await call('POST', `/simulator/payments/${json.id}`, { act: 'pay' })
  expect(await available()).toBe(3)
  expect(await ask(2)).toMatchObject({ status: 409, json: { code: 'refund_exceeds_quota', available: 1 } })
  expect(await ask(1)).toMatchObject({ status: 201 })
  expect(await faults()).toEqual([])
})

test('what was passed on within the organisation was not given back, and what was got from it was not bought', async () => {
  const child = await web.openAccount(0)
  await linkAccounts(web.db.database, { childId: child.accountId, parentId: account.accountId, operator: 'petugas-a' })
  await buy(3)
  await call('POST', '/v1/quota-transfers', { to: publicId('account', child.accountId), quantity: 2 })

  expect(await ask(2)).toMatchObject({ json: { code: 'refund_exceeds_quota', available: 1 } })
  const asChild = await call('POST', '/v1/refunds', { quantity: 1, destination }, undefined, child.liveKey)
  expect(asChild).toMatchObject({ json: { code: 'refund_exceeds_quota', available: 0 } })
})

test('ten at once cannot give back more than there is', async () => {
  await buy(5)
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask(1)))

  expect(answers.filter(({ status }) => status === 201)).toHaveLength(5)
  expect(await available()).toBe(2)
  expect(await faults()).toEqual([])
})

test('the same key is the same refund; other content with it is refused', async () => {
  await buy(3)
  const key = randomUUID()
  const [first, again] = [await ask(1, key), await ask(1, key)]

  expect(again.json.id).toBe(first.json.id)
  expect(await ask(2, key)).toMatchObject({ json: { code: 'key_reused' } })
  expect(await available()).toBe(4)
})

test('two operators pay it out, never one, and the ledger moves with it', async () => {
  await buy(3)
  const { json } = await ask(3)
  const id = uuidOf(json.id)

  expect(await payRefund(parts(), { id, operator: 'petugas-a' })).toMatchObject({
    refusal: { code: 'refund_not_open' },
  })
  expect(await approveRefund(parts(), { id, operator: 'petugas-a' })).toMatchObject({ ok: true })
  expect(await payRefund(parts(), { id, operator: 'petugas-a' })).toMatchObject({
    refusal: { code: 'refund_same_operator' },
  })
  expect(await payRefund(parts(), { id, operator: 'petugas-b' })).toMatchObject({ ok: true, refund: { state: 'paid' } })
  expect(await payRefund(parts(), { id, operator: 'petugas-c' })).toMatchObject({
    refusal: { code: 'refund_not_open' },
  })

  expect((await call('GET', `/v1/refunds/${json.id}`)).json.state).toBe('paid')
  expect(await available()).toBe(2)
  expect(await faults()).toEqual([])
})

test('two operators at once pay it out once', async () => {
  await buy(2)
  const id = uuidOf((await ask(2)).json.id)
  await approveRefund(parts(), { id, operator: 'petugas-a' })
  const paid = await Promise.all(['b', 'c', 'd'].map((name) => payRefund(parts(), { id, operator: `petugas-${name}` })))

  expect(paid.filter(({ ok }) => ok)).toHaveLength(1)
  expect(await faults()).toEqual([])
})

test('who changes their mind has the stamps back, until an operator has approved', async () => {
  await buy(3)
  const [first, second] = [(await ask(1)).json.id, (await ask(1)).json.id]
  expect(await call('DELETE', `/v1/refunds/${first}`)).toMatchObject({ status: 200, json: { state: 'cancelled' } })
  expect(await available()).toBe(4)
  await approveRefund(parts(), { id: uuidOf(second), operator: 'petugas-a' })

  expect(await call('DELETE', `/v1/refunds/${second}`)).toMatchObject({
    status: 409,
    json: { code: 'refund_not_open', state: 'approved' },
  })
  expect(await call('PUT', `/v1/refunds/${second}/destination`, destination)).toMatchObject({ status: 409 })
  expect(await faults()).toEqual([])
})

test('a payment that bought nothing is a refund that its owner says where to send, and cannot cancel', async () => {
  const { json } = await call('POST', '/v1/orders', { quantity: 1, method: 'qris' })
  await call('POST', `/simulator/payments/${json.id}`, { act: 'pay_wrong_amount' })
  const [refund] = (await call('GET', '/v1/refunds')).json.items
  const set = await call('PUT', `/v1/refunds/${refund.id}/destination`, destination)

  expect(refund).toMatchObject({ reason: 'wrong_amount', quantity: 0, amountRupiah: 11_000, orderId: json.id })
  expect(set.json.destination.accountName).toBe('PT Contoh')
  expect(await call('DELETE', `/v1/refunds/${refund.id}`)).toMatchObject({ status: 409 })
  const id = uuidOf(refund.id)
  await approveRefund(parts(), { id, operator: 'petugas-a' })
  expect(await payRefund(parts(), { id, operator: 'petugas-b' })).toMatchObject({ ok: true })
  expect(await faults()).toEqual([])
})

test('nobody approves a refund before its owner has said where the money goes', async () => {
  const { json } = await call('POST', '/v1/orders', { quantity: 1, method: 'qris' })
  await call('POST', `/simulator/payments/${json.id}`, { act: 'pay_wrong_amount' })
  const [refund] = (await call('GET', '/v1/refunds')).json.items
  const act = { id: uuidOf(refund.id), operator: 'petugas-a' }

  expect(await approveRefund(parts(), act)).toMatchObject({
    ok: false,
    refusal: { code: 'refund_destination_missing', values: { id: refund.id } },
  })
  await call('PUT', `/v1/refunds/${refund.id}/destination`, destination)
  expect(await approveRefund(parts(), act)).toMatchObject({ ok: true, refund: { state: 'approved' } })
})

test('an operator who reads a bank account leaves an entry that its owner can see', async () => {
  await buy(1)
  const { json } = await ask(1)
  const read = await readDestination(parts(), { id: uuidOf(json.id), operator: 'petugas-a' })
  const entries = await web.db.owner.sql<{ actor: string; action: string }[]>`
    select actor, action from audit where account_id = ${account.accountId} and object_id = ${json.id} order by id`

  expect(read?.destination).toEqual(destination)
  expect(entries.at(-1)).toEqual({ actor: 'operator:petugas-a', action: 'refund.destination_read' })
})

test("another account's refund answers as one that is not there; a test key's specimens are not money", async () => {
  await buy(1)
  const { json } = await ask(1)
  const stranger = await web.openAccount(0)
  for (const [method, path, body] of [
    ['GET', `/v1/refunds/${json.id}`, undefined],
    ['DELETE', `/v1/refunds/${json.id}`, undefined],
    ['PUT', `/v1/refunds/${json.id}/destination`, destination],
  ] as const)
    expect(await call(method, path, body, undefined, stranger.liveKey)).toMatchObject({
      status: 404,
      json: { code: 'not_found' },
    })
  expect(await call('POST', '/v1/refunds', { quantity: 1, destination }, undefined, account.testKey)).toMatchObject({
    status: 403,
    json: { code: 'test_key_cannot_buy' },
  })
})
