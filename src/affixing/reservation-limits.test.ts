import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid, parsePublicId } from '../base/ids.ts'
import { grantUnits, openHolder } from '../identity/accounts.ts'
import { changeKey, findKeys } from '../identity/account-keys.ts'
import { findCallers, keyHashOf, makeApiKey, storeApiKey, type Caller } from '../identity/api-keys.ts'
import { readQuota } from '../ledger/balances.ts'
import { recountLedger } from '../ledger/recount.ts'
import { openAuthority } from '../signing/authority.ts'
import { openStampSigner, type StampSigner } from '../signing/stamp-signer.ts'
import { TimestampUnavailable } from '../signing/timestamp-source.ts'
import { affixStamp } from './affix.ts'
import type { AffixingGiven, AffixingParts } from './affixing-parts.ts'
import { openAffixing } from './lanes.ts'
import { cancelAffixing } from './release.ts'
import type { ReservationLimits } from './reservation-limits.ts'
import { reserveQuota, type ReserveRequest } from './reserve.ts'
import { sweepOverdue } from './sweep.ts'

let db: TestDatabase
let folder: string
let signer: StampSigner
let given: AffixingGiven
let caller: Caller

beforeAll(async () => {
  db = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'meterai-limits-'))
  signer = await openStampSigner({ authority: await openAuthority(join(folder, 'authority')) })
  const signers = { specimen: signer, specimensForLiveKeys: true }
  given = { database: db.database, signers, publicUrl: 'http://localhost:8080', location: 'Jakarta', randomBytes }
})
beforeEach(async () => {
  caller = await openCaller()
})
afterAll(async () => {
  await db.drop()
  await rm(folder, { recursive: true })
})

const generous: ReservationLimits = { openMax: 1_000, releasesPerHourMax: 1_000 }
const under = (limits: Partial<ReservationLimits>): AffixingParts =>
  openAffixing({ ...given, limits: { ...generous, ...limits } })

async function addKey(accountId: string): Promise<Caller> {
  const key = makeApiKey('live')
  await db.database.transaction(async (tx) =>
    storeApiKey(tx, { key, accountId, kind: 'live', label: 'test', at: await db.database.now(tx) }),
  )
  return callerOf(key)
}

async function callerOf(key: string): Promise<Caller> {
  const hash = keyHashOf(`Bearer ${key}`)
  const [found] = hash === undefined ? [] : (await findCallers(db.database.sql, [hash])).values()
  if (found === undefined) throw new Error('no caller')
  return found
}

async function openCaller(): Promise<Caller> {
  const accountId = await db.database.transaction(async (tx) => {
    const at = await db.database.now(tx)
    const account = await openHolder(tx, { name: `Akun ${newUuid(at)}`, at })
    await grantUnits(tx, { accountId: account.accountId, id: newUuid(at), ledger: 'stamps', units: 100n, at })
    return account.accountId
  })
  return addKey(accountId)
}

/** A caller by the same key under limits of its own. */
async function limited(limits: { dailyLimit?: number; openLimit?: number }): Promise<Caller> {
  const { accountId } = caller
  const key = makeApiKey('live')
  await db.database.transaction(async (tx) =>
    storeApiKey(tx, { key, accountId, kind: 'live', label: 'limited', limits, at: await db.database.now(tx) }),
  )
  return callerOf(key)
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')
let sources = 0

function request(by: Caller = caller, change: Partial<ReserveRequest> = {}): ReserveRequest {
  const source = `source ${sources++}`
  return {
    caller: by,
    operation: 'affixing',
    key: `key ${source}`,
    fingerprint: digestOf(source),
    facts: { documentType: 'surat-pernyataan', number: '1' },
    placement: { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' },
    sourceSha256: digestOf(source),
    sourceLength: 1000,
    pageCount: 1,
    additional: false,
    ...change,
  }
}

/** Reserves so many at once; how many were reserved and what the others heard. */
async function reserve(parts: AffixingParts, count: number, by: Caller = caller) {
  const outcomes = await Promise.all(Array.from({ length: count }, () => reserveQuota(parts, request(by))))
  const ids = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.id] : []))
  const refusals = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.refusal]))
  return { ids, refusals, codes: refusals.map(({ code }) => code) }
}
const cancel = (parts: AffixingParts, id: string, reason: 'cancelled' | 'refused' = 'cancelled') =>
  cancelAffixing(parts, { accountId: caller.accountId, id, actor: 'key:test', reason })
const affix = (parts: AffixingParts, id: string) =>
  affixStamp(parts, { accountId: caller.accountId, id, digest: digestOf(id), actor: 'key:test' })
const quota = () => readQuota(db.database.sql, { accountId: caller.accountId, ledger: 'stamps' })
const only = (ids: readonly string[]) => ids[0] ?? ''
const untilNext = async (periodSeconds: number, shiftSeconds = 0) => {
  const seconds = (await db.database.now()).getTime() / 1000 + shiftSeconds
  await db.advance(periodSeconds - (seconds % periodSeconds) + 1)
}

test('beyond its open reservations an account hears how many there are and may be, and nothing is held for it', async () => {
  const parts = under({ openMax: 3 })
  const { ids, refusals } = await reserve(parts, 5)
  expect(ids).toHaveLength(3)
  expect(refusals).toEqual(
    Array.from({ length: 2 }, () => ({ code: 'too_many_open', values: { open: 3, limit: 3, seconds: 30 } })),
  )
  expect(await quota()).toEqual({ available: 97n, reserved: 3n, spent: 0n })
  const [row] = await db.database.sql<{ keys: number; serials: number }[]>`
    select (select count(*)::int from idempotency_keys where account_id = ${caller.accountId}) as keys,
      (select count(*)::int from serials where account_id = ${caller.accountId}) as serials`
  expect(row).toEqual({ keys: 3, serials: 3 })
})

test('a stamp that is affixed, and one that is cancelled, each make room for another', async () => {
  const parts = under({ openMax: 2 })
  const { ids } = await reserve(parts, 2)
  const [first = '', second = ''] = ids
  await affix(parts, first)
  await cancel(parts, second)
  expect((await reserve(parts, 3)).codes).toEqual(['too_many_open'])
})

test('at the limit a repeat gets its stored answer, and other accounts are not touched', async () => {
  const parts = under({ openMax: 1 })
  const first = request()
  const reserved = await reserveQuota(parts, first)
  expect(reserved).toMatchObject({ ok: true, repeated: false })
  expect(await reserveQuota(parts, first)).toEqual({ ok: true, id: 'id' in reserved && reserved.id, repeated: true })
  const other = await openCaller()
  expect((await reserve(parts, 1, other)).codes).toEqual([])
})

test('requests of one batch that take turns count together', async () => {
  const parts = under({ openMax: 2 })
  const sourceSha256 = digestOf('one document')
  const outcomes = await Promise.all(
    Array.from({ length: 4 }, () => reserveQuota(parts, request(caller, { sourceSha256, additional: true }))),
  )
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(2)
})

test('two processes at once never let an account or a key beyond its limits', async () => {
  const key = await limited({ dailyLimit: 7, openLimit: 9 })
  const processes = [under({ openMax: 20 }), under({ openMax: 20 })]
  const outcomes = await Promise.all(
    processes.flatMap((parts) => [reserve(parts, 20, key), reserve(parts, 20), reserve(parts, 20, key)]),
  )
  const byKey = outcomes.filter((_, index) => index % 3 !== 1).flatMap(({ ids }) => ids)
  expect(byKey.length).toBeLessThanOrEqual(7)
  expect(outcomes.flatMap(({ ids }) => ids)).toHaveLength(20)
  expect(await quota()).toMatchObject({ reserved: 20n })
})

test('reservations cancelled or left alone count against the hour, and the next hour begins anew', async () => {
  await untilNext(3600)
  const parts = under({ releasesPerHourMax: 2 })
  await cancel(parts, only((await reserve(parts, 1)).ids))
  await reserve(parts, 1)
  await db.advance(16 * 60)
  await sweepOverdue(parts)
  const { refusals } = await reserve(parts, 1)
  expect(refusals).toMatchObject([{ code: 'too_many_releases', values: { releases: 2, limit: 2 } }])
  expect(Number(refusals[0]?.values?.['seconds'])).toBeGreaterThan(40 * 60)
  await untilNext(3600)
  expect((await reserve(parts, 1)).codes).toEqual([])
})

test('what the server refused, and what waited in vain for our timestamp, counts against nobody', async () => {
  const parts = under({ releasesPerHourMax: 1 })
  const silent = { ...signer, sign: () => Promise.reject(new TimestampUnavailable('none')) }
  const without = openAffixing({ ...given, signers: { ...given.signers, specimen: silent } })
  const { ids } = await reserve(parts, 3)
  const [refused = '', cancelled = '', expired = ''] = ids
  await cancel(parts, refused, 'refused')
  for (const id of [cancelled, expired]) await affix(without, id)
  await cancel(parts, cancelled)
  await db.advance(25 * 3600)
  await sweepOverdue(parts)
  expect(await quota()).toEqual({ available: 100n, reserved: 0n, spent: 0n })
  expect((await reserve(parts, 1)).codes).toEqual([])
})

test('a key with a daily limit is refused beyond it until midnight in Jakarta; other keys of the account go on', async () => {
  await untilNext(24 * 3600, 7 * 3600)
  const parts = under({})
  const key = await limited({ dailyLimit: 3 })
  const first = await reserve(parts, 2, key)
  for (const id of first.ids) await affix(parts, id)
  const { ids, refusals } = await reserve(parts, 2, key)
  expect(ids).toHaveLength(1)
  expect(refusals).toMatchObject([{ code: 'key_limit_reached', values: { used: 3, limit: 3, keyId: key.keyId } }])
  expect(Number(refusals[0]?.values?.['seconds'])).toBeGreaterThan(23 * 3600)
  expect((await reserve(parts, 1)).codes).toEqual([])
  await untilNext(24 * 3600, 7 * 3600)
  expect((await reserve(parts, 4, key)).codes).toEqual(['key_limit_reached'])
})

test("a stamp that is released goes back to its key's day, whoever released it", async () => {
  const parts = under({})
  const key = await limited({ dailyLimit: 2 })
  const { ids } = await reserve(parts, 2, key)
  const [first = '', second = ''] = ids
  await cancel(parts, first)
  await cancel(parts, second, 'refused')
  expect((await reserve(parts, 3, key)).codes).toEqual(['key_limit_reached'])
})

test('a key may have only so many open at once: affixing and releasing make room', async () => {
  const parts = under({})
  const key = await limited({ openLimit: 2 })
  const { ids, refusals } = await reserve(parts, 3, key)
  expect(refusals).toMatchObject([{ code: 'too_many_open', values: { open: 2, limit: 2, keyId: key.keyId } }])
  const [first = '', second = ''] = ids
  await affix(parts, first)
  expect((await reserve(parts, 2, key)).codes).toEqual(['too_many_open'])
  await cancel(parts, second)
  expect((await reserve(parts, 2, key)).codes).toEqual(['too_many_open'])
  const [row] = await db.database.sql<{ holds: number }[]>`
    select count(*)::int as holds from key_holds where account_id = ${caller.accountId}`
  expect(row?.holds).toBe(2)
})

test("nobody sets the limits of another account's key", async () => {
  const other = await openCaller()
  const keyId = parsePublicId('key', other.keyId) ?? ''
  const wanted = { accountId: caller.accountId, id: keyId }
  expect(await changeKey(db.database.sql, wanted, { dailyLimit: 1 })).toBeUndefined()
  expect((await findKeys(db.database.sql, { ...wanted, accountId: other.accountId }))[0]?.limits).toEqual({})
})

test('after all of this the ledger is clean', async () => {
  expect(await recountLedger(db.database.sql)).toMatchObject({ clean: true, faults: [] })
})
