import type { Effort } from './effort.ts'
import type { Encryption } from './encryption.ts'
import {
  damaged,
  integerOf,
  isDict,
  type PdfDict,
  type PdfObject,
  type PdfRef,
  type PdfStream,
  type Source,
} from './objects.ts'
import { isWordAt, Parser } from './parser.ts'

/** An object with its number, and where it stands: from the first digit of its number to the end of `endobj`. */
export type Indirect = { readonly ref: PdfRef; readonly value: PdfObject; readonly start: number; readonly end: number }

/** How `readIndirect` reads: what the surroundings know that the object alone does not say. */
export type IndirectOptions = {
  strict: boolean
  /** Of the strings in the object. */
  encryption?: Pick<Encryption, 'decryptString'> | undefined
  /** The value of /Length, which may be a reference; undefined when it cannot be found out. */
  lengthOf?: ((dict: PdfDict) => number | undefined) | undefined
  /** Charged with every byte walked; data that is as long as it says is not walked. */
  effort: Effort
}

/** Offset of `word` in bytes at or after `from`, or -1. */
export function indexOfWord(bytes: Uint8Array, word: string, from: number): number {
  const first = word.charCodeAt(0)
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1))
    if (isWordAt(bytes, word, at)) return at
  return -1
}

function dataEnd(bytes: Uint8Array, start: number, length: number | undefined): number | undefined {
  if (length === undefined || length < 0 || start + length > bytes.length) return undefined
  let at = start + length
  if (bytes[at] === 13) at++
  if (bytes[at] === 10) at++
  return isWordAt(bytes, 'endstream', at) ? start + length : undefined
}

/** Where the data ends by looking for `endstream`, for lengths that lie. */
function searchDataEnd(bytes: Uint8Array, start: number, effort: Effort): number {
  let at = indexOfWord(bytes, 'endstream', start)
  effort.parse((at < 0 ? bytes.length : at) - start)
  if (at < 0) throw damaged(`the stream at offset ${start} has no end`)
  if (bytes[at - 1] === 10 && at > start) at--
  if (bytes[at - 1] === 13 && at > start) at--
  return at
}

/**
 * Reads `12 0 obj ... endobj` at `offset`. Undefined when no object header stands there.
 * Throws PdfProblem where the value cannot be read; strict also where the stream's length or the end is wrong.
 */
export function readIndirect(source: Source, offset: number, options: IndirectOptions): Indirect | undefined {
  const { bytes } = source
  const { strict, encryption, effort } = options
  if (offset < 0 || offset >= bytes.length) return undefined
  const parser = new Parser(source, offset, options)
  const ref = parser.takeObjectHeader()
  const bodyAt = parser.position
  effort.parse(bodyAt - offset)
  if (ref === undefined) return undefined
  if (encryption !== undefined) parser.decrypt = (text) => encryption.decryptString(text, ref)
  // an empty object is null to every reader
  if (!strict && parser.takeKeyword('endobj')) return { ref, value: null, start: offset, end: parser.position }
  let value: PdfObject
  try {
    value = parser.readObject()
  } finally {
    effort.parse(parser.position - bodyAt)
  }
  if (isDict(value) && parser.takeKeyword('stream')) value = readStream(parser, { dict: value, ref }, options)
  const closed = parser.takeKeyword('endobj')
  if (!closed && strict) throw damaged(`object ${ref.number} has no end`)
  return { ref, value, start: offset, end: parser.position }
}

function readStream(parser: Parser, of: { dict: PdfDict; ref: PdfRef }, options: IndirectOptions): PdfStream {
  const { bytes } = parser.source
  const { dict, ref } = of
  if (bytes[parser.position] === 13) parser.position++
  if (bytes[parser.position] === 10) parser.position++
  const dataStart = parser.position
  const length = options.lengthOf === undefined ? integerOf(dict.entries.get('Length')) : options.lengthOf(dict)
  const exact = dataEnd(bytes, dataStart, length)
  if (exact === undefined && options.strict) throw damaged(`object ${ref.number}: the stream is not as long as it says`)
  const end = exact ?? searchDataEnd(bytes, dataStart, options.effort)
  parser.position = end
  parser.takeKeyword('endstream')
  return { kind: 'stream', dict, data: bytes.subarray(dataStart, end), dataStart, holder: ref }
}
