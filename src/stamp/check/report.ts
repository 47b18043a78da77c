/**
 * Why a signature is not simply good; the sentence for people is `checkReasons.<code>` in the texts.
 * The first group makes a signature `broken`, the second `changed`; the third only says what else to know.
 */
export const brokenReasons = [
  'dictionary_malformed',
  'byte_range_malformed',
  'byte_range_gap',
  'signed_part_unreadable',
  'field_not_signed',
  'subfilter_unsupported',
  'algorithm_unsupported',
  'cms_malformed',
  'certificate_unbound',
  'certificate_not_valid_then',
  'signature_invalid',
  'timestamp_invalid',
  'serial_missing',
  'serial_mismatch',
  'standing_mismatch',
  'picture_missing',
  'picture_differs',
] as const

/** What happened to the file after, or under, the signature. */
export const changedReasons = [
  'digest_mismatch',
  'bytes_after_end',
  'update_malformed',
  'change_forbidden',
  'object_changed',
  'object_removed',
  'object_unexpected',
  'object_filled_in',
  'trailer_changed',
  'catalog_changed',
  'form_changed',
  'page_changed',
  'annotation_unexpected',
  'stamp_covered',
  'too_complex',
] as const

/** What else people should know; changes neither integrity nor standing. */
export const notedReasons = [
  'algorithm_weak',
  'timestamp_untrusted',
  'certificate_revoked',
  'later_signature',
  'registry_disagrees',
  'picture_without_signature',
] as const

export type CheckReason =
  | (typeof brokenReasons)[number]
  | (typeof changedReasons)[number]
  | (typeof notedReasons)[number]

/** `intact`: signed bytes and every later update are as they should be. `broken` outweighs `changed`. */
export const integrities = ['intact', 'changed', 'broken'] as const
export type Integrity = (typeof integrities)[number]

/**
 * The certificates (DER) that may stand above a stamp's signer, each with what its stamps are worth, and revocation lists (DER)
 * that are newer than the file's own.
 */
export type Trust = {
  roots: readonly { certificate: Uint8Array; standing: 'stamp' | 'specimen' }[]
  crls?: readonly Uint8Array[]
}

/** What one signature proves by itself, without the registry. */
export type SignatureReport = {
  /** The field's full name, `Emet<serial>` for ours. */
  fieldName: string
  integrity: Integrity
  reasons: CheckReason[]
  signer: { commonName: string; standing: 'stamp' | 'specimen' | 'foreign' }
  /** From our signed attribute in the CMS; the only serial that the signer vouches for. */
  serial?: string
  serialInField?: string
  serialInReason?: string
  /** What the Reason names behind the serial: the name of a document type, in Indonesian. */
  documentType?: string
  /** SHA-256 over the two parts the ByteRange names, 64 lower-case hex; empty when there is no usable ByteRange. */
  digest: string
  /** Offsets in the file of the gap that the ByteRange leaves for /Contents. */
  gap?: { start: number; end: number }
  /** ISO 8601 UTC, from a verified timestamp token. */
  timestamp?: string
  /** The PAdES level proven: with `foreign`, the signer is none of ours or the form is not PAdES. */
  profile: 'B-B' | 'B-T' | 'B-LT' | 'B-LTA' | 'foreign'
  /** SHA-256 of the decoded normal appearance stream, 64 lower-case hex. */
  pictureSha256?: string
}

/** What the file proves by itself. Says nothing of the registry. */
export type CheckReport = {
  /** Oldest first: by the end of what they cover. */
  signatures: SignatureReport[]
  /** Serials shown by a stamp's picture or check URL without a signature of ours for them. */
  stampPictures: string[]
  /** True when the newest signature, or well-formed updates that add no content, reach the end of the file. */
  coversWholeFile: boolean
  /** What the reader said when the file could not be read strictly. */
  parseProblem?: string
}

/** `broken` where any reason of that group stands, else `changed`, else `intact`. */
export function integrityOf(reasons: readonly CheckReason[]): Integrity {
  const broken: readonly string[] = brokenReasons
  const changed: readonly string[] = changedReasons
  if (reasons.some((reason) => broken.includes(reason))) return 'broken'
  return reasons.some((reason) => changed.includes(reason)) ? 'changed' : 'intact'
}
