import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openCommandLine, type CommandLine } from './support/command-line.ts'
import { testWeb, type TestWeb } from './support/web.ts'
import { purchaseStarters } from '../src/assembly/purchase-starters.ts'
import { publicId } from '../src/base/ids.ts'
import type { PaymentCheck } from '../src/purchases/check-payments.ts'

let web: TestWeb
let account: Awaited<ReturnType<TestWeb['openAccount']>>
let line: CommandLine
/** Who is logged in. */
let login = 'petugas-a'
beforeAll(async () => {
  web = await testWeb()
})
beforeEach(async () => {
  account = await web.openAccount(0)
  login = 'petugas-a'
  const purchases = purchaseStarters(
    (work) => work(web.selling.purchases),
    () => login,
  )
  line = await openCommandLine({ METERAI_URL: web.url, METERAI_KEY: account.liveKey }, { purchases })
})
afterEach(() => line.remove())
afterAll(() => web.close())

async function api(method: 'GET' | 'POST', path: string, json?: object) {
  const headers = { authorization: `Bearer ${account.liveKey}`, 'idempotency-key': randomUUID() }
  return (await web.app.inject({ method, url: path, headers, ...(json === undefined ? {} : { payload: json }) })).json()
}

/** The account's only order, as soon as it can be paid. */
async function firstOrder(): Promise<string> {
  for (;;) {
    const { items } = await api('GET', '/v1/orders')
    if (items.length > 0 && items[0].payment !== null) return items[0].id
  }
}

test('quota buy shows the QR and where to play payer, waits for the money and says when it is there', async () => {
  const running = line.run('quota', 'buy', '5', '--tag', 'Legal', '--json')
  const id = await firstOrder()
  await api('POST', `/simulator/payments/${id}`, { act: 'pay' })
  const { exitCode, out, json } = await running

  expect(exitCode).toBe(0)
  expect(json).toMatchObject({ ok: true, id, state: 'paid', quantity: 5, totalRupiah: 50_000, method: 'qris' })
  expect(out).toContain('Rp50,000')
  expect(out).toContain('█')
  expect(out).toContain(`${web.url}/simulator/pembayaran/${id}`)
  expect(out).toContain('5 stamps are in your quota')
})

test('quota buy with a bank shows the number of the account, and need not wait', async () => {
  const { exitCode, out, json } = await line.run('quota', 'buy', '2', '--bank', 'bri', '--no-wait', '--json')

  expect(exitCode).toBe(0)
  expect(json).toMatchObject({ state: 'waiting', method: 'virtual_account', bank: 'bri' })
  expect(out).toMatch(/virtual account BRI \d{14} until .* WIB/)
})

test('quota buy of more than the account`s sum says that a second member is waited for, and how', async () => {
  const headers = { authorization: `Bearer ${account.liveKey}` }
  const payload = { aboveRupiah: '50000' }
  await web.app.inject({ method: 'PUT', url: '/v1/approval-rule', headers, payload })

  const { exitCode, out, json } = await line.run('quota', 'buy', '6', '--json')

  expect(exitCode).toBe(75)
  expect(json).toMatchObject({ ok: false, code: 'order_waiting', state: 'waiting_approval', totalRupiah: 60_000 })
  const { items } = await api('GET', '/v1/orders')
  expect(out).toContain(`To be approved at ${web.url}/beli/${items[0].id}`)
  expect(out).toContain(`POST /v1/orders/${items[0].id}/approve`)
  expect((await line.run('quota', 'buy', '5', '--no-wait')).exitCode).toBe(0)
})

test('quota buy tells refusals and bad usage with their exit codes', async () => {
  const tooMany = await line.run('quota', 'buy', '1001')
  const nothing = await line.run('quota', 'buy')
  const words = await line.run('quota', 'buy', 'many')

  expect([tooMany.exitCode, nothing.exitCode, words.exitCode]).toEqual([64, 64, 64])
  expect(tooMany.err).toContain('Order at most 1,000 by QRIS')
})

test('check payments is clean or lists every difference and ends with 65', async () => {
  expect(await line.run('check', 'payments', '--json')).toMatchObject({ exitCode: 0, json: { ok: true, clean: true } })
  const { id } = await api('POST', '/v1/orders', { quantity: 1, method: 'qris' })
  await api('POST', `/simulator/payments/${id}`, { act: 'pay_silently' })
  const differing = await line.run('check', 'payments', '--json')

  expect(differing.exitCode).toBe(65)
  const faults: PaymentCheck['faults'] = [{ rule: 'gateway_paid_not_settled', subject: id, detail: expect.any(String) }]
  expect(differing.json).toMatchObject({ ok: false, faults })
  expect(differing.err).toContain('1 differences')
})

test('operators list, read, approve and pay refunds; the same login twice is refused', async () => {
  const { id: order } = await api('POST', '/v1/orders', { quantity: 2, method: 'qris' })
  await api('POST', `/simulator/payments/${order}`, { act: 'pay' })
  const destination = { bank: 'Bank Contoh', accountNumber: '9876543210', accountName: 'Contoh A' }
  const { id } = await api('POST', '/v1/refunds', { quantity: 2, destination })
  const refunds = (...words: string[]) => line.run('operator', 'refunds', ...words)

  const listed = await refunds('list')
  expect(listed.out).toContain(id)
  expect(listed.out).not.toContain('9876543210')
  expect((await refunds('show', id)).out).toContain('Bank Contoh 9876543210 Contoh A')
  expect((await refunds('approve', id, '--as', 'petugas-b')).exitCode).toBe(64)
  expect((await refunds('approve', id)).exitCode).toBe(0)
  expect((await refunds('pay', id)).exitCode).toBe(77)
  login = 'petugas-b'
  expect((await refunds('pay', id, '--json')).json).toMatchObject({ ok: true, state: 'paid', paidBy: 'petugas-b' })
  expect((await refunds('pay', id)).exitCode).toBe(65)
  expect((await refunds('show', `ref_${'0'.repeat(32)}`)).exitCode).toBe(66)
})

test('operators set how much a collector may owe, and link accounts of one organisation', async () => {
  const child = await web.openAccount(0)
  const [parentId, childId] = [publicId('account', account.accountId), publicId('account', child.accountId)]
  const operator = (...words: string[]) => line.run('operator', ...words)

  expect(await operator('credit', parentId, '500', '--json')).toMatchObject({ json: { state: 'waiting' } })
  expect((await api('GET', '/v1/credit')).limit).toBe(0)
  login = 'petugas-b'
  expect((await operator('credit', parentId, '500')).out).toContain('may owe 500 stamps')
  expect((await api('GET', '/v1/credit')).limit).toBe(500)
  expect((await operator('credit', parentId, '-1')).exitCode).toBe(64)
  expect((await operator('credit', 'acc_unknown', '5')).exitCode).toBe(66)
  expect((await operator('link', childId, parentId)).exitCode).toBe(0)
  expect((await operator('link', childId, parentId)).exitCode).toBe(65)
})
