import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { purchaseStarters } from '../src/assembly/purchase-starters.ts'
import { parsePublicId, publicId } from '../src/base/ids.ts'
import { recountLedger } from '../src/ledger/recount.ts'
import { lateMoneyDays } from '../src/limits/purchases.ts'
import { checkPayments } from '../src/purchases/check-payments.ts'
import { expireOrders } from '../src/purchases/expire-orders.ts'
import { dropLateContacts, findLateContact } from '../src/purchases/late-money.ts'
import { listRefundsOfOrder } from '../src/purchases/refunds/refund.ts'
import { openCommandLine } from './support/command-line.ts'
import { goodPassword, lastMessage, registerPerson } from './support/person.ts'
import { testWeb, type TestWeb } from './support/web.ts'

// Money that comes for an order whose account was closed meanwhile buys nothing: it goes back, and somebody hears of it.

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

type Person = Awaited<ReturnType<typeof registerPerson>>
const uuidOf = ({ accountId }: Person) => parsePublicId('account', accountId) ?? ''
const act = (id: string, wanted: string) =>
  web.app.inject({ method: 'POST', url: `/simulator/payments/${id}`, payload: { act: wanted } })

async function order({ browser }: Person): Promise<string> {
  const body = { quantity: 2, method: 'qris' }
  const placed = await browser.call('POST', '/v1/orders', body, { 'idempotency-key': randomUUID() })
  return placed.json().id
}
async function expire(): Promise<void> {
  await web.db.advance(31 * 60)
  await expireOrders(web.selling.purchases)
}
const close = ({ browser }: Person) => browser.call('POST', '/v1/account/close', { password: goodPassword })
const kept = (person: Person) => findLateContact(web.db.database.sql, web.selling.purchases.sealing, uuidOf(person))

test('an order that ran out, its account closed, then its money: a refund that is told, and nothing credited', async () => {
  const person = await registerPerson(web)
  const id = await order(person)
  expect((await close(person)).json()).toMatchObject({ code: 'account_unsettled', orders: 1 })
  await expire()
  expect((await close(person)).statusCode).toBe(204)

  await act(id, 'pay_late')

  const accountId = uuidOf(person)
  const refunds = await listRefundsOfOrder(web.db.database.sql, { accountId, id: parsePublicId('order', id) ?? '' })
  const [refund] = refunds
  expect(refunds).toMatchObject([{ reason: 'account_closed', state: 'due', amountRupiah: 20_000n, units: 0 }])
  expect(await lastMessage(web, person.email)).toEqual({
    template: 'refund_due_closed',
    values: { order: id, amount: 'Rp20.000', refund: publicId('refund', refund?.id ?? '') },
    isSent: true,
  })
  const [{ units } = { units: -1 }] = await web.db.owner.sql<{ units: number }[]>`
    select count(*)::int as units from transfers where account_id = ${accountId}`
  expect(units).toBe(0)
  expect((await checkPayments(web.selling.purchases, { all: true })).faults).toEqual([])
  expect((await recountLedger(web.db.owner.sql)).faults).toEqual([])
})

test('an order that was paid, its account closed, then its money once more: it is told too', async () => {
  const person = await registerPerson(web)
  const id = await order(person)
  await act(id, 'pay')
  const lost = { password: goodPassword, loseQuota: true }
  expect((await person.browser.call('POST', '/v1/account/close', lost)).statusCode).toBe(204)

  await act(id, 'pay_late')

  expect(await lastMessage(web, person.email)).toMatchObject({ template: 'refund_due_closed', values: { order: id } })
})

test('operators say where the money of a closed account goes, and pay it; of an open one only its owner does', async () => {
  const [person, open] = [await registerPerson(web), await registerPerson(web)]
  const [id, paid] = [await order(person), await order(open)]
  await act(paid, 'pay_twice')
  await expire()
  await close(person)
  await act(id, 'pay_late')
  let login = 'petugas-a'
  const purchases = purchaseStarters(
    (work) => work(web.selling.purchases),
    () => login,
  )
  const line = await openCommandLine({}, { purchases })
  const refundOf = async (whose: Person, ofOrder: string) => {
    const wanted = { accountId: uuidOf(whose), id: parsePublicId('order', ofOrder) ?? '' }
    const [refund] = await listRefundsOfOrder(web.db.database.sql, wanted)
    return publicId('refund', refund?.id ?? '')
  }
  const refund = await refundOf(person, id)
  const refunds = (...words: string[]) => line.run('operator', 'refunds', ...words)
  const to = ['Bank Contoh', '9876543210', 'Contoh A']

  expect((await refunds('approve', refund)).exitCode).not.toBe(0)
  expect((await refunds('show', refund)).out).toContain(`email ${person.email}`)
  expect((await refunds('destination', refund, 'Bank Contoh', '12', 'Contoh A')).exitCode).toBe(64)
  const ofOpen = await refunds('destination', await refundOf(open, paid), ...to, '--json')
  expect(ofOpen).toMatchObject({ exitCode: 65, json: { code: 'refund_has_owner' } })
  expect(await lastMessage(web, open.email)).toMatchObject({ template: 'refund_due', values: { order: paid } })
  expect((await refunds('destination', refund, ...to)).exitCode).toBe(0)
  expect((await refunds('approve', refund)).exitCode).toBe(0)
  login = 'petugas-b'
  expect((await refunds('pay', refund, '--json')).json).toMatchObject({ state: 'paid', reason: 'account_closed' })
  expect((await checkPayments(web.selling.purchases, { all: true })).faults).toEqual([])
  await line.remove()
})

// at the end: the clock does not come back
test('a contact is kept only where money may come, and no longer than its days, but while a refund waits', async () => {
  const [without, silent, due] = [await registerPerson(web), await registerPerson(web), await registerPerson(web)]
  await order(silent)
  const id = await order(due)
  await expire()
  for (const person of [without, silent, due]) await close(person)
  await act(id, 'pay_late')
  expect(await kept(without)).toBeUndefined()
  expect(await kept(silent)).toMatchObject({ receiver: { route: 'email', address: silent.email } })

  await web.db.advance(lateMoneyDays * 24 * 60 * 60 + 1)
  await dropLateContacts(web.db.database, new AbortController().signal)

  expect(await kept(silent)).toBeUndefined()
  expect(await kept(due)).toBeDefined()
})
