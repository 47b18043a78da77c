import { fromHex, toHex } from '../../base/bytes.ts'
import {
  type KeyAlgorithm,
  type SignatureAlgorithm,
  readSignatureAlgorithm,
  signatureIdentifier,
} from './algorithms.ts'
import { type Certificate, type Extension, readExtensions } from './certificate.ts'
import {
  type Der,
  Fields,
  childrenOf,
  contextTag,
  element,
  integer,
  octetString,
  oid,
  readDer,
  readTime,
  readWholeBits,
  sequence,
  tagged,
  taggedPrimitive,
  tags,
  time,
} from './der.ts'
import { oids } from './oids.ts'

export type CrlFacts = {
  issuer: Certificate
  keyAlgorithm: KeyAlgorithm
  number: bigint
  thisUpdate: Date
  nextUpdate: Date
  revoked: readonly { certificate: Certificate; at: Date }[]
}

/** tbsCertList, what its issuer signs (RFC 5280 5.1). Reasons are left out: whoever checks asks only since when. */
export function revocationList(facts: CrlFacts): Uint8Array {
  const keyId = facts.issuer.subjectKeyId
  const extensions = [
    ...(keyId === undefined
      ? []
      : [sequence(oid(oids.authorityKeyIdentifier), octetString(sequence(taggedPrimitive(0, fromHex(keyId)))))]),
    sequence(oid(oids.crlNumber), octetString(integer(facts.number))),
  ]
  const rows = facts.revoked.map(({ certificate, at }) => {
    const serialNumber = element(tags.integer, fromHex(certificate.serialNumber))
    return sequence(serialNumber, time(at))
  })
  return sequence(
    integer(1),
    signatureIdentifier(facts.keyAlgorithm),
    facts.issuer.subject,
    time(facts.thisUpdate),
    time(facts.nextUpdate),
    // a list of nobody is left out, never empty (RFC 5280 5.1.2.6)
    ...(rows.length === 0 ? [] : [sequence(...rows)]),
    tagged(0, sequence(...extensions)),
  )
}

export type ParsedCrl = {
  /** What the issuer signed. */
  tbs: Uint8Array
  signatureAlgorithm: SignatureAlgorithm | undefined
  signature: Uint8Array
  /** DER Name. */
  issuer: Uint8Array
  thisUpdate: Date
  nextUpdate: Date | undefined
  /** Serial numbers as in Certificate, each with the time of its revocation. */
  revoked: ReadonlyMap<string, Date>
  /** Critical extensions that change what the list means (a delta, a part): it may not be relied on. */
  unknownCritical: readonly string[]
}

/** Reads a CertificateList; throws DerError. */
export function parseCrl(der: Uint8Array): ParsedCrl {
  const outer = new Fields(readDer(der), 'CertificateList')
  const tbs = outer.take(tags.sequence, 'tbsCertList')
  const signatureAlgorithm = readSignatureAlgorithm(outer.take(tags.sequence, 'signatureAlgorithm'))
  const signature = readWholeBits(outer.take(tags.bitString, 'signature'))
  outer.end()

  const fields = new Fields(tbs, 'tbsCertList')
  fields.takeIf(tags.integer)
  fields.take(tags.sequence, 'signature')
  const issuer = fields.take(tags.sequence, 'issuer').bytes
  const thisUpdate = readTime(fields.any('thisUpdate'))
  const next = fields.takeIf(tags.utcTime, tags.generalizedTime)
  const revoked = fields.takeIf(tags.sequence)
  const explicit = fields.takeIf(contextTag(0))
  fields.end()
  const extensions = explicit === undefined ? new Map<string, Extension>() : readExtensions(explicit)
  return {
    tbs: tbs.bytes,
    signatureAlgorithm,
    signature,
    issuer,
    thisUpdate,
    nextUpdate: next === undefined ? undefined : readTime(next),
    revoked: new Map(revoked === undefined ? [] : childrenOf(revoked).map(readRevoked)),
    unknownCritical: [...extensions].filter(([, { critical }]) => critical).map(([name]) => name),
  }
}

function readRevoked(item: Der): [string, Date] {
  const fields = new Fields(item, 'revokedCertificate')
  return [toHex(fields.take(tags.integer, 'userCertificate').content), readTime(fields.any('revocationDate'))]
}
