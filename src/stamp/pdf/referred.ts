import type { Primitives } from '../../base/primitives.ts'
import { pdfObjectsMax } from '../../limits/stamping.ts'
import type { PdfDocument } from './document.ts'
import { integerOf, isStream, type PdfObject, PdfProblem, type Span } from './objects.ts'
import { isSpace } from './parser.ts'

/** Object numbers that a stamp's updates may take: some ten, and one for each part of the validation data. */
const updateObjectsMax = 1024
/** How far above the highest object room is looked for. */
const searchedNumbersMax = 65_536

/**
 * The first number for what an update adds: above every object there is, with so many behind it that nothing refers to. A
 * reference that leads nowhere must not lead to something of ours. Throws PdfProblem where the numbers would be too high.
 */
export function firstNewNumber(document: PdfDocument): number {
  // the /Size of a damaged file says nothing
  let lowest = document.repaired ? 1 : (integerOf(document.trailer.entries.get('Size')) ?? 1)
  for (const number of document.entries.keys()) if (number >= lowest) lowest = number + 1
  const span = { start: lowest, end: Math.min(lowest + searchedNumbersMax, pdfObjectsMax) }
  const found = new Set<number>()
  for (const part of [...outsideLargeData(document), ...document.packTexts()])
    noteReferred(part, { span, found, primitives: document.primitives })
  const first = firstFree(found, span, updateObjectsMax)
  if (first === undefined) throw new PdfProblem('too_complex', `no room for more objects from ${lowest} on`)
  return first
}

const letterR = 82

/** The number that ends before `end`, and where it starts; undefined where there is none. */
function numberBefore(bytes: Uint8Array, end: number): { value: number; start: number } | undefined {
  let start = end
  let value = 0
  for (let weight = 1; start > 0; start--, weight *= 10) {
    const digit = (bytes[start - 1] ?? 0) - 48
    if (digit < 0 || digit > 9) break
    value += digit * weight
  }
  return start === end ? undefined : { value, start }
}

/** Past the white space before `end`. */
function spaceBefore(bytes: Uint8Array, end: number): number {
  let at = end
  while (at > 0 && isSpace(bytes[at - 1])) at--
  return at
}

/**
 * Notes the object numbers of the span that these bytes refer to, `12 0 R` wherever it stands. What only looks like a
 * reference counts too: whoever looks for numbers that nothing refers to loses nothing by it.
 */
export function noteReferred(
  bytes: Uint8Array,
  { span, found, primitives }: { span: Span; found: Set<number>; primitives: Pick<Primitives, 'indexOf'> },
): void {
  for (let at = -1; (at = primitives.indexOf(bytes, letterR, at + 1)) >= 0;) {
    const afterGeneration = spaceBefore(bytes, at)
    const generation = afterGeneration === at ? undefined : numberBefore(bytes, afterGeneration)
    if (generation === undefined) continue
    const afterNumber = spaceBefore(bytes, generation.start)
    const number = afterNumber === generation.start ? undefined : numberBefore(bytes, afterNumber)
    if (number !== undefined && number.value >= span.start && number.value < span.end) found.add(number.value)
  }
}

/** The first number of the span that is followed by `room` numbers in it, none of them found; undefined where there is none. */
export function firstFree(found: ReadonlySet<number>, span: Span, room: number): number | undefined {
  let { start } = span
  for (const number of [...found].toSorted((a, b) => a - b)) {
    if (number >= start + room) break
    start = number + 1
  }
  return start + room <= span.end ? start : undefined
}

/** From here on finding out where a stream's data ends costs less than searching the data. */
const largeObjectBytes = 16 * 1024

/** The whole file, but for the data of its large streams where these are most of it: no reader finds references there. */
export function outsideLargeData(document: PdfDocument): Uint8Array[] {
  const { bytes, entries } = document
  if (document.repaired || bytes.length < entries.size * largeObjectBytes) return [bytes]
  const starts = [...entries].flatMap(([number, entry]) =>
    entry.kind === 'offset' ? { number, at: entry.offset } : [],
  )
  starts.sort((a, b) => a.at - b.at)
  const parts: Uint8Array[] = []
  let from = 0
  for (const [index, { number, at }] of starts.entries()) {
    const next = starts[index + 1]?.at ?? bytes.length
    const value = next - at < largeObjectBytes ? null : readable(document, number)
    if (!isStream(value) || value.dataStart < from) continue
    parts.push(bytes.subarray(from, value.dataStart))
    // an object that stands within the data is read all the same
    from = Math.min(value.dataStart + value.data.length, next)
  }
  return [...parts, bytes.subarray(from)]
}

function readable(document: PdfDocument, number: number): PdfObject {
  try {
    return document.locate(number)?.value ?? null
  } catch (cause) {
    if (cause instanceof PdfProblem && cause.refusal.code !== 'too_complex') return null
    throw cause
  }
}
