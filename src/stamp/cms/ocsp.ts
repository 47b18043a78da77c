import { fromHex, toHex } from '../../base/bytes.ts'
import type { HashName, Primitives } from '../../base/primitives.ts'
import {
  type KeyAlgorithm,
  type SignatureAlgorithm,
  readHash,
  readSignatureAlgorithm,
  sha1Identifier,
  signatureIdentifier,
} from './algorithms.ts'
import type { Certificate } from './certificate.ts'
import {
  type Der,
  DerError,
  Fields,
  bitString,
  childrenOf,
  contextTag,
  element,
  generalizedTime,
  octetString,
  oid,
  onlyChild,
  readDer,
  readOctets,
  readOid,
  readSmall,
  readTime,
  readWholeBits,
  sequence,
  tagged,
  taggedPrimitive,
  tags,
} from './der.ts'
import { oids } from './oids.ts'

/** A certificate as OCSP names it (RFC 6960 4.1.1): hashes of its issuer's name and key, and its serial number (hex). */
export type CertId = {
  hash: HashName | undefined
  issuerNameHash: Uint8Array
  issuerKeyHash: Uint8Array
  serialNumber: string
}

/** The name of `certificate` under `issuer`, by `hash`. */
export function certIdOf(
  pair: { certificate: Certificate; issuer: Certificate },
  hash: HashName,
  primitives: Pick<Primitives, 'hash'>,
): CertId {
  return {
    hash,
    issuerNameHash: primitives.hash(hash).update(pair.issuer.subject).digest(),
    issuerKeyHash: primitives.hash(hash).update(pair.issuer.publicKey).digest(),
    serialNumber: pair.certificate.serialNumber,
  }
}

export type OcspFacts = {
  certificate: Certificate
  issuer: Certificate
  responder: Certificate
  producedAt: Date
  thisUpdate: Date
  nextUpdate: Date
  primitives: Pick<Primitives, 'hash'>
}

/** ResponseData saying that a certificate is good, what the responder signs. CertID by SHA-1, which every reader knows. */
export function ocspGood(facts: OcspFacts): Uint8Array {
  const id = certIdOf(facts, 'sha1', facts.primitives)
  const responderKeyHash = facts.primitives.hash('sha1').update(facts.responder.publicKey).digest()
  const single = sequence(
    sequence(
      sha1Identifier(),
      octetString(id.issuerNameHash),
      octetString(id.issuerKeyHash),
      element(tags.integer, fromHex(id.serialNumber)),
    ),
    taggedPrimitive(0, new Uint8Array(0)),
    generalizedTime(facts.thisUpdate),
    tagged(0, generalizedTime(facts.nextUpdate)),
  )
  return sequence(tagged(2, octetString(responderKeyHash)), generalizedTime(facts.producedAt), sequence(single))
}

/** A whole OCSPResponse, as it stands in the DSS. */
export function ocspResponse(parts: {
  responseData: Uint8Array
  signature: Uint8Array
  keyAlgorithm: KeyAlgorithm
  certificates: readonly Uint8Array[]
}): Uint8Array {
  const basic = sequence(
    parts.responseData,
    signatureIdentifier(parts.keyAlgorithm),
    bitString(parts.signature),
    tagged(0, sequence(...parts.certificates)),
  )
  return sequence(
    element(tags.enumerated, Uint8Array.of(0)),
    tagged(0, sequence(oid(oids.ocspBasic), octetString(basic))),
  )
}

export type OcspStatus = { standing: 'good' } | { standing: 'revoked'; at: Date } | { standing: 'unknown' }

export type ParsedOcsp = {
  /** What the responder signed. */
  responseData: Uint8Array
  signatureAlgorithm: SignatureAlgorithm | undefined
  signature: Uint8Array
  certificates: Uint8Array[]
  /** DER Name, or SHA-1 of the responder's key. */
  responder: { name: Uint8Array } | { keyHash: Uint8Array }
  producedAt: Date
  responses: { id: CertId; status: OcspStatus; thisUpdate: Date; nextUpdate: Date | undefined }[]
}

/** Reads an OCSPResponse with a basic response; throws DerError, also when the responder answered with an error. */
export function parseOcspResponse(der: Uint8Array): ParsedOcsp {
  const outer = new Fields(readDer(der), 'OCSPResponse')
  const status = readSmall(outer.take(tags.enumerated, 'responseStatus'))
  if (status !== 0) throw new DerError(`OCSPResponse: status ${status} is not a success`)
  const wrapper = new Fields(onlyChild(outer.take(contextTag(0), 'responseBytes'), 'responseBytes'), 'ResponseBytes')
  const type = readOid(wrapper.take(tags.oid, 'responseType'))
  if (type !== oids.ocspBasic) throw new DerError(`OCSPResponse: type ${type} is not the basic one`)

  const basic = new Fields(readDer(readOctets(wrapper.take(tags.octetString, 'response'))), 'BasicOCSPResponse')
  const data = basic.take(tags.sequence, 'tbsResponseData')
  const signatureAlgorithm = readSignatureAlgorithm(basic.take(tags.sequence, 'signatureAlgorithm'))
  const signature = readWholeBits(basic.take(tags.bitString, 'signature'))
  const certificates = basic.takeIf(contextTag(0))
  basic.end()

  const fields = new Fields(data, 'ResponseData')
  fields.takeIf(contextTag(0))
  const responder = readResponder(fields.any('responderID'))
  const producedAt = readTime(fields.take(tags.generalizedTime, 'producedAt'))
  const responses = childrenOf(fields.take(tags.sequence, 'responses')).map(readSingle)
  fields.takeIf(contextTag(1))
  fields.end()
  return {
    responseData: data.bytes,
    signatureAlgorithm,
    signature,
    certificates:
      certificates === undefined ? [] : childrenOf(onlyChild(certificates, 'certs')).map(({ bytes }) => bytes),
    responder,
    producedAt,
    responses,
  }
}

function readResponder(item: Der): ParsedOcsp['responder'] {
  const inner = onlyChild(item, 'responderID')
  if (item.tag === contextTag(1)) return { name: inner.bytes }
  if (item.tag === contextTag(2)) return { keyHash: readOctets(inner) }
  throw new DerError('ResponseData: responderID is neither a name nor a key')
}

function readSingle(item: Der): ParsedOcsp['responses'][number] {
  const fields = new Fields(item, 'SingleResponse')
  const id = new Fields(fields.take(tags.sequence, 'certID'), 'CertID')
  const hash = readHash(id.take(tags.sequence, 'hashAlgorithm'))
  const issuerNameHash = readOctets(id.take(tags.octetString, 'issuerNameHash'))
  const issuerKeyHash = readOctets(id.take(tags.octetString, 'issuerKeyHash'))
  const serialNumber = toHex(id.take(tags.integer, 'serialNumber').content)
  const status = readStatus(fields.any('certStatus'))
  const thisUpdate = readTime(fields.take(tags.generalizedTime, 'thisUpdate'))
  const next = fields.takeIf(contextTag(0))
  fields.takeIf(contextTag(1))
  fields.end()
  return {
    id: { hash, issuerNameHash, issuerKeyHash, serialNumber },
    status,
    thisUpdate,
    nextUpdate: next === undefined ? undefined : readTime(onlyChild(next, 'nextUpdate')),
  }
}

function readStatus(item: Der): OcspStatus {
  if (item.tag === contextTag(0, 'primitive')) return { standing: 'good' }
  if (item.tag === contextTag(2, 'primitive')) return { standing: 'unknown' }
  const revoked = new Fields(item, 'RevokedInfo', contextTag(1))
  return { standing: 'revoked', at: readTime(revoked.take(tags.generalizedTime, 'revocationTime')) }
}
