import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { takeNotification } from '../purchases/take-notification.ts'
import { openPurchases, type PaymentSettings } from './purchases.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

const settings: PaymentSettings = {
  gateway: 'midtrans',
  midtransKey: 'Mid-server-contoh',
  midtransUrl: 'http://localhost:9',
  xenditKey: undefined,
  xenditCallbackToken: undefined,
  xenditUrl: 'http://localhost:9',
  qrisMinutes: 15,
  accountHours: 48,
}
const open = (mode: 'demo' | 'production', change: Partial<PaymentSettings> = {}) =>
  openPurchases({
    settings: { ...settings, ...change },
    database: db.database,
    serviceKey: Buffer.alloc(32, 3),
    mode,
    serviceUrl: 'http://localhost:9',
  })

test("production has no simulator: nobody pays with play money, no test key buys, its notifications are nobody's", async () => {
  const { purchases, simulator } = open('production')

  expect(simulator).toBeUndefined()
  expect(purchases.gateways.test).toBeUndefined()
  expect(purchases.gateways.all.map(({ name }) => name)).toEqual(['midtrans'])
  const received = { gateway: 'simulator', headers: {}, body: Buffer.from('{}') }
  expect(await takeNotification(purchases, received)).toEqual({ ok: false, reason: 'gateway_unknown' })
})

test('the demo buys where the settings say, and test keys at the simulator', () => {
  const { purchases, simulator } = open('demo')

  expect([purchases.gateways.main.name, purchases.gateways.test?.name]).toEqual(['midtrans', 'simulator'])
  expect(simulator).toBeDefined()
  expect(purchases.orderMinutes).toEqual({ qris: 15, virtual_account: 48 * 60 })
})

test('a gateway that has no keys is not opened', () => {
  expect(() => open('production', { gateway: 'simulator' })).toThrow(/METERAI_GATEWAY is simulator/)
  expect(() => open('demo', { gateway: 'xendit', xenditKey: 'xnd_contoh' })).toThrow(/METERAI_GATEWAY is xendit/)
})
