import { pdfObjectsMax } from '../../limits/stamping.ts'
import type { Effort } from './effort.ts'
import { indexOfWord, readIndirect } from './indirect.ts'
import { dictOf, integerOf, isDict, isStream, nameOf, type PdfDict, PdfProblem, type Source } from './objects.ts'
import { isSpace, Parser } from './parser.ts'
import type { XrefEntry } from './xref.ts'

/** What a damaged file still holds. */
export type Scanned = {
  entries: Map<number, XrefEntry>
  /** Object streams in the order of the file. */
  objectStreams: { number: number; offset: number }[]
  /** Dictionaries that may be the trailer, in the order of the file. */
  trailers: PdfDict[]
  /** Where a stream begins that the end of the file cuts off: what was appended would be read as its data. */
  breaksOffAt: number | undefined
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57
}

/** Offset of the number in `12 0 obj` whose `obj` stands at `at`; undefined when it is no object header. */
function headerStart(bytes: Uint8Array, at: number): number | undefined {
  let position = at - 1
  const back = (test: (byte: number | undefined) => boolean) => {
    const from = position
    while (position >= 0 && test(bytes[position])) position--
    return from - position
  }
  back(isSpace)
  if (back(isDigit) === 0 || back(isSpace) === 0) return undefined
  return back(isDigit) === 0 ? undefined : position + 1
}

function tolerant<Value>(effort: Effort, read: () => Value): Value | undefined {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof PdfProblem) || cause.refusal.code === 'too_complex') throw cause
    effort.fail()
    return undefined
  }
}

/** Notes one object; returns where to go on looking. */
function noteObject(source: Source, start: number, into: { found: Scanned; effort: Effort }): number | undefined {
  const { found, effort } = into
  const header = new Parser(source, start).takeObjectHeader()
  if (header === undefined || header.number > pdfObjectsMax) return undefined
  found.entries.set(header.number, { kind: 'offset', offset: start, generation: header.generation })
  const object = tolerant(effort, () => readIndirect(source, start, { strict: false, effort }))
  const dict = dictOf(object?.value)
  if (object === undefined || dict === undefined) return undefined
  if (!isStream(object.value)) return undefined
  const type = nameOf(dict.entries.get('Type'))
  if (type === 'ObjStm') found.objectStreams.push({ number: header.number, offset: start })
  if (type === 'XRef') found.trailers.push(dict)
  // only a length that leads exactly to `endstream` may skip what could be objects
  const length = integerOf(dict.entries.get('Length'))
  return length === object.value.data.length ? object.end : undefined
}

/** Where the last object begins, if it is a stream that breaks off: the file was cut. */
function breakOf(source: Source, found: Scanned, effort: Effort): number | undefined {
  let last = -1
  for (const entry of found.entries.values()) if (entry.kind === 'offset' && entry.offset > last) last = entry.offset
  if (last < 0 || indexOfWord(source.bytes, 'endstream', last) >= 0) return undefined
  const parser = new Parser(source, last)
  parser.takeObjectHeader()
  const dict = tolerant(effort, () => parser.readObject())
  return dict !== undefined && isDict(dict) && parser.takeKeyword('stream') ? last : undefined
}

/** Looks through the whole file for objects and trailers, the later of two with one number winning. Throws PdfProblem too_complex. */
export function scanObjects(source: Source, effort: Effort): Scanned {
  const { bytes } = source
  const found: Scanned = { entries: new Map(), objectStreams: [], trailers: [], breaksOffAt: undefined }
  for (let at = indexOfWord(bytes, 'obj', 0); at >= 0;) {
    const start = headerStart(bytes, at)
    const next = start === undefined ? undefined : noteObject(source, start, { found, effort })
    at = indexOfWord(bytes, 'obj', Math.max(at + 3, next ?? 0))
  }
  found.breaksOffAt = breakOf(source, found, effort)
  for (let at = indexOfWord(bytes, 'trailer', 0); at >= 0; at = indexOfWord(bytes, 'trailer', at + 7)) {
    const parser = new Parser(source, at + 7)
    const value = tolerant(effort, () => parser.readObject())
    effort.parse(parser.position - at)
    if (isDict(value)) found.trailers.push(value)
  }
  return found
}
