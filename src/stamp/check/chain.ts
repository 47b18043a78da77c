import { equalBytes } from '../../base/bytes.ts'
import type { VerifyPrimitives } from '../../base/primitives.ts'
import { chainLengthMax, chainTriesMax } from '../../limits/stamping.ts'
import { signatureIsGood } from '../cms/algorithms.ts'
import { parseCertificate, type Certificate } from '../cms/certificate.ts'
import { readerOf } from './damage.ts'

/** The certificate of DER bytes, or undefined when they are none. */
export const certificateOf = readerOf(parseCertificate)

/** True when `issuer` may sign certificates (RFC 5280 4.2.1.3, 4.2.1.9) and did sign this one. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate, primitives: VerifyPrimitives): boolean {
  if (!equalBytes(certificate.issuer, issuer.subject) || !issuer.authority.isAuthority) return false
  if (issuer.keyUsage !== undefined && !issuer.keyUsage.has('keyCertSign')) return false
  const { tbs: message, signature, signatureAlgorithm: algorithm } = certificate
  return signatureIsGood({ spki: issuer.spki, algorithm, message, signature }, primitives)
}

/**
 * The chain from `leaf` to one of `roots`, leaf first, root last; undefined when there is none. `pool` may hold
 * anything from the file: only what a root vouches for is used. Says nothing of dates and revocation.
 */
export function chainToRoot(
  leaf: Certificate,
  known: { pool: readonly Certificate[]; roots: readonly Certificate[] },
  primitives: VerifyPrimitives,
): Certificate[] | undefined {
  let tries = 0
  const extend = (chain: Certificate[]): Certificate[] | undefined => {
    const last = chain.at(-1)
    if (last === undefined || chain.length > chainLengthMax || last.unknownCritical.length > 0) return undefined
    for (const issuer of [...known.roots, ...known.pool]) {
      if (!equalBytes(last.issuer, issuer.subject) || chain.some((one) => equalBytes(one.spki, issuer.spki))) continue
      // the path length counts the authorities below, not the leaf (RFC 5280 4.2.1.9)
      if ((issuer.authority.pathLength ?? chainLengthMax) < chain.length - 1) continue
      if (++tries > chainTriesMax) return undefined
      if (!isIssuedBy(last, issuer, primitives)) continue
      if (known.roots.includes(issuer)) return [...chain, issuer]
      const whole = extend([...chain, issuer])
      if (whole !== undefined) return whole
    }
    return undefined
  }
  return extend([leaf])
}

/** True when every certificate of the chain was valid at that time. */
export function validAt(chain: readonly Certificate[], at: Date): boolean {
  return chain.every(({ notBefore, notAfter }) => notBefore <= at && at <= notAfter)
}
