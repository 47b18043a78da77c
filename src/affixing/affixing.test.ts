import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid } from '../base/ids.ts'
import { transactionsAhead } from '../database/ahead.ts'
import { grantUnits, openHolder } from '../identity/accounts.ts'
import type { Caller } from '../identity/api-keys.ts'
import { readQuota } from '../ledger/balances.ts'
import { recountLedger } from '../ledger/recount.ts'
import { openAuthority } from '../signing/authority.ts'
import { openStampSigner, type StampSigner } from '../signing/stamp-signer.ts'
import { TimestampUnavailable } from '../signing/timestamp-source.ts'
import { affixStamp, finishWaiting } from './affix.ts'
import type { AffixingParts } from './affixing-parts.ts'
import { findAffixing, listAffixings } from './affixing.ts'
import { openAffixing } from './lanes.ts'
import { cancelAffixing } from './release.ts'
import { reserveQuota, type ReserveRequest } from './reserve.ts'
import { clockGuard, sweepOverdue } from './sweep.ts'
import { writeBatch } from './write-batch.ts'

let db: TestDatabase
let folder: string
let signer: StampSigner
let parts: AffixingParts
let caller: Caller

beforeAll(async () => {
  db = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'meterai-affixing-'))
  signer = await openStampSigner({ authority: await openAuthority(join(folder, 'authority')) })
})
beforeEach(async () => {
  parts = openAffixing({
    database: db.database,
    signers: { specimen: signer, specimensForLiveKeys: true },
    publicUrl: 'http://localhost:8080',
    location: 'Jakarta',
    randomBytes,
  })
  caller = await openCaller(3n)
})
afterAll(async () => {
  await db.drop()
  await rm(folder, { recursive: true })
})

async function openCaller(units: bigint): Promise<Caller> {
  const accountId = await db.database.transaction(async (tx) => {
    const at = await db.database.now(tx)
    const account = await openHolder(tx, { name: `Akun ${randomBytes(4).toString('hex')}`, at })
    if (units > 0n) await grantUnits(tx, { accountId: account.accountId, id: newUuid(at), ledger: 'stamps', units, at })
    return account.accountId
  })
  return { accountId, keyKind: 'live', keyId: 'key_test' }
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')

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

async function reserved(source: string): Promise<string> {
  const outcome = await reserveQuota(parts, request(source))
  if (!outcome.ok) throw new Error(outcome.refusal.code)
  return outcome.id
}
const affix = (id: string, digest: string, by = parts) =>
  affixStamp(by, { accountId: caller.accountId, id, digest: digestOf(digest), actor: 'key:test' })
const quota = () => readQuota(db.database.sql, { accountId: caller.accountId, ledger: 'stamps' })
const refusalOf = (outcome: { ok: true } | { ok: false; refusal: { code: string } }) =>
  outcome.ok ? 'ok' : outcome.refusal.code

test('a reservation holds one unit and has a serial number and a whole recipe', async () => {
  const id = await reserved('perjanjian')
  const found = await findAffixing(db.database.sql, { accountId: caller.accountId, id })
  expect(found?.affixing).toMatchObject({ state: 'reserved', pageCount: 2, facts: { payerName: 'Toko Kopi' } })
  expect(found?.affixing.recipe).toMatchObject({
    format: 1,
    sourceSha256: digestOf('perjanjian'),
    specimen: true,
    signerKeyId: signer.signerKeyId,
    reason: `[${found?.affixing.serial}] Surat Pernyataan`,
    checkUrl: `http://localhost:8080/cek/${found?.affixing.serial}`,
  })
  expect(found?.affixing.serial).toMatch(/^SPESIMEN[0-9A-Z]{14}$/)
  expect(await quota()).toEqual({ available: 2n, reserved: 1n, spent: 0n })
})

test('a signature is stored with its charge and read back byte for byte', async () => {
  const id = await reserved('perjanjian')
  const first = await affix(id, 'prepared')
  const again = await affix(id, 'prepared')
  if (!first.ok || first.state !== 'affixed' || !again.ok || again.state !== 'affixed') throw new Error('not affixed')
  expect(Buffer.from(again.signed.signature.cms).equals(first.signed.signature.cms)).toBe(true)
  expect(again.signed.signature.validation).toEqual(first.signed.signature.validation)
  const plain = Object.values(first.signed.signature.validation).map((list) => list.map((der) => new Uint8Array(der)))
  expect(plain).toEqual(Object.values(await signer.validation()))
  expect(await quota()).toEqual({ available: 2n, reserved: 0n, spent: 1n })
})

test('what signatures share is stored once: one has some 300 bytes for itself', async () => {
  const id = await reserved('perjanjian')
  const later = await reserved('kwitansi')
  await affix(id, 'prepared')
  await affix(later, 'also prepared')
  const [row] = await db.database.sql<{ size: number; cuts: number }[]>`
    select octet_length(s.packed) as size, cardinality(f.cut_hashes) as cuts
    from signatures s join signature_forms f using (form_id) where s.affixing_id = ${later}`
  expect(row?.cuts).toBeGreaterThanOrEqual(2)
  expect(row?.size).toBeLessThan(400)
})

test('a reservation is answered as its row has it', async () => {
  const outcome = await reserveQuota(parts, request('perjanjian'))
  if (!outcome.ok || outcome.repeated) throw new Error('not reserved')
  const wanted = { accountId: caller.accountId, id: outcome.id }
  expect(outcome.affixing).toEqual((await findAffixing(db.database.sql, wanted))?.affixing)
  expect(parts.lanes.reserved(wanted)).toEqual(outcome.affixing)
  expect(parts.lanes.reserved({ ...wanted, accountId: newUuid(new Date()) })).toBeUndefined()
})

test('what another process did to a reservation counts, not what this one remembers of it', async () => {
  const another = openAffixing(parts)
  const released = await reserved('dilepas')
  await cancelAffixing(another, { accountId: caller.accountId, id: released, actor: 'key:test', reason: 'cancelled' })
  expect(refusalOf(await affix(released, 'prepared'))).toBe('affixing_released')
  const signed = await reserved('ditandatangani')
  const theirs = await affix(signed, 'one', another)
  expect(refusalOf(await affix(signed, 'two'))).toBe('digest_differs')
  expect(await affix(signed, 'one')).toEqual(theirs)
  expect(await quota()).toEqual({ available: 2n, reserved: 0n, spent: 1n })
})

test('another digest is refused and the first signature stands', async () => {
  const id = await reserved('perjanjian')
  await affix(id, 'prepared')
  expect(refusalOf(await affix(id, 'tampered'))).toBe('digest_differs')
  expect(await quota()).toMatchObject({ spent: 1n })
})

test('twenty signatures at once for one reservation store one and answer the same bytes', async () => {
  const id = await reserved('perjanjian')
  const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => affix(id, i % 2 === 0 ? 'one' : 'two')))
  const won = outcomes.flatMap((outcome) => (outcome.ok && outcome.state === 'affixed' ? [outcome.signed] : []))
  expect(new Set(outcomes.map(refusalOf))).toEqual(new Set(['ok', 'digest_differs']))
  expect(won).toHaveLength(10)
  expect(new Set(won.map(({ signature }) => Buffer.from(signature.cms).toString('hex'))).size).toBe(1)
  expect(await quota()).toEqual({ available: 2n, reserved: 0n, spent: 1n })
})

test('the fourth stamp on a quota of three is refused, leaves nothing, and the same key works after a grant', async () => {
  for (const source of ['a', 'b', 'c']) await affix(await reserved(source), source)
  const fourth = await reserveQuota(parts, request('d'))
  expect(fourth).toEqual({ ok: false, refusal: { code: 'quota_empty', values: { available: 0 } } })
  expect(await listAffixings(db.database.sql, { accountId: caller.accountId, limit: 10 })).toHaveLength(3)
  await db.database.transaction(async (tx) => {
    const at = await db.database.now(tx)
    await grantUnits(tx, { accountId: caller.accountId, id: newUuid(at), ledger: 'stamps', units: 1n, at })
  })
  expect(refusalOf(await reserveQuota(parts, request('d')))).toBe('ok')
})

test('the same key with the same content gives the same affixing, with other content a refusal', async () => {
  const id = await reserved('a')
  expect(await reserveQuota(parts, request('a'))).toEqual({ ok: true, id, repeated: true })
  expect(refusalOf(await reserveQuota(parts, request('a', { fingerprint: digestOf('other') })))).toBe('key_reused')
  expect(await quota()).toMatchObject({ reserved: 1n })
})

test('the same document under another key is already reserved, then already stamped, unless another stamp is meant', async () => {
  const id = await reserved('a')
  const second = { key: 'second' }
  expect(await reserveQuota(parts, request('a', second))).toMatchObject({ refusal: { code: 'already_reserved' } })
  await affix(id, 'a')
  expect(await reserveQuota(parts, request('a', second))).toMatchObject({ refusal: { code: 'already_stamped' } })
  expect(refusalOf(await reserveQuota(parts, request('a', { ...second, additional: true })))).toBe('ok')
  expect(await quota()).toEqual({ available: 1n, reserved: 1n, spent: 1n })
})

const reserveTogether = async (requests: ReserveRequest[]) => {
  const operations = requests.map((one) => ({
    kind: 'reserve' as const,
    accountId: one.caller.accountId,
    request: one,
  }))
  const ahead = transactionsAhead(parts.database, 1_000)
  const alone = { ...parts, ahead, formIds: new Map(), contended: false, moreWaits: () => false }
  const answers = await writeBatch(alone, operations, () => [])
  return answers.flatMap((answer) => (typeof answer === 'string' ? [] : [answer]))
}

test('one batch settles requests that answer each other in their order', async () => {
  const other = await openCaller(0n)
  const outcomes = await reserveTogether([
    request('a'),
    request('a'),
    request('a', { key: 'second' }),
    request('b', { caller: other }),
    request('b'),
    request('c'),
    request('d'),
  ])
  expect(outcomes.map(refusalOf)).toEqual(['ok', 'ok', 'already_reserved', 'quota_empty', 'ok', 'ok', 'quota_empty'])
  expect(outcomes[1]).toMatchObject({ repeated: true })
})

test('a cancelled reservation gives its quota back, says why, and cannot be signed', async () => {
  const id = await reserved('a')
  const cancel = () =>
    cancelAffixing(parts, { accountId: caller.accountId, id, actor: 'key:test', reason: 'cancelled' })
  expect(await cancel()).toMatchObject({ ok: true, affixing: { state: 'released', releaseReason: 'cancelled' } })
  expect(await cancel()).toMatchObject({ ok: true })
  expect(await affix(id, 'a')).toMatchObject({
    refusal: { code: 'affixing_released', values: { reason: 'cancelled' } },
  })
  expect(await reserveQuota(parts, request('a'))).toMatchObject({ refusal: { code: 'affixing_released' } })
  expect(refusalOf(await reserveQuota(parts, request('a', { key: 'new' })))).toBe('ok')
  expect(await quota()).toEqual({ available: 2n, reserved: 1n, spent: 0n })
})

test('an affixed stamp cannot be cancelled', async () => {
  const id = await reserved('a')
  await affix(id, 'a')
  const outcome = await cancelAffixing(parts, {
    accountId: caller.accountId,
    id,
    actor: 'key:test',
    reason: 'cancelled',
  })
  expect(refusalOf(outcome)).toBe('affixing_affixed')
  expect(await quota()).toMatchObject({ spent: 1n })
})

test('cancelling and signing at once have one winner', async () => {
  for (let round = 0; round < 10; round++) {
    const id = await reserved(`race ${round}`)
    const [signed, cancelled] = await Promise.all([
      affix(id, 'a'),
      cancelAffixing(parts, { accountId: caller.accountId, id, actor: 'key:test', reason: 'cancelled' }),
    ])
    expect([refusalOf(signed), refusalOf(cancelled)].filter((code) => code === 'ok')).toHaveLength(1)
    const { available, reserved: held, spent } = await quota()
    expect(available + held + spent).toBe(3n)
    if (spent === 3n) return
  }
})

test("another account's affixing is not there, to read, to sign or to cancel", async () => {
  const id = await reserved('a')
  const stranger = await openCaller(1n)
  const wanted = { accountId: stranger.accountId, id }
  expect(await findAffixing(db.database.sql, wanted)).toBeUndefined()
  expect(refusalOf(await affixStamp(parts, { ...wanted, digest: digestOf('a'), actor: 'key:x' }))).toBe('not_found')
  expect(refusalOf(await cancelAffixing(parts, { ...wanted, actor: 'key:x', reason: 'cancelled' }))).toBe('not_found')
})

test('a reservation nobody comes back for is swept after its time, and only then', async () => {
  const id = await reserved('a')
  await db.advance(14 * 60)
  await sweepOverdue(parts)
  expect(await quota()).toMatchObject({ reserved: 1n })
  await db.advance(2 * 60)
  await Promise.all([sweepOverdue(parts), sweepOverdue(parts)])
  const found = await findAffixing(db.database.sql, { accountId: caller.accountId, id })
  expect(found?.affixing).toMatchObject({ state: 'released', releaseReason: 'expired' })
  expect(await quota()).toEqual({ available: 3n, reserved: 0n, spent: 0n })
})

test('an overdue reservation that is not swept yet still takes its signature', async () => {
  const id = await reserved('a')
  await db.advance(16 * 60)
  expect(refusalOf(await affix(id, 'a'))).toBe('ok')
  await sweepOverdue(parts)
  expect(await quota()).toMatchObject({ spent: 1n })
})

test('without a timestamp the digest is bound, nothing is charged, and the server finishes when the time comes', async () => {
  const id = await reserved('a')
  const silent = { ...signer, sign: () => Promise.reject(new TimestampUnavailable('no timestamp')) }
  const without = openAffixing({ ...parts, signers: { ...parts.signers, specimen: silent } })
  expect(await affix(id, 'a', without)).toMatchObject({ ok: true, state: 'waiting' })
  expect(refusalOf(await affix(id, 'b', without))).toBe('digest_differs')
  expect(await quota()).toEqual({ available: 2n, reserved: 1n, spent: 0n })
  await db.advance(60 * 60)
  await sweepOverdue(parts)
  expect(await quota()).toEqual({ available: 2n, reserved: 1n, spent: 0n })
  expect(await finishWaiting(without, 10)).toBe(0)
  await db.advance(60)
  expect(await finishWaiting(parts, 10)).toBe(1)
  expect(await affix(id, 'a')).toMatchObject({ ok: true, state: 'affixed' })
  expect(await quota()).toEqual({ available: 2n, reserved: 0n, spent: 1n })
})

test('after an outage all that waits is finished in one go, and while it lasts one affixing asks for all', async () => {
  let asked = 0
  const counting = { ...signer, sign: () => (asked++, Promise.reject(new TimestampUnavailable('no timestamp'))) }
  const without = openAffixing({ ...parts, signers: { ...parts.signers, specimen: counting } })
  for (const name of ['a', 'b', 'c']) await affix(await reserved(name), name, without)
  await db.advance(60)
  asked = 0
  expect(await finishWaiting(without, 2)).toBe(0)
  expect(asked).toBe(1)
  await db.advance(60)
  expect(await finishWaiting(parts, 2)).toBe(3)
  expect(await quota()).toEqual({ available: 0n, reserved: 0n, spent: 3n })
})

test('a signature that outgrows its recipe gives the quota back and the next recipe has room', async () => {
  const large = { ...signer, contentsBytes: 1024 }
  const small = openAffixing({ ...parts, signers: { ...parts.signers, specimen: large } })
  const first = await reserveQuota(small, request('a'))
  if (!first.ok) throw new Error(first.refusal.code)
  expect(refusalOf(await affix(first.id, 'a', small))).toBe('signature_too_large')
  expect(await quota()).toMatchObject({ available: 3n, reserved: 0n })
  const second = await reserveQuota(small, request('a', { key: 'again' }))
  if (!second.ok) throw new Error(second.refusal.code)
  expect(refusalOf(await affix(second.id, 'a', small))).toBe('ok')
})

test('a test key spends specimens of its own account, which fill up again when empty', async () => {
  const accountId = await db.database.sql<
    { account_id: string }[]
  >`select account_id from account_holders where twin_of = ${caller.accountId}`
  const twin: Caller = { accountId: accountId[0]?.account_id ?? '', keyKind: 'test', keyId: 'key_twin' }
  const specimens = () => readQuota(db.database.sql, { accountId: twin.accountId, ledger: 'specimens' })
  const requests = Array.from({ length: 1_001 }, (_, i) => request(`t${i}`, { caller: twin }))
  const outcomes = await reserveTogether(requests)
  expect(new Set(outcomes.map(refusalOf))).toEqual(new Set(['ok']))
  expect(await specimens()).toEqual({ available: 999n, reserved: 1_001n, spent: 0n })
  expect(await quota()).toEqual({ available: 3n, reserved: 0n, spent: 0n })
})

test('a live key without an issuer is refused outside demo mode', async () => {
  const production = openAffixing({ ...parts, signers: { specimen: signer, specimensForLiveKeys: false } })
  expect(refusalOf(await reserveQuota(production, request('a')))).toBe('issuer_not_configured')
})

test('nothing expires for two minutes after the wall clock jumps, then the new time counts', () => {
  let wall = 0
  let monotonic = 0
  const mayExpire = clockGuard(
    () => wall,
    () => monotonic,
  )
  const pass = (seconds: number) => {
    wall += seconds * 1000
    monotonic += seconds * 1000
  }
  expect(mayExpire()).toBe(true)
  pass(5)
  expect(mayExpire()).toBe(true)
  wall += 3_600_000
  expect(mayExpire()).toBe(false)
  pass(119)
  expect(mayExpire()).toBe(false)
  pass(2)
  expect(mayExpire()).toBe(true)
})

test('after all of this the ledger is clean', async () => {
  expect(await recountLedger(db.database.sql)).toMatchObject({ clean: true, faults: [] })
})
