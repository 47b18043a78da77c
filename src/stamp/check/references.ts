import type { PdfDocument } from '../pdf/document.ts'
import { pdfObjectsMax } from '../../limits/stamping.ts'
import { isArray, isDict, isRef, isStream, PdfProblem, type PdfObject } from '../pdf/objects.ts'
import { noteReferred } from '../pdf/referred.ts'

/** Who refers from outside every object: the trailer. */
export const trailerNumber = -1
/** Who may refer to anything: an object that this reader cannot take apart, and another perhaps can. */
export const unreadableNumber = -2

/** Calls `found` with the number of each reference inside a value. */
export function eachReference(value: PdfObject, found: (number: number) => void): void {
  if (isRef(value)) found(value.number)
  else if (isArray(value)) for (const item of value.items) eachReference(item, found)
  else if (isDict(value)) for (const item of value.entries.values()) eachReference(item, found)
  else if (isStream(value)) eachReference(value.dict, found)
}

/**
 * Which objects of the document refer to each of `targets`. Looks at every object, used or not: what nobody uses today
 * may be used by the reader that an attacker has in mind.
 */
export function referrersOf(document: PdfDocument, targets: ReadonlySet<number>): Map<number, Set<number>> {
  const referrers = new Map<number, Set<number>>()
  const note = (target: number, from: number) => {
    if (!targets.has(target)) return
    const known = referrers.get(target) ?? new Set()
    referrers.set(target, known.add(from))
  }
  eachReference(document.trailer, (number) => note(number, trailerNumber))
  for (const [number, entry] of document.entries) {
    if (entry.kind === 'free') continue
    try {
      eachReference(document.locate(number)?.value ?? null, (target) => note(target, number))
    } catch (cause) {
      if (!(cause instanceof PdfProblem)) throw cause
      if (entry.kind === 'packed') for (const target of targets) note(target, unreadableNumber)
      else for (const target of writtenReferences(document, entry.offset)) note(target, number)
    }
  }
  return referrers
}

/** What the text of an object that cannot be parsed refers to, read as loosely as can be. */
function writtenReferences(document: PdfDocument, offset: number): Set<number> {
  let end = document.bytes.length
  document.effort.visit(document.entries.size)
  for (const entry of document.entries.values())
    if (entry.kind === 'offset' && entry.offset > offset) end = Math.min(end, entry.offset)
  const found = new Set<number>()
  const span = { start: 0, end: pdfObjectsMax }
  noteReferred(document.bytes.subarray(offset, end), { span, found, primitives: document.primitives })
  return found
}
