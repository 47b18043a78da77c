import { createHash } from 'node:crypto'
import { arrayOid, type Queryable, type Tx } from '../database/database.ts'
import type { ValidationData } from '../stamp/recipe.ts'
import type { StoredSignature } from './affixing.ts'

/**
 * A million stamps share a few certificates and revocation answers. A signature is stored as its CMS without those parts,
 * the places they go back to, and references by SHA-256; read, it is put together byte for byte.
 */
type Parts = {
  remainder: Buffer
  cutOffsets: number[]
  cutHashes: Buffer[]
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** Cuts every whole occurrence of a material out of the CMS. Offsets are positions in the remainder. */
function takeApart(cms: Uint8Array, materials: readonly Uint8Array[]): Parts {
  const whole = Buffer.from(cms)
  const found: { at: number; bytes: Uint8Array }[] = []
  for (const material of materials) {
    for (let at = whole.indexOf(material); at >= 0; at = whole.indexOf(material, at + material.length)) {
      found.push({ at, bytes: material })
    }
  }
  const kept: Buffer[] = []
  const cutOffsets: number[] = []
  const cutHashes: Buffer[] = []
  let from = 0
  let length = 0
  for (const cut of found.toSorted((a, b) => a.at - b.at)) {
    if (cut.at < from) continue
    kept.push(whole.subarray(from, cut.at))
    length += cut.at - from
    cutOffsets.push(length)
    cutHashes.push(sha256(cut.bytes))
    from = cut.at + cut.bytes.length
  }
  kept.push(whole.subarray(from))
  return { remainder: Buffer.concat(kept), cutOffsets, cutHashes }
}

function putTogether(parts: Parts, material: (hash: Buffer) => Uint8Array): Buffer {
  const pieces: Uint8Array[] = []
  let from = 0
  parts.cutOffsets.forEach((offset, i) => {
    const hash = parts.cutHashes[i]
    if (hash === undefined) throw new Error('a stored signature has more offsets than hashes')
    pieces.push(parts.remainder.subarray(from, offset), material(hash))
    from = offset
  })
  pieces.push(parts.remainder.subarray(from))
  return Buffer.concat(pieces)
}

/** What signatures share, hashed once: the same validation data comes with every stamp of an hour. */
type Shared = { certs: Buffer[]; ocsps: Buffer[]; crls: Buffer[]; materials: Map<string, Uint8Array> }
const sharedByValidation = new WeakMap<ValidationData, Shared>()

function sharedOf(validation: ValidationData): Shared {
  const known = sharedByValidation.get(validation)
  if (known !== undefined) return known
  const { certs, ocsps, crls } = validation
  const materials = new Map([...certs, ...ocsps, ...crls].map((der) => [sha256(der).toString('hex'), der]))
  const shared = { certs: certs.map(sha256), ocsps: ocsps.map(sha256), crls: crls.map(sha256), materials }
  sharedByValidation.set(validation, shared)
  return shared
}

/** Stores signatures in the caller's transaction. Throws when one could not be read back byte for byte. */
export async function storeSignatures(
  tx: Tx,
  signatures: readonly { accountId: string; affixingId: string; signature: StoredSignature }[],
): Promise<void> {
  const materials = new Map<string, Uint8Array>()
  const rows = signatures.map(({ accountId, affixingId, signature }) => {
    const shared = sharedOf(signature.validation)
    for (const [hash, der] of shared.materials) materials.set(hash, der)
    const parts = takeApart(signature.cms, signature.validation.certs)
    const again = putTogether(parts, (hash) => shared.materials.get(hash.toString('hex')) ?? new Uint8Array())
    if (!again.equals(signature.cms)) throw new Error('a signature taken apart does not come together again')
    return { accountId, affixingId, parts, shared }
  })
  await storeMaterials(tx, materials)
  await tx`
    insert into signatures (account_id, affixing_id, remainder, cut_offsets, cut_hashes, certs, ocsps, crls)
    select u.account_id, u.affixing_id, u.remainder, u.cut_offsets::int[], u.cut_hashes::bytea[], u.certs::bytea[],
      u.ocsps::bytea[], u.crls::bytea[]
    from unnest(${rows.map((row) => row.accountId)}::uuid[], ${rows.map((row) => row.affixingId)}::uuid[],
      ${tx.array(
        rows.map((row) => row.parts.remainder),
        arrayOid.bytea,
      )}::bytea[],
      ${rows.map((row) => `{${row.parts.cutOffsets.join(',')}}`)}::text[],
      ${rows.map((row) => arrayText(row.parts.cutHashes))}::text[], ${rows.map(({ shared }) => arrayText(shared.certs))}::text[],
      ${rows.map(({ shared }) => arrayText(shared.ocsps))}::text[], ${rows.map(({ shared }) => arrayText(shared.crls))}::text[]
    ) u(account_id, affixing_id, remainder, cut_offsets, cut_hashes, certs, ocsps, crls)`
}

/** An array of bytea as PostgreSQL writes it: rows of arrays of different lengths can only travel as texts. */
function arrayText(hashes: readonly Buffer[]): string {
  return `{${hashes.map((hash) => `"\\\\x${hash.toString('hex')}"`).join(',')}}`
}

async function storeMaterials(tx: Tx, materials: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const known = await tx<{ hash: Buffer }[]>`
    select hash from signature_materials where hash = any(${tx.array(
      [...materials.keys()].map((hash) => Buffer.from(hash, 'hex')),
      arrayOid.bytea,
    )}::bytea[])`
  const knownHashes = new Set(known.map((row) => row.hash.toString('hex')))
  // Sorted, so that two batches with new materials wait for each other in one order.
  const fresh = [...materials].filter(([hash]) => !knownHashes.has(hash)).toSorted(([a], [b]) => (a < b ? -1 : 1))
  for (const [hash, der] of fresh) {
    await tx`
      insert into signature_materials (hash, der) values (${Buffer.from(hash, 'hex')}, ${Buffer.from(der)}) on conflict do nothing`
  }
}

type SignatureRow = {
  affixing_id: string
  remainder: Buffer
  cut_offsets: number[]
  cut_hashes: Buffer[]
  certs: Buffer[]
  ocsps: Buffer[]
  crls: Buffer[]
}

/** The signatures of these affixings by affixing id, whole. */
export async function readSignatures(
  sql: Queryable,
  wanted: readonly { accountId: string; id: string }[],
): Promise<Map<string, StoredSignature>> {
  const rows = await sql<SignatureRow[]>`
    select s.affixing_id, s.remainder, s.cut_offsets, s.cut_hashes, s.certs, s.ocsps, s.crls
    from unnest(${wanted.map((item) => item.accountId)}::uuid[], ${wanted.map((item) => item.id)}::uuid[]) u(account_id, affixing_id)
    join signatures s on s.account_id = u.account_id and s.affixing_id = u.affixing_id`
  const hashes = new Map<string, Buffer>()
  for (const row of rows) {
    for (const hash of [...row.cut_hashes, ...row.certs, ...row.ocsps, ...row.crls])
      hashes.set(hash.toString('hex'), hash)
  }
  const stored = await sql<{ hash: Buffer; der: Buffer }[]>`
    select hash, der from signature_materials where hash = any(${sql.array([...hashes.values()], arrayOid.bytea)}::bytea[])`
  const materials = new Map(stored.map((row) => [row.hash.toString('hex'), row.der]))
  const material = (hash: Buffer): Uint8Array => {
    const der = materials.get(hash.toString('hex'))
    if (der === undefined)
      throw new Error(`signature material ${hash.toString('hex')} is missing; restore it from a backup`)
    return der
  }
  return new Map(
    rows.map((row) => [
      row.affixing_id,
      {
        cms: putTogether(
          { remainder: row.remainder, cutOffsets: row.cut_offsets, cutHashes: row.cut_hashes },
          material,
        ),
        validation: { certs: row.certs.map(material), ocsps: row.ocsps.map(material), crls: row.crls.map(material) },
      },
    ]),
  )
}
