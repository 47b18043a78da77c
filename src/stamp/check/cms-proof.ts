import { concatBytes, equalBytes, toHex } from '../../base/bytes.ts'
import type { HashName, VerifyPrimitives } from '../../base/primitives.ts'
import { signatureIsGood } from '../cms/algorithms.ts'
import type { Certificate } from '../cms/certificate.ts'
import { oids } from '../cms/oids.ts'
import { parseSignedData, type ParsedSignedData, type ParsedSigner } from '../cms/signed-data.ts'
import { parseTimestampToken, type ParsedTimestamp } from '../cms/timestamp.ts'
import { certificateOf } from './chain.ts'
import { unlessDamaged } from './damage.ts'
import type { PdfString } from '../pdf/objects.ts'
import type { CheckReason } from './report.ts'

/** What is signed: its hash, and its bytes for the old form without signed attributes. */
export type SignedContent = { hash(name: HashName): Uint8Array; bytes(): Uint8Array }

/** One SignerInfo held against its content. No trust, no dates. */
export type SignerProof = {
  reasons: CheckReason[]
  /** Undefined when the container does not carry the signer's certificate. */
  certificate?: Certificate
  /** All certificates of the container. */
  pool: Certificate[]
  signer: ParsedSigner
  trailingBytes: number
}

/** The timestamp over a signature, verified but for the trust in its authority. */
export type TimestampProof = { at: Date; certificate: Certificate; pool: Certificate[] }

/** RFC 5652 5.4 and 5.6, RFC 5035: exactly one signer, whose certificate is inside and named by the signed hash. */
export function proveSigner(
  data: ParsedSignedData,
  expected: { contentType: string; content: SignedContent; needsCertificateHash: boolean },
  primitives: VerifyPrimitives,
): SignerProof | undefined {
  const [signer, ...others] = data.signers
  if (signer === undefined || others.length > 0 || data.contentType !== expected.contentType) return undefined
  const { trailingBytes } = data
  const pool = data.certificates.flatMap((der) => certificateOf(der, primitives) ?? [])
  const certificate = pool.find((one) => isNamedBy(one, signer))
  if (certificate === undefined) return { reasons: ['certificate_unbound'], pool, signer, trailingBytes }
  const reasons = new Set<CheckReason>()
  if (!isBound(certificate, signer, expected.needsCertificateHash, primitives)) reasons.add('certificate_unbound')
  for (const reason of digestReasons(signer, expected)) reasons.add(reason)
  const { signatureAlgorithm: algorithm, signature, digestAlgorithm } = signer
  if (algorithm === undefined || digestAlgorithm === undefined) reasons.add('algorithm_unsupported')
  else {
    if (algorithm.hash === 'sha1' || digestAlgorithm === 'sha1') reasons.add('algorithm_weak')
    const message = signer.signedAttributes ?? expected.content.bytes()
    if (!signatureIsGood({ spki: certificate.spki, algorithm, message, signature }, primitives))
      reasons.add('signature_invalid')
  }
  return { reasons: [...reasons], certificate, pool, signer, trailingBytes }
}

function isNamedBy(certificate: Certificate, { identifier }: ParsedSigner): boolean {
  if ('subjectKeyId' in identifier) return certificate.subjectKeyId === identifier.subjectKeyId
  return certificate.serialNumber === identifier.serialNumber && equalBytes(certificate.issuer, identifier.issuer)
}

function isBound(
  certificate: Certificate,
  signer: ParsedSigner,
  needed: boolean,
  primitives: VerifyPrimitives,
): boolean {
  const named = signer.signingCertificate
  if (named === undefined) return !needed
  if (named.hash === undefined) return false
  return equalBytes(primitives.hash(named.hash).update(certificate.der).digest(), named.value)
}

function digestReasons(signer: ParsedSigner, expected: { contentType: string; content: SignedContent }): CheckReason[] {
  // without signed attributes the signature itself is over the content
  if (signer.signedAttributes === undefined) return []
  const { digestAlgorithm, messageDigest } = signer
  if (signer.contentType !== expected.contentType || messageDigest === undefined) return ['cms_malformed']
  if (digestAlgorithm === undefined) return ['algorithm_unsupported']
  return equalBytes(expected.content.hash(digestAlgorithm), messageDigest) ? [] : ['digest_mismatch']
}

/** What a maker may leave between its container and the padding: one mark of its own, or blocks of encrypted padding. */
const trailingBytesMax = { plain: 1, encrypted: 64 } as const

/**
 * The container in a PDF's /Contents, zeros after it allowed. Undefined: not DER, or not a detached one of one signer.
 * In a locked file it is not encrypted as other strings are; but makers that encrypt it before they write their container over it
 * leave padding that is zeros only once it is decrypted.
 */
export function proveContents(
  contents: Pick<PdfString, 'raw' | 'bytes'>,
  expected: { content: SignedContent; needsCertificateHash: boolean },
  primitives: VerifyPrimitives,
): SignerProof | undefined {
  const { raw, bytes: decrypted } = contents
  const end = decrypted.findLastIndex((byte) => byte !== 0) + 1
  const isEncrypted = decrypted !== raw && decrypted.length - end > trailingBytesMax.encrypted
  // of AES the vector stands in front, and a block more is lost behind what was written over
  const bytes = isEncrypted ? raw.subarray(0, end + 32) : raw
  const data = unlessDamaged(() => parseSignedData(bytes))
  // some makers write empty content where detached content is left out
  if (data === undefined || (data.content?.length ?? 0) > 0) return undefined
  if (data.trailingBytes > trailingBytesMax[isEncrypted ? 'encrypted' : 'plain']) return undefined
  return proveSigner(data, { ...expected, contentType: oids.data }, primitives)
}

/**
 * A timestamp token over `content` (RFC 3161): imprint, signature, and a certificate made for nothing but timestamping.
 * Undefined when any of it fails.
 */
export function proveTimestamp(
  token: Uint8Array,
  content: Pick<SignedContent, 'hash'>,
  primitives: VerifyPrimitives,
): TimestampProof | undefined {
  // the padding of a document timestamp's /Contents is no part of the token
  const timestamp = unlessDamaged(() => parseTimestampToken(token))
  if (timestamp === undefined || !imprints(timestamp, content)) return undefined
  const inner: SignedContent = {
    hash: (name) => primitives.hash(name).update(timestamp.info).digest(),
    bytes: () => timestamp.info,
  }
  const proof = proveSigner(
    timestamp.signedData,
    { contentType: oids.tstInfo, content: inner, needsCertificateHash: true },
    primitives,
  )
  const certificate = proof?.certificate
  if (proof === undefined || certificate === undefined) return undefined
  if (proof.reasons.some((reason) => reason !== 'algorithm_weak')) return undefined
  // RFC 3161 2.3: critical, and this purpose alone
  const usage = certificate.extendedKeyUsage
  if (usage?.critical !== true || usage.purposes.length !== 1 || usage.purposes[0] !== oids.timeStamping)
    return undefined
  return { at: timestamp.at, certificate, pool: proof.pool }
}

function imprints(timestamp: ParsedTimestamp, content: Pick<SignedContent, 'hash'>): boolean {
  const { hash, value } = timestamp.imprint
  return hash !== undefined && toHex(content.hash(hash)) === toHex(value)
}

/** Content that is the parts joined: hashed in place, copied only for the old form without signed attributes. */
export function contentOfParts(parts: readonly Uint8Array[], primitives: VerifyPrimitives): SignedContent {
  const known = new Map<HashName, Uint8Array>()
  return {
    hash(name) {
      const found = known.get(name) ?? parts.reduce((hash, part) => hash.update(part), primitives.hash(name)).digest()
      known.set(name, found)
      return found
    },
    bytes: () => concatBytes(parts),
  }
}
