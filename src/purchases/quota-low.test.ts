import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testWeb, type TestWeb } from '../../tests/support/web.ts'
import { newUuid } from '../base/ids.ts'
import { applyTransfers } from '../ledger/transfers.ts'
import { quotaLowUnits } from '../limits/purchases.ts'
import { subscribe } from '../notices/outbox.ts'
import { lowBelow, tellLowQuota } from './quota-low.ts'

let web: TestWeb
let accountId: string
beforeAll(async () => {
  web = await testWeb()
})
beforeEach(async () => {
  accountId = (await web.openAccount(quotaLowUnits)).accountId
})
afterAll(() => web.close())

const subscribed = () =>
  web.db.database.transaction(async (tx) =>
    subscribe(tx, { accountId, event: 'quota.low', at: await web.db.database.now(tx) }),
  )
const look = () => tellLowQuota(web.db.database, new AbortController().signal)
const events = async () =>
  web.db.database.sql<{ version: number; detail: object }[]>`
    select version, detail from outbox where account_id = ${accountId} and event = 'quota.low' order by version`

/** Stamps that were used. */
const use = (units: number) =>
  web.db.database.transaction(async (tx) => {
    const at = await web.db.database.now(tx)
    const used = { debit: 'quota', credit: 'spent', amount: BigInt(units), purpose: 'affixing' } as const
    await applyTransfers(tx, [{ accountId, id: newUuid(at), type: 'posted', ledger: 'stamps', ...used }], at)
  })

test('who wants to hear of it is told once each time that the quota falls below what is little', async () => {
  await subscribed()
  await look()
  expect(await events()).toEqual([])

  await use(1)
  await Promise.all([look(), look(), look()])
  await use(1)
  await look()
  expect(await events()).toMatchObject([{ detail: { available: quotaLowUnits - 1, below: quotaLowUnits } }])

  await web.grant(accountId, 10)
  await look()
  await use(10)
  await look()
  expect(await events()).toHaveLength(2)
})

test('who did not ask is not told', async () => {
  await use(1)
  await look()
  expect(await events()).toEqual([])
})

test('what is little grows with the last purchase', () => {
  expect([undefined, 10, 50, 51, 1000].map(lowBelow)).toEqual([5, 5, 5, 6, 100])
})
