import { pdfDepthMax, pdfObjectsMax } from '../../limits.ts'
import type { PdfDocument } from '../pdf/document.ts'
import { damaged, isArray, isDict, isRef, isString, nameOf, type PdfDict, type PdfObject } from '../pdf/objects.ts'

/** One node of the form's tree: a field, or a widget of the field above it. */
export type FormField = {
  /** Undefined for one written into its parent's array. */
  number: number | undefined
  /** Full name: partial names from the top, joined by periods (ISO 32000-1 12.7.3.2). */
  name: string
  dict: PdfDict
  /** /FT, inherited. */
  type: string | undefined
  /** /V, inherited and through references. */
  value: PdfObject
  widgets: PdfDict[]
}

/** Every field that has a type, from the top; throws PdfProblem where the tree loops or is too deep. */
export function formFields(document: PdfDocument): FormField[] {
  const form = document.lookup(document.catalog(), 'AcroForm')
  const fields: FormField[] = []
  const seen = new Set<number>()
  const walk = (node: PdfObject, above: FormField | undefined, depth: number): void => {
    if (depth > pdfDepthMax || fields.length > pdfObjectsMax) throw damaged('the form is too deep')
    if (isRef(node)) {
      if (seen.has(node.number)) throw damaged('the form leads in a circle')
      seen.add(node.number)
    }
    const dict = document.resolve(node)
    if (!isDict(dict)) return
    const part = document.lookup(dict, 'T')
    // a node without a name of its own is a widget of the field above
    if (!isString(part) && above !== undefined) {
      above.widgets.push(dict)
      return
    }
    const field: FormField = {
      number: isRef(node) ? node.number : undefined,
      name: [above?.name, isString(part) ? pdfText(part.bytes) : ''].filter((text) => text !== undefined).join('.'),
      dict,
      type: nameOf(document.lookup(dict, 'FT')) ?? above?.type,
      value: document.lookup(dict, 'V') ?? above?.value ?? null,
      widgets: nameOf(document.lookup(dict, 'Subtype')) === 'Widget' ? [dict] : [],
    }
    fields.push(field)
    const kids = document.lookup(dict, 'Kids')
    if (isArray(kids)) for (const kid of kids.items) walk(kid, field, depth + 1)
  }
  const top = isDict(form) ? document.lookup(form, 'Fields') : null
  if (isArray(top)) for (const node of top.items) walk(node, undefined, 0)
  return fields.filter((field) => field.type !== undefined)
}

/** A text string: UTF-16 with its mark, UTF-8 with its mark, else one character a byte (ISO 32000-2 7.9.2.2). */
export function pdfText(bytes: Uint8Array): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    const units = Array.from({ length: (bytes.length - 2) >> 1 }, (_, i) => ((bytes[2 + i * 2] ?? 0) << 8) | (bytes[3 + i * 2] ?? 0))
    return units.map((unit) => String.fromCharCode(unit)).join('')
  }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return new TextDecoder().decode(bytes.subarray(3))
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
}
