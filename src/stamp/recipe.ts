import type { DocumentType } from './document-types.ts'

/**
 * Where the stamp stands on the page as seen (after CropBox, Rotate, UserUnit).
 * Origin bottom-left of the visible page; page counts from 1.
 */
export type Placement = {
  page: number
  left: number
  bottom: number
  width: number
  height: number
  unit: 'pt' | 'mm'
}

/** How the signature is made and what the second update carries. */
export type SignatureProfile = 'B-LT'

/**
 * All that `place` needs besides the original bytes. Immutable, stored whole: the same original and recipe
 * give the same bytes for ever. Digests are 64 lower-case hex characters.
 */
export type Recipe = {
  format: 1
  pictureVersion: 1
  /** SHA-256 of the issuer's artwork, or null for our own drawing. */
  artworkSha256: string | null
  sourceSha256: string
  /** Bytes of the original. */
  sourceLength: number
  placement: Placement
  documentType: DocumentType
  /** `[<serial>] <document type>`, as shown by PDF readers. */
  reason: string
  location: string
  /** 22 of [0-9A-Z]. */
  serial: string
  /** Whole URL of the public check, what the QR holds. */
  checkUrl: string
  specimen: boolean
  /** UTC, whole seconds: `2026-11-23T13:14:00Z`; becomes /M. */
  signedAt: string
  /** 32 bytes, hex: /ID elements, encryption IVs and all other randomness come from it by HKDF. */
  seed: string
  signerKeyId: string
  /** Room for the CMS, in bytes (its hex is twice as long). */
  contentsBytes: number
  profile: SignatureProfile
}

/** Base64-free form of what the signature call stores: DER, in the order written. */
export type ValidationData = { certs: Uint8Array[]; ocsps: Uint8Array[]; crls: Uint8Array[] }

/** PDF points in one unit of the placement. */
export const pointsPerUnit = { pt: 1, mm: 72 / 25.4 } as const

/**
 * Sides of a stamp, in points (docs/limits.md): the usual one, the smallest that is still read in print, and the least there
 * can be, on the smallest page that PDF knows (ISO 32000-1 annex C). A page below `smallest` takes a stamp as large as it is.
 */
export const stampSidePoints = { least: 3, smallest: 54, usual: 100 } as const
