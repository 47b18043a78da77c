import type { VerifyPrimitives } from '../../base/primitives.ts'
import { openDocument, type PdfDocument } from '../pdf/document.ts'
import { Effort } from '../pdf/effort.ts'
import { readFields, type Field } from '../pdf/form.ts'
import { isArray, isDict, isStream, nameOf, type PdfDict } from '../pdf/objects.ts'
import { indexOfWord } from '../pdf/indirect.ts'
import { isSpace, Parser } from '../pdf/parser.ts'
import { coverageOf } from './byte-range.ts'
import { unlessDamaged } from './damage.ts'
import { laterUpdates, type WholeFile } from './later-updates.ts'
import { integrityOf, type CheckReason, type CheckReport, type SignatureReport, type Trust } from './report.ts'
import { shownSerials } from './shown-serials.ts'
import { proveSignature, type SignatureContext, type SignatureProof } from './signature.ts'
import { parseRoots } from './stamp-proof.ts'
import { validationStore } from './validation-store.ts'
import { verifyingOnce } from './verify-once.ts'

export type { CheckReason, CheckReport, Integrity, SignatureReport, Trust } from './report.ts'

/** Signatures looked at in one file; the most seen in a real one is 40. */
const signaturesMax = 128
/** Unpacked drawings searched for a stamp's picture, all together: a file of thousands of large forms must not keep us busy. */
const drawingBytesMax = 64 * 1024 * 1024

type Candidate = { field: Field; dict: PdfDict; isRemoved: boolean }

/**
 * What the signatures of a PDF prove, trusting nothing else in it: strict reading of each signed part, the cryptography,
 * the chain to `trust`, and every byte behind. Never throws for what is in the file; RangeError for a trust list that is none.
 */
export function check(bytes: Uint8Array, trust: Trust, given: VerifyPrimitives): CheckReport {
  const primitives = verifyingOnce(given)
  const effort = new Effort(bytes.length, 'checking')
  const strict = openDocument(bytes, primitives, { strict: true, effort })
  const isReadable = strict.ok && signedFields(strict.document) !== undefined
  // what only a repairing reader sees is looked at too, to be named; it never proves anything
  const opened = isReadable ? strict : openDocument(bytes, primitives)
  const document = opened.ok ? opened.document : undefined
  const store = document === undefined ? { pool: [], revocation: { ocsps: [], crls: [] } } : validationStore(document)
  const context: SignatureContext = { bytes, primitives, effort, roots: parseRoots(trust), ...store }
  const proofs = candidates(context, document)
    .map(({ field, dict, isRemoved }) => ({ isRemoved, ...proveSignature(field, dict, context) }))
    .toSorted((a, b) => (a.coverage?.end ?? 0) - (b.coverage?.end ?? 0))
  const file: WholeFile = {
    bytes,
    primitives,
    effort,
    known: new Map(),
    isSignedUpTo: (number, end) => proofs.some((proof) => isSignedUpTo(proof, number, end, bytes)),
  }
  const looked = proofs.map((proof) => lookBehind(proof, proofs, file))
  const signatures = looked.map((one) => one.report)
  const signedSerials = new Set(
    signatures.flatMap(({ signer, serial }) => (signer.standing === 'foreign' ? [] : (serial ?? []))),
  )
  const shown = new Set([...shownSerials(bytes), ...(document === undefined ? [] : drawnSerials(document))])
  return {
    signatures,
    stampPictures: [...shown].filter((serial) => !signedSerials.has(serial)),
    coversWholeFile: looked.some((one) => one.reachesEnd),
    ...(strict.ok ? {} : { parseProblem: String(strict.refusal.values?.['problem'] ?? strict.refusal.code) }),
  }
}

/** The whole-file rules for one signature, added to what it proves by itself. */
function lookBehind(
  proof: SignatureProof & { isRemoved: boolean },
  all: readonly SignatureProof[],
  file: WholeFile,
): { report: SignatureReport; reachesEnd: boolean } {
  const reasons = new Set<CheckReason>(proof.report.reasons)
  const later = proof.revision === undefined ? undefined : laterUpdates(proof.revision, file)
  for (const reason of later ?? []) reasons.add(reason)
  if (proof.isRemoved) reasons.add('object_removed')
  const end = proof.coverage?.end ?? 0
  if (all.some((other) => !other.isTimestamp && other.coverage !== undefined && other.coverage.end > end))
    reasons.add('later_signature')
  const list = [...reasons]
  return { report: { ...proof.report, reasons: list, integrity: integrityOf(list) }, reachesEnd: later?.length === 0 }
}

function isSignedUpTo(proof: SignatureProof, number: number, end: number, bytes: Uint8Array): boolean {
  if (proof.fieldNumber !== number || proof.coverage === undefined || proof.report.integrity !== 'intact') return false
  const rest = bytes.subarray(proof.coverage.end, end)
  return proof.coverage.end <= end && rest.every((byte) => isSpace(byte))
}

/** Signatures of the form as it is now, and those an older revision had and the newest hides. */
function candidates(context: SignatureContext, document: PdfDocument | undefined): Candidate[] {
  const current = document === undefined ? [] : (signedFields(document) ?? [])
  const found = current.map((one) => ({ ...one, isRemoved: false }))
  const known = new Set(found.map(({ dict }) => dict.start))
  const { bytes, primitives, effort } = context
  for (const end of coveredEnds(bytes)) {
    const opened = openDocument(bytes, primitives, { strict: true, end, effort })
    for (const one of opened.ok ? (signedFields(opened.document) ?? []) : []) {
      if (known.has(one.dict.start) || found.length >= signaturesMax) continue
      known.add(one.dict.start)
      found.push({ ...one, isRemoved: true })
    }
  }
  return found.slice(0, signaturesMax)
}

/** Undefined where the form cannot be read. */
function signedFields(document: PdfDocument): { field: Field; dict: PdfDict }[] | undefined {
  return unlessDamaged(() => readFields(document))?.flatMap((field) =>
    field.type === 'Sig' && isDict(field.value) && field.value.entries.has('Contents')
      ? [{ field, dict: field.value }]
      : [],
  )
}

/** Where the ByteRanges written anywhere in the file end; found by their name, so that no cross-reference can hide them. */
function coveredEnds(bytes: Uint8Array): number[] {
  const ends = new Set<number>()
  for (
    let at = indexOfWord(bytes, '/ByteRange', 0);
    at >= 0 && ends.size < signaturesMax;
    at = indexOfWord(bytes, '/ByteRange', at + 1)
  ) {
    const parser = new Parser({ bytes, packed: false }, at + '/ByteRange'.length)
    const range = unlessDamaged(() => parser.readObject())
    const coverage = isArray(range) ? coverageOf(range.items, bytes.length) : undefined
    if (coverage !== undefined) ends.add(coverage.end)
  }
  return [...ends]
}

/** Serials in the forms (XObjects) that other programs have packed. */
function drawnSerials(document: PdfDocument): string[] {
  const found = new Set<string>()
  let left = drawingBytesMax
  for (const number of document.entries.keys()) {
    const drawn = unlessDamaged(() => {
      const value = document.locate(number)?.value
      // what is not packed has been searched with the bytes of the file
      const isPackedForm =
        isStream(value) && nameOf(value.dict.entries.get('Subtype')) === 'Form' && value.dict.entries.has('Filter')
      return isPackedForm ? document.decodeStream(value) : undefined
    })
    for (const serial of drawn === undefined ? [] : shownSerials(drawn)) found.add(serial)
    left -= drawn?.length ?? 0
    if (left < 0) break
  }
  return [...found]
}
