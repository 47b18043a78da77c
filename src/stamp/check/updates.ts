import { isDict, isRef, isStream, nameOf, PdfProblem, type PdfDict, type PdfObject, type PdfRef } from '../pdf/objects.ts'
import { isSpace, Parser } from '../pdf/parser.ts'
import { pdfObjectsMax, pdfRevisionsMax } from '../../limits.ts'

/** One `n g obj ... endobj` of an update, by its offsets in the file. */
export type UpdateObject = { number: number; start: number; end: number; kind: 'object' | 'section' | 'container' }

/**
 * One incremental update read byte by byte: nothing stands in it but these objects, one cross-reference section,
 * `startxref`, `%%EOF` and white space. `end` is the offset after `%%EOF` and its end of line.
 */
export type Update = { objects: UpdateObject[]; sectionStart: number; end: number }

/** What the reading needs to know: where offsets count from, and the length of a stream that names it by reference. */
export type UpdateSource = { bytes: Uint8Array; base: number; lengthOf(ref: PdfRef): number | undefined }

/**
 * The updates that fill the file from `from` to its end without a byte left over; undefined when anything else stands
 * there. Objects hidden between updates, and files that end in something that only some readers skip, fail here.
 */
export function readUpdates(source: UpdateSource, from: number): Update[] | undefined {
  const updates: Update[] = []
  let at = skipWhiteSpace(source.bytes, from)
  try {
    while (at < source.bytes.length) {
      if (updates.length === pdfRevisionsMax) return undefined
      const update = readUpdate(source, at)
      if (update === undefined) return undefined
      updates.push(update)
      at = skipWhiteSpace(source.bytes, update.end)
    }
    return updates
  } catch (cause) {
    if (cause instanceof PdfProblem) return undefined
    throw cause
  }
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

function finishUpdate(source: UpdateSource, parser: Parser, found: { objects: UpdateObject[]; table: number | undefined }): Update | undefined {
  const offset = parser.takeInteger()
  if (offset === undefined) return undefined
  const sectionStart = offset + source.base
  const known = found.table === sectionStart || (found.table === undefined && found.objects.some((object) => object.start === sectionStart && object.kind === 'section'))
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

/** Past a cross-reference table and its trailer; what the entries say is the document reader's matter. */
function skipTable(parser: Parser): boolean {
  while (!parser.takeKeyword('trailer')) {
    const count = parser.takeInteger() === undefined ? undefined : parser.takeInteger()
    if (count === undefined || count > pdfObjectsMax) return false
    for (let i = 0; i < count; i++) {
      if (parser.takeInteger() === undefined || parser.takeInteger() === undefined) return false
      if (!parser.takeKeyword('n') && !parser.takeKeyword('f')) return false
    }
  }
  return isDict(parser.readObject())
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
  const type = nameOf((isStream(value) ? value.dict : isDict(value) ? value : undefined)?.entries.get('Type'))
  if (type === 'XRef') return 'section'
  return type === 'ObjStm' ? 'container' : 'object'
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
