import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  fakeKeys,
  midtransNotification,
  openFakeGateways,
  xenditNotification,
  type FakeGateways,
  type FakeTransaction,
} from '../../../tests/support/fake-gateways.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { hintLookSeconds } from '../../limits/purchases.ts'
import { lookAtDue } from '../look.ts'
import type { GatewayName } from './gateway.ts'
import { midtransGateway } from './midtrans.ts'
import { xenditGateway } from './xendit.ts'

// Both gateways against a local server that speaks their published shapes; what the service does is seen from its API alone.

type Contract = {
  name: Exclude<GatewayName, 'simulator'>
  paid: string
  /** States in which nothing is credited. */
  unpaid: readonly string[]
  /** Headers and body of a notification, true or forged. */
  notification: (transaction: FakeTransaction, isForged?: boolean) => { headers: Record<string, string>; body: object }
}

const contracts: readonly Contract[] = [
  {
    name: 'midtrans',
    paid: 'settlement',
    unpaid: ['pending', 'deny', 'cancel', 'expire', 'failure', 'refund', 'partial_refund', 'authorize'],
    notification: (transaction, isForged = false) => ({
      headers: {},
      body: midtransNotification(transaction, isForged ? 'Mid-server-forger' : fakeKeys.midtrans),
    }),
  },
  {
    name: 'xendit',
    paid: 'SUCCEEDED',
    unpaid: ['PENDING', 'AUTHORIZED', 'FAILED', 'CANCELED', 'EXPIRED'],
    notification: (transaction, isForged = false) => ({
      headers: { 'x-callback-token': isForged ? 'token-forger' : fakeKeys.callbackToken },
      body: xenditNotification(transaction),
    }),
  },
]

describe.each(contracts)('$name', ({ name, paid, unpaid, notification }) => {
  let fake: FakeGateways
  let web: TestWeb
  let key: string
  beforeAll(async () => {
    fake = await openFakeGateways()
    web = await testWeb(undefined, undefined, {
      payments: {
        gateway: name,
        midtransKey: fakeKeys.midtrans,
        midtransUrl: fake.url,
        xenditKey: fakeKeys.xendit,
        xenditCallbackToken: fakeKeys.callbackToken,
        xenditUrl: fake.url,
      },
    })
  })
  beforeEach(async () => {
    fake.calls.length = 0
    fake.faults.length = 0
    key = (await web.openAccount(0)).liveKey
  })
  afterAll(async () => {
    await web.close()
    await fake.close()
  })

  async function call(method: 'GET' | 'POST', path: string, json?: object) {
    const headers = { authorization: `Bearer ${key}`, 'idempotency-key': randomUUID() }
    const answer = await web.app.inject({
      method,
      url: path,
      headers,
      ...(json === undefined ? {} : { payload: json }),
    })
    return { status: answer.statusCode, json: answer.json() }
  }
  async function order(wish: object = {}): Promise<{ id: string; transaction: FakeTransaction }> {
    const { json } = await call('POST', '/v1/orders', { quantity: 3, method: 'qris', ...wish })
    const transaction = fake.transactions.find(({ orderId }) => orderId === json.id)
    if (transaction === undefined) throw new Error(`the gateway does not know ${json.id}`)
    return { id: json.id, transaction }
  }
  const notify = async (transaction: FakeTransaction, isForged = false) => {
    const { headers, body } = notification(transaction, isForged)
    const url = `/v1/payments/${name}/notifications`
    const answer = await web.app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', ...headers },
      payload: JSON.stringify(body),
    })
    return answer.statusCode
  }
  const look = () => lookAtDue(web.selling.purchases)
  const hurry = () => web.db.database.sql`update orders set look_at = created_at where look_at is not null`
  const available = async (): Promise<number> => (await call('GET', '/v1/quota')).json.available
  const casesOf = async (id: string) => {
    const rows = await web.db.database.sql<{ reason: string }[]>`
      select reason from refund_cases where order_id = ${id.replace('ord_', '')}::uuid order by created_at`
    return rows.map(({ reason }) => reason)
  }

  test('an order is made known under its own id, with its amount and its end, and authenticated', async () => {
    const { id } = await order()
    const [made] = fake.calls
    const shown = await call('GET', `/v1/orders/${id}`)

    expect(JSON.stringify(made?.body)).toContain(id)
    expect(JSON.stringify(made?.body)).toContain('30000')
    expect(JSON.stringify(made?.body)).toContain('expir')
    expect(made?.authorization).toMatch(/^Basic /)
    expect(shown.json.payment.qrText).toContain('540')
  })

  test.each(['bca', 'permata'])('a virtual account of %s has its number', async (bank) => {
    const { json } = await call('POST', '/v1/orders', { quantity: 3, method: 'virtual_account', bank })
    expect(json.payment.accountNumber).toMatch(/^\d{13,16}$/)
  })

  test('a true notification is answered at once and credited once the gateway says the same', async () => {
    const { id, transaction } = await order()
    transaction.status = paid
    expect(await notify(transaction)).toBe(200)
    await look()

    expect((await call('GET', `/v1/orders/${id}`)).json.state).toBe('paid')
    expect(await available()).toBe(3)
  })

  test('a true signature over a state that the gateway does not confirm credits nothing', async () => {
    const { transaction } = await order()
    expect(await notify({ ...transaction, status: paid })).toBe(200)
    await look()

    expect(await available()).toBe(0)
  })

  test('a gateway that will not say keeps the payment in mind until it does', async () => {
    const { transaction } = await order()
    transaction.status = paid
    await notify(transaction)
    const refusal = { status: 401, body: { status_code: '401', error_code: 'INVALID_API_KEY' } }
    fake.faults.push(refusal)
    await look()
    expect(await available()).toBe(0)
    await hurry()
    await look()

    expect(await available()).toBe(3)
    const [row] = await web.db.database.sql<{ found_by: string }[]>`
      select found_by from payments where order_id = ${transaction.orderId.replace('ord_', '')}::uuid`
    expect(row?.found_by).toBe('notification')
  })

  test('a payment that its gateway confirms late is asked about again soon, however old the order is', async () => {
    const { transaction } = await order()
    await web.db.owner
      .sql`update orders set looks = 10 where order_id = ${transaction.orderId.replace('ord_', '')}::uuid`
    await notify({ ...transaction, status: paid })
    if (name === 'xendit') transaction.status = 'PENDING'
    await look()
    const [row] = await web.db.database.sql<{ seconds: number }[]>`
      select extract(epoch from look_at - database_now())::float8 as seconds from orders
      where order_id = ${transaction.orderId.replace('ord_', '')}::uuid`

    expect(row?.seconds).toBeGreaterThan(0)
    expect(row?.seconds).toBeLessThanOrEqual(hintLookSeconds.least)
  })

  test('a payment that is named long after its order ended is kept in mind while the gateway does not answer', async () => {
    const { transaction } = await order()
    const id = transaction.orderId.replace('ord_', '')
    await web.db.owner.sql`
      update orders set state = 'expired', expires_at = created_at - interval '30 days', ended_at = now(), look_at = null
      where order_id = ${id}::uuid`
    transaction.status = paid
    await notify(transaction)
    fake.faults.push({ status: 401, body: { status_code: '401', error_code: 'INVALID_API_KEY' } })
    await look()
    expect(await available()).toBe(0)
    await hurry()
    await look()

    expect(await available()).toBe(3)
  })

  test('a payment id that is no id, or that of another order, credits nothing', async () => {
    const [mine, other] = [await order(), await order({ quantity: 3 })]
    other.transaction.status = paid
    expect(await notify({ ...mine.transaction, id: '../../v2/x', status: paid })).toBe(400)
    expect(await notify({ ...mine.transaction, id: other.transaction.id, status: paid })).toBe(200)
    await look()

    expect((await call('GET', `/v1/orders/${mine.id}`)).json.state).toBe('waiting')
  })

  test('a wrong signature is refused, even for what is true', async () => {
    const { transaction } = await order()
    transaction.status = paid
    expect(await notify(transaction, true)).toBe(403)
    await look()

    expect(await available()).toBe(0)
  })

  test.each(unpaid)('%s credits nothing, told by notification or by the gateway', async (status) => {
    const { transaction } = await order()
    transaction.status = status
    expect(await notify(transaction)).toBe(200)
    await hurry()
    await look()

    expect(await available()).toBe(0)
  })

  test('repeats and older states afterwards change nothing', async () => {
    const { id, transaction } = await order()
    transaction.status = paid
    for (let i = 0; i < 3; i++) {
      await notify(transaction)
      await notify({ ...transaction, status: unpaid[0] ?? '' })
      await look()
    }

    expect([await available(), (await casesOf(id)).length]).toEqual([3, 0])
  })

  test('without a notification the status query finds the payment', async () => {
    const { transaction } = await order()
    transaction.status = paid
    await hurry()
    await look()

    expect(await available()).toBe(3)
  })

  test('a payment after the end of the order is credited', async () => {
    const { id, transaction } = await order()
    await web.db.database
      .sql`update orders set state = 'expired', ended_at = now() where order_id = ${id.replace('ord_', '')}::uuid`
    transaction.status = paid
    await notify(transaction)
    await look()

    expect(await available()).toBe(3)
  })

  test('a second payment for the order goes back', async () => {
    const { id, transaction } = await order()
    transaction.status = paid
    await notify(transaction)
    await look()
    const second = { ...transaction, id: randomUUID() }
    fake.transactions.push(second)
    await notify(second)
    await look()

    expect(await available()).toBe(3)
    expect(await casesOf(id)).toEqual(['paid_twice'])
  })

  test('another amount than the order asks goes back', async () => {
    const { id, transaction } = await order()
    transaction.status = paid
    transaction.amount = name === 'midtrans' ? '10000.00' : '10000'
    await notify(transaction)
    await look()

    expect(await available()).toBe(0)
    expect(await casesOf(id)).toEqual(['wrong_amount'])
  })

  test('a gateway that fails leaves the order without instructions; the job gets them by the same id', async () => {
    fake.faults.push({ status: 502, body: {} })
    const { status, json } = await call('POST', '/v1/orders', { quantity: 3, method: 'qris' })
    expect([status, json.payment]).toEqual([201, null])
    await hurry()
    await look()

    expect((await call('GET', `/v1/orders/${json.id}`)).json.payment.qrText).toContain('540')
  })

  test('an order that the gateway refuses is refused, and its key is free', async () => {
    fake.faults.push({ status: 400, body: { status_code: '400', error_code: 'API_VALIDATION_ERROR' } })
    const refused = await call('POST', '/v1/orders', { quantity: 3, method: 'qris' })

    expect(refused).toMatchObject({ status: 502, json: { code: 'gateway_refused' } })
    expect((await call('GET', '/v1/orders?state=waiting')).json.items).toEqual([])
  })

  test('a QR that asks for another amount is shown to nobody', async () => {
    const { id, transaction } = await order({ quantity: 4 })
    const wrong = transaction.qrText ?? ''
    const before = fake.transactions.length
    fake.faults.push({
      status: 201,
      body:
        name === 'midtrans'
          ? { status_code: '201', transaction_id: randomUUID(), qr_string: wrong }
          : {
              payment_request_id: `pr-${id}`,
              reference_id: id,
              status: 'REQUIRES_ACTION',
              actions: [{ descriptor: 'QR_STRING', value: wrong }],
            },
    })
    const { json } = await call('POST', '/v1/orders', { quantity: 3, method: 'qris' })

    expect(json.payment).toBeNull()
    expect(fake.transactions).toHaveLength(before)
  })

  test('a replaced order is closed at the gateway', async () => {
    const { id } = await order()
    await call('POST', `/v1/orders/${id}/replace`, { method: 'virtual_account', bank: 'bri' })

    expect(fake.calls.filter(({ path }) => path.endsWith('/cancel'))).toHaveLength(1)
  })

  test('"I have paid" says so where the gateway does not answer', async () => {
    const { id } = await order()
    fake.faults.push({ status: 503, body: {} })
    expect(await call('POST', `/v1/orders/${id}/look`)).toMatchObject({
      status: 503,
      json: { code: 'gateway_unavailable' },
    })
  })
})

let fake: FakeGateways
beforeAll(async () => {
  fake = await openFakeGateways()
})
afterEach(() => void fake.faults.splice(0))
afterAll(() => fake.close())

test('midtrans: capture counts only with fraud_status accept', () => {
  const gateway = midtransGateway({ url: fake.url, serverKey: fakeKeys.midtrans })
  const transaction: FakeTransaction = { id: 't', orderId: 'ord_1', amount: '30000.00', status: 'capture' }
  const read = (fraud: string) =>
    gateway.readNotification({
      headers: {},
      body: Buffer.from(JSON.stringify(midtransNotification({ ...transaction, fraud }))),
    })

  expect(read('accept')).toMatchObject({
    notification: { report: { state: 'paid', payments: [{ amountRupiah: 30_000n }] } },
  })
  expect(read('challenge')).toMatchObject({ notification: { report: { state: 'waiting', payments: [] } } })
})

test('midtrans: an order that was charged by a call without an answer gets the same instructions', async () => {
  const gateway = midtransGateway({ url: fake.url, serverKey: fakeKeys.midtrans })
  const now = new Date()
  const order = {
    reference: `ord_${randomUUID()}`,
    method: 'qris',
    bank: undefined,
    amountRupiah: 10_000n,
    expiresAt: new Date(now.getTime() + 60_000),
    now,
  } as const
  expect(await gateway.create(order)).toEqual(await gateway.create(order))
})

test('xendit: what is signed and about no payment is taken; without the token it is forged', () => {
  const { xendit: secretKey, callbackToken } = fakeKeys
  const gateway = xenditGateway({ url: fake.url, secretKey, callbackToken })
  const body = Buffer.from(JSON.stringify({ event: 'refund.succeeded', data: { id: 'rfd-1', reference_id: 'other' } }))
  const read = (token: string) => gateway.readNotification({ headers: { 'x-callback-token': token }, body })

  expect(read(callbackToken)).toEqual({ ok: true, notification: undefined })
  expect(read('token-forger')).toEqual({ ok: false, reason: 'forged' })
})
