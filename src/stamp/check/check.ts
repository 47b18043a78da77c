import { latin1Bytes } from '../../base/bytes.ts'
import type { Primitives, VerifyPrimitives } from '../../base/primitives.ts'
import { checkedSignaturesMax, searchedDrawingBytesMax } from '../../limits/stamping.ts'
import { openDocument, type Opened, type PdfDocument } from '../pdf/document.ts'
import { Effort } from '../pdf/effort.ts'
import { readFields, type Field } from '../pdf/form.ts'
import { isArray, isDict, isStream, nameOf, type PdfDict } from '../pdf/objects.ts'
import { isSpace, Parser } from '../pdf/parser.ts'
import { coverageOf } from './byte-range.ts'
import { unlessDamaged } from './damage.ts'
import { laterUpdates, type WholeFile } from './later-updates.ts'
import { integrityOf, type CheckReason, type CheckReport, type SignatureReport, type Trust } from './report.ts'
import { shownSerials } from './shown-serials.ts'
import { proveSignature, type SignatureContext, type SignatureProof } from './signature.ts'
import { parseRoots } from './stamp-proof.ts'
import type { SignedBy } from './step.ts'
import { validationStore } from './validation-store.ts'
import { verifyingOnce } from './verify-once.ts'

export type { CheckReason, CheckReport, Integrity, SignatureReport, Trust } from './report.ts'

type Candidate = { field: Field; dict: PdfDict; isRemoved: boolean }

/**
 * What the signatures of a PDF prove, trusting nothing else in it: strict reading of each signed part, the cryptography,
 * the chain to `trust`, and every byte behind. A locked file is read with `password`, or the empty one. Never throws for what is
 * in the file; RangeError for a trust list that is none.
 */
export function check(bytes: Uint8Array, given: Trust & { password?: string }, using: VerifyPrimitives): CheckReport {
  const primitives = verifyingOnce(using)
  const { password } = given
  const effort = new Effort(bytes.length, 'checking')
  const revisions = new Map<number, Opened>()
  const open = (end: number) => {
    const opened = revisions.get(end) ?? openDocument(bytes, primitives, { strict: true, end, effort, password })
    revisions.set(end, opened)
    return opened
  }
  const strict = open(bytes.length)
  const isReadable = strict.ok && signedFields(strict.document) !== undefined
  // what only a repairing reader sees is looked at too, to be named; it never proves anything
  const opened = isReadable ? strict : openDocument(bytes, primitives, { password })
  const document = opened.ok ? opened.document : undefined
  const store = document === undefined ? { pool: [], revocation: { ocsps: [], crls: [] } } : validationStore(document)
  const context: SignatureContext = { bytes, primitives, open, roots: parseRoots(given, primitives), ...store }
  const proofs = candidates(context, document)
    .map(({ field, dict, isRemoved }) => ({ isRemoved, ...proveSignature(field, dict, context) }))
    .toSorted((a, b) => (a.coverage?.end ?? 0) - (b.coverage?.end ?? 0))
  const file: WholeFile = {
    bytes,
    open,
    known: new Map(),
    signedBy: (number, end) => proofs.flatMap((proof) => signedUpTo(proof, number, end, bytes) ?? [])[0],
  }
  const looked = proofs.filter((proof) => !isReplaced(proof, proofs)).map((proof) => lookBehind(proof, proofs, file))
  const signatures = looked.map((one) => one.report)
  const signedSerials = new Set(
    signatures.flatMap(({ signer, serial }) => (signer.standing === 'foreign' ? [] : (serial ?? []))),
  )
  const shown = new Set([...shownSerials(bytes, primitives), ...(document === undefined ? [] : drawnSerials(document))])
  return {
    signatures,
    stampPictures: [...shown].filter((serial) => !signedSerials.has(serial)),
    coversWholeFile: looked.some((one) => one.reachesEnd),
    ...(strict.ok ? {} : { parseProblem: String(strict.refusal.values?.['problem'] ?? strict.refusal.code) }),
  }
}

type Proof = SignatureProof & { isRemoved: boolean }

/**
 * A foreign signature that the form no longer has, while a sound one over all that took it away is there: whoever signed last
 * signed a document without it. A stamp that was taken away is always told.
 */
function isReplaced(proof: Proof, all: readonly Proof[]): boolean {
  if (!proof.isRemoved || proof.report.signer.standing !== 'foreign') return false
  const end = proof.coverage?.end ?? 0
  return all.some((other) => !other.isRemoved && isSound(other) && (other.coverage?.end ?? 0) > end)
}

function isSound(proof: SignatureProof): boolean {
  return proof.report.integrity === 'intact'
}

/** The whole-file rules for one signature, added to what it proves by itself. */
function lookBehind(
  proof: Proof,
  all: readonly SignatureProof[],
  file: WholeFile,
): { report: SignatureReport; reachesEnd: boolean } {
  const { report, revision, permissions, coverage } = proof
  const reasons = new Set<CheckReason>(report.reasons)
  const isStamp = report.signer.standing !== 'foreign'
  const later = revision === undefined ? undefined : laterUpdates({ revision, permissions, isStamp }, file)
  for (const reason of later ?? []) reasons.add(reason)
  if (proof.isRemoved) reasons.add('object_removed')
  const end = coverage?.end ?? 0
  const behind = all.filter((other) => other.coverage !== undefined && other.coverage.end > end)
  if (behind.some((other) => !other.isTimestamp)) reasons.add('later_signature')
  const isKept = behind.some((other) => other.isTimestamp && other.report.reasons.length === 0)
  const list = [...reasons]
  const profile = report.profile === 'B-LT' && isKept ? 'B-LTA' : report.profile
  return {
    report: { ...report, profile, reasons: list, integrity: integrityOf(list) },
    reachesEnd: later?.length === 0,
  }
}

function signedUpTo(proof: SignatureProof, number: number, end: number, bytes: Uint8Array): SignedBy | undefined {
  if (proof.fieldNumber !== number || proof.coverage === undefined || !isSound(proof)) return undefined
  const rest = bytes.subarray(proof.coverage.end, end)
  if (proof.coverage.end > end || !rest.every((byte) => isSpace(byte))) return undefined
  if (proof.isTimestamp) return 'timestamp'
  return proof.report.signer.standing === 'foreign' ? 'other' : 'stamp'
}

/** Signatures of the form as it is now, and those an older revision had and the newest hides. */
function candidates({ bytes, open, primitives }: SignatureContext, document: PdfDocument | undefined): Candidate[] {
  const current = document === undefined ? [] : (signedFields(document) ?? [])
  const found = current.map((one) => ({ ...one, isRemoved: false }))
  const known = new Set(found.map(({ dict }) => dict.start))
  for (const end of coveredEnds(bytes, primitives)) {
    const opened = open(end)
    for (const one of opened.ok ? (signedFields(opened.document) ?? []) : []) {
      if (known.has(one.dict.start) || found.length >= checkedSignaturesMax) continue
      known.add(one.dict.start)
      found.push({ ...one, isRemoved: true })
    }
  }
  return found.slice(0, checkedSignaturesMax)
}

/** Undefined where the form cannot be read. */
function signedFields(document: PdfDocument): { field: Field; dict: PdfDict }[] | undefined {
  return unlessDamaged(() => readFields(document))?.flatMap((field) =>
    field.type === 'Sig' && isDict(field.value) ? [{ field, dict: field.value }] : [],
  )
}

const rangeName = latin1Bytes('/ByteRange')

/** Where the ByteRanges written anywhere in the file end; found by their name, so that no cross-reference can hide them. */
function coveredEnds(bytes: Uint8Array, { indexOf }: Pick<Primitives, 'indexOf'>): number[] {
  const ends = new Set<number>()
  for (
    let at = indexOf(bytes, rangeName, 0);
    at >= 0 && ends.size < checkedSignaturesMax;
    at = indexOf(bytes, rangeName, at + 1)
  ) {
    const parser = new Parser({ bytes, packed: false }, at + rangeName.length)
    const range = unlessDamaged(() => parser.readObject())
    const coverage = isArray(range) ? coverageOf(range.items, bytes.length) : undefined
    if (coverage !== undefined) ends.add(coverage.end)
  }
  return [...ends]
}

/** Serials in the forms (XObjects) that other programs have packed. */
function drawnSerials(document: PdfDocument): string[] {
  const found = new Set<string>()
  let left = searchedDrawingBytesMax
  for (const number of document.entries.keys()) {
    const drawn = unlessDamaged(() => {
      const value = document.locate(number)?.value
      // what is not packed has been searched with the bytes of the file
      const isPackedForm =
        isStream(value) && nameOf(value.dict.entries.get('Subtype')) === 'Form' && value.dict.entries.has('Filter')
      return isPackedForm ? document.decodeStream(value) : undefined
    })
    for (const serial of drawn === undefined ? [] : shownSerials(drawn, document.primitives)) found.add(serial)
    left -= drawn?.length ?? 0
    if (left < 0) break
  }
  return [...found]
}
