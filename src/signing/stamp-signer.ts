import { createHash } from 'node:crypto'
import { fromHex, toHex } from '../base/bytes.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import { contentsBytesUnknownSigner } from '../limits/stamping.ts'
import type { ValidationData } from '../stamp/recipe.ts'
import type { Authority } from './authority.ts'
import { revocationLists, revokedAt, validationAt } from './revocation.ts'
import { containerSigner } from './signed-containers.ts'
import { type TimestampSource, TimestampUnavailable, developmentTimestampSource } from './timestamp-source.ts'

/** A root that signatures of ours lead to, and what they prove when they do. */
export type TrustRoot = { certificate: Uint8Array; standing: 'stamp' | 'specimen' }

/** Signs stamps: one key, its timestamps and its proofs. */
export type StampSigner = {
  /** First 32 hex characters of SHA-256 over the certificate's SubjectPublicKeyInfo. */
  signerKeyId: string
  /** All it signs is a specimen. */
  specimen: boolean
  /** Room that a recipe should leave for the CMS, bytes. */
  contentsBytes: number
  /**
   * The CMS over a document's digest (64 hex) with a stamp's serial number, timestamped. Throws RangeError for other digests,
   * TimestampUnavailable when no timestamp is to be had. Whether the CMS fits its recipe is for the caller to see.
   */
  sign(to: { digest: string; serial: string }): Promise<Uint8Array>
  /** What the DSS holds: DER, in the order written; the same bytes for all stamps of some days. */
  validation(): Promise<ValidationData>
  trustRoots(): TrustRoot[]
  /** Who of the signer's authorities is revoked: DER, made anew for each call. */
  revocationLists(): Promise<Uint8Array[]>
  /** Since when the signer's own key is revoked; undefined while it is not. */
  revokedAt(): Promise<Date | undefined>
}

export type StampSignerOptions = {
  authority: Authority
  /** Default: the authority's own. */
  timestamps?: TimestampSource
  clock?: Clock
}

/** Samples whose longest tells the room; ECDSA signatures differ by a few bytes. */
const samples = 4
const roomStep = 256

/** The signer of the specimen authority. Signs a few samples to measure the room its CMS needs. */
export async function openStampSigner(options: StampSignerOptions): Promise<StampSigner> {
  const { authority, clock = systemClock } = options
  const timestamps = options.timestamps ?? developmentTimestampSource(authority, clock)
  const { stamp, issuing, root } = authority.holders
  const container = containerSigner({
    key: stamp.key,
    certificates: [stamp.certificate.der, issuing.certificate.der],
  })
  const timestamp = (signature: Uint8Array) => timestamps.timestamp(sha256(signature))
  const sign: StampSigner['sign'] = async ({ digest, serial }) => {
    if (!/^[0-9a-f]{64}$/.test(digest)) throw new RangeError(`digest "${digest}" is not 64 lower-case hex characters`)
    return container({ digest: fromHex(digest), serial, timestamp })
  }
  return {
    signerKeyId: toHex(sha256(stamp.certificate.spki)).slice(0, 32),
    specimen: true,
    contentsBytes: await measureRoom(sign),
    sign,
    validation: rememberPerHour(clock, () => validationAt(authority, clock.now())),
    trustRoots: () => [{ certificate: root.certificate.der, standing: 'specimen' }],
    revocationLists: () => revocationLists(authority, clock.now()),
    revokedAt: () => revokedAt(authority, 'stamp'),
  }
}

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())

/** The longest sample and a quarter more, in whole steps; the usual room while no timestamp is to be had. */
async function measureRoom(sign: StampSigner['sign']): Promise<number> {
  const sample = { digest: '0'.repeat(64), serial: '0'.repeat(22) }
  try {
    const made = await Promise.all(Array.from({ length: samples }, () => sign(sample)))
    const longest = Math.max(...made.map((cms) => cms.length))
    return Math.ceil((longest * 1.25) / roomStep) * roomStep
  } catch (error) {
    if (error instanceof TimestampUnavailable) return contentsBytesUnknownSigner
    throw error
  }
}

/** Looks again after an hour of the clock, either way; a failure is not remembered. */
function rememberPerHour<T>(clock: Clock, load: () => Promise<T>): () => Promise<T> {
  let hour = -1
  let loading: Promise<T> | undefined
  return () => {
    const present = Math.floor(clock.now().getTime() / 3_600_000)
    if (loading !== undefined && present === hour) return loading
    hour = present
    const started = load()
    loading = started
    started.catch(() => {
      if (loading === started) loading = undefined
    })
    return started
  }
}
