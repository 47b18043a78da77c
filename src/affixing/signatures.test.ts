import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid } from '../base/ids.ts'
import { arrayOid } from '../database/array-types.ts'
import { openAuthority } from '../signing/authority.ts'
import { openStampSigner } from '../signing/stamp-signer.ts'
import type { StoredSignature } from './affixing.ts'
import { readSignatures, storeSignatures } from './signatures.ts'

let db: TestDatabase
let folder: string
beforeAll(async () => {
  db = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'meterai-signatures-'))
})
afterAll(async () => {
  await db.drop()
  await rm(folder, { recursive: true })
})

const accountId = newUuid(new Date())

async function signaturesOf(keyAlgorithm: 'ec-p256' | 'rsa-2048', count: number): Promise<StoredSignature[]> {
  const authority = await openAuthority(join(folder, keyAlgorithm), { keyAlgorithm })
  const signer = await openStampSigner({ authority })
  const validation = await signer.validation()
  const one = async (index: number) => {
    const serial = `SPESIMEN${String(index).padStart(14, '0')}`
    const cms = await signer.sign({ digest: randomBytes(32).toString('hex'), serial })
    return { cms, validation }
  }
  return Promise.all(Array.from({ length: count }, (_, index) => one(index)))
}

async function stored(signatures: readonly StoredSignature[], pool = db.database.sql): Promise<string[]> {
  const rows = signatures.map((signature) => ({ accountId, affixingId: newUuid(new Date()), signature }))
  await db.database.transaction((tx) => storeSignatures(tx, rows, pool))
  return rows.map(({ affixingId }) => affixingId)
}

const bytesOf = ({ cms, validation }: StoredSignature) => [
  Buffer.from(cms).toString('hex'),
  ...Object.values(validation).map((list) => list.map((der) => Buffer.from(der).toString('hex'))),
]

async function readBack(ids: readonly string[]) {
  const found = await readSignatures(
    db.database.sql,
    ids.map((id) => ({ accountId, id })),
  )
  return ids.map((id) => found.get(id))
}

test.for(['ec-p256', 'rsa-2048'] as const)('sixty signatures with %s come back byte for byte', async (algorithm) => {
  const signatures = await signaturesOf(algorithm, 60)
  const ids = [...(await stored(signatures.slice(0, 20))), ...(await stored(signatures.slice(20)))]

  const read = await readBack(ids)
  expect(read.map((signature) => signature && bytesOf(signature))).toEqual(signatures.map(bytesOf))
})

test('one P-256 signature takes some 300 bytes for itself, and a key has few forms', async () => {
  const [row] = await db.owner.sql<{ bytes: number; forms: number }[]>`
    select avg(octet_length(packed))::int as bytes, count(distinct form_id)::int as forms from signatures
    where octet_length(packed) < 500`

  expect(row?.bytes).toBeLessThan(350)
  expect(row?.forms).toBeLessThan(16)
})

test('two batches that meet the same new form at once both store it, once', async () => {
  const signatures = await signaturesOf('ec-p256', 2)
  await db.owner.sql`truncate signatures, signature_forms restart identity`
  const [first, second] = await Promise.all(signatures.map((signature) => stored([signature], db.owner.sql)))

  const read = await readBackFresh([...(first ?? []), ...(second ?? [])])
  expect(read.map((signature) => signature && bytesOf(signature))).toEqual(signatures.map(bytesOf))
})

/** Past the forms at hand, which knew the rows that were truncated. */
async function readBackFresh(ids: readonly string[]) {
  return db.database.transaction(async (tx) => {
    const found = await readSignatures(
      tx,
      ids.map((id) => ({ accountId, id })),
    )
    return ids.map((id) => found.get(id))
  })
}

test('a row of the version before forms is read as it was stored', async () => {
  const [signature] = await signaturesOf('ec-p256', 1)
  if (signature === undefined) throw new Error('no signature')
  await stored([signature])
  const hashes = (list: readonly Uint8Array[]) => list.map((der) => createHash('sha256').update(der).digest())
  const { certs, ocsps, crls } = signature.validation
  const id = newUuid(new Date())
  await db.database.sql`
    insert into signatures (account_id, affixing_id, remainder, cut_offsets, cut_hashes, certs, ocsps, crls)
    values (${accountId}, ${id}, ${Buffer.from(signature.cms)}, '{}', '{}',
      ${db.database.sql.array(hashes(certs), arrayOid.bytea)}::bytea[], ${db.database.sql.array(hashes(ocsps), arrayOid.bytea)}::bytea[],
      ${db.database.sql.array(hashes(crls), arrayOid.bytea)}::bytea[])`

  const [read] = await readBackFresh([id])
  expect(read && bytesOf(read)).toEqual(bytesOf(signature))
})
