import { createHash } from 'node:crypto'
import { applyDifference, differenceOf } from '../base/byte-difference.ts'
import { arrayOid } from '../database/array-types.ts'
import type { Queryable, Sql, Tx } from '../database/database.ts'
import type { ValidationData } from '../stamp/recipe.ts'
import type { StoredSignature } from './affixing.ts'
import {
  readForms,
  readMaterials,
  shapeOf,
  storedForms,
  wholeForm,
  type SignatureForm,
  type WholeForm,
} from './signature-forms.ts'

// A million stamps share a few certificates and revocation answers, and nine tenths of the rest. Stored is what one signature
// has for itself, against the form it shares with others; read, it is put together byte for byte.

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** Cuts every whole occurrence of a material out of the CMS. Offsets are positions in the remainder. */
function takeApart(cms: Uint8Array, shared: Shared): SignatureForm {
  const whole = Buffer.from(cms)
  const found: { at: number; bytes: Uint8Array; hash: Buffer }[] = []
  for (const { der, hash } of shared.inside) {
    for (let at = whole.indexOf(der); at >= 0; at = whole.indexOf(der, at + der.length))
      found.push({ at, bytes: der, hash })
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
    cutHashes.push(cut.hash)
    from = cut.at + cut.bytes.length
  }
  kept.push(whole.subarray(from))
  const { certs, ocsps, crls } = shared
  return { pattern: Buffer.concat(kept), cutOffsets, cutHashes, certs, ocsps, crls }
}

/** The signature of this form whose bytes without materials these are. */
function putTogether(form: WholeForm, remainder: Uint8Array): StoredSignature {
  const pieces: Uint8Array[] = []
  let from = 0
  for (const { offset, der } of form.cuts) {
    pieces.push(remainder.subarray(from, offset), der)
    from = offset
  }
  pieces.push(remainder.subarray(from))
  return { cms: Buffer.concat(pieces), validation: form.validation }
}

/** What signatures share, hashed once: the same validation data comes with every stamp of an hour. */
type Shared = Pick<SignatureForm, 'certs' | 'ocsps' | 'crls'> & {
  inside: readonly { der: Uint8Array; hash: Buffer }[]
  materials: ReadonlyMap<string, Uint8Array>
}
const sharedByValidation = new WeakMap<ValidationData, Shared>()

function sharedOf(validation: ValidationData): Shared {
  const known = sharedByValidation.get(validation)
  if (known !== undefined) return known
  const { certs, ocsps, crls } = validation
  const materials = new Map([...certs, ...ocsps, ...crls].map((der) => [sha256(der).toString('hex'), der]))
  const inside = certs.map((der) => ({ der, hash: sha256(der) }))
  const shared = { certs: certs.map(sha256), ocsps: ocsps.map(sha256), crls: crls.map(sha256), inside, materials }
  sharedByValidation.set(validation, shared)
  return shared
}

/**
 * Stores signatures in the caller's transaction; `pool` is where that came from, whose forms are at hand. Throws when one could not be read
 * back byte for byte.
 */
export async function storeSignatures(
  tx: Tx,
  signatures: readonly { accountId: string; affixingId: string; signature: StoredSignature }[],
  pool: Sql,
): Promise<void> {
  const materials = new Map<string, Uint8Array>()
  const forms = new Map<string, SignatureForm>()
  const parted = signatures.map(({ accountId, affixingId, signature }) => {
    const shared = sharedOf(signature.validation)
    for (const [hash, der] of shared.materials) materials.set(hash, der)
    const form = takeApart(signature.cms, shared)
    const shape = shapeOf(form).toString('hex')
    if (!forms.has(shape)) forms.set(shape, form)
    return { accountId, affixingId, signature, remainder: form.pattern, shape }
  })
  const stored = await storedForms(tx, forms, { pool, storeMaterials: () => storeMaterials(tx, materials) })
  const wholes = new Map<string, WholeForm>()
  const rows = parted.map((row) => {
    const form = stored.get(row.shape)
    if (form === undefined) throw new Error('the form of a signature was not stored')
    const whole =
      wholes.get(row.shape) ?? wholeForm(form, (hash) => materials.get(hash.toString('hex')) ?? new Uint8Array())
    wholes.set(row.shape, whole)
    const packed = Buffer.from(differenceOf(form.pattern, row.remainder))
    const again = putTogether(whole, applyDifference(form.pattern, packed))
    if (Buffer.compare(again.cms, row.signature.cms) !== 0)
      throw new Error('a signature taken apart does not come together again')
    return { ...row, formId: form.formId, packed }
  })
  await tx`
    insert into signatures (account_id, affixing_id, form_id, packed)
    select u.account_id, u.affixing_id, u.form_id, u.packed
    from unnest(${rows.map((row) => row.accountId)}::uuid[], ${rows.map((row) => row.affixingId)}::uuid[],
      ${rows.map((row) => row.formId)}::int[],
      ${tx.array(
        rows.map((row) => row.packed),
        arrayOid.bytea,
      )}::bytea[]) u(account_id, affixing_id, form_id, packed)`
}

async function storeMaterials(tx: Tx, materials: ReadonlyMap<string, Uint8Array>): Promise<void> {
  // Sorted, so that two batches with new materials wait for each other in one order.
  for (const [hash, der] of [...materials].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    await tx`
      insert into signature_materials (hash, der) values (${Buffer.from(hash, 'hex')}, ${Buffer.from(der)}) on conflict do nothing`
  }
}

/** `form_id` and `packed`; or, stored by a version before 0007, a form of its own. */
export type SignatureColumns =
  | { form_id: number; packed: Buffer }
  | {
      form_id: null
      remainder: Buffer
      cut_offsets: number[]
      cut_hashes: Buffer[]
      certs: Buffer[]
      ocsps: Buffer[]
      crls: Buffer[]
    }

type SignatureRow = { affixing_id: string } & SignatureColumns

/** The columns of SignatureColumns, of signatures as `s`. */
export function signatureColumns(sql: Queryable) {
  return sql`s.form_id, s.packed, s.remainder, s.cut_offsets, s.cut_hashes, s.certs, s.ocsps, s.crls`
}

/** The signatures of these affixings by affixing id, whole. */
export async function readSignatures(
  sql: Queryable,
  wanted: readonly { accountId: string; id: string }[],
): Promise<Map<string, StoredSignature>> {
  const rows = await sql<SignatureRow[]>`
    select s.affixing_id, ${signatureColumns(sql)}
    from unnest(${wanted.map((item) => item.accountId)}::uuid[], ${wanted.map((item) => item.id)}::uuid[]) u(account_id, affixing_id)
    join signatures s on s.account_id = u.account_id and s.affixing_id = u.affixing_id`
  return signaturesOfRows(sql, rows)
}

/** The signatures that these rows hold, whole, by affixing id. */
export async function signaturesOfRows(
  sql: Queryable,
  rows: readonly SignatureRow[],
): Promise<Map<string, StoredSignature>> {
  const forms = await readForms(
    sql,
    rows.flatMap((row) => row.form_id ?? []),
  )
  const own = rows.flatMap((row) => (row.form_id === null ? [ownForm(row)] : []))
  const material = own.length === 0 ? undefined : await readMaterials(sql, own)
  return new Map(
    rows.map((row) => {
      if (row.form_id === null) {
        if (material === undefined) throw new Error('materials were not read')
        const form = wholeForm(ownForm(row), material)
        return [row.affixing_id, putTogether(form, form.pattern)]
      }
      const form = forms.get(row.form_id)
      if (form === undefined) throw new Error(`signature form ${row.form_id} was not read`)
      return [row.affixing_id, putTogether(form, applyDifference(form.pattern, row.packed))]
    }),
  )
}

function ownForm(row: SignatureRow & { form_id: null }): SignatureForm {
  const { remainder: pattern, cut_offsets: cutOffsets, cut_hashes: cutHashes, certs, ocsps, crls } = row
  return { pattern, cutOffsets, cutHashes, certs, ocsps, crls }
}
