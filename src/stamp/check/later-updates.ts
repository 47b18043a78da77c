import { integerOf, type PdfRef } from '../pdf/objects.ts'
import type { Opened, PdfDocument } from '../pdf/document.ts'
import { indexOfWord } from '../pdf/indirect.ts'
import { compareRevisions, type Difference } from './difference.ts'
import { refusalOf, type Permissions } from './permissions.ts'
import type { CheckReason } from './report.ts'
import type { SignedBy } from './step.ts'
import { readUpdates } from './updates.ts'

/** What the comparison of updates needs to know of the whole file. */
export type WholeFile = {
  bytes: Uint8Array
  /** The revision that ends at this offset, read strictly. */
  open: (end: number) => Opened
  /** Whose sound signature of this field covers the file exactly up to that offset. */
  signedBy: (fieldNumber: number, end: number) => SignedBy | undefined
  /** The outcome of each update by its end: several signatures look back on the same ones. */
  known: Map<number, Difference>
}

/** The signature that is looked behind: the signed part, and what its signer allows. */
export type Signed = { revision: PdfDocument; permissions: Permissions; isStamp: boolean }

/**
 * Holds every byte after a revision against what may stand there: a chain of well-formed updates up to the end of the
 * file, each pointing back to the one before, and none changing the document. No reasons: all is as it should be.
 */
export function laterUpdates(signed: Signed, file: WholeFile): CheckReason[] {
  const { bytes } = file
  const { revision, permissions, isStamp } = signed
  const whole = file.open(bytes.length)
  const lengthOf = (ref: PdfRef) => (whole.ok ? integerOf(whole.document.resolve(ref)) : undefined)
  const { updates, end } = readUpdates({ bytes, base: revision.base, lengthOf }, revision.bytes.length)
  const reasons = new Set<CheckReason>()
  if (end < bytes.length) reasons.add(indexOfWord(bytes, 'startxref', end) < 0 ? 'bytes_after_end' : 'update_malformed')
  let before = revision
  for (const update of updates) {
    const next = file.open(update.end)
    if (!next.ok || !follows(before, next.document, update.sectionStart)) return [...reasons.add('update_malformed')]
    const signedBy = (fieldNumber: number) => file.signedBy(fieldNumber, update.end)
    const found = file.known.get(update.end) ?? compareRevisions(before, next.document, { update, signedBy })
    file.known.set(update.end, found)
    for (const reason of found.reasons) reasons.add(reason)
    for (const deed of found.deeds) {
      const refusal = refusalOf(deed, permissions, isStamp)
      if (refusal !== undefined) reasons.add(refusal)
    }
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
