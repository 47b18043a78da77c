import type { Primitives } from '../../base/primitives.ts'
import { openDocument, type PdfDocument } from '../pdf/document.ts'
import type { Effort } from '../pdf/effort.ts'
import { integerOf, type PdfRef } from '../pdf/objects.ts'
import { indexOfWord } from '../pdf/indirect.ts'
import { compareRevisions } from './difference.ts'
import type { CheckReason } from './report.ts'
import { readUpdates } from './updates.ts'

/** What the comparison of updates needs to know of the whole file. */
export type WholeFile = {
  bytes: Uint8Array
  primitives: Primitives
  effort: Effort
  /** True when a sound signature of this field covers the file exactly up to that offset. */
  isSignedUpTo(fieldNumber: number, end: number): boolean
  /** The outcome of each update by its end: several signatures look back on the same ones. */
  known: Map<number, readonly CheckReason[]>
}

/**
 * Holds every byte after a revision against what may stand there: a chain of well-formed updates up to the end of the
 * file, each pointing back to the one before, and none changing the document. No reasons: all is as it should be.
 */
export function laterUpdates(revision: PdfDocument, file: WholeFile): CheckReason[] {
  const { bytes, primitives, effort } = file
  const whole = openDocument(bytes, primitives, { strict: true, effort })
  const lengthOf = (ref: PdfRef) => (whole.ok ? integerOf(whole.document.resolve(ref)) : undefined)
  const { updates, end } = readUpdates({ bytes, base: revision.base, lengthOf }, revision.bytes.length)
  const reasons = new Set<CheckReason>()
  if (end < bytes.length) reasons.add(indexOfWord(bytes, 'startxref', end) < 0 ? 'bytes_after_end' : 'update_malformed')
  let before = revision
  for (const update of updates) {
    const next = openDocument(bytes, primitives, { strict: true, end: update.end, effort })
    if (!next.ok || !follows(before, next.document, update.sectionStart)) return [...reasons.add('update_malformed')]
    const isSigned = (fieldNumber: number) => file.isSignedUpTo(fieldNumber, update.end)
    const found = file.known.get(update.end) ?? compareRevisions(before, next.document, { update, isSigned })
    file.known.set(update.end, found)
    for (const reason of found) reasons.add(reason)
    before = next.document
  }
  return [...reasons]
}

/** The newer document's sections are the older one's with exactly one before them. */
function follows(before: PdfDocument, after: PdfDocument, sectionStart: number): boolean {
  const [newest, ...older] = after.sections
  return (
    newest?.offset === sectionStart &&
    older.length === before.sections.length &&
    older.every((section, i) => section.offset === before.sections[i]?.offset)
  )
}
