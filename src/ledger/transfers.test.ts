import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid } from '../base/ids.ts'
import { sqlState } from '../database/database.ts'
import { readQuota } from './balances.ts'
import { modelLedger } from './ledger-model.ts'
import { recountLedger } from './recount.ts'
import { applyTransfers, openAccount, type Transfer, type TransferResult } from './transfers.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

const at = new Date('2026-11-23T10:00:00Z')
const uuid = () => newUuid(at)

async function openWith(units: bigint): Promise<string> {
  const accountId = uuid()
  await db.database.transaction(async (tx) => {
    await openAccount(tx, { accountId, ledger: 'stamps', kinds: ['quota', 'refunding'] })
    if (units > 0n) await applyTransfers(tx, [grant(accountId, units)], at)
  })
  return accountId
}
const grant = (accountId: string, amount: bigint, id = uuid()): Transfer => ({
  accountId,
  id,
  type: 'posted',
  ledger: 'stamps',
  debit: 'treasury',
  credit: 'quota',
  amount,
  purpose: 'grant',
})
const hold = (accountId: string, amount = 1n, id = uuid()): Transfer => ({
  accountId,
  id,
  type: 'pending',
  ledger: 'stamps',
  debit: 'quota',
  credit: 'spent',
  amount,
  purpose: 'affixing',
})
const end = (accountId: string, type: 'post_pending' | 'void_pending', pendingId: string) => ({
  accountId,
  id: uuid(),
  type,
  pendingId,
  purpose: 'affixing',
})
const apply = (batch: Transfer[]): Promise<TransferResult[]> =>
  db.database.transaction((tx) => applyTransfers(tx, batch, at))
const results = (batch: Transfer[]) => apply(batch).then((answers) => answers.map(({ result }) => result))
const quota = (accountId: string) => readQuota(db.database.sql, { accountId, ledger: 'stamps' })

test('a hold takes from what is available and a post spends it', async () => {
  const account = await openWith(3n)
  const held = hold(account, 2n)
  expect(await results([held])).toEqual(['ok'])
  expect(await quota(account)).toEqual({ available: 1n, reserved: 2n, spent: 0n })
  expect(await results([end(account, 'post_pending', held.id)])).toEqual(['ok'])
  expect(await quota(account)).toEqual({ available: 1n, reserved: 0n, spent: 2n })
})

test('a void gives the whole hold back', async () => {
  const account = await openWith(3n)
  const held = hold(account, 3n)
  await apply([held])
  expect(await results([end(account, 'void_pending', held.id)])).toEqual(['ok'])
  expect(await quota(account)).toEqual({ available: 3n, reserved: 0n, spent: 0n })
})

test('in one batch each transfer sees the ones before it and a refused one harms no neighbour', async () => {
  const account = await openWith(3n)
  const other = await openWith(1n)
  const batch = [
    hold(account, 2n),
    hold(account, 2n),
    hold(other),
    hold(account),
    hold(other),
    grant(account, 1n),
    hold(account),
  ]
  expect(await results(batch)).toEqual(['ok', 'exceeds_balance', 'ok', 'ok', 'exceeds_balance', 'ok', 'ok'])
})

test('an exact repeat is a success that moves nothing, in the same batch and later', async () => {
  const account = await openWith(2n)
  const held = hold(account)
  expect(await results([held, held])).toEqual(['ok', 'exists'])
  expect(await results([held])).toEqual(['exists'])
  expect(await quota(account)).toMatchObject({ available: 1n, reserved: 1n })
})

test.each([
  ['type', { type: 'posted' }],
  ['ledger', { ledger: 'specimens' }],
  ['debit', { debit: 'refunding' }],
  ['credit', { credit: 'transit' }],
  ['amount', { amount: 2n }],
] as const)('a repeat that differs names the first field that does: %s', async (field, change) => {
  const account = await openWith(5n)
  const held = hold(account)
  const changed: Transfer = Object.assign({}, held, change)
  expect((await apply([held, changed]))[1]).toEqual({ result: 'differs', field })
  expect(await apply([changed])).toEqual([{ result: 'differs', field }])
})

test('a repeat that ends another hold differs by its pending id', async () => {
  const account = await openWith(2n)
  const [one, two] = [hold(account), hold(account)]
  const posted = end(account, 'post_pending', one.id)
  await apply([one, two, posted])
  expect(await apply([{ ...posted, pendingId: two.id }])).toEqual([{ result: 'differs', field: 'pending_id' }])
})

test('a hold ends once, whoever asks and in whichever batch', async () => {
  const account = await openWith(2n)
  const [one, two] = [hold(account), hold(account)]
  await apply([one, two])
  expect(
    await results([
      end(account, 'post_pending', one.id),
      end(account, 'void_pending', one.id),
      end(account, 'post_pending', one.id),
    ]),
  ).toEqual(['ok', 'pending_posted', 'pending_posted'])
  await apply([end(account, 'void_pending', two.id)])
  expect(await results([end(account, 'post_pending', two.id), end(account, 'void_pending', one.id)])).toEqual([
    'pending_voided',
    'pending_posted',
  ])
})

test('a hold can be ended in the batch that made it, and not before it', async () => {
  const account = await openWith(1n)
  const held = hold(account)
  expect(await results([end(account, 'post_pending', held.id), held, end(account, 'post_pending', held.id)])).toEqual([
    'pending_unknown',
    'ok',
    'ok',
  ])
  expect(await quota(account)).toEqual({ available: 0n, reserved: 0n, spent: 1n })
})

test('what is not there is named, not guessed', async () => {
  const account = await openWith(1n)
  const held = hold(account)
  await apply([held])
  expect(
    await results([
      end(account, 'post_pending', uuid()),
      hold(uuid()),
      end(await openWith(1n), 'post_pending', held.id),
    ]),
  ).toEqual(['pending_unknown', 'account_unknown', 'pending_unknown'])
})

test('a chain succeeds or fails as one, and its neighbours go on', async () => {
  const account = await openWith(2n)
  const link = (transfer: Transfer, chain: number): Transfer => ({ ...transfer, chain })
  const batch = [
    link(hold(account), 1),
    link(hold(account, 5n), 1),
    link(hold(account), 1),
    hold(account),
    link(hold(account), 2),
    link(grant(account, 1n), 2),
  ]
  expect(await results(batch)).toEqual(['chain_failed', 'exceeds_balance', 'chain_failed', 'ok', 'ok', 'ok'])
  expect(await quota(account)).toMatchObject({ available: 1n, reserved: 2n })
})

test('two hundred holds at once on a quota of 70 leave exactly 70', async () => {
  const account = await openWith(70n)
  const answers = await Promise.all(Array.from({ length: 200 }, () => results([hold(account)])))
  expect(answers.filter(([result]) => result === 'ok')).toHaveLength(70)
  expect(await quota(account)).toEqual({ available: 0n, reserved: 70n, spent: 0n })
})

test.each([
  ['update transfers set amount = 2'],
  ['delete from transfers'],
  ['truncate transfers'],
  ['update audit set action = action'],
  ['delete from audit'],
  ['truncate audit'],
  ['update serials set serial = serial'],
  ['delete from serials'],
  ['truncate serials'],
  ['delete from ledger_accounts'],
  ['delete from pendings'],
])('the service may not: %s', async (statement) => {
  const failure = await db.database.sql.unsafe(statement).then(() => undefined, sqlState)
  expect(failure).toBe('42501')
})

test('the database itself refuses a balance below zero', async () => {
  const account = await openWith(1n)
  const failure = await db.owner.sql`update ledger_accounts set debits_posted = 2 where account_id = ${account}`.then(
    () => undefined,
    sqlState,
  )
  expect(failure).toBe('23514')
})

test('what a failed chain only seemed to repeat is not there: the same id may be done afterwards in the same batch', async () => {
  const accountId = await openWith(0n)
  const again = { ...grant(accountId, 1n), chain: 2 }
  const failing = { ...hold(accountId, 5n), chain: 2 }
  const answers = await results([again, again, failing, { ...again, chain: 1 }])
  expect(answers).toEqual(['chain_failed', expect.any(String), 'exceeds_balance', 'ok'])
  expect(await quota(accountId)).toMatchObject({ available: 1n })
})

test('random batches agree with a simple model, balance by balance', async () => {
  const step = fc.record({
    account: fc.integer({ min: 0, max: 2 }),
    act: fc.constantFrom('grant', 'hold', 'post', 'void', 'repeat', 'move'),
    amount: fc.bigInt({ min: 1n, max: 4n }),
    pick: fc.nat(20),
    chain: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 }),
      async (batches) => {
        const accounts = [await openWith(2n), await openWith(0n), await openWith(7n)]
        const model = modelLedger(new Map(accounts.map((account, i) => [account, [2n, 0n, 7n][i] ?? 0n])))
        const sent: Transfer[] = []
        for (const steps of batches) {
          const batch = steps.map(({ account, act, amount, pick, chain }): Transfer => {
            const accountId = accounts[account] ?? ''
            const holds = sent.filter((transfer) => transfer.accountId === accountId && transfer.type === 'pending')
            const target = holds[pick % Math.max(holds.length, 1)]?.id ?? uuid()
            const made: Transfer =
              act === 'repeat' && sent.length > 0
                ? (sent[pick % sent.length] ?? hold(accountId))
                : act === 'grant'
                  ? grant(accountId, amount)
                  : act === 'post'
                    ? end(accountId, 'post_pending', target)
                    : act === 'void'
                      ? end(accountId, 'void_pending', target)
                      : act === 'move'
                        ? {
                            accountId,
                            id: uuid(),
                            type: 'posted',
                            ledger: 'stamps',
                            debit: 'quota',
                            credit: 'refunding',
                            amount,
                            purpose: 'refund',
                          }
                        : hold(accountId, amount)
            const linked: Transfer = chain === undefined ? made : { ...made, chain }
            sent.push(linked)
            return linked
          })
          expect(await apply(batch)).toEqual(model.apply(batch))
        }
        for (const accountId of accounts) expect(await quota(accountId)).toEqual(model.quota(accountId))
      },
    ),
    { numRuns: 60 },
  )
  expect(await recountLedger(db.database.sql)).toMatchObject({ clean: true, faults: [] })
}, 120_000)
