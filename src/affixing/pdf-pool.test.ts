import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { bombNames, bombOf } from '../../bench/fuzz/bombs.ts'
import { Random } from '../../bench/fuzz/random.ts'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { samplePdf } from '../../tests/support/pdf-samples.ts'
import { newUuid } from '../base/ids.ts'
import { openBlobs } from '../blobs/blobs.ts'
import { grantUnits, openHolder } from '../identity/accounts.ts'
import type { Caller } from '../identity/api-keys.ts'
import { readQuota } from '../ledger/balances.ts'
import { openAuthority } from '../signing/authority.ts'
import { openStampSigner } from '../signing/stamp-signer.ts'
import type { AffixingParts } from './affixing-parts.ts'
import { openAffixing } from './lanes.ts'
import { openPdfWorker, type PdfWorkerOptions } from './pdf-worker.ts'
import { openStampings, type Stampings } from './stampings.ts'

let db: TestDatabase
let folder: string
let affixing: AffixingParts
let caller: Caller

beforeAll(async () => {
  db = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'meterai-pool-'))
  const specimen = await openStampSigner({ authority: await openAuthority(join(folder, 'authority')) })
  const signers = { specimen, specimensForLiveKeys: true }
  const publicUrl = 'http://localhost:8080'
  affixing = openAffixing({ database: db.database, signers, publicUrl, location: 'Jakarta', randomBytes })
})
beforeEach(async () => {
  const accountId = await db.database.transaction(async (tx) => {
    const at = await db.database.now(tx)
    const account = await openHolder(tx, { name: `Akun ${newUuid(at)}`, at })
    await grantUnits(tx, { accountId: account.accountId, id: newUuid(at), ledger: 'stamps', units: 50n, at })
    return account.accountId
  })
  caller = { accountId, keyKind: 'live', keyId: 'key_test' }
})
afterAll(async () => {
  await db.drop()
  await rm(folder, { recursive: true })
})

async function stampings(options: PdfWorkerOptions = {}): Promise<Stampings> {
  const worker = openPdfWorker({ processes: 2, ...options })
  onTestFinished(() => worker.close())
  return openStampings({ affixing, blobs: await openBlobs(join(folder, 'blobs')), worker, waitMilliseconds: 120_000 })
}

/** Uploads a file; `stamped`, or the code of its refusal. */
async function upload(to: Stampings, bytes: Uint8Array): Promise<string> {
  const path = to.blobs.temporaryPath()
  await writeFile(path, bytes)
  const outcome = await to.stamp({
    caller,
    key: randomUUID(),
    facts: { documentType: 'surat-perjanjian', number: '1' },
    placement: { page: 'last', left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' },
    additional: false,
    upload: { path, sha256: createHash('sha256').update(bytes).digest('hex'), length: bytes.length },
  })
  if (!outcome.ok) return outcome.refusal.code
  return outcome.state === 'affixed' ? 'stamped' : outcome.state
}
const good = () => samplePdf({ trailer: `/Nama (${randomUUID()})` })
const poison = (mark: string) => samplePdf({ trailer: `/Nama (${randomUUID()} ${mark})` })
const quota = () => readQuota(db.database.sql, { accountId: caller.accountId, ledger: 'stamps' })

const poisonable = fileURLToPath(new URL('../../tests/support/poisonable-pdf-process.ts', import.meta.url))

test('files that hang, crash or fill their process end it alone: every good file beside them is stamped, their quota is back', async () => {
  const to = await stampings({ processPath: poisonable, timeoutMilliseconds: 6_000 })
  const bad = ['poison:loop', 'poison:crash', 'poison:heap', 'poison:loop later', 'poison:crash later'].map(poison)
  const files = Array.from({ length: 10 }, good).flatMap((file, index) => [file, ...bad.slice(index, index + 1)])
  const outcomes = await Promise.all(files.map((file) => upload(to, file)))
  const wanted = files.map((file) => (bad.includes(file) ? 'too_complex' : 'stamped'))
  expect(outcomes).toEqual(wanted)
  expect(await quota()).toEqual({ available: 40n, reserved: 0n, spent: 10n })
  const rows = await db.database.sql<{ release_reason: string }[]>`
    select release_reason from affixings where account_id = ${caller.accountId} and state = 'released'`
  expect(rows.map((row) => row.release_reason)).toEqual(['refused', 'refused'])
}, 120_000)

test('bombs beside good files: each bomb gets its answer, and all good files are stamped', async () => {
  const to = await stampings()
  const bombs = bombNames.slice(0, 4).map((name, index) => bombOf(name, new Random(index, 0)))
  const files = bombs.flatMap((bomb) => [good(), bomb])
  const outcomes = await Promise.all(files.map((file) => upload(to, file)))
  expect(outcomes.filter((_, index) => index % 2 === 0)).toEqual(bombs.map(() => 'stamped'))
  const stamped = outcomes.filter((outcome) => outcome === 'stamped').length
  expect(await quota()).toEqual({ available: BigInt(50 - stamped), reserved: 0n, spent: BigInt(stamped) })
}, 180_000)

test('a file that hangs keeps nobody waiting while another process is free', async () => {
  const to = await stampings({ processPath: poisonable, timeoutMilliseconds: 60_000 })
  const hanging = upload(to, poison('poison:loop'))
  const first = await Promise.race([hanging, upload(to, good())])
  const second = await Promise.race([hanging, upload(to, good())])
  expect([first, second]).toEqual(['stamped', 'stamped'])
}, 90_000)

test('a process that dies while it has nothing to do is replaced, and no file is blamed', async () => {
  const to = await stampings({ processes: 1 })
  expect(await upload(to, good())).toBe('stamped')
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
  for (const pid of children.trim().split(' ')) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (command.includes('pdf-process')) process.kill(Number(pid), 'SIGKILL')
  }
  expect(await upload(to, good())).toBe('stamped')
}, 90_000)

test('where no process comes up, files are refused as too many, not as bad', async () => {
  const none = join(folder, 'none.mts')
  await writeFile(none, 'process.exit(1)')
  expect(await upload(await stampings({ processPath: none }), good())).toBe('overloaded')
  expect(await quota()).toEqual({ available: 50n, reserved: 0n, spent: 0n })
}, 90_000)
