import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid } from '../base/ids.ts'
import type { Tx } from '../database/database.ts'
import type { ReserveRequest } from './reserve.ts'
import { takeAuthorizations } from './reserve-authorized.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

const now = new Date('2026-11-27T08:00:00Z')
const turn = { now, isConfirmed: () => false }

function request(change: Partial<ReserveRequest> = {}): ReserveRequest {
  return {
    caller: { accountId: randomUUID(), keyKind: 'live', keyId: 'key_x' },
    operation: 'affixing',
    key: 'k',
    fingerprint: '',
    facts: { documentType: 'surat-pernyataan', number: '0' },
    placement: { page: 1, left: 0, bottom: 0, width: 100, height: 100, unit: 'pt' },
    sourceSha256: 'ab'.repeat(32),
    sourceLength: 1,
    pageCount: 1,
    additional: false,
    ...change,
  }
}

function bySession(change: Partial<ReserveRequest> = {}): ReserveRequest {
  const plain = request(change)
  const person = { personId: randomUUID(), sessionId: newUuid(now), role: 'owner' } as const
  return { ...plain, caller: { ...plain.caller, keyId: 'per_x', person } }
}

/** Runs in a transaction whose statements are counted. */
async function counting<T>(work: (tx: Tx) => Promise<T>): Promise<{ answer: T; statements: number }> {
  let statements = 0
  const answer = await db.database.transaction((tx) =>
    work(
      new Proxy(tx, {
        apply(target, self, given) {
          statements++
          return Reflect.apply(target, self, given)
        },
      }),
    ),
  )
  return { answer, statements }
}

test('a batch of API keys asks the database nothing more, whatever they send along', async () => {
  const requests = [request(), request({ authorization: `ma_${'x'.repeat(43)}` }), bySession({ confirmed: true })]
  const { answer, statements } = await counting(async (tx) => {
    const taken = await takeAuthorizations(tx, requests, turn)
    await taken.keepFor(
      tx,
      requests.slice(0, 1).map((kept) => ({ request: kept, id: randomUUID() })),
    )
    return requests.map((one) => taken.refusalOf(one))
  })
  expect(answer).toEqual([undefined, undefined, undefined])
  expect(statements).toBe(0)
})

test('sessions of one batch share one statement, and those without an authorization are told apart from bad ones', async () => {
  const sessions = Array.from({ length: 20 }, () => bySession({ authorization: `ma_${'x'.repeat(43)}` }))
  const without = bySession()
  const { answer, statements } = await counting(async (tx) => {
    const taken = await takeAuthorizations(tx, [...sessions, without], turn)
    return [...sessions, without].map((one) => taken.refusalOf(one)?.code)
  })
  expect(answer).toEqual([...sessions.map(() => 'authorization_unusable'), 'authorization_missing'])
  expect(statements).toBe(1)
})

test('what a confirmed batch names spends nothing, also where it brings an authorization', async () => {
  const named = bySession({ batchItemId: randomUUID(), authorization: `ma_${'x'.repeat(43)}` })
  const other = bySession()
  const { answer, statements } = await counting(async (tx) => {
    const confirmed = { now, isConfirmed: (one: ReserveRequest) => one === named }
    const taken = await takeAuthorizations(tx, [named, other], confirmed)
    return [named, other].map((one) => taken.refusalOf(one)?.code)
  })
  expect(answer).toEqual([undefined, 'authorization_missing'])
  expect(statements).toBe(0)
})
