import type { Primitives } from '../../base/primitives.ts'
import { pdfObjectsMax, pdfRevisionsMax } from '../../limits/stamping.ts'
import { decodeWithFilters } from './decode.ts'
import type { Effort } from './effort.ts'
import { readIndirect } from './indirect.ts'
import {
  damaged,
  integerOf,
  isArray,
  isDict,
  isRef,
  isStream,
  nameOf,
  type PdfDict,
  PdfProblem,
  type Source,
} from './objects.ts'
import { Parser } from './parser.ts'

/** Where an object stands: `offset` counts from the first byte of the file, header shift included. */
export type XrefEntry =
  | { readonly kind: 'free'; readonly generation: number }
  | { readonly kind: 'offset'; readonly offset: number; readonly generation: number }
  | { readonly kind: 'packed'; readonly stream: number; readonly index: number; readonly generation: 0 }

/** One cross-reference section with exactly the entries it defines. */
export type XrefSection = {
  /** Of its first byte in the file. */
  readonly offset: number
  /** After its trailer or its stream object. */
  readonly end: number
  readonly kind: 'table' | 'stream'
  readonly trailer: PdfDict
  readonly entries: ReadonlyMap<number, XrefEntry>
  /** Of the object that a stream section is. */
  readonly number?: number
  /** Of a hybrid file's table: the section that /XRefStm names (its entries count only where the table says free or nothing). */
  readonly hybrid?: XrefSection
}

/** What the sections are read from; `base` is what every offset in the file counts from. */
export type XrefContext = { source: Source; base: number; strict: boolean; primitives: Primitives; effort: Effort }

const digit = (byte: number | undefined) => (byte !== undefined && byte >= 48 && byte <= 57 ? byte - 48 : -1)

/** Reads the usual 20-byte entry; undefined when it has another form. */
function readFixedEntry(
  bytes: Uint8Array,
  at: number,
): { offset: number; generation: number; type: number } | undefined {
  let offset = 0
  for (let i = 0; i < 10; i++) {
    const value = digit(bytes[at + i])
    if (value < 0) return undefined
    offset = offset * 10 + value
  }
  let generation = 0
  for (let i = 11; i < 16; i++) {
    const value = digit(bytes[at + i])
    if (value < 0) return undefined
    generation = generation * 10 + value
  }
  const type = bytes[at + 17]
  const spaced = bytes[at + 10] === 32 && bytes[at + 16] === 32 && (bytes[at + 19] === 10 || bytes[at + 19] === 13)
  return spaced && (type === 110 || type === 102) ? { offset, generation, type } : undefined
}

function readLooseEntry(parser: Parser): { offset: number; generation: number; type: number } {
  const offset = parser.takeInteger()
  const generation = parser.takeInteger()
  const type = parser.takeKeyword('n') ? 110 : parser.takeKeyword('f') ? 102 : 0
  if (offset === undefined || generation === undefined || type === 0) {
    throw damaged(`a malformed cross-reference entry at offset ${parser.position}`)
  }
  return { offset, generation, type }
}

function readTableEntries(parser: Parser, context: XrefContext): Map<number, XrefEntry> {
  const entries = new Map<number, XrefEntry>()
  const { bytes } = context.source
  while (!parser.takeKeyword('trailer')) {
    const first = parser.takeInteger()
    const count = parser.takeInteger()
    if (first === undefined || count === undefined)
      throw damaged(`a malformed cross-reference table at offset ${parser.position}`)
    if (first + count > pdfObjectsMax) throw new PdfProblem('too_complex', `more than ${pdfObjectsMax} objects`)
    parser.skipSpace()
    for (let number = first; number < first + count; number++) {
      const fixed = readFixedEntry(bytes, parser.position)
      if (fixed !== undefined) parser.position += 20
      const { offset, generation, type } = fixed ?? readLooseEntry(parser)
      if (fixed === undefined) parser.skipSpace()
      // offset 0 cannot be an object; makers write it for objects they never wrote
      const used = type === 110 && offset > 0
      entries.set(
        number,
        used ? { kind: 'offset', offset: offset + context.base, generation } : { kind: 'free', generation },
      )
    }
  }
  return entries
}

function readTable(parser: Parser, context: XrefContext): XrefSection {
  const offset = parser.position - 4
  const entries = readTableEntries(parser, context)
  const trailer = parser.readObject()
  if (!isDict(trailer)) throw damaged('the trailer is not a dictionary')
  const end = parser.position
  const section = { offset, end, kind: 'table', trailer, entries } as const
  const hybridAt = integerOf(trailer.entries.get('XRefStm'))
  // only a stream can be meant: a table there could name itself again
  return hybridAt === undefined ? section : { ...section, hybrid: readStreamSection(hybridAt + context.base, context) }
}

function readStreamEntries(dict: PdfDict, data: Uint8Array, context: XrefContext): Map<number, XrefEntry> {
  const widthsValue = dict.entries.get('W')
  const widths = isArray(widthsValue) ? widthsValue.items.map(integerOf) : []
  const [typeWidth, secondWidth, thirdWidth] = widths
  if (
    typeWidth === undefined ||
    secondWidth === undefined ||
    thirdWidth === undefined ||
    widths.some((width) => width === undefined || width < 0 || width > 8)
  ) {
    throw damaged('a cross-reference stream has no usable /W')
  }
  const indexValue = dict.entries.get('Index')
  const index = isArray(indexValue)
    ? indexValue.items.map((item) => integerOf(item) ?? -1)
    : [0, integerOf(dict.entries.get('Size')) ?? 0]
  const entries = new Map<number, XrefEntry>()
  let at = 0
  const field = (width: number, otherwise: number) => {
    if (width === 0) return otherwise
    let value = 0
    for (let i = 0; i < width; i++) value = value * 256 + (data[at++] ?? 0)
    return value
  }
  const rowBytes = typeWidth + secondWidth + thirdWidth
  for (let pair = 0; pair < index.length; pair += 2) {
    const first = index[pair] ?? -1
    const count = index[pair + 1] ?? -1
    if (first < 0 || count < 0) throw damaged('a cross-reference stream has no usable /Index')
    if (first + count > pdfObjectsMax) throw new PdfProblem('too_complex', `more than ${pdfObjectsMax} objects`)
    for (let number = first; number < first + count; number++) {
      if (at + rowBytes > data.length || rowBytes === 0) {
        if (context.strict) throw damaged('a cross-reference stream is shorter than it says')
        return entries
      }
      context.effort.enter()
      const type = field(typeWidth, 1)
      const second = field(secondWidth, 0)
      const third = field(thirdWidth, 0)
      if (type === 1 && second > 0)
        entries.set(number, { kind: 'offset', offset: second + context.base, generation: third })
      else if (type === 2) entries.set(number, { kind: 'packed', stream: second, index: third, generation: 0 })
      else entries.set(number, { kind: 'free', generation: third })
    }
  }
  return entries
}

/** The cross-reference section at an offset of the file. Throws PdfProblem where there is none or it is damaged. */
function readSection(offset: number, context: XrefContext): XrefSection {
  if (offset < 0 || offset >= context.source.bytes.length)
    throw damaged(`a cross-reference points to ${offset}, outside the file`)
  const parser = new Parser(context.source, offset, { strict: context.strict })
  if (!parser.takeKeyword('xref')) return readStreamSection(offset, context)
  try {
    return readTable(parser, context)
  } finally {
    context.effort.parse(parser.position - offset)
  }
}

function readStreamSection(offset: number, context: XrefContext): XrefSection {
  const { strict, effort, primitives } = context
  const object = readIndirect(context.source, offset, { strict, effort })
  if (object === undefined || !isStream(object.value) || nameOf(object.value.dict.entries.get('Type')) !== 'XRef') {
    throw damaged(`no cross-reference at offset ${offset}`)
  }
  const { dict, data } = object.value
  const entries = readStreamEntries(dict, decodeWithFilters(dict, data, { primitives, effort }), context)
  return { offset, end: object.end, kind: 'stream', trailer: dict, entries, number: object.ref.number }
}

/** All sections from the one at `offset` back through /Prev, newest first. Throws PdfProblem when any is damaged or they loop. */
export function readSections(offset: number, context: XrefContext): XrefSection[] {
  const sections: XrefSection[] = []
  const seen = new Set<number>()
  for (let at: number | undefined = offset; at !== undefined;) {
    if (seen.has(at)) throw damaged(`the cross-reference at offset ${at} comes twice`)
    if (seen.size >= pdfRevisionsMax) throw new PdfProblem('too_complex', `more than ${pdfRevisionsMax} revisions`)
    seen.add(at)
    const section = readSection(at, context)
    sections.push(section)
    const previous = section.trailer.entries.get('Prev')
    // some makers write /Prev as a reference whose number is the offset
    const before: number | undefined = isRef(previous) && !context.strict ? previous.number : integerOf(previous)
    at = before === undefined || (before === 0 && !context.strict) ? undefined : before + context.base
  }
  return sections
}

/** What each number means: newer sections win, a table's free entries yield to its hybrid stream. */
export function mergeSections(sections: readonly XrefSection[]): ReadonlyMap<number, XrefEntry> {
  const [only, ...older] = sections
  if (only !== undefined && only.hybrid === undefined && older.length === 0) return only.entries
  const merged = new Map<number, XrefEntry>()
  for (const section of sections) {
    const hidden = section.hybrid?.entries
    for (const [number, entry] of section.entries) {
      if (merged.has(number)) continue
      merged.set(number, entry.kind === 'free' ? (hidden?.get(number) ?? entry) : entry)
    }
    if (hidden !== undefined) for (const [number, entry] of hidden) if (!merged.has(number)) merged.set(number, entry)
  }
  return merged
}
