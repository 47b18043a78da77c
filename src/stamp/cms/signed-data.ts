import { concatBytes, toHex } from '../../base/bytes.ts'
import type { HashName } from '../../base/primitives.ts'
import { type SignatureAlgorithm, readHash, readSignatureAlgorithm } from './algorithms.ts'
import { withDefiniteLengths } from './ber.ts'
import {
  type Der,
  DerError,
  Fields,
  childrenOf,
  contextTag,
  onlyChild,
  readDer,
  readOctets,
  readOid,
  readSmall,
  readText,
  tags,
} from './der.ts'
import { oids, serialNumberAttributeOid } from './oids.ts'

/** One signer as the container tells it; nothing is proven. Fields are undefined where the container has none. */
export type ParsedSigner = {
  /** DER Name and serial number (hex, as in Certificate), or the subject key identifier (hex) alone. */
  identifier: { issuer: Uint8Array; serialNumber: string } | { subjectKeyId: string }
  digestAlgorithm: HashName | undefined
  signatureAlgorithm: SignatureAlgorithm | undefined
  signature: Uint8Array
  /** The signed attributes as SET: the very bytes the signature is over. Undefined: the signature is over the content. */
  signedAttributes: Uint8Array | undefined
  contentType: string | undefined
  messageDigest: Uint8Array | undefined
  /** From signing-certificate (SHA-1) or signing-certificate-v2, the latter when both are there. */
  signingCertificate: { hash: HashName | undefined; value: Uint8Array } | undefined
  hasSigningTime: boolean
  /** Our serial number's attribute. */
  serial: string | undefined
  /** The signature timestamp: a ContentInfo, DER. */
  timestampToken: Uint8Array | undefined
}

export type ParsedSignedData = {
  contentType: string
  /** Undefined: detached. */
  content: Uint8Array | undefined
  /** DER, in the order they stand; other formats than X.509 are left out. */
  certificates: Uint8Array[]
  signers: ParsedSigner[]
  /** How many bytes follow the container up to the last that is no zero; 0 as it should be. They say nothing about the signature. */
  trailingBytes: number
}

/**
 * Reads a ContentInfo with SignedData, DER or with indefinite lengths outside; what follows it (the padding of /Contents)
 * is not read. Throws DerError for anything else, for an attribute that comes twice and known attributes of more than one value.
 */
export function parseSignedData(der: Uint8Array): ParsedSignedData {
  const { first: outer, rest } = withDefiniteLengths(der)
  const info = new Fields(readDer(outer), 'ContentInfo')
  const type = readOid(info.take(tags.oid, 'contentType'))
  if (type !== oids.signedData) throw new DerError(`ContentInfo: content type ${type} is not SignedData`)
  const data = new Fields(onlyChild(info.take(contextTag(0), 'content'), 'content'), 'SignedData')
  info.end()

  data.take(tags.integer, 'version')
  data.take(tags.set, 'digestAlgorithms')
  const inside = new Fields(data.take(tags.sequence, 'encapContentInfo'), 'encapContentInfo')
  const contentType = readOid(inside.take(tags.oid, 'eContentType'))
  const content = inside.takeIf(contextTag(0))
  inside.end()
  const certificates = data.takeIf(contextTag(0))
  data.takeIf(contextTag(1))
  const signers = childrenOf(data.take(tags.set, 'signerInfos')).map(readSigner)
  data.end()
  return {
    contentType,
    content: content === undefined ? undefined : readOctets(onlyChild(content, 'eContent')),
    certificates:
      certificates === undefined
        ? []
        : childrenOf(certificates).flatMap(({ tag, bytes }) => (tag === tags.sequence ? [bytes] : [])),
    signers,
    trailingBytes: rest.findLastIndex((byte) => byte !== 0) + 1,
  }
}

function readSigner(item: Der): ParsedSigner {
  const fields = new Fields(item, 'SignerInfo')
  readSmall(fields.take(tags.integer, 'version'))
  const identifier = readIdentifier(fields.any('sid'))
  const digestAlgorithm = readHash(fields.take(tags.sequence, 'digestAlgorithm'))
  const signed = fields.takeIf(contextTag(0))
  const signatureAlgorithm = readSignatureAlgorithm(fields.take(tags.sequence, 'signatureAlgorithm'), digestAlgorithm)
  const signature = readOctets(fields.take(tags.octetString, 'signature'))
  const unsigned = fields.takeIf(contextTag(1))
  fields.end()

  const attributes = signed === undefined ? new Map<string, Der>() : readAttributes(signed, 'signedAttrs')
  const unsignedAttributes = unsigned === undefined ? new Map<string, Der>() : readAttributes(unsigned, 'unsignedAttrs')
  const contentType = valueOf(attributes, oids.contentType)
  const messageDigest = valueOf(attributes, oids.messageDigest)
  const serial = valueOf(attributes, serialNumberAttributeOid)
  return {
    identifier,
    digestAlgorithm,
    signatureAlgorithm,
    signature,
    // Signed as a SET, carried under [0]: only the first byte differs (RFC 5652 5.4).
    signedAttributes:
      signed === undefined ? undefined : concatBytes([Uint8Array.of(tags.set), signed.bytes.subarray(1)]),
    contentType: contentType === undefined ? undefined : readOid(contentType),
    messageDigest: messageDigest === undefined ? undefined : readOctets(messageDigest),
    signingCertificate: readSigningCertificate(attributes),
    hasSigningTime: attributes.has(oids.signingTime),
    serial: serial === undefined ? undefined : readText(serial),
    timestampToken: valueOf(unsignedAttributes, oids.signatureTimestamp)?.bytes,
  }
}

function readIdentifier(sid: Der): ParsedSigner['identifier'] {
  if (sid.tag === contextTag(0, 'primitive')) return { subjectKeyId: toHex(sid.content) }
  const fields = new Fields(sid, 'issuerAndSerialNumber')
  const issuer = fields.take(tags.sequence, 'issuer').bytes
  return { issuer, serialNumber: toHex(fields.take(tags.integer, 'serialNumber').content) }
}

/** The SET of values of each attribute, by type. */
function readAttributes(parent: Der, what: string): Map<string, Der> {
  const attributes = new Map<string, Der>()
  for (const item of childrenOf(parent)) {
    const fields = new Fields(item, what)
    const type = readOid(fields.take(tags.oid, 'attrType'))
    if (attributes.has(type)) throw new DerError(`${what}: attribute ${type} comes twice`)
    attributes.set(type, fields.take(tags.set, `values of ${type}`))
    fields.end()
  }
  return attributes
}

function valueOf(attributes: Map<string, Der>, type: string): Der | undefined {
  const values = attributes.get(type)
  return values === undefined ? undefined : onlyChild(values, `attribute ${type}`)
}

/** The hash of the signer's certificate: the first of the list is the signer's (RFC 5035 3). */
function readSigningCertificate(attributes: Map<string, Der>): ParsedSigner['signingCertificate'] {
  const second = valueOf(attributes, oids.signingCertificateV2)
  const value = second ?? valueOf(attributes, oids.signingCertificate)
  if (value === undefined) return undefined
  const list = new Fields(new Fields(value, 'SigningCertificate').take(tags.sequence, 'certs'), 'certs')
  const first = new Fields(list.take(tags.sequence, 'the signer'), 'ESSCertID')
  const algorithm = first.takeIf(tags.sequence)
  const hash = second === undefined ? 'sha1' : algorithm === undefined ? 'sha256' : readHash(algorithm)
  return { hash, value: readOctets(first.take(tags.octetString, 'certHash')) }
}
