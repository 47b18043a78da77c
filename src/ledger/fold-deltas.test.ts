import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid } from '../base/ids.ts'
import { foldDeltas } from './fold-deltas.ts'
import { ledgerBalances } from './invariant.ts'
import { recountLedger } from './recount.ts'
import { applyTransfers, openAccount } from './transfers.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

const accountId = newUuid(new Date())
const running = new AbortController().signal

/** Grants, holds, posts and voids, each in a batch of its own. */
async function trade(): Promise<void> {
  await db.database.transaction(async (tx) => {
    const at = await db.database.now(tx)
    await openAccount(tx, { accountId, ledger: 'stamps', kinds: ['quota'] })
    const one = { accountId, ledger: 'stamps', purpose: 'test', amount: 5n } as const
    await applyTransfers(tx, [{ ...one, id: newUuid(at), type: 'posted', debit: 'sold', credit: 'quota' }], at)
    const pendings = [newUuid(at), newUuid(at), newUuid(at)]
    for (const id of pendings)
      await applyTransfers(tx, [{ ...one, amount: 1n, id, type: 'pending', debit: 'quota', credit: 'spent' }], at)
    for (const [index, type] of (['post_pending', 'void_pending'] as const).entries())
      await applyTransfers(
        tx,
        [{ accountId, id: newUuid(at), type, pendingId: pendings[index] ?? '', purpose: 'test' }],
        at,
      )
  })
}

async function deltas(): Promise<number> {
  const [row] = await db.owner.sql<{ count: bigint }[]>`select count(*) as count from system_deltas`
  return Number(row?.count)
}

test('deltas older than a minute are folded into their month, and every sum stays what it was', async () => {
  await trade()
  await trade()
  const before = await recountLedger(db.database.sql)

  expect(await foldDeltas(db.database, running)).toBe(0)
  await db.advance(120)
  expect(await foldDeltas(db.database, running)).toBeGreaterThan(0)

  expect(await deltas()).toBe(2)
  const after = await recountLedger(db.database.sql)
  expect(after).toEqual(before)
  expect(after.clean).toBe(true)
})

test('rows of another month stay apart, and folding again changes nothing', async () => {
  await db.advance(62 * 24 * 60 * 60)
  await trade()
  await db.advance(120)

  await foldDeltas(db.database, running)
  expect(await deltas()).toBe(4)
  expect(await foldDeltas(db.database, running)).toBe(0)
})

test('two processes that fold at once count nothing twice', async () => {
  for (let i = 0; i < 5; i++) await trade()
  await db.advance(120)

  await Promise.all([foldDeltas(db.database, running), foldDeltas(db.database, running)])
  expect((await recountLedger(db.database.sql)).clean).toBe(true)
})

test('the service may fold, but not delete a delta', async () => {
  await expect(db.database.sql`delete from system_deltas`).rejects.toThrow(/permission denied/)
})

test('the ledger balances until somebody changes a balance or a delta behind its back', async () => {
  expect(await ledgerBalances(db.database.sql)).toBe(true)

  await db.owner.sql`update ledger_accounts set credits_posted = credits_posted + 1 where account_id = ${accountId}`
  expect(await ledgerBalances(db.database.sql)).toBe(false)
  await db.owner.sql`update ledger_accounts set credits_posted = credits_posted - 1 where account_id = ${accountId}`
  await db.owner.sql`delete from system_deltas where kind = 'spent'`
  expect(await ledgerBalances(db.database.sql)).toBe(false)
})
