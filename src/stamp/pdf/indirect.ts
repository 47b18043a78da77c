import { damaged, integerOf, isDict, type PdfDict, type PdfObject, type PdfRef, type Source } from './objects.ts'
import { Parser } from './parser.ts'

/** An object with its number, and where it stands: from the first digit of its number to the end of `endobj`. */
export type Indirect = { readonly ref: PdfRef; readonly value: PdfObject; readonly start: number; readonly end: number }

/** How `readIndirect` reads: what the surroundings know that the object alone does not say. */
export type IndirectOptions = {
  strict: boolean
  /** Decrypts a string of the object that is being read. */
  decrypt?: ((bytes: Uint8Array, holder: PdfRef) => Uint8Array) | undefined
  /** The value of /Length, which may be a reference; undefined when it cannot be found out. */
  lengthOf?: ((dict: PdfDict) => number | undefined) | undefined
}

/** Offset of `word` in bytes at or after `from`, or -1. */
export function indexOfWord(bytes: Uint8Array, word: string, from: number): number {
  const first = word.charCodeAt(0)
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let i = 1
    while (i < word.length && bytes[at + i] === word.charCodeAt(i)) i++
    if (i === word.length) return at
  }
  return -1
}

function dataEnd(bytes: Uint8Array, start: number, length: number | undefined): number | undefined {
  if (length === undefined || length < 0 || start + length > bytes.length) return undefined
  let at = start + length
  if (bytes[at] === 13) at++
  if (bytes[at] === 10) at++
  return indexOfWord(bytes.subarray(at, at + 9), 'endstream', 0) === 0 ? start + length : undefined
}

/** Where the data ends by looking for `endstream`, for lengths that lie. */
function searchDataEnd(bytes: Uint8Array, start: number): number {
  let at = indexOfWord(bytes, 'endstream', start)
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
  const { strict, decrypt } = options
  if (offset < 0 || offset >= bytes.length) return undefined
  const header = new Parser(source, offset, { strict })
  const ref = header.takeObjectHeader()
  if (ref === undefined) return undefined
  const parser = new Parser(source, header.position, {
    strict,
    ...(decrypt === undefined ? {} : { decrypt: (text: Uint8Array) => decrypt(text, ref) }),
  })
  const start = offset
  // an empty object is null to every reader
  if (!strict && parser.takeKeyword('endobj')) return { ref, value: null, start, end: parser.position }
  let value = parser.readObject()
  if (isDict(value) && parser.takeKeyword('stream')) {
    if (bytes[parser.position] === 13) parser.position++
    if (bytes[parser.position] === 10) parser.position++
    const dataStart = parser.position
    const length = options.lengthOf === undefined ? integerOf(value.entries.get('Length')) : options.lengthOf(value)
    const exact = dataEnd(bytes, dataStart, length)
    if (exact === undefined && strict) throw damaged(`object ${ref.number}: the stream is not as long as it says`)
    const end = exact ?? searchDataEnd(bytes, dataStart)
    value = { kind: 'stream', dict: value, data: bytes.subarray(dataStart, end), dataStart, holder: ref }
    parser.position = end
    parser.takeKeyword('endstream')
  }
  const closed = parser.takeKeyword('endobj')
  if (!closed && strict) throw damaged(`object ${ref.number} has no end`)
  return { ref, value, start, end: parser.position }
}
