import {
  isArray,
  isDict,
  isRef,
  latin1Text,
  nameOf,
  type PdfDict,
  type PdfObject,
  type PdfRef,
} from '../pdf/objects.ts'
import { isSpace, Parser } from '../pdf/parser.ts'
import { pdfObjectsMax, pdfRevisionsMax } from '../../limits/stamping.ts'
import { unlessDamaged } from './damage.ts'

/** One `n g obj ... endobj` of an update, by its offsets in the file. */
export type UpdateObject = { number: number; start: number; end: number; kind: 'object' | 'section' | 'container' }

/**
 * One incremental update read byte by byte: nothing stands in it but these objects, one cross-reference section,
 * `startxref`, `%%EOF`, comments and white space. `end` is the offset after `%%EOF` and its end of line.
 */
export type Update = { objects: UpdateObject[]; sectionStart: number; end: number }

/** What the reading needs to know: where offsets count from, and the length of a stream that names it by reference. */
export type UpdateSource = { bytes: Uint8Array; base: number; lengthOf(ref: PdfRef): number | undefined }

/**
 * The updates that follow each other from `from` on; `end` is where the last one and the white space after it end. Only when
 * that is the end of the file are they all that stands there: objects hidden between updates, and what follows the last
 * one that only some readers skip, stop the reading.
 */
export function readUpdates(source: UpdateSource, from: number): { updates: Update[]; end: number } {
  const updates: Update[] = []
  let end = skipWhiteSpace(source.bytes, from)
  while (end < source.bytes.length && updates.length < pdfRevisionsMax) {
    const start = end
    const update = unlessDamaged(() => readUpdate(source, start))
    if (update === undefined) break
    updates.push(update)
    end = skipWhiteSpace(source.bytes, update.end)
  }
  return { updates, end }
}

function skipWhiteSpace(bytes: Uint8Array, from: number): number {
  let at = from
  while (isSpace(bytes[at])) at++
  return at
}

function readUpdate(source: UpdateSource, from: number): Update | undefined {
  const objects: UpdateObject[] = []
  const parser = new Parser({ bytes: source.bytes, packed: false }, from, { strict: true })
  let table: number | undefined
  for (;;) {
    parser.position = skipWhiteSpace(source.bytes, parser.position)
    const start = parser.position
    if (parser.takeKeyword('startxref')) return finishUpdate(source, parser, { objects, table })
    // the table ends the update but for its startxref: nothing may stand between them
    if (table !== undefined || objects.length >= pdfObjectsMax) return undefined
    if (parser.takeKeyword('xref')) {
      if (!skipTable(parser)) return undefined
      table = start
      continue
    }
    const object = readObject(source, parser)
    if (object === undefined) return undefined
    objects.push({ ...object, start })
  }
}

function finishUpdate(
  source: UpdateSource,
  parser: Parser,
  found: { objects: UpdateObject[]; table: number | undefined },
): Update | undefined {
  const offset = parser.takeInteger()
  if (offset === undefined) return undefined
  const sectionStart = offset + source.base
  const known =
    found.table === sectionStart ||
    (found.table === undefined &&
      found.objects.some((object) => object.start === sectionStart && object.kind === 'section'))
  if (!known) return undefined
  const end = skipWhiteSpace(source.bytes, parser.position)
  if (!startsWith(source.bytes, end, '%%EOF')) return undefined
  return { objects: found.objects, sectionStart, end: skipEndOfLine(source.bytes, end + 5) }
}

function skipEndOfLine(bytes: Uint8Array, at: number): number {
  const afterReturn = bytes[at] === 13 ? at + 1 : at
  return bytes[afterReturn] === 10 ? afterReturn + 1 : afterReturn
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false
  return true
}

/**
 * Past a cross-reference table and its trailer. Only the exact form of ISO 32000-1 7.5.4, each object once: readers that
 * count bytes and readers that count words must see the same table.
 */
function skipTable(parser: Parser): boolean {
  const { bytes } = parser.source
  const numbers = new Set<number>()
  while (!parser.takeKeyword('trailer')) {
    const first = parser.takeInteger()
    const count = parser.takeInteger()
    if (first === undefined || count === undefined || first + count > pdfObjectsMax) return false
    parser.position = skipEndOfLine(bytes, bytes[parser.position] === 32 ? parser.position + 1 : parser.position)
    for (let number = first; number < first + count; number++) {
      if (numbers.has(number) || !isTableEntry(bytes, parser.position)) return false
      numbers.add(number)
      parser.position += tableEntryBytes
    }
  }
  const trailer = parser.readObject()
  return isDict(trailer) && trailer.repeated.length === 0
}

const tableEntryBytes = 20

function isTableEntry(bytes: Uint8Array, at: number): boolean {
  const text = latin1Text(bytes.subarray(at, at + tableEntryBytes))
  return /^\d{10} \d{5} [nf](?: \r| \n|\r\n)$/.test(text)
}

function readObject(source: UpdateSource, parser: Parser): Omit<UpdateObject, 'start'> | undefined {
  const header = parser.takeObjectHeader()
  if (header === undefined) return undefined
  const value = parser.readObject()
  const isStreamData = parser.takeKeyword('stream')
  if (isStreamData && (!isDict(value) || !skipStream(source, parser, value))) return undefined
  if (!parser.takeKeyword('endobj')) return undefined
  return { number: header.number, end: parser.position, kind: isStreamData ? kindOf(value) : 'object' }
}

function kindOf(value: PdfObject): UpdateObject['kind'] {
  if (!isDict(value)) return 'object'
  const type = nameOf(value.entries.get('Type'))
  if (type === 'XRef') return namesEachOnce(value) ? 'section' : 'object'
  return type === 'ObjStm' ? 'container' : 'object'
}

/** True when the ranges of a cross-reference stream's /Index ascend without overlap. */
function namesEachOnce(dict: PdfDict): boolean {
  const index = dict.entries.get('Index')
  if (index === undefined) return true
  let next = 0
  const numbers = isArray(index) ? index.items : [-1]
  for (let i = 0; i < numbers.length; i += 2) {
    const [first, count] = [numbers[i], numbers[i + 1]]
    if (typeof first !== 'number' || typeof count !== 'number' || first < next) return false
    next = first + count
  }
  return true
}

function skipStream(source: UpdateSource, parser: Parser, dict: PdfDict): boolean {
  const { bytes } = source
  const length = dict.entries.get('Length')
  const count = isRef(length) ? source.lengthOf(length) : length
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0 || dict.repeated.length > 0) return false
  // CR LF or LF after `stream`, never CR alone (ISO 32000-1 7.3.8.1)
  if (bytes[parser.position] === 13) parser.position++
  if (bytes[parser.position++] !== 10) return false
  parser.position += count
  return parser.position <= bytes.length && parser.takeKeyword('endstream')
}
