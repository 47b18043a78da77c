import { toHex } from '../../base/bytes.ts'
import type { VerifyPrimitives } from '../../base/primitives.ts'
import type { Certificate } from '../cms/certificate.ts'
import type { Opened, PdfDocument } from '../pdf/document.ts'
import { readFields, textOf, type Field } from '../pdf/form.ts'
import { isArray, isDict, isStream, isString, nameOf, type PdfDict } from '../pdf/objects.ts'
import { contentsInGap, coveredParts, coverageOf, type Coverage } from './byte-range.ts'
import { contentOfParts, proveContents, proveTimestamp, type SignedContent } from './cms-proof.ts'
import { unlessDamaged } from './damage.ts'
import { noPermissions, permissionsOf, usualPermissions, type Permissions } from './permissions.ts'
import { integrityOf, type CheckReason, type SignatureReport } from './report.ts'
import type { RevocationData } from './revocation.ts'
import { proveStamp, timestampChain, type Roots } from './stamp-proof.ts'

/** What every signature of one file is held against. */
export type SignatureContext = {
  bytes: Uint8Array
  primitives: VerifyPrimitives
  /** The revision that ends at this offset, read strictly. */
  open: (end: number) => Opened
  roots: Roots
  /** From the file's store of validation data; unproven. */
  pool: Certificate[]
  revocation: RevocationData
}

/** A signature by itself, before what stands behind it is looked at. */
export type SignatureProof = {
  report: SignatureReport
  fieldNumber: number | undefined
  coverage: Coverage | undefined
  /** The signed part, read strictly; undefined when it cannot be. */
  revision: PdfDocument | undefined
  isTimestamp: boolean
  permissions: Permissions
}

type Signed = { coverage: Coverage; contents: Uint8Array; revision: PdfDocument; field: Field; dict: PdfDict }
type Located = { signed?: Signed; coverage?: Coverage; reasons: CheckReason[] }

/** Proves one signature over the bytes it covers; `field` may come from a reader that repairs, nothing else does. */
export function proveSignature(field: Field, dict: PdfDict, context: SignatureContext): SignatureProof {
  const located = locateSigned(field, dict, context)
  const { signed, coverage } = located
  const content =
    coverage === undefined ? undefined : contentOfParts(coveredParts(context.bytes, coverage), context.primitives)
  const unproven: SignatureReport = {
    fieldName: field.name,
    integrity: 'broken',
    reasons: located.reasons,
    signer: { commonName: '', standing: 'foreign' },
    digest: content === undefined ? '' : toHex(content.hash('sha256')),
    ...(coverage === undefined ? {} : { gap: { start: coverage.gapStart, end: coverage.gapEnd } }),
    profile: 'foreign',
  }
  const form = unlessDamaged(() => signed?.revision.lookup(dict, 'SubFilter'))
  const isTimestamp = nameOf(form) === 'ETSI.RFC3161'
  const prove = isTimestamp ? proveDocumentTimestamp : proveCms
  const unreadable: Proven = { reasons: ['dictionary_malformed'] }
  const proven =
    signed === undefined || content === undefined
      ? nameSigner(dict, context)
      : (unlessDamaged(() => prove(signed, content, context)) ?? unreadable)
  const reasons = [...new Set([...located.reasons, ...proven.reasons])]
  return {
    report: { ...unproven, ...proven, reasons, integrity: integrityOf(reasons) },
    fieldNumber: field.ref?.number,
    coverage,
    revision: signed?.revision,
    isTimestamp,
    permissions:
      signed === undefined
        ? usualPermissions
        : (unlessDamaged(() => permissionsOf(signed.revision, signed.field.dict, signed.dict)) ?? noPermissions),
  }
}

function locateSigned(field: Field, dict: PdfDict, { bytes, open }: SignatureContext): Located {
  const range = dict.entries.get('ByteRange')
  const coverage = isArray(range) ? coverageOf(range.items, bytes.length) : undefined
  if (coverage === undefined) return { reasons: ['byte_range_malformed'] }
  const place = dict.spans.get('Contents')
  const contents = contentsInGap(bytes, coverage)
  const isOwnGap = !dict.source.packed && place?.start === coverage.gapStart && place.end === coverage.gapEnd
  if (contents === undefined || !isOwnGap) return { coverage, reasons: ['byte_range_gap'] }
  const opened = open(coverage.end)
  if (!opened.ok) return { coverage, reasons: ['signed_part_unreadable'] }
  const found = fieldIn(opened.document, field.name, dict.start)
  if (found === undefined) return { coverage, reasons: ['field_not_signed'] }
  const reasons: CheckReason[] = isSignatureDictionary(found.dict) ? [] : ['dictionary_malformed']
  return { coverage, reasons, signed: { coverage, contents, revision: opened.document, ...found } }
}

/** The field of that name in the signed part itself, with the very same dictionary as its value. */
function fieldIn(revision: PdfDocument, name: string, start: number): Pick<Signed, 'field' | 'dict'> | undefined {
  for (const field of unlessDamaged(() => readFields(revision)) ?? []) {
    if (field.name === name && field.type === 'Sig' && isDict(field.value) && field.value.start === start)
      return { field, dict: field.value }
  }
  return undefined
}

function isSignatureDictionary(dict: PdfDict): boolean {
  const type = dict.entries.get('Type')
  const isTyped = type === undefined || nameOf(type) === 'Sig' || nameOf(type) === 'DocTimeStamp'
  return isTyped && dict.repeated.length === 0
}

type Proven = Partial<SignatureReport> & { reasons: CheckReason[] }

function proveDocumentTimestamp(signed: Signed, content: SignedContent, context: SignatureContext): Proven {
  const proof = proveTimestamp(signed.contents, content, context.primitives)
  if (proof === undefined) return { reasons: ['timestamp_invalid'] }
  return {
    reasons: timestampChain(proof, context, context) === undefined ? ['timestamp_untrusted'] : [],
    timestamp: proof.at.toISOString(),
    signer: { commonName: proof.certificate.commonName, standing: 'foreign' },
  }
}

function proveCms(signed: Signed, content: SignedContent, context: SignatureContext): Proven {
  const { revision, dict, field } = signed
  const form = nameOf(revision.lookup(dict, 'SubFilter'))
  const isPades = form === 'ETSI.CAdES.detached'
  if (!isPades && form !== 'adbe.pkcs7.detached') return { reasons: ['subfilter_unsupported'] }
  const written = dict.entries.get('Contents')
  const contents = isString(written) ? written : { raw: signed.contents, bytes: signed.contents }
  const proof = proveContents(contents, { content, needsCertificateHash: isPades }, context.primitives)
  if (proof === undefined) return { reasons: ['cms_malformed'] }
  const claimedAt = pdfDate(textIn(revision, dict, 'M'))
  const stamp = proveStamp(proof, { pool: context.pool, revocation: context.revocation, claimedAt, isPades }, context)
  const reasons = [...proof.reasons, ...stamp.reasons]
  const serials = serialsAround(field.name, textIn(revision, dict, 'Reason'))
  const picture = pictureHash(signed, context)
  // over other bytes than it was made for, the signature says nothing about what stands around it
  if (stamp.signer.standing !== 'foreign' && !proof.reasons.includes('digest_mismatch')) {
    const { serialInField, serialInReason } = serials
    if (stamp.serial !== undefined && (serialInField !== stamp.serial || serialInReason !== stamp.serial))
      reasons.push('serial_mismatch')
    if (picture === undefined) reasons.push('picture_missing')
  }
  return { ...stamp, ...serials, ...(picture === undefined ? {} : { pictureSha256: picture }), reasons }
}

/** Who signed and which stamp it was, where the signed part cannot be found: named by the container alone, proving nothing. */
function nameSigner(dict: PdfDict, context: SignatureContext): Proven {
  const contents = dict.entries.get('Contents')
  const nowhere = contentOfParts([], context.primitives)
  const proof = isString(contents)
    ? proveContents(contents, { content: nowhere, needsCertificateHash: true }, context.primitives)
    : undefined
  if (proof === undefined || proof.reasons.includes('signature_invalid')) return { reasons: [] }
  const { signer, serial } = proveStamp(proof, { ...context, claimedAt: undefined, isPades: true }, context)
  return { reasons: [], signer, ...(serial === undefined ? {} : { serial }) }
}

function textIn(document: PdfDocument, dict: PdfDict, key: string): string {
  return textOf(document.lookup(dict, key)) ?? ''
}

/** What the field's name and the reason say of the stamp: `Emet<serial>`, `[<serial>] <document type>`. */
function serialsAround(
  fieldName: string,
  reason: string,
): Pick<SignatureReport, 'serialInField' | 'serialInReason' | 'documentType'> {
  const inField = /^Emet([0-9A-Z]{22})$/.exec(fieldName)?.[1]
  const [, inReason, documentType] = /^\[([0-9A-Z]{22})\] (.{0,100})/.exec(reason) ?? []
  return {
    ...(inField === undefined ? {} : { serialInField: inField }),
    ...(inReason === undefined ? {} : { serialInReason: inReason }),
    ...(documentType === undefined ? {} : { documentType }),
  }
}

/** SHA-256 of the decoded normal appearance in the signed part. */
function pictureHash({ revision, field }: Signed, { primitives }: SignatureContext): string | undefined {
  const picture = unlessDamaged(() => {
    const widget = field.widgets[0]?.dict
    const appearances = widget === undefined ? null : revision.lookup(widget, 'AP')
    const normal = isDict(appearances) ? revision.lookup(appearances, 'N') : null
    return isStream(normal) ? revision.decodeStream(normal) : undefined
  })
  return picture === undefined ? undefined : toHex(primitives.hash('sha256').update(picture).digest())
}

/** `D:20261123131400Z` or with `+07'00'` (ISO 32000-1 7.9.4); undefined for what is no date. */
function pdfDate(text: string): Date | undefined {
  const match = /^D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:Z(?:00'?00'?)?|([+-])(\d\d)'?(\d\d)'?)?$/.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  const offsetMinutes = (Number(match[8] ?? 0) * 60 + Number(match[9] ?? 0)) * (match[7] === '-' ? -1 : 1)
  return new Date(Date.UTC(year, month - 1, day, hour, minute - offsetMinutes, second))
}
