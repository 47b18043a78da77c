import { pdfEffort } from '../../limits/stamping.ts'
import { PdfProblem } from './objects.ts'

/** What one look at an object or reference costs, in bytes parsed. */
const visitBytes = 8
/** What an entry of a cross-reference stream costs: its stream may be packed to nothing, the entry in memory is not. */
const entryBytes = 32
/** What a value costs besides that turns out to be none: it may nest as deep as it likes before it fails. */
const failureBytes = 1024
/** Filters put out bytes faster than the parser takes them in. */
const decodedPerParsed = 4

/**
 * How much work a file may still cause, counted in bytes parsed, so that a small file cannot keep anyone busy: by text that
 * every search reads to its end, branches that share their leaves, or streams that unpack to gigabytes. All documents opened
 * for one purpose share it. Each method throws PdfProblem too_complex when it is used up.
 */
export class Effort {
  private left: number

  /** For a file of so many bytes that is opened once, or again and again for the signatures in it. */
  constructor(fileBytes: number, purpose: 'stamping' | 'checking' = 'stamping') {
    this.left = pdfEffort.base + pdfEffort[purpose] * fileBytes
  }

  /** Bytes walked by the parser. */
  parse(bytes: number): void {
    this.left -= bytes
    if (this.left < 0) throw new PdfProblem('too_complex', 'reading the document takes more work than its size allows')
  }

  /** Bytes that a filter put out. */
  decode(bytes: number): void {
    this.parse(bytes / decodedPerParsed)
  }

  /** A value that could not be read. */
  fail(): void {
    this.parse(failureBytes)
  }

  /** Objects or references looked at. */
  visit(count = 1): void {
    this.parse(count * visitBytes)
  }

  /** An entry of a cross-reference stream. */
  enter(): void {
    this.parse(entryBytes)
  }
}
