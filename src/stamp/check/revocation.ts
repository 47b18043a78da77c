import { equalBytes, toHex } from '../../base/bytes.ts'
import type { HashName, Primitives, VerifyPrimitives } from '../../base/primitives.ts'
import { signatureIsGood } from '../cms/algorithms.ts'
import type { Certificate } from '../cms/certificate.ts'
import { parseCrl, type ParsedCrl } from '../cms/crl.ts'
import { type CertId, certIdOf, parseOcspResponse, type ParsedOcsp } from '../cms/ocsp.ts'
import { oids } from '../cms/oids.ts'
import { certificateOf, isIssuedBy } from './chain.ts'
import { readerOf } from './damage.ts'

/** The parsed validation data of a document security store; what did not parse is left out. */
export type RevocationData = { ocsps: ParsedOcsp[]; crls: ParsedCrl[] }

/** Parses the store's streams. Nothing is verified here. */
export function revocationData(
  store: { ocsps: readonly Uint8Array[]; crls: readonly Uint8Array[] },
  primitives: Primitives,
): RevocationData {
  return {
    ocsps: store.ocsps.flatMap((der) => ocspOf(der, primitives) ?? []),
    crls: store.crls.flatMap((der) => crlOf(der, primitives) ?? []),
  }
}

const ocspOf = readerOf(parseOcspResponse)
const crlOf = readerOf(parseCrl)

/**
 * What the data says of a chain (leaf first, root last) at a time: `revoked` if any certificate below the root was
 * revoked by then, `good` if each is spoken for by its issuer, else `unknown`. Data signed by nobody who may is not heard.
 */
export function chainStanding(
  chain: readonly Certificate[],
  known: { data: RevocationData; at: Date },
  primitives: VerifyPrimitives,
): 'good' | 'revoked' | 'unknown' {
  let standing: 'good' | 'unknown' = 'good'
  for (const [i, certificate] of chain.entries()) {
    const issuer = chain[i + 1]
    if (issuer === undefined) break
    const found = certificateStanding({ certificate, issuer }, known.data, primitives)
    if (found !== 'good' && found !== 'unknown' && found <= known.at) return 'revoked'
    if (found === 'unknown') standing = 'unknown'
  }
  return standing
}

/** `good`, `unknown`, or since when the certificate is revoked. */
function certificateStanding(
  pair: { certificate: Certificate; issuer: Certificate },
  data: RevocationData,
  primitives: VerifyPrimitives,
): 'good' | 'unknown' | Date {
  let standing: 'good' | 'unknown' = 'unknown'
  // an answer may be about very many certificates: ours is hashed once, not once for each
  const ids = new Map<HashName, CertId>()
  const idBy = (hash: HashName) => {
    const id = ids.get(hash) ?? certIdOf(pair, hash, primitives)
    ids.set(hash, id)
    return id
  }
  for (const ocsp of data.ocsps) {
    const response = ocsp.responses.find(({ id }) => {
      if (id.hash === undefined || id.serialNumber !== pair.certificate.serialNumber) return false
      const ours = idBy(id.hash)
      return equalBytes(ours.issuerNameHash, id.issuerNameHash) && equalBytes(ours.issuerKeyHash, id.issuerKeyHash)
    })
    if (response === undefined || response.status.standing === 'unknown' || !isHeard(ocsp, pair.issuer, primitives))
      continue
    if (response.status.standing === 'revoked') return response.status.at
    standing = 'good'
  }
  for (const crl of data.crls) {
    if (!equalBytes(crl.issuer, pair.issuer.subject) || crl.unknownCritical.length > 0) continue
    const { tbs: message, signature, signatureAlgorithm: algorithm } = crl
    if (!signatureIsGood({ spki: pair.issuer.spki, algorithm, message, signature }, primitives)) continue
    const at = crl.revoked.get(pair.certificate.serialNumber)
    if (at !== undefined) return at
    standing = 'good'
  }
  return standing
}

/** The responder is the issuer itself, or a certificate of the issuer's for this purpose (RFC 6960 4.2.2.2). */
function isHeard(ocsp: ParsedOcsp, issuer: Certificate, primitives: VerifyPrimitives): boolean {
  const { responseData: message, signature, signatureAlgorithm: algorithm, responder } = ocsp
  const delegates = ocsp.certificates
    .flatMap((der) => certificateOf(der, primitives) ?? [])
    .filter(
      (one) =>
        one.extendedKeyUsage?.purposes.includes(oids.ocspSigning) === true && isIssuedBy(one, issuer, primitives),
    )
  return [issuer, ...delegates].some((one) => {
    const named =
      'name' in responder
        ? equalBytes(responder.name, one.subject)
        : toHex(responder.keyHash) === toHex(primitives.hash('sha1').update(one.publicKey).digest())
    return named && signatureIsGood({ spki: one.spki, algorithm, message, signature }, primitives)
  })
}
