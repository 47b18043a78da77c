import { pdfDepthMax, pdfObjectsMax } from '../../limits/stamping.ts'
import type { PdfDocument } from './document.ts'
import {
  damaged,
  isArray,
  isDict,
  isRef,
  isString,
  latin1Text,
  nameOf,
  type PdfDict,
  type PdfObject,
  PdfProblem,
  type PdfRef,
} from './objects.ts'

/** A widget: where a field shows on a page. */
export type Widget = { readonly ref: PdfRef | undefined; readonly dict: PdfDict }

/** A terminal field of the form. */
export type Field = {
  /** Full name, the parts joined with dots (ISO 32000-1 12.7.3.2). */
  readonly name: string
  readonly ref: PdfRef | undefined
  readonly dict: PdfDict
  /** `Tx`, `Btn`, `Ch`, `Sig`; inherited. */
  readonly type: string | undefined
  /** Inherited, resolved. */
  readonly value: PdfObject
  readonly widgets: readonly Widget[]
}

/** The text of a text string: UTF-16BE or UTF-8 where marked, else Latin-1 (near enough to PDFDocEncoding for names). */
export function textOf(value: PdfObject): string | undefined {
  if (!isString(value)) return undefined
  const { bytes } = value
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return new TextDecoder().decode(bytes.subarray(3))
  if (bytes[0] !== 0xfe || bytes[1] !== 0xff) return latin1Text(bytes)
  let text = ''
  for (let i = 2; i + 1 < bytes.length; i += 2)
    text += String.fromCharCode(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0))
  return text
}

/** The form's dictionary; undefined for a document without a form. */
export function formOf(document: PdfDocument): PdfDict | undefined {
  const form = document.lookup(document.catalog(), 'AcroForm')
  return isDict(form) ? form : undefined
}

type Above = { name: string; type: string | undefined; value: PdfObject }

/** Every terminal field, in the form's order. Throws PdfProblem where the tree of fields loops or is too deep. */
export function readFields(document: PdfDocument): Field[] {
  const fields: Field[] = []
  const seen = new Set<number>()
  const walk = (node: PdfObject, above: Above, depth: number): void => {
    if (depth > pdfDepthMax) throw damaged('the form is too deep')
    if (fields.length > pdfObjectsMax) throw new PdfProblem('too_complex', 'the form has too many fields')
    const dict = document.resolve(node)
    if (!isDict(dict)) return
    const ref = isRef(node) ? node : undefined
    if (ref !== undefined && seen.has(ref.number)) return
    if (ref !== undefined) seen.add(ref.number)
    const partial = textOf(document.lookup(dict, 'T'))
    const own: Above = {
      name: partial === undefined ? above.name : above.name === '' ? partial : `${above.name}.${partial}`,
      type: nameOf(document.lookup(dict, 'FT')) ?? above.type,
      value: dict.entries.has('V') ? document.lookup(dict, 'V') : above.value,
    }
    const kidsValue = document.lookup(dict, 'Kids')
    const kids = isArray(kidsValue) ? kidsValue.items : []
    const isField = (kid: PdfObject) => {
      const value = document.resolve(kid)
      return isDict(value) && value.entries.has('T')
    }
    if (kids.some(isField)) {
      for (const kid of kids) walk(kid, own, depth + 1)
      return
    }
    const widgets =
      kids.length === 0
        ? [{ ref, dict }]
        : kids.flatMap((kid) => {
            const value = document.resolve(kid)
            return isDict(value) ? [{ ref: isRef(kid) ? kid : undefined, dict: value }] : []
          })
    fields.push({ ...own, ref, dict, widgets })
  }
  const form = formOf(document)
  const roots = form === undefined ? null : document.lookup(form, 'Fields')
  if (isArray(roots)) for (const root of roots.items) walk(root, { name: '', type: undefined, value: null }, 0)
  return fields
}

/** Signature fields that are signed: their value is the signature dictionary. */
export function signedFields(fields: readonly Field[]): (Field & { value: PdfDict })[] {
  return fields.flatMap((field) =>
    field.type === 'Sig' && isDict(field.value) ? [{ ...field, value: field.value }] : [],
  )
}

/** What the certifying signature lets others do: 1 nothing, 2 fill in and sign, 3 also annotate; undefined without one. */
export function certificationLevel(document: PdfDocument): 1 | 2 | 3 | undefined {
  const permissions = document.lookup(document.catalog(), 'Perms')
  const certified = isDict(permissions) ? document.lookup(permissions, 'DocMDP') : null
  if (!isDict(certified)) return undefined
  const [level] = changeLevels(document, certified)
  return level === 1 || level === 3 ? level : 2
}

/** The /P of each DocMDP transform that the signature refers to. */
function changeLevels(document: PdfDocument, signature: PdfDict): PdfObject[] {
  const references = document.lookup(signature, 'Reference')
  return (isArray(references) ? references.items : []).flatMap((item) => {
    const reference = document.resolve(item)
    if (!isDict(reference) || nameOf(document.lookup(reference, 'TransformMethod')) !== 'DocMDP') return []
    const params = document.lookup(reference, 'TransformParams')
    return isDict(params) ? [document.lookup(params, 'P')] : []
  })
}

/** True when any signature forbids every later change: DocMDP with P 1, or a lock of its field that says so (ISO 32000-2 12.8.2.2). */
export function forbidsChanges(document: PdfDocument, signed: readonly (Field & { value: PdfDict })[]): boolean {
  const locked = signed.some((field) => {
    const lock = document.lookup(field.dict, 'Lock')
    return isDict(lock) && document.lookup(lock, 'P') === 1
  })
  return (
    locked ||
    certificationLevel(document) === 1 ||
    signed.some((field) => changeLevels(document, field.value).includes(1))
  )
}

/**
 * What a form with /NeedAppearances true means for a new field: `none`, where it has no such entry; `shownTwice`, where the
 * stamp needs a second annotation that no reader redraws; `stopped`, where the entry can go because nothing needs redrawing;
 * `hides`, where some readers will not show the stamp. A signed document takes no second annotation: it would count as changed.
 */
export function redrawing(
  document: PdfDocument,
  fields: readonly Field[],
): 'none' | 'shownTwice' | 'stopped' | 'hides' {
  const form = formOf(document)
  if (form === undefined || document.lookup(form, 'NeedAppearances') !== true) return 'none'
  if (signedFields(fields).length === 0) return 'shownTwice'
  return hasAllAppearances(document, fields) ? 'stopped' : 'hides'
}

/** True when every widget that shows a value has its appearance, so that no reader needs to draw one. An unsigned field shows none. */
function hasAllAppearances(document: PdfDocument, fields: readonly Field[]): boolean {
  const drawn = fields.filter((field) => field.type !== 'Sig')
  return drawn.every((field) =>
    field.widgets.every((widget) => {
      const appearance = document.lookup(widget.dict, 'AP')
      return isDict(appearance) && document.lookup(appearance, 'N') !== null
    }),
  )
}
