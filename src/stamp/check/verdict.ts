import { serialKind } from '../serial.ts'
import { integrityOf, type CheckReason, type CheckReport, type Integrity, type SignatureReport } from './report.ts'

/** What the registry may say of one (serial, digest) pair. `suspect`: signed after its key was revoked. */
export const registryStandings = [
  'stamp',
  'specimen',
  'suspect',
  'released',
  'cancelled',
  'unknown',
  'other_document',
] as const
export type RegistryStanding = (typeof registryStandings)[number]

/**
 * One item of the answer to `POST /v1/checks`. `pictureSha256` is of the picture rebuilt from the recipe's facts.
 * With `other_document` come the length of the document that was stamped and its room for the CMS, in bytes.
 */
export type RegistryAnswer = {
  serial: string
  digest: string
  standing: RegistryStanding
  pictureSha256?: string
  sourceLength?: number
  contentsBytes?: number
}

/** The second axis of a verdict (the first is `Integrity`). */
export const standings = [...registryStandings, 'picture_only', 'not_stamped', 'foreign', 'unreachable'] as const
export type Standing = (typeof standings)[number]

/** The verdict on one stamp. */
export type StampVerdict = {
  fieldName: string
  serial: string
  /** What the signature covers, SHA-256 in 64 lower-case hex; empty where it covers nothing. */
  digest: string
  /** The name of the document type that the stamp gives. */
  documentType?: string
  /** ISO 8601 UTC, from a timestamp that can be relied on. */
  stampedAt?: string
  integrity: Integrity
  standing: Standing
  reasons: CheckReason[]
  exitCode: number
}

/**
 * The verdict on a file: that of its worst stamp, where it has any; `stamps` lists each, worst first.
 * Only exit code 0 with standing `stamp` may be shown in green.
 */
export type Verdict = {
  integrity?: Integrity
  standing: Standing
  serial?: string
  reasons: CheckReason[]
  exitCode: number
  stamps: StampVerdict[]
}

/** What to ask the registry about a file: `POST /v1/checks` for each stamp that names a serial and covers anything. */
export function registryQuestions(report: CheckReport): { serial: string; digest: string }[] {
  const questions = new Map<string, { serial: string; digest: string }>()
  for (const { signer, serial, digest } of report.signatures) {
    if (signer.standing === 'foreign' || serial === undefined || serialKind(serial) === undefined || digest === '')
      continue
    questions.set(serial + digest, { serial, digest })
  }
  return [...questions.values()]
}

/**
 * How `meterai verify` ends for each verdict (docs/errors.md). 0 only for an intact stamp or specimen. The last four before
 * `unreachable` are said of files among others, or held against what was expected.
 */
export const verdictExits = {
  changed: 20,
  broken: 21,
  not_stamped: 22,
  unknown: 23,
  other_document: 24,
  picture_only: 25,
  foreign: 26,
  released: 27,
  cancelled: 28,
  suspect: 29,
  duplicate_serial: 30,
  duplicate_document: 31,
  type_differs: 32,
  day_differs: 33,
  unreachable: 69,
  intact: 0,
} as const
export type VerdictName = keyof typeof verdictExits

/**
 * Worst first. What is proven wrong by the file outweighs what the registry adds, and silence of the registry
 * only counts where nothing else is wrong. `other_document` stands before `changed`: a good signature over
 * another digest is both, and only the former tells people what happened.
 */
export const severity: readonly VerdictName[] = [
  'broken',
  'other_document',
  'changed',
  'cancelled',
  'released',
  'unknown',
  'suspect',
  'duplicate_serial',
  'picture_only',
  'foreign',
  'not_stamped',
  'duplicate_document',
  'type_differs',
  'day_differs',
  'unreachable',
  'intact',
]

/** The one word for both axes of a verdict: what its exit code stands for. */
export function verdictName({ integrity, standing }: Pick<Verdict, 'integrity' | 'standing'>): VerdictName {
  if (standing === 'foreign') return 'foreign'
  if (integrity === 'broken') return 'broken'
  if (standing === 'other_document') return 'other_document'
  if (integrity === 'changed') return 'changed'
  return standing === 'stamp' || standing === 'specimen' ? 'intact' : standing
}

/** What one update writes before /Contents: picture, field, page; the room keeps two different lengths apart. */
const updateHeadBytesMax = 64 * 1024

/**
 * Whether a stamp stands where the stamp of this serial number was put: under its names, right behind a document of that
 * length, with the same room. Then it is that document with other bytes in it, not another document.
 */
function standsInPlace(signature: SignatureReport, { sourceLength, contentsBytes }: RegistryAnswer): boolean {
  const { gap, serial, serialInField, serialInReason } = signature
  if (serialInField !== serial || serialInReason !== serial) return false
  if (gap === undefined || sourceLength === undefined || contentsBytes === undefined) return false
  const head = gap.start - sourceLength
  return head > 0 && head < updateHeadBytesMax && gap.end - gap.start === contentsBytes * 2 + 2
}

function compareWithRegistry(signature: SignatureReport, serial: string, answer: RegistryAnswer | undefined) {
  const reasons = [...signature.reasons]
  const isSuspect = reasons.includes('certificate_revoked')
  if (answer === undefined) return { standing: isSuspect ? 'suspect' : 'unreachable', reasons } as const
  if (
    answer.standing === 'other_document' &&
    signature.signer.standing !== 'foreign' &&
    standsInPlace(signature, answer)
  ) {
    return { standing: signature.signer.standing, reasons } as const
  }
  const isKnown = answer.standing === 'stamp' || answer.standing === 'specimen' || answer.standing === 'suspect'
  if (!isKnown) return { standing: answer.standing, reasons } as const
  if (answer.pictureSha256 !== undefined && answer.pictureSha256 !== signature.pictureSha256) {
    reasons.push('picture_differs')
  }
  if (isSuspect || answer.standing === 'suspect') return { standing: 'suspect', reasons } as const
  if (answer.standing === signature.signer.standing) return { standing: answer.standing, reasons } as const
  // the registry and the signer's certificate disagree on what the stamp is worth: it is worth the less
  reasons.push('registry_disagrees')
  return { standing: 'specimen', reasons } as const
}

function stampVerdict(signature: SignatureReport, registry: readonly RegistryAnswer[]): StampVerdict | undefined {
  if (signature.signer.standing === 'foreign') return undefined
  const serial = signature.serial ?? signature.serialInField ?? signature.serialInReason ?? ''
  const answer = registry.find((item) => item.serial === serial && item.digest === signature.digest)
  const { standing, reasons } = compareWithRegistry(signature, serial, answer)
  const integrity = integrityOf(reasons)
  const { fieldName, digest, documentType, timestamp } = signature
  const isDated = timestamp !== undefined && !reasons.includes('timestamp_untrusted')
  return {
    fieldName,
    serial,
    digest,
    ...(documentType === undefined ? {} : { documentType }),
    ...(isDated ? { stampedAt: timestamp } : {}),
    integrity,
    standing,
    reasons,
    exitCode: verdictExits[verdictName({ integrity, standing })],
  }
}

/**
 * The verdict people, programs and exit codes share: what the file proves, joined with what the registry says.
 * `registry` holds the answers for each signature's (serial, digest); `'unreachable'` when nobody could be asked.
 */
export function verdictOf(report: CheckReport, registry: readonly RegistryAnswer[] | 'unreachable'): Verdict {
  const answers = registry === 'unreachable' ? [] : registry
  const stamps = report.signatures
    .flatMap((signature) => stampVerdict(signature, answers) ?? [])
    .toSorted((a, b) => severity.indexOf(verdictName(a)) - severity.indexOf(verdictName(b)))
  const worst = stamps[0]
  if (worst !== undefined) {
    const { serial, integrity, standing, exitCode } = worst
    const reasons: CheckReason[] =
      report.stampPictures.length > 0 ? [...worst.reasons, 'picture_without_signature'] : worst.reasons
    return { serial, integrity, standing, reasons, exitCode, stamps }
  }
  const [serial] = report.stampPictures
  if (serial !== undefined) {
    return {
      standing: 'picture_only',
      serial,
      reasons: ['picture_without_signature'],
      exitCode: verdictExits.picture_only,
      stamps,
    }
  }
  if (report.signatures.length === 0)
    return { standing: 'not_stamped', reasons: [], exitCode: verdictExits.not_stamped, stamps }
  const reasons = [...new Set(report.signatures.flatMap((signature) => signature.reasons))]
  return { integrity: integrityOf(reasons), standing: 'foreign', reasons, exitCode: verdictExits.foreign, stamps }
}
