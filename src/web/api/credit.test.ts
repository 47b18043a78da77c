import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { ledgerBalances } from '../../ledger/invariant.ts'
import { recountLedger } from '../../ledger/recount.ts'
import { checkPayments } from '../../purchases/check-payments.ts'
import { setCreditLimit } from '../../purchases/credit/credit-line.ts'

let web: TestWeb
let account: Awaited<ReturnType<TestWeb['openAccount']>>
beforeAll(async () => {
  web = await testWeb()
})
beforeEach(async () => {
  account = await web.openAccount(0)
  await limit(100)
})
afterAll(() => web.close())

const say = (units: number, operator: string) =>
  setCreditLimit(web.db.database, { accountId: account.accountId, limit: units, operator })
/** As two operators set it. */
async function limit(units: number): Promise<void> {
  await say(units, 'petugas-a')
  await say(units, 'petugas-b')
}
async function call(method: 'GET' | 'POST', path: string, json?: object, key: string = randomUUID()) {
  const headers = { authorization: `Bearer ${account.liveKey}`, 'idempotency-key': key }
  const answer = await web.app.inject({ method, url: path, headers, ...(json === undefined ? {} : { payload: json }) })
  return { status: answer.statusCode, json: answer.json() }
}
const draw = (quantity: number, key?: string) => call('POST', '/v1/credit-draws', { quantity }, key)
const credit = async () => (await call('GET', '/v1/credit')).json
const available = async (): Promise<number> => (await call('GET', '/v1/quota')).json.available
/** An order for what is owed, and its payment. */
async function payOff(quantity: number, act = 'pay') {
  const placed = await call('POST', '/v1/orders', { quantity, method: 'qris', paysFor: 'debt' })
  if (placed.status === 201) await call('POST', `/simulator/payments/${placed.json.id}`, { act })
  return placed
}
async function expectClean() {
  expect(await recountLedger(web.db.database.sql)).toMatchObject({ clean: true, faults: [] })
  expect(await ledgerBalances(web.db.database.sql)).toBe(true)
  expect(await checkPayments(web.selling.purchases, { all: true })).toMatchObject({ clean: true, faults: [] })
}

test('a collector draws stamps at once, owes them, and pays for them with an order', async () => {
  expect((await draw(30)).status).toBe(201)
  expect(await credit()).toMatchObject({ limit: 100, owed: 30, available: 70, dueOn: expect.stringMatching(/-15$/) })
  expect(await available()).toBe(30)
  await expectClean()

  expect(await payOff(20)).toMatchObject({ status: 201, json: { paysFor: 'debt', totalRupiah: 200_000 } })

  expect(await credit()).toMatchObject({ owed: 10, available: 90 })
  expect(await available()).toBe(30)
  await expectClean()
})

test('nobody draws more than their limit, ten at once neither, and without a line nothing', async () => {
  expect(await draw(101)).toMatchObject({ status: 409, json: { code: 'credit_exceeded', available: 100 } })
  const answers = await Promise.all(Array.from({ length: 10 }, () => draw(30)))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(3)

  account = await web.openAccount(0)
  expect(await draw(1)).toMatchObject({ json: { code: 'credit_exceeded', available: 0 } })
  await expectClean()
})

test('a lower limit takes nothing back, but nothing more is drawn', async () => {
  await draw(50)
  await limit(20)

  expect(await credit()).toMatchObject({ limit: 20, owed: 50, available: 0 })
  expect(await draw(1)).toMatchObject({ json: { code: 'credit_exceeded' } })
})

test('a higher limit takes two operators who say the same; a lower one is set at once', async () => {
  expect([await say(500, 'petugas-a'), await say(500, 'petugas-a')]).toEqual(['waiting', 'waiting'])
  expect(await say(501, 'petugas-b')).toBe('waiting')
  expect(await credit()).toMatchObject({ limit: 100 })
  expect(await say(501, 'petugas-a')).toBe('set')
  expect(await credit()).toMatchObject({ limit: 501 })

  expect(await say(50, 'petugas-a')).toBe('set')
  expect(await say(501, 'petugas-b')).toBe('waiting')
  expect(await credit()).toMatchObject({ limit: 50 })
})

test('what one operator asked for long ago is not confirmed any more', async () => {
  await say(500, 'petugas-a')
  await web.db.owner
    .sql`update credit_limit_requests set asked_at = asked_at - interval '8 days' where account_id = ${account.accountId}`

  expect(await say(500, 'petugas-b')).toBe('waiting')
  expect(await say(500, 'petugas-a')).toBe('set')
})

test('more than is owed is not ordered for; what was paid off meanwhile becomes quota', async () => {
  await draw(10)
  expect(await payOff(11)).toMatchObject({ status: 409, json: { code: 'credit_not_owed', owed: 10 } })
  const [first, second] = await Promise.all(
    [1, 2].map(() => call('POST', '/v1/orders', { quantity: 10, method: 'qris', paysFor: 'debt' })),
  )
  for (const one of [first, second]) await call('POST', `/simulator/payments/${one?.json.id}`, { act: 'pay' })

  expect(await credit()).toMatchObject({ owed: 0 })
  expect(await available()).toBe(20)
  await expectClean()
})

test('the same key is the same draw; other content with it is refused', async () => {
  const key = randomUUID()
  const [first, again] = [await draw(5, key), await draw(5, key)]

  expect(again.json).toEqual(first.json)
  expect(await draw(6, key)).toMatchObject({ status: 422, json: { code: 'key_reused' } })
  expect(await credit()).toMatchObject({ owed: 5 })
})

test('who owes is paid nothing back', async () => {
  await draw(10)
  await payOff(4)
  const destination = { bank: 'Bank Contoh', accountNumber: '12345', accountName: 'PT Contoh' }

  expect(await call('POST', '/v1/refunds', { quantity: 5, destination })).toMatchObject({ json: { available: 0 } })
  await payOff(6)
  expect(await call('POST', '/v1/refunds', { quantity: 5, destination })).toMatchObject({ status: 201 })
})

test('the statement tells what was drawn, and that an order paid for it', async () => {
  await draw(7)
  await payOff(7)
  const now = new Date((await web.db.database.now()).getTime() + 7 * 60 * 60 * 1000)
  const { json } = await call('GET', `/v1/statements/${now.toISOString().slice(0, 7)}`)

  expect(json).toMatchObject({ opening: 0, closing: 7, lines: [{ kind: 'drawn', units: 7 }], boughtByTag: [] })
  expect(json.orders).toMatchObject([{ creditedTo: 'debt', units: 7, totalRupiah: 70_000 }])
})
