import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testWeb, type TestWeb } from '../../tests/support/web.ts'
import { checkPayments } from './check-payments.ts'
import { purchaseJobs } from './purchase-jobs.ts'

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

test('the job tells what it found', async () => {
  await paidOrder('pay_silently')
  const told: number[] = []
  const job = purchaseJobs(web.selling.purchases, ({ faults }) => told.push(faults.length)).find(
    ({ name }) => name === 'reconciliation',
  )
  await job?.run(new AbortController().signal)

  expect(told).toEqual([1])
})
