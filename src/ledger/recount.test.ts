import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid } from '../base/ids.ts'
import { recountLedger, recountWithin } from './recount.ts'
import { applyTransfers, openAccount } from './transfers.ts'

let db: TestDatabase
const at = new Date('2026-11-23T10:00:00Z')
const accountId = newUuid(at)
const holdId = newUuid(at)

beforeAll(async () => {
  db = await testDatabase()
  await db.database.transaction(async (tx) => {
    await openAccount(tx, { accountId, ledger: 'stamps', kinds: ['quota'] })
    await applyTransfers(
      tx,
      [
        {
          accountId,
          id: newUuid(at),
          type: 'posted',
          ledger: 'stamps',
          debit: 'treasury',
          credit: 'quota',
          amount: 5n,
          purpose: 'grant',
        },
        {
          accountId,
          id: holdId,
          type: 'pending',
          ledger: 'stamps',
          debit: 'quota',
          credit: 'spent',
          amount: 1n,
          purpose: 'affixing',
        },
      ],
      at,
    )
  })
})
afterAll(() => db.drop())

/** The recount after a change that only the tables' owner can make; the change is taken back. */
async function recountAfter(change: string): Promise<string[]> {
  const rules: string[] = []
  const undo = new Error('undo')
  await db.owner.sql
    .begin(async (tx) => {
      await tx.unsafe(change)
      const recount = await recountWithin(tx)
      rules.push(...recount.faults.map(({ rule }) => rule))
      throw undo
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error
    })
  return rules
}

test('an untouched ledger is clean and its totals add up', async () => {
  const { clean, totals } = await recountLedger(db.database.sql)
  expect(clean).toBe(true)
  expect(totals.find(({ ledger }) => ledger === 'stamps')).toMatchObject({
    granted: 5n,
    available: 4n,
    reserved: 1n,
    spent: 0n,
  })
})

test.each([
  [
    'a changed balance',
    'update ledger_accounts set credits_posted = credits_posted + 1',
    ['balance_differs_from_transfers', 'units_lost_or_made'],
  ],
  ['a lost balance row', 'delete from ledger_accounts', ['balance_differs_from_transfers', 'units_lost_or_made']],
  [
    'a lost transfer',
    "delete from transfers where type = 'posted'",
    ['balance_differs_from_transfers', 'system_sum_differs_from_transfers', 'units_lost_or_made'],
  ],
  ['a lost delta', "delete from system_deltas where kind = 'treasury'", ['system_sum_differs_from_transfers']],
  ['a hold without its outcome row', 'delete from pendings', ['pending_without_outcome']],
  [
    'an outcome that no transfer tells of',
    "update pendings set outcome = 'posted'",
    ['outcome_differs_from_transfers'],
  ],
])('the recount finds %s', async (_, change, rules) => {
  expect(await recountAfter(change)).toEqual(rules)
})
