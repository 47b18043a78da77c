import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testWeb, type TestWeb } from '../../tests/support/web.ts'
import { parsePublicId } from '../base/ids.ts'
import { readQuota } from '../ledger/balances.ts'
import { findOrderOfGateway, type Order } from './order.ts'
import type { PurchaseParts } from './purchase-parts.ts'
import { listRefunds } from './refunds/refund.ts'
import { settlePayment } from './settle-payment.ts'

let web: TestWeb
let parts: PurchaseParts
beforeAll(async () => {
  web = await testWeb()
  parts = web.selling.purchases
})
afterAll(() => web.close())

async function placedOrder(): Promise<Order> {
  const { liveKey } = await web.openAccount(0)
  const headers = { authorization: `Bearer ${liveKey}`, 'idempotency-key': randomUUID() }
  const answer = await web.app.inject({
    method: 'POST',
    url: '/v1/orders',
    headers,
    payload: { quantity: 2, method: 'qris' },
  })
  const id = parsePublicId('order', answer.json().id) ?? ''
  const order = await findOrderOfGateway(web.db.database.sql, { gateway: 'simulator', id })
  if (order === undefined) throw new Error('no order')
  return order
}
const payment = (amountRupiah = 20_000n) => ({ transactionId: randomUUID(), amountRupiah, currency: 'IDR' })
const available = async ({ accountId }: Order) =>
  (await readQuota(web.db.database.sql, { accountId, ledger: 'stamps' })).available

test('one payment found by twenty at once is settled by one of them', async () => {
  const order = await placedOrder()
  const paid = payment()
  const settled = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      settlePayment(parts, { order, payment: paid, foundBy: at % 2 === 0 ? 'poll' : 'notification' }),
    ),
  )

  expect(settled.filter((outcome) => outcome === 'credited')).toHaveLength(1)
  expect(settled.filter((outcome) => outcome === 'known')).toHaveLength(19)
  expect(await available(order)).toBe(2n)
})

test('ten payments at once for one order: one buys, nine go back', async () => {
  const order = await placedOrder()
  const settled = await Promise.all(
    Array.from({ length: 10 }, () => settlePayment(parts, { order, payment: payment(), foundBy: 'notification' })),
  )

  expect(settled.toSorted()).toEqual(['credited', ...Array.from({ length: 9 }, () => 'refund_due')])
  expect(await available(order)).toBe(2n)
})

test('another currency is another amount', async () => {
  const order = await placedOrder()

  expect(await settlePayment(parts, { order, payment: { ...payment(), currency: 'USD' }, foundBy: 'poll' })).toBe(
    'refund_due',
  )
  expect(await available(order)).toBe(0n)
  const [refund] = await listRefunds(web.db.database.sql, { accountId: order.accountId, limit: 1 })
  expect(refund).toMatchObject({ reason: 'wrong_amount', currency: 'USD' })
})

test('who wants to know of a paid order shares its commit: where they fail nothing is credited, and the next try is as new', async () => {
  const order = await placedOrder()
  const paid = payment()
  const told: string[] = []
  const failing = { ...parts, onPaid: () => Promise.reject(new Error('no room')) }
  await expect(settlePayment(failing, { order, payment: paid, foundBy: 'poll' })).rejects.toThrow('no room')
  expect(await available(order)).toBe(0n)

  const telling = { ...parts, onPaid: (_: unknown, { id }: Order) => Promise.resolve(void told.push(id)) }
  expect(await settlePayment(telling, { order, payment: paid, foundBy: 'poll' })).toBe('credited')
  expect([await available(order), told]).toEqual([2n, [order.id]])
})
