import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testWeb, type TestWeb } from '../../tests/support/web.ts'
import { reconcilePageOrders, reconcileSeconds } from '../limits/purchases.ts'
import { checkPayments } from './check-payments.ts'
import { purchaseJobs } from './purchase-jobs.ts'
import type { Reconciled } from './reconcile.ts'

let web: TestWeb
let account: Awaited<ReturnType<TestWeb['openAccount']>>
beforeEach(async () => {
  web = await testWeb()
  account = await web.openAccount(0)
})
afterEach(() => web.close())

async function post(path: string, json: object) {
  const headers = { authorization: `Bearer ${account.liveKey}`, 'idempotency-key': randomUUID() }
  return (await web.app.inject({ method: 'POST', url: path, headers, payload: json })).json()
}
/** A paid order's UUID. */
async function paidOrder(act = 'pay'): Promise<string> {
  const { id } = await post('/v1/orders', { quantity: 2, method: 'qris' })
  await post(`/simulator/payments/${id}`, { act })
  return id.replace('ord_', '')
}
async function found(): Promise<string[]> {
  const { faults } = await checkPayments(web.selling.purchases, { all: true })
  return faults.map(({ rule }) => rule).toSorted()
}

test('what is as it should be is clean, and counted', async () => {
  await paidOrder()
  await paidOrder('pay_twice')
  await post('/v1/orders', { quantity: 1, method: 'qris' })

  expect(await checkPayments(web.selling.purchases, { all: false })).toEqual({
    clean: true,
    orders: 3,
    payments: 3,
    asked: 3,
    isWhole: true,
    faults: [],
  })
})

test('an order that says it is paid without a payment is found, and so is the opposite', async () => {
  const { id } = await post('/v1/orders', { quantity: 1, method: 'qris' })
  const unpaid = await paidOrder()
  const { sql } = web.db.owner
  await sql`update orders set state = 'paid', ended_at = now() where order_id = ${id.replace('ord_', '')}::uuid`
  await sql`update orders set state = 'expired' where order_id = ${unpaid}::uuid`

  expect(await found()).toEqual(['order_paid_without_payment', 'payment_credited_order_unpaid'])
})

test('a payment that the ledger does not know, and a transfer that nobody paid for, are found', async () => {
  const id = await paidOrder()
  await web.db.owner.sql`update payments set transfer_id = gen_random_uuid() where order_id = ${id}::uuid`

  expect(await found()).toEqual(['payment_without_transfer', 'transfer_without_payment'])
})

test('a transfer of another number of units than was paid for is found', async () => {
  const id = await paidOrder()
  await web.db.owner.sql`update orders set quantity = 1, total_rupiah = 10000 where order_id = ${id}::uuid`

  expect(await found()).toEqual(['payment_amount_differs', 'payment_without_transfer'])
})

test('a payment that nobody is told to pay back is found', async () => {
  const id = await paidOrder('pay_wrong_amount')
  await web.db.owner.sql`delete from refund_cases where order_id = ${id}::uuid`

  expect(await found()).toEqual(['payment_without_refund'])
})

test('units held for no refund are found', async () => {
  await paidOrder()
  await post('/v1/refunds', {
    quantity: 1,
    destination: { bank: 'Bank Contoh', accountNumber: '12345', accountName: 'Contoh A' },
  })
  expect(await found()).toEqual([])
  await web.db.owner.sql`update refund_cases set state = 'cancelled', ended_at = now()`

  expect(await found()).toEqual(['refunding_differs'])
})

test('what the gateway was paid and we do not know is found, and what it denies', async () => {
  await paidOrder('pay_silently')
  const denied = await paidOrder()
  await web.db.owner.sql`delete from simulated_transactions where reference = ${`ord_${denied}`}`

  expect(await found()).toEqual(['gateway_denies_credited', 'gateway_paid_not_settled'])
})

test('an order of a gateway that is no longer configured says so', async () => {
  const { all } = web.selling.purchases.gateways
  await paidOrder()
  const gateways = { ...web.selling.purchases.gateways, all: all.filter(({ name }) => name !== 'simulator') }

  const { faults } = await checkPayments({ ...web.selling.purchases, gateways }, { all: true })
  expect(faults.map(({ rule }) => rule)).toEqual(['gateway_unreachable'])
})

/** The job of a process of its own; what it told so far. */
function openProcess() {
  const told: Reconciled[] = []
  const job = purchaseJobs(web.selling.purchases, (each) => told.push(each)).find(
    ({ name }) => name === 'reconciliation',
  )
  return { told, run: (stopping = new AbortController().signal) => job?.run(stopping) }
}

test('one process a day compares, however many start; the others tell what it found', async () => {
  await paidOrder('pay_silently')
  const [first, second] = [openProcess(), openProcess()]
  await first.run()
  await second.run()
  await first.run()

  expect(first.told.map(({ faults }) => faults.length)).toEqual([1, 0])
  expect(second.told).toMatchObject([{ differences: 1, faults: [] }])
  await web.db.advance(reconcileSeconds)
  await web.db.owner.sql`update orders set look_at = null`
  await second.run()
  expect(second.told.at(-1)?.faults).toHaveLength(1)
})

test('a comparison that was stopped is made by the next process', async () => {
  await paidOrder('pay_silently')
  const [stopped, next] = [openProcess(), openProcess()]
  await stopped.run(AbortSignal.abort())
  await next.run()

  expect(stopped.told).toEqual([])
  expect(next.told).toMatchObject([{ differences: 1 }])
})

test('every order of the last days is asked about, page after page, and older ones only with all', async () => {
  const total = reconcilePageOrders + 50
  const { id } = await post('/v1/orders', { quantity: 1, method: 'qris' })
  await web.db.owner.sql`
    insert into orders (account_id, order_id, ledger, quantity, price_rupiah, fee_rupiah, total_rupiah, method, gateway, gateway_id, state,
      created_at, expires_at, ended_at)
    select account_id, gen_random_uuid(), ledger, quantity, price_rupiah, fee_rupiah, total_rupiah, method, gateway, gateway_id, 'expired',
      created_at - case when n <= 50 then interval '8 days' else interval '1 day' end, expires_at, created_at
    from orders, generate_series(1, ${total}) n where order_id = ${id.replace('ord_', '')}::uuid`

  expect(await checkPayments(web.selling.purchases, { all: false })).toMatchObject({ asked: reconcilePageOrders + 1 })
  expect(await checkPayments(web.selling.purchases, { all: true })).toMatchObject({ asked: total + 1 })
})

test('an order that is to be looked at by now is no difference yet', async () => {
  const id = await paidOrder('pay_silently')
  await web.db.owner.sql`update orders set look_at = created_at where order_id = ${id}::uuid`

  expect(await found()).toEqual([])
})
