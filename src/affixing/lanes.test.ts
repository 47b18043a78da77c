import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { openCuttingProxy, type CuttingProxy } from '../../tests/support/cutting-proxy.ts'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { type FaultPoint, installFaultHook } from '../base/fault-points.ts'
import { newUuid } from '../base/ids.ts'
import { type Database, openDatabase, sqlState } from '../database/database.ts'
import { grantUnits, openHolder } from '../identity/accounts.ts'
import type { Caller } from '../identity/api-keys.ts'
import { readQuota } from '../ledger/balances.ts'
import { recountLedger } from '../ledger/recount.ts'
import { lockAccounts } from '../ledger/transfers.ts'
import { openAuthority } from '../signing/authority.ts'
import { openStampSigner, type StampSigner } from '../signing/stamp-signer.ts'
import { affixStamp } from './affix.ts'
import type { AffixingParts } from './affixing-parts.ts'
import { openAffixing } from './lanes.ts'
import { cancelAffixing } from './release.ts'
import { type Reserved, reserveQuota, type ReserveRequest } from './reserve.ts'

let db: TestDatabase
let folder: string
let signer: StampSigner
let proxy: CuttingProxy
/** By way of the proxy, one connection: after a fault point in a transaction, the next message is its COMMIT. */
let cuttable: Database
let caller: Caller

beforeAll(async () => {
  db = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'meterai-lanes-'))
  signer = await openStampSigner({ authority: await openAuthority(join(folder, 'authority')) })
  proxy = await openCuttingProxy(db.url)
  cuttable = openDatabase({ url: proxy.url, connectionsMax: 1 })
})
beforeEach(async () => {
  caller = await openCaller(10n)
})
afterEach(() => installFaultHook(undefined))
afterAll(async () => {
  await cuttable.close()
  await proxy.close()
  await db.drop()
  await rm(folder, { recursive: true })
})

const partsOn = (database: Database): AffixingParts =>
  openAffixing({
    database,
    signers: { specimen: signer, specimensForLiveKeys: true },
    publicUrl: 'http://localhost:8080',
    location: 'Jakarta',
    randomBytes,
  })

async function openCaller(units: bigint): Promise<Caller> {
  const accountId = await db.database.transaction(async (tx) => {
    const at = await db.database.now(tx)
    const account = await openHolder(tx, { name: `Akun ${randomBytes(4).toString('hex')}`, at })
    await grantUnits(tx, { accountId: account.accountId, id: newUuid(at), ledger: 'stamps', units, at })
    return account.accountId
  })
  return { accountId, keyKind: 'live', keyId: 'key_test' }
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')
const quota = () => readQuota(db.database.sql, { accountId: caller.accountId, ledger: 'stamps' })

/** How many connections wait for a lock. */
async function blocked(): Promise<number> {
  const rows = await db.owner.sql`
    select from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()`
  return rows.length
}

function request(source: string, change: Partial<ReserveRequest> = {}): ReserveRequest {
  return {
    caller,
    operation: 'affixing',
    key: `key-${source}`,
    fingerprint: digestOf(source),
    facts: { documentType: 'surat-pernyataan', number: '12/IV/2026', payerName: 'Toko Kopi' },
    placement: { page: 1, left: 400, bottom: 40, width: 100, height: 100, unit: 'pt' },
    sourceSha256: digestOf(source),
    sourceLength: 1000,
    pageCount: 2,
    additional: false,
    ...change,
  }
}

/** Does something once, the first time that a point is reached. */
function onceAt(point: FaultPoint, act: () => void | Promise<void>): void {
  let isDone = false
  installFaultHook(async (name) => {
    if (name !== point || isDone) return
    isDone = true
    await act()
  })
}

async function reservedIds(parts: AffixingParts, sources: readonly string[]): Promise<string[]> {
  const outcomes = await Promise.all(sources.map((source) => reserveQuota(parts, request(source))))
  return outcomes.map((outcome) => {
    if (!outcome.ok) throw new Error(outcome.refusal.code)
    return outcome.id
  })
}

/** What the account has in the database: rows of affixings, of keys, of serial numbers, of signatures. */
async function rowsOf(accountId: string): Promise<number[]> {
  const counts = await Promise.all(
    ['affixings', 'idempotency_keys', 'serials', 'signatures'].map(
      (name) => db.database.sql<{ n: number }[]>`
        select count(*)::int as n from ${db.database.sql(name)} where account_id = ${accountId}`,
    ),
  )
  return counts.map(([row]) => row?.n ?? -1)
}

const two63 = 2 ** 63

const unfit: [string, Partial<ReserveRequest>][] = [
  ['NUL in a fact', { facts: { documentType: 'surat-pernyataan', number: 'a\0b' } }],
  ['NUL in a key', { key: 'a\0b' }],
  ['a lone surrogate in a fact', { facts: { documentType: 'surat-pernyataan', number: '1', payerName: '\ud83d' } }],
  ['2^63 as a page count', { pageCount: two63 }],
]

test.each(unfit)('a reservation that the database cannot take fails alone: %s', async (_, change) => {
  const parts = partsOn(db.database)
  const requests = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((source) => request(source, source === 'd' ? change : {}))
  const outcomes = await Promise.allSettled(requests.map((one) => reserveQuota(parts, one)))
  const ids = outcomes.flatMap((one) => (one.status === 'fulfilled' && one.value.ok ? [one.value.id] : []))
  expect(new Set(ids).size).toBe(6)
  expect(outcomes[3]).toMatchObject({ status: 'rejected' })
  expect(outcomes[3]?.status === 'rejected' && sqlState(outcomes[3].reason)).toMatch(/^22/)
  expect(await quota()).toEqual({ available: 4n, reserved: 6n, spent: 0n })
  expect(await rowsOf(caller.accountId)).toEqual([6, 6, 6, 0])
})

test.each([
  ['before the server has it', 'unsent'],
  ['after the server has done it', 'unanswered'],
] as const)('a connection cut at COMMIT, %s: each reservation is there once and answered', async (_, moment) => {
  const parts = partsOn(cuttable)
  const cutsBefore = proxy.cuts()
  onceAt('affixing.reservedNotCommitted', () => proxy.cutNext(moment))
  const sources = ['a', 'b', 'c', 'd', 'e']
  const ids = await reservedIds(parts, sources)
  expect(proxy.cuts()).toBe(cutsBefore + 1)
  expect(new Set(ids).size).toBe(5)
  expect(await reservedIds(partsOn(db.database), sources)).toEqual(ids)
  expect(await quota()).toEqual({ available: 5n, reserved: 5n, spent: 0n })
  expect(await rowsOf(caller.accountId)).toEqual([5, 5, 5, 0])
})

test.each([
  ['before the server has it', 'unsent'],
  ['after the server has done it', 'unanswered'],
] as const)('a connection cut at COMMIT, %s: each signature is stored and charged once', async (_, moment) => {
  const parts = partsOn(cuttable)
  const ids = await reservedIds(parts, ['a', 'b', 'c', 'd', 'e'])
  const cutsBefore = proxy.cuts()
  onceAt('affixing.storedNotCommitted', () => proxy.cutNext(moment))
  const affix = (by: AffixingParts) =>
    Promise.all(
      ids.map((id) => affixStamp(by, { accountId: caller.accountId, id, digest: digestOf(id), actor: 'key:test' })),
    )
  const outcomes = await affix(parts)
  expect(proxy.cuts()).toBe(cutsBefore + 1)
  expect(outcomes.map((outcome) => outcome.ok && outcome.state)).toEqual(Array(5).fill('affixed'))
  // Whoever asks later gets the very bytes that were answered then.
  expect(await affix(partsOn(db.database))).toEqual(outcomes)
  expect(await quota()).toEqual({ available: 5n, reserved: 0n, spent: 5n })
  expect(await rowsOf(caller.accountId)).toEqual([5, 5, 5, 5])
})

test('a connection that the server ends at COMMIT loses nothing, and nobody hears of it', async () => {
  const parts = partsOn(cuttable)
  onceAt('affixing.reservedNotCommitted', async () => {
    const ended = await db.database.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction'`
    expect(ended).toHaveLength(1)
  })
  await reservedIds(parts, ['a', 'b', 'c'])
  expect(await quota()).toEqual({ available: 7n, reserved: 3n, spent: 0n })
  expect(await rowsOf(caller.accountId)).toEqual([3, 3, 3, 0])
})

test('a deadlock with another transaction is run again inside, and nobody hears of it', async () => {
  const [id = ''] = await reservedIds(partsOn(db.database), ['a'])
  let runs = 0
  const counted: Database = {
    ...db.database,
    transaction: (work) =>
      db.database.transaction((tx) => {
        runs++
        return work(tx)
      }),
  }
  /** Against the order of locks on purpose: the affixing first, then its account. */
  async function wrongWay(laneWaits: () => Promise<unknown>): Promise<void> {
    await counted.transaction(async (tx) => {
      await tx`select 1 from affixings where account_id = ${caller.accountId} and affixing_id = ${id} for update`
      await laneWaits()
      await lockAccounts(tx, [caller.accountId])
    })
  }
  let cancelled: Promise<unknown> | undefined
  await wrongWay(async () => {
    // Its second run meets nobody any more.
    if (cancelled !== undefined) return
    cancelled = cancelAffixing(partsOn(counted), {
      accountId: caller.accountId,
      id,
      actor: 'key:test',
      reason: 'cancelled',
    })
    // The lane holds the account and waits for the affixing.
    await vi.waitFor(async () => expect(await blocked()).toBe(1), { timeout: 10_000, interval: 20 })
  })
  expect(await cancelled).toMatchObject({ ok: true, affixing: { state: 'released' } })
  expect(runs).toBe(3)
  expect(await quota()).toEqual({ available: 10n, reserved: 0n, spent: 0n })
})

test('while another process holds the account, the batch that waits for it grows by what comes', async () => {
  const runs: number[] = []
  const parts = openAffixing({
    ...partsOn(db.database),
    observe: (lane, run) => void (lane === 'write' && runs.push(run.items)),
  })
  let next = 0
  const reserve = () => reserveQuota(parts, request(`growing ${next++}`))
  async function whileHeld(work: () => Promise<void>): Promise<void> {
    await db.database.transaction(async (tx) => {
      await lockAccounts(tx, [caller.accountId])
      await work()
    })
  }
  const asked: Promise<Reserved>[] = []
  /** Asks twice while the account is held, and more often when the batch of these waits already. */
  const askAround = (late: number) =>
    whileHeld(async () => {
      asked.push(reserve(), reserve())
      await vi.waitFor(async () => expect(await blocked()).toBe(1), { timeout: 10_000, interval: 20 })
      for (let count = 0; count < late; count++) asked.push(reserve())
      await delay(20)
    })
  await askAround(0)
  await Promise.all(asked)
  await askAround(4)
  expect((await Promise.all(asked)).map(({ ok }) => ok)).toEqual(Array(8).fill(true))
  expect(runs).toEqual([2, 6])
  expect(await quota()).toEqual({ available: 2n, reserved: 8n, spent: 0n })
})

test('after all of this the ledger is clean', async () => {
  expect(await recountLedger(db.database.sql)).toMatchObject({ clean: true, faults: [] })
})
