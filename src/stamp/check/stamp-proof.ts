import type { Primitives, VerifyPrimitives } from '../../base/primitives.ts'
import type { Certificate } from '../cms/certificate.ts'
import { stampPolicyOid } from '../cms/oids.ts'
import { serialKind } from '../serial.ts'
import { certificateOf, chainToRoot, validAt } from './chain.ts'
import { contentOfParts, proveTimestamp, type SignerProof, type TimestampProof } from './cms-proof.ts'
import type { CheckReason, SignatureReport, Trust } from './report.ts'
import { chainStanding, revocationData, type RevocationData } from './revocation.ts'

/** The trust list, parsed once; roots that do not parse are a broken promise of the caller. `revocation` comes from its lists. */
export type Roots = {
  certificates: Certificate[]
  standingOf(root: Certificate): 'stamp' | 'specimen'
  revocation: RevocationData
}

/** Throws RangeError for a root that is no certificate. */
export function parseRoots(trust: Trust, primitives: Primitives): Roots {
  const standings = new Map<Certificate, 'stamp' | 'specimen'>()
  for (const { certificate: der, standing } of trust.roots) {
    const certificate = certificateOf(der, primitives)
    if (certificate === undefined) throw new RangeError(`a ${standing} root of the trust list is no certificate`)
    standings.set(certificate, standing)
  }
  return {
    certificates: [...standings.keys()],
    standingOf: (root) => standings.get(root) ?? 'specimen',
    revocation: revocationData({ ocsps: [], crls: trust.crls ?? [] }, primitives),
  }
}

/** The last moment a Date can hold. */
const endOfTime = new Date(8.64e15)

/** What stands around a signature: the file's validation data, and the signer's word on when it signed (/M), if any. */
export type Surroundings = {
  pool: Certificate[]
  revocation: RevocationData
  claimedAt: Date | undefined
  isPades: boolean
}

export type StampProof = Pick<SignatureReport, 'signer' | 'profile'> &
  Partial<Pick<SignatureReport, 'serial' | 'timestamp'>> & { reasons: CheckReason[] }

/** What the signer's certificate, its chain, the timestamp and the validation data make of a signature. */
export function proveStamp(
  proof: SignerProof,
  around: Surroundings,
  known: { roots: Roots; primitives: VerifyPrimitives },
): StampProof {
  const { certificate, signer } = proof
  const commonName = certificate?.commonName ?? ''
  const token = signer.timestampToken
  const signatureValue = contentOfParts([signer.signature], known.primitives)
  const timestamp = token === undefined ? undefined : proveTimestamp(token, signatureValue, known.primitives)
  const reasons: CheckReason[] = token !== undefined && timestamp === undefined ? ['timestamp_invalid'] : []
  const named = {
    signer: { commonName, standing: 'foreign' },
    profile: 'foreign',
    ...(signer.serial === undefined ? {} : { serial: signer.serial }),
    ...(timestamp === undefined ? {} : { timestamp: timestamp.at.toISOString() }),
  } as const
  const chain = certificate === undefined ? undefined : stampChain(certificate, [...proof.pool, ...around.pool], known)
  const root = chain?.at(-1)
  if (chain === undefined || root === undefined) return { ...named, reasons }

  const trusted = timestamp === undefined ? undefined : timestampChain(timestamp, around, known)
  if (timestamp !== undefined && trusted === undefined) reasons.push('timestamp_untrusted')
  const standing = known.roots.standingOf(root)
  reasons.push(...stampReasons(proof, standing, around.isPades))
  // without a trusted timestamp only the signer itself says when
  const at = trusted === undefined ? around.claimedAt : timestamp?.at
  if (at === undefined || !validAt(chain, at)) reasons.push('certificate_not_valid_then')
  // whoever has a stolen key writes any time; only a timestamp shows that the stamp was there before the key was revoked
  const lookedAt = { at: trusted?.at ?? endOfTime }
  const revocation = chainStanding(chain, { data: around.revocation, ...lookedAt }, known.primitives)
  const since = chainStanding(chain, { data: known.roots.revocation, ...lookedAt }, known.primitives)
  if (revocation === 'revoked' || since === 'revoked') reasons.push('certificate_revoked')
  const isLong = trusted !== undefined && revocation === 'good' && timestampIsLong(trusted, around, known.primitives)
  return {
    ...named,
    signer: { commonName, standing },
    profile: trusted === undefined ? 'B-B' : isLong ? 'B-LT' : 'B-T',
    reasons,
  }
}

/**
 * The chain of a certificate that may sign stamps: our policy, a key for signatures, not an authority.
 * The same root also stands above timestamp and OCSP signers, which may not.
 */
function stampChain(
  certificate: Certificate,
  pool: Certificate[],
  known: { roots: Roots; primitives: VerifyPrimitives },
) {
  const usage = certificate.keyUsage
  if (!certificate.policies.includes(stampPolicyOid) || certificate.authority.isAuthority) return undefined
  if (usage === undefined || !(usage.has('digitalSignature') || usage.has('nonRepudiation'))) return undefined
  return chainToRoot(certificate, { pool, roots: known.roots.certificates }, known.primitives)
}

type TrustedTimestamp = { chain: Certificate[]; at: Date }

/** The timestamp with the chain of its authority to a root of the trust list; undefined when there is none that held then. */
export function timestampChain(
  timestamp: TimestampProof,
  around: Pick<Surroundings, 'pool' | 'revocation'>,
  known: { roots: Roots; primitives: VerifyPrimitives },
): TrustedTimestamp | undefined {
  const pool = [...timestamp.pool, ...around.pool]
  const chain = chainToRoot(timestamp.certificate, { pool, roots: known.roots.certificates }, known.primitives)
  if (chain === undefined || !validAt(chain, timestamp.at)) return undefined
  const { at } = timestamp
  const isRevoked = [around.revocation, known.roots.revocation].some(
    (data) => chainStanding(chain, { data, at }, known.primitives) === 'revoked',
  )
  return isRevoked ? undefined : { chain, at }
}

function timestampIsLong({ chain, at }: TrustedTimestamp, around: Surroundings, primitives: VerifyPrimitives): boolean {
  return chainStanding(chain, { data: around.revocation, at }, primitives) === 'good'
}

/** What our own signer never leaves out; a container without it was not made by us, whoever holds the key. */
function stampReasons(proof: SignerProof, standing: 'stamp' | 'specimen', isPades: boolean): CheckReason[] {
  const { signer } = proof
  const reasons: CheckReason[] = proof.trailingBytes > 0 ? ['cms_malformed'] : []
  if (!isPades) reasons.push('subfilter_unsupported')
  if (proof.reasons.includes('algorithm_weak') || signer.signingCertificate?.hash === 'sha1')
    reasons.push('algorithm_unsupported')
  if (signer.signedAttributes === undefined || signer.signingCertificate === undefined)
    reasons.push('certificate_unbound')
  if (signer.serial === undefined) reasons.push('serial_missing')
  else if (serialKind(signer.serial) !== standing) reasons.push('standing_mismatch')
  return reasons
}
