import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { readQuota } from '../../ledger/balances.ts'
import { recountLedger } from '../../ledger/recount.ts'
import { openOrdersMax } from '../../limits/purchases.ts'
import { subscribe, eventNames } from '../../notices/outbox.ts'
import { expireOrders } from '../../purchases/expire-orders.ts'
import { lookAtDue } from '../../purchases/look.ts'
import { readQris } from '../../purchases/qris.ts'
import { simulatorSignature } from '../../purchases/simulator/simulator-gateway.ts'
import type { SimulatorAct } from '../../purchases/simulator/act-as-payer.ts'

let web: TestWeb
let account: Awaited<ReturnType<TestWeb['openAccount']>>
beforeAll(async () => {
  web = await testWeb()
})
beforeEach(async () => {
  account = await web.openAccount(0)
})
afterAll(() => web.close())

type Sent = { json?: object; key?: string | undefined; idempotencyKey?: string; accept?: string }
async function call(method: 'GET' | 'POST', path: string, sent: Sent = {}) {
  const answer = await web.app.inject({
    method,
    url: path,
    headers: {
      authorization: `Bearer ${sent.key ?? account.liveKey}`,
      ...(sent.idempotencyKey === undefined ? {} : { 'idempotency-key': sent.idempotencyKey }),
      ...(sent.json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(sent.json === undefined ? {} : { payload: JSON.stringify(sent.json) }),
  })
  const isJson = String(answer.headers['content-type']).includes('json')
  return {
    status: answer.statusCode,
    json: isJson ? answer.json() : undefined,
    text: answer.body,
    raw: answer.rawPayload,
  }
}

const order = (wish: object = {}, idempotencyKey: string = randomUUID()) =>
  call('POST', '/v1/orders', { json: { quantity: 3, method: 'qris', ...wish }, idempotencyKey })
const act = (id: string, wanted: SimulatorAct) => call('POST', `/simulator/payments/${id}`, { json: { act: wanted } })
const stateOf = async (id: string) => (await call('GET', `/v1/orders/${id}`)).json.state
async function available(): Promise<number> {
  return (await call('GET', '/v1/quota')).json.available
}

/** Which events the account would hear of, in the order they came. */
async function eventsOf(work: () => Promise<unknown>): Promise<string[]> {
  const { database } = web.db
  await database.transaction(async (tx) => {
    const at = await database.now(tx)
    for (const event of eventNames) await subscribe(tx, { accountId: account.accountId, event, at })
  })
  await work()
  const rows = await database.sql<{ event: string }[]>`
    select event from outbox where account_id = ${account.accountId} order by created_at, event`
  return rows.map(({ event }) => event)
}

test('an order says what it costs and how to pay, and its QR asks for just that', async () => {
  const { status, json } = await order({ tag: 'Kantor Surabaya' })

  expect(status).toBe(201)
  expect(json).toMatchObject({
    state: 'waiting',
    quantity: 3,
    feeRupiah: 0,
    totalRupiah: 30_000,
    tag: 'Kantor Surabaya',
  })
  const read = readQris(json.payment.qrText)
  expect(read).toMatchObject({ ok: true, qris: { isDynamic: true, amountRupiah: 30_000n } })
  const picture = await call('GET', json.payment.qrPath)
  expect(picture.text).toContain('<svg')
})

test('a virtual account has a number, and its bank has to be one there is', async () => {
  const placed = await order({ method: 'virtual_account', bank: 'bri', quantity: 2_000 })
  const nameless = await order({ method: 'virtual_account' })

  expect(placed.json).toMatchObject({
    bank: 'bri',
    totalRupiah: 20_000_000,
    payment: { accountNumber: expect.stringMatching(/^\d{14}$/) },
  })
  expect(nameless).toMatchObject({
    status: 422,
    json: { code: 'bank_unavailable', banks: expect.stringContaining('bri') },
  })
})

test('more than one QRIS payment may move is refused with the way out, and so is more than one order may hold', async () => {
  expect((await order({ quantity: 1_000 })).status).toBe(201)
  expect(await order({ quantity: 1_001 })).toMatchObject({ status: 422, json: { code: 'qris_too_large', most: 1_000 } })
  expect(await order({ quantity: 25_001 })).toMatchObject({
    status: 422,
    json: { code: 'order_too_large', most: 25_000 },
  })
  expect(await order({ quantity: 0 })).toMatchObject({ status: 400 })
})

test('the same key and content is the same order, other content is refused, and a refusal leaves no key', async () => {
  const key = randomUUID()
  const refused = await order({ quantity: 1_001 }, key)
  const first = await order({}, key)
  const again = await order({}, key)
  const other = await order({ quantity: 4 }, key)

  expect(refused.status).toBe(422)
  expect(again.json).toEqual(first.json)
  expect(other).toMatchObject({ status: 422, json: { code: 'key_reused' } })
  expect(await call('POST', '/v1/orders', { json: { quantity: 1, method: 'qris' } })).toMatchObject({
    json: { code: 'key_missing' },
  })
})

test('ten calls at once with one key make one order', async () => {
  const key = randomUUID()
  const answers = await Promise.all(Array.from({ length: 10 }, () => order({}, key)))

  expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1)
  expect((await call('GET', '/v1/orders')).json.items).toHaveLength(1)
})

test('a payment becomes quota at once, with a receipt', async () => {
  const { json } = await order({ tag: 'Legal' })
  const unpaid = await call('GET', `/v1/orders/${json.id}/receipt`)
  const events = await eventsOf(() => act(json.id, 'pay'))

  expect(unpaid).toMatchObject({ status: 409, json: { code: 'order_unpaid' } })
  expect(await stateOf(json.id)).toBe('paid')
  expect(await available()).toBe(3)
  expect(events).toEqual(['order.paid'])
  const receipt = await call('GET', `/v1/orders/${json.id}/receipt`)
  expect(receipt.json).toMatchObject({
    number: json.id,
    totalRupiah: 30_000,
    quantity: 3,
    tag: 'Legal',
    specimen: true,
  })
  const pdf = await call('GET', `/v1/orders/${json.id}/receipt.pdf`)
  expect(pdf.raw.subarray(0, 5).toString()).toBe('%PDF-')
  expect(pdf.raw.toString('latin1')).toContain('(Rp30.000)')
})

test('five notifications out of order credit once', async () => {
  const { json } = await order()
  const acted = await act(json.id, 'pay_and_repeat')

  expect(acted.json.answers).toEqual([200, 200, 200, 200, 200])
  expect(await available()).toBe(3)
})

test('without any notification the job finds the payment, and so does who says "I have paid"', async () => {
  const [first, second] = [await order(), await order()]
  await act(first.json.id, 'pay_silently')
  await act(second.json.id, 'pay_silently')
  expect(await available()).toBe(0)

  const looked = await call('POST', `/v1/orders/${first.json.id}/look`)
  expect(looked.json.state).toBe('paid')
  await web.db.database.sql`update orders set look_at = created_at where look_at is not null`
  await lookAtDue(web.selling.purchases)

  expect(await stateOf(second.json.id)).toBe('paid')
  expect(await available()).toBe(6)
})

test('"I have paid" asks the gateway every few seconds at most', async () => {
  const { json } = await order()
  await call('POST', `/v1/orders/${json.id}/look`)
  await act(json.id, 'pay_silently')

  expect((await call('POST', `/v1/orders/${json.id}/look`)).json.state).toBe('waiting')
})

test('paid twice is credited once, and the second payment goes back', async () => {
  const { json } = await order()
  const events = await eventsOf(() => act(json.id, 'pay_twice'))

  expect(await available()).toBe(3)
  expect(events.toSorted()).toEqual(['order.paid', 'order.refund_due'])
  const cases = await web.db.database
    .sql`select reason, amount_rupiah from refund_cases where account_id = ${account.accountId}`
  expect([...cases]).toEqual([{ reason: 'paid_twice', amount_rupiah: 30_000n }])
})

test('the wrong amount buys nothing and goes back; the right one buys still', async () => {
  const { json } = await order()
  await act(json.id, 'pay_wrong_amount')
  expect([await available(), await stateOf(json.id)]).toEqual([0, 'waiting'])

  await act(json.id, 'pay')

  expect([await available(), await stateOf(json.id)]).toEqual([3, 'paid'])
  const cases = await web.db.database
    .sql`select reason, amount_rupiah from refund_cases where account_id = ${account.accountId}`
  expect([...cases]).toEqual([{ reason: 'wrong_amount', amount_rupiah: 31_000n }])
})

test('a forged notification is refused, logged without its content, and credits nothing', async () => {
  const { json } = await order()
  const body = JSON.stringify({
    reference: json.id,
    state: 'paid',
    transactionId: 'made-up',
    amountRupiah: 30_000,
    currency: 'IDR',
  })
  const from = web.logged.length
  const tell = (headers: Record<string, string>) =>
    web.app.inject({
      method: 'POST',
      url: '/v1/payments/simulator/notifications',
      headers: { 'content-type': 'application/json', ...headers },
      payload: body,
    })
  const unsigned = await tell({})
  const signedByAnother = await tell({ 'simulator-signature': simulatorSignature(Buffer.alloc(32, 9), body) })

  expect([unsigned.statusCode, signedByAnother.statusCode]).toEqual([403, 403])
  expect(unsigned.json().code).toBe('notification_forged')
  expect(await available()).toBe(0)
  const logged = web.logged.slice(from).join('')
  expect(logged).toContain('payment notification refused')
  expect(logged).not.toContain('made-up')
})

test('a notification that is too long, of an unknown gateway, or of an unknown order credits nothing', async () => {
  const url = '/v1/payments/simulator/notifications'
  const tooLong = await web.app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'text/plain' },
    payload: 'x'.repeat(40_000),
  })
  const nobody = await web.app.inject({ method: 'POST', url: '/v1/payments/nobody/notifications', payload: {} })
  const secret = web.selling.simulator?.secret ?? Buffer.alloc(0)
  const body = JSON.stringify({
    reference: `ord_${'0'.repeat(32)}`,
    state: 'paid',
    transactionId: 't',
    amountRupiah: 1,
    currency: 'IDR',
  })
  const strange = await web.app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', 'simulator-signature': simulatorSignature(secret, body) },
    payload: body,
  })

  expect([tooLong.statusCode, nobody.statusCode, strange.statusCode]).toEqual([413, 404, 200])
})

test('an order runs out, is told so once, and money that comes later buys all the same', async () => {
  const { json } = await order()
  const events = await eventsOf(async () => {
    await web.db.advance(31 * 60)
    await Promise.all([expireOrders(web.selling.purchases), expireOrders(web.selling.purchases)])
    expect(await stateOf(json.id)).toBe('expired')
    expect((await act(json.id, 'pay')).json.transactions).toEqual([])
    await act(json.id, 'pay_late')
  })

  expect(events).toEqual(['order.expired', 'order.paid'])
  expect([await stateOf(json.id), await available()]).toEqual(['paid', 3])
})

test('another way to pay replaces the order; what is paid for the old one goes back', async () => {
  const { json: old } = await order()
  const replace = (method: object) => call('POST', `/v1/orders/${old.id}/replace`, { json: method })
  const replaced = await replace({ method: 'virtual_account', bank: 'bca' })
  const again = await replace({ method: 'virtual_account', bank: 'bca' })
  const third = await replace({ method: 'virtual_account', bank: 'bni' })

  expect(replaced).toMatchObject({ status: 201, json: { replaces: old.id, state: 'waiting', quantity: 3 } })
  expect(again.json.id).toBe(replaced.json.id)
  expect(third).toMatchObject({ status: 409, json: { code: 'order_replaced', successor: replaced.json.id } })
  expect((await call('GET', `/v1/orders/${old.id}`)).json).toMatchObject({
    state: 'replaced',
    replacedBy: replaced.json.id,
  })
  await act(old.id, 'pay_late')
  expect(await available()).toBe(0)
  await act(replaced.json.id, 'pay')
  expect(await available()).toBe(3)
  const cases = await web.db.database.sql`select reason from refund_cases where account_id = ${account.accountId}`
  expect([...cases]).toEqual([{ reason: 'order_replaced' }])
})

test('an order that was paid meanwhile is not replaced: the gateway is asked first', async () => {
  const { json } = await order()
  await act(json.id, 'pay_silently')
  const replaced = await call('POST', `/v1/orders/${json.id}/replace`, {
    json: { method: 'virtual_account', bank: 'bca' },
  })

  expect(replaced).toMatchObject({ status: 409, json: { code: 'order_paid' } })
  expect(await available()).toBe(3)
})

test("another account's order answers as one that is not there, everywhere", async () => {
  const { json } = await order()
  const stranger = await web.openAccount(0)
  const answers = await Promise.all([
    call('GET', `/v1/orders/${json.id}`, { key: stranger.liveKey }),
    call('GET', `/v1/orders/${json.id}/qr.svg`, { key: stranger.liveKey }),
    call('GET', `/v1/orders/${json.id}/receipt`, { key: stranger.liveKey }),
    call('POST', `/v1/orders/${json.id}/look`, { key: stranger.liveKey }),
    call('POST', `/v1/orders/${json.id}/replace`, { key: stranger.liveKey, json: { method: 'qris' } }),
    call('GET', `/v1/orders/ord_${'f'.repeat(32)}`, { key: stranger.liveKey }),
  ])

  expect(answers.map(({ status, json: body }) => [status, body.code])).toEqual(answers.map(() => [404, 'not_found']))
})

test('fields that nobody may set are refused: price, state and account', async () => {
  for (const extra of [{ totalRupiah: 1 }, { state: 'paid' }, { accountId: 'acc_1' }, { priceRupiah: 1 }])
    expect(await order(extra)).toMatchObject({ status: 400, json: { code: 'request_malformed' } })
})

test('a test key buys specimens of its own account', async () => {
  const placed = await call('POST', '/v1/orders', {
    key: account.testKey,
    json: { quantity: 2, method: 'qris' },
    idempotencyKey: 'test-1',
  })
  const before = (await call('GET', '/v1/quota', { key: account.testKey })).json.available
  await act(placed.json.id, 'pay')

  expect(placed.json.ledger).toBe('specimens')
  expect((await call('GET', '/v1/quota', { key: account.testKey })).json.available).toBe(before + 2)
  expect(await available()).toBe(0)
})

test('an account has so many orders waiting and no more', async () => {
  await web.db.owner.sql`
    insert into orders (account_id, order_id, ledger, quantity, price_rupiah, fee_rupiah, total_rupiah, method, gateway, created_at, expires_at)
    select ${account.accountId}, gen_random_uuid(), 'stamps', 1, 10000, 0, 10000, 'qris', 'simulator', now(), now() + interval '1 hour'
    from generate_series(1, ${openOrdersMax})`

  expect(await order()).toMatchObject({ status: 429, json: { code: 'too_many_orders', limit: openOrdersMax } })
})

test('the list comes in pages, newest first, and by state', async () => {
  const ids: string[] = []
  for (let i = 0; i < 3; i++) ids.unshift((await order()).json.id)
  await act(ids[1] ?? '', 'pay')
  const first = await call('GET', '/v1/orders?limit=2')
  const second = await call('GET', `/v1/orders?limit=2&cursor=${first.json.nextCursor}`)
  const paid = await call('GET', '/v1/orders?state=paid')

  expect([...first.json.items, ...second.json.items].map(({ id }: { id: string }) => id)).toEqual(ids)
  expect(second.json.nextCursor).toBeNull()
  expect(paid.json.items.map(({ id }: { id: string }) => id)).toEqual([ids[1]])
})

test('the page of the simulator pays without script', async () => {
  const { json } = await order()
  const path = `/simulator/pembayaran/${json.id}`
  const page = await web.app.inject({ method: 'GET', url: path })
  const paid = await web.app.inject({
    method: 'POST',
    url: path,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'act=pay',
  })

  expect(page.body).toContain('Rp30.000')
  expect([paid.statusCode, paid.headers['location']]).toEqual([303, path])
  expect(await available()).toBe(3)
})

test('many payments at once, each told by several, leave a clean ledger with every unit where it belongs', async () => {
  const placed = await Promise.all(Array.from({ length: 20 }, () => order({ quantity: 2 })))
  await Promise.all(placed.map(({ json }) => act(json.id, 'pay_and_repeat')))

  const quota = await readQuota(web.db.database.sql, { accountId: account.accountId, ledger: 'stamps' })
  expect(quota.available).toBe(40n)
  expect(await recountLedger(web.db.database.sql)).toMatchObject({ clean: true, faults: [] })
})
