import { indexOfWord } from './indirect.ts'
import { damaged, PdfProblem } from './objects.ts'
import { isSpace, isWordAt, Parser } from './parser.ts'

/** Where reading begins. */
export type Start = {
  /** Offset of the header that offsets count from; 0 where it is missing or does not count. */
  base: number
  /** Of the newest cross-reference section in the file; -1 where none is named. */
  offset: number
  /** `1.7`, from the header; `1.4` where that is missing. */
  version: string
}

/** Readers look for the header in the first 1,024 bytes (ISO 32000-1 annex H.3.4.1). */
const headerWithin = 1024
/** And for `startxref` near the end; what follows it in real files (padding, mail footers) is shorter than this. */
const startWithin = 64 * 1024

function lastIndexOfWord(bytes: Uint8Array, word: string): number {
  const from = Math.max(0, bytes.length - startWithin)
  const first = word.charCodeAt(0)
  for (let at = bytes.lastIndexOf(first); at >= from; at = at === 0 ? -1 : bytes.lastIndexOf(first, at - 1))
    if (isWordAt(bytes, word, at)) return at
  return -1
}

function isSection(bytes: Uint8Array, offset: number): boolean {
  const source = { bytes, packed: false }
  return new Parser(source, offset).takeKeyword('xref') || new Parser(source, offset).takeObjectHeader() !== undefined
}

/** Strict: after the offset comes `%%EOF`, and after that only white space. */
function proveEnd(bytes: Uint8Array, position: number): void {
  let at = position
  while (isSpace(bytes[at])) at++
  if (!isWordAt(bytes, '%%EOF', at)) throw damaged('the file does not end with %%EOF')
  for (at += 5; at < bytes.length; at++) if (!isSpace(bytes[at])) throw damaged('something follows the last %%EOF')
}

/**
 * Finds the header and the newest cross-reference. Throws PdfProblem: not_a_pdf where neither a header nor a `startxref`
 * nor an object is found; strict also where the end is not as ISO 32000-1 7.5.5 has it.
 */
export function findStart(bytes: Uint8Array, strict: boolean): Start {
  const header = indexOfWord(bytes.subarray(0, headerWithin), '%PDF-', 0)
  const at = lastIndexOfWord(bytes, 'startxref')
  if (header < 0 && (strict || (at < 0 && indexOfWord(bytes, 'endobj', 0) < 0))) {
    throw new PdfProblem('not_a_pdf', 'the file has no PDF header')
  }
  const digits = header < 0 ? [] : [...bytes.subarray(header + 5, header + 8)]
  const text = String.fromCharCode(...digits)
  const version = /^\d\.\d$/.test(text) ? text : '1.4'
  const parser = new Parser({ bytes, packed: false }, at + 9)
  const written = at < 0 ? undefined : parser.takeInteger()
  if (strict) {
    if (written === undefined) throw damaged('startxref is missing')
    proveEnd(bytes, parser.position)
  }
  const shift = Math.max(0, header)
  if (written === undefined) return { base: shift, offset: -1, version }
  // makers of a shifted header disagree on where to count from: what leads to a cross-reference is right
  const base = shift > 0 && !isSection(bytes, written + shift) && isSection(bytes, written) ? 0 : shift
  return { base, offset: written + base, version }
}
