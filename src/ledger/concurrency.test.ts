import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { openLanes } from '../base/batching.ts'
import { newUuid } from '../base/ids.ts'
import { failureKind, sqlState } from '../database/database.ts'
import { readQuota } from './balances.ts'
import { modelLedger } from './ledger-model.ts'
import { recountLedger } from './recount.ts'
import { applyTransfers, openAccount, type Transfer, type TransferResult } from './transfers.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
  await db.owner.sql`create sequence done_order`
  await db.owner.sql`grant usage on sequence done_order to meterai_service`
})
afterAll(() => db.drop())

const at = new Date('2026-11-23T10:00:00Z')
const uuid = () => newUuid(at)
const openings = [3n, 0n, 9n]

async function openWith(units: bigint): Promise<string> {
  const accountId = uuid()
  await db.database.transaction(async (tx) => {
    await openAccount(tx, { accountId, ledger: 'stamps', kinds: ['quota', 'refunding'] })
    if (units > 0n) await applyTransfers(tx, [direct(accountId, 'grant', units)], at)
  })
  return accountId
}

const legs = {
  grant: { type: 'posted', debit: 'treasury', credit: 'quota' },
  move: { type: 'posted', debit: 'quota', credit: 'refunding' },
  hold: { type: 'pending', debit: 'quota', credit: 'spent' },
} as const
function direct(accountId: string, act: keyof typeof legs, amount: bigint): Transfer {
  return { accountId, id: uuid(), ledger: 'stamps', amount, purpose: act, ...legs[act] }
}

type Step = { account: number; act: keyof typeof legs | 'post' | 'void'; amount: bigint; target: number }
const step: fc.Arbitrary<Step> = fc.record({
  account: fc.nat(openings.length - 1),
  act: fc.constantFrom('grant', 'move', 'hold', 'hold', 'hold', 'post', 'post', 'void'),
  amount: fc.bigInt({ min: 1n, max: 4n }),
  target: fc.nat(11),
})
/** A transfer of the pool, sent by somebody: whole, or with another amount under the same id; alone or in a chain. */
const sending = fc.record({
  index: fc.nat(11),
  isChanged: fc.integer({ min: 0, max: 9 }).map((die) => die === 0),
  chain: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined, freq: 3 }),
})
const batches = fc.array(fc.array(sending, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 })

/** Twelve transfers that belong together: posts and voids mean holds of the same twelve, made or not by then. */
function makePool(steps: readonly Step[], accountIds: readonly string[]): Transfer[] {
  const holdIds = steps.map(uuid)
  return steps.map(({ account, act, amount, target }, index) => {
    const accountId = accountIds[account] ?? ''
    if (act === 'post' || act === 'void')
      return { accountId, id: uuid(), type: `${act}_pending`, pendingId: holdIds[target] ?? '', purpose: act }
    const made = direct(accountId, act, amount)
    return act === 'hold' ? { ...made, id: holdIds[index] ?? '' } : made
  })
}

function sent(
  pool: readonly Transfer[],
  one: { index: number; isChanged: boolean; chain: number | undefined },
): Transfer {
  const transfer = pool[one.index]
  if (transfer === undefined) throw new Error(`no transfer ${one.index}`)
  const changed = one.isChanged && 'amount' in transfer ? { ...transfer, amount: transfer.amount + 1n } : transfer
  return one.chain === undefined ? changed : { ...changed, chain: one.chain }
}

type Done = { batch: Transfer[]; answers: TransferResult[]; order: bigint }

/** Applies a batch; its place among all others is drawn while it holds its accounts. */
async function applyInOrder(batch: Transfer[]): Promise<Done> {
  return db.database.transaction(async (tx) => {
    const answers = await applyTransfers(tx, batch, at)
    const [row] = await tx<{ order: bigint }[]>`select nextval('done_order') as order`
    return { batch, answers, order: row?.order ?? -1n }
  })
}

test('whatever several connections send at once, repeats included, is as if done one after the other', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 12, maxLength: 12 }),
      fc.array(batches, { minLength: 2, maxLength: 5 }),
      async (steps, connections) => {
        const accountIds = await Promise.all(openings.map(openWith))
        const pool = makePool(steps, accountIds)
        const done = await Promise.all(
          connections.map(async (own) => {
            const mine: Done[] = []
            for (const sendings of own) mine.push(await applyInOrder(sendings.map((one) => sent(pool, one))))
            return mine
          }),
        )
        const model = modelLedger(new Map(accountIds.map((id, index) => [id, openings[index] ?? 0n])))
        for (const { batch, answers } of done.flat().toSorted((a, b) => (a.order < b.order ? -1 : 1)))
          expect(answers).toEqual(model.apply(batch))
        for (const accountId of accountIds)
          expect(await readQuota(db.database.sql, { accountId, ledger: 'stamps' })).toEqual(model.quota(accountId))
      },
    ),
    { numRuns: 40, interruptAfterTimeLimit: 12_000, markInterruptAsFailure: false },
  )
  expect(await recountLedger(db.database.sql)).toMatchObject({ clean: true, faults: [] })
})

test.each([
  ['an amount of 2^63', 2n ** 63n],
  ['a sum beyond 2^63', 2n ** 63n - 1n],
  ['no amount', 0n],
])('in a lane a transfer that the database cannot take fails alone: %s', async (_, amount) => {
  const accountId = await openWith(5n)
  const lanes = openLanes<Transfer, TransferResult>({
    lanes: 2,
    batchMax: 100,
    queueMax: 100,
    keyOf: (transfer) => transfer.accountId,
    run: (items) => db.database.transaction((tx) => applyTransfers(tx, items, at)),
    failureKind,
    pauseBeforeRetry: () => Promise.resolve(false),
  })
  const batch = Array.from({ length: 9 }, (__, index) =>
    index === 4 ? direct(accountId, 'grant', amount) : direct(accountId, 'hold', 1n),
  )
  const outcomes = await Promise.allSettled(batch.map((transfer) => lanes.submit(transfer)))
  const failed = outcomes.flatMap((one, index) => (one.status === 'rejected' ? [[index, sqlState(one.reason)]] : []))
  expect(failed).toEqual([[4, amount === 0n ? '23514' : '22003']])
  expect(outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value.result] : []))).toEqual([
    ...Array(5).fill('ok'),
    ...Array(3).fill('exceeds_balance'),
  ])
})
