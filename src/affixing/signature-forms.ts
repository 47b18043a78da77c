import { createHash } from 'node:crypto'
import { arrayOid } from '../database/array-types.ts'
import type { Queryable, Sql, Tx } from '../database/database.ts'
import { signatureFormsAtHand } from '../limits/stamping.ts'
import type { ValidationData } from '../stamp/recipe.ts'

/**
 * What many signatures of one key have in common: the CMS without the materials inside it (`pattern`, of the first signature of
 * this form), where each material goes back (byte offsets in the pattern), and the validation data in the order written; materials
 * by SHA-256.
 */
export type SignatureForm = {
  pattern: Uint8Array
  cutOffsets: readonly number[]
  cutHashes: readonly Buffer[]
  certs: readonly Buffer[]
  ocsps: readonly Buffer[]
  crls: readonly Buffer[]
}

/** A form as stored. */
type StoredForm = SignatureForm & { formId: number }

/** What tells forms apart: everything but the bytes of the pattern, of which its length counts. */
export function shapeOf(form: SignatureForm): Buffer {
  const lists = [form.cutHashes, form.certs, form.ocsps, form.crls]
  const words = [form.pattern.length, form.cutOffsets, ...lists.map((list) => list.map((hash) => hash.toString('hex')))]
  return createHash('sha256').update(JSON.stringify(words)).digest()
}

type FormRow = {
  form_id: number
  shape: Buffer
  pattern: Buffer
  cut_offsets: number[]
  cut_hashes: Buffer[]
  certs: Buffer[]
  ocsps: Buffer[]
  crls: Buffer[]
}

function formFromRow(row: FormRow): StoredForm {
  const { pattern, certs, ocsps, crls } = row
  return { formId: row.form_id, pattern, cutOffsets: row.cut_offsets, cutHashes: row.cut_hashes, certs, ocsps, crls }
}

const formColumns = (sql: Queryable) => sql`form_id, shape, pattern, cut_offsets, cut_hashes, certs, ocsps, crls`

/**
 * The stored form of each shape (hex): at hand for the pool that the transaction came from, or read. Those that are new are stored in
 * the transaction, after their materials.
 */
export async function storedForms(
  tx: Tx,
  wanted: ReadonlyMap<string, SignatureForm>,
  given: { pool: Sql; storeMaterials: () => Promise<void> },
): Promise<Map<string, StoredForm>> {
  const atHand = formsAtHand.get(given.pool)?.byShape
  const found = new Map<string, StoredForm>()
  const unknown = new Map<string, SignatureForm>()
  for (const [shape, form] of wanted) {
    const stored = atHand?.get(shape)
    if (stored === undefined) unknown.set(shape, form)
    else found.set(shape, stored)
  }
  if (unknown.size > 0)
    for (const [shape, form] of await storeForms(tx, unknown, given.storeMaterials)) found.set(shape, form)
  return found
}

async function storeForms(
  tx: Tx,
  wanted: ReadonlyMap<string, SignatureForm>,
  storeMaterials: () => Promise<void>,
): Promise<Map<string, StoredForm>> {
  const shapes = [...wanted.keys()].map((shape) => Buffer.from(shape, 'hex'))
  const find = async () => {
    const rows = await tx<FormRow[]>`
      select ${formColumns(tx)} from signature_forms where shape = any(${tx.array(shapes, arrayOid.bytea)}::bytea[])`
    return new Map(rows.map((row) => [row.shape.toString('hex'), formFromRow(row)]))
  }
  const known = await find()
  // Sorted, so that two batches with the same new forms wait for each other in one order.
  const fresh = [...wanted].filter(([shape]) => !known.has(shape)).toSorted(([a], [b]) => (a < b ? -1 : 1))
  if (fresh.length === 0) return known
  await storeMaterials()
  for (const [shape, form] of fresh) {
    const hashes = (list: readonly Buffer[]) => tx.array([...list], arrayOid.bytea)
    await tx`
      insert into signature_forms (shape, pattern, cut_offsets, cut_hashes, certs, ocsps, crls)
      values (${Buffer.from(shape, 'hex')}, ${Buffer.from(form.pattern)}, ${[...form.cutOffsets]}::int[],
        ${hashes(form.cutHashes)}::bytea[], ${hashes(form.certs)}::bytea[], ${hashes(form.ocsps)}::bytea[],
        ${hashes(form.crls)}::bytea[])
      on conflict (shape) do nothing`
  }
  // Another batch may have been first: its pattern counts.
  return find()
}

/** A form with its materials: where each goes back into the pattern, and the validation data, the same object for all signatures of the form. */
export type WholeForm = {
  pattern: Uint8Array
  cuts: readonly { offset: number; der: Uint8Array }[]
  validation: ValidationData
}

/** Puts materials to a form's hashes. */
export function wholeForm(form: SignatureForm, material: (hash: Buffer) => Uint8Array): WholeForm {
  const { pattern, cutOffsets, cutHashes, certs, ocsps, crls } = form
  return {
    pattern,
    cuts: cutHashes.map((hash, index) => ({ offset: cutOffsets[index] ?? 0, der: material(hash) })),
    validation: { certs: certs.map(material), ocsps: ocsps.map(material), crls: crls.map(material) },
  }
}

/** Reads the materials that these forms name. Throws, at the look-up, when one is missing. */
export async function readMaterials(
  sql: Queryable,
  forms: readonly Omit<SignatureForm, 'pattern'>[],
): Promise<(hash: Buffer) => Uint8Array> {
  const hashes = new Map<string, Buffer>()
  for (const { cutHashes, certs, ocsps, crls } of forms)
    for (const hash of [...cutHashes, ...certs, ...ocsps, ...crls]) hashes.set(hash.toString('hex'), hash)
  const stored = await sql<{ hash: Buffer; der: Buffer }[]>`
    select hash, der from signature_materials where hash = any(${sql.array([...hashes.values()], arrayOid.bytea)}::bytea[])`
  const materials = new Map(stored.map((row) => [row.hash.toString('hex'), row.der]))
  return (hash) => {
    const der = materials.get(hash.toString('hex'))
    if (der === undefined)
      throw new Error(`signature material ${hash.toString('hex')} is missing; restore it from a backup`)
    return der
  }
}

/** Forms that committed rows name, by id and by shape; never changed or deleted. */
type FormsAtHand = { byId: Map<number, WholeForm>; byShape: Map<string, StoredForm> }

/** Kept at hand for the pool that they came from. */
const formsAtHand = new WeakMap<Queryable, FormsAtHand>()

/** After a lost connection: the next look-up reads the forms again. */
export function forgetForms(sql: Queryable): void {
  formsAtHand.delete(sql)
}

/** The forms of these ids, with their materials. Throws when one is missing. */
export async function readForms(sql: Queryable, formIds: readonly number[]): Promise<Map<number, WholeForm>> {
  const kept = formsAtHand.get(sql) ?? { byId: new Map<number, WholeForm>(), byShape: new Map<string, StoredForm>() }
  const asked = new Set(formIds)
  const found = new Map([...kept.byId].filter(([formId]) => asked.has(formId)))
  const missing = [...asked].filter((formId) => !found.has(formId))
  if (missing.length > 0) {
    const rows = await sql<FormRow[]>`
      select ${formColumns(sql)} from signature_forms where form_id = any(${missing}::int[])`
    const material = await readMaterials(sql, rows.map(formFromRow))
    if (kept.byId.size + rows.length > signatureFormsAtHand) {
      kept.byId.clear()
      kept.byShape.clear()
    }
    for (const row of rows) {
      const form = formFromRow(row)
      const whole = wholeForm(form, material)
      found.set(form.formId, whole)
      kept.byId.set(form.formId, whole)
      kept.byShape.set(row.shape.toString('hex'), form)
    }
    formsAtHand.set(sql, kept)
  }
  for (const formId of asked)
    if (!found.has(formId)) throw new Error(`signature form ${formId} is missing; restore it from a backup`)
  return found
}
