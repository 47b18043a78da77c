import { toHex } from '../../base/bytes.ts'
import { type SignatureAlgorithm, readSignatureAlgorithm } from './algorithms.ts'
import {
  type Der,
  DerError,
  Fields,
  childrenOf,
  contextTag,
  onlyChild,
  readBits,
  readBoolean,
  readDer,
  readOctets,
  readOid,
  readSmall,
  readText,
  readTime,
  readWholeBits,
  tags,
} from './der.ts'
import { oids } from './oids.ts'

/** Bits of KeyUsage in their order (RFC 5280 4.2.1.3). */
export const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'crlSign',
  'encipherOnly',
  'decipherOnly',
] as const
export type KeyUsage = (typeof keyUsages)[number]

/** What an X.509 certificate says of itself. Nothing in it is proven: no signature, chain or date was looked at. */
export type Certificate = {
  der: Uint8Array
  /** What the issuer signed. */
  tbs: Uint8Array
  signatureAlgorithm: SignatureAlgorithm | undefined
  signature: Uint8Array
  /** Content of the INTEGER as lower-case hex, sign byte kept. */
  serialNumber: string
  /** DER Name; names are the same when their bytes are. */
  issuer: Uint8Array
  subject: Uint8Array
  /** The subject's last common name, else its organisation, else empty. */
  commonName: string
  notBefore: Date
  notAfter: Date
  /** DER SubjectPublicKeyInfo. */
  spki: Uint8Array
  /** The key alone, as OCSP and key identifiers hash it. */
  publicKey: Uint8Array
  authority: { isAuthority: boolean; pathLength?: number }
  /** Undefined: the certificate does not restrict its key. */
  keyUsage: ReadonlySet<KeyUsage> | undefined
  extendedKeyUsage: { critical: boolean; purposes: readonly string[] } | undefined
  policies: readonly string[]
  subjectKeyId: string | undefined
  authorityKeyId: string | undefined
  ocspNoCheck: boolean
  /** Critical extensions that we do not understand: the certificate may not be relied on. */
  unknownCritical: readonly string[]
}

/** One extension: the bytes inside its OCTET STRING. */
export type Extension = { critical: boolean; value: Uint8Array }

/** Reads a certificate (RFC 5280 4.1); throws DerError. */
export function parseCertificate(der: Uint8Array): Certificate {
  const outer = new Fields(readDer(der), 'Certificate')
  const tbs = outer.take(tags.sequence, 'tbsCertificate')
  const signatureAlgorithm = readSignatureAlgorithm(outer.take(tags.sequence, 'signatureAlgorithm'))
  const signature = readWholeBits(outer.take(tags.bitString, 'signature'))
  outer.end()

  const fields = new Fields(tbs, 'tbsCertificate')
  fields.takeIf(contextTag(0))
  const serialNumber = toHex(fields.take(tags.integer, 'serialNumber').content)
  fields.take(tags.sequence, 'signature')
  const issuer = fields.take(tags.sequence, 'issuer').bytes
  const validity = new Fields(fields.take(tags.sequence, 'validity'), 'validity')
  const notBefore = readTime(validity.any('notBefore'))
  const notAfter = readTime(validity.any('notAfter'))
  const subject = fields.take(tags.sequence, 'subject')
  const spki = fields.take(tags.sequence, 'subjectPublicKeyInfo')
  fields.takeIf(contextTag(1, 'primitive'))
  fields.takeIf(contextTag(2, 'primitive'))
  const extensionsField = fields.takeIf(contextTag(3))
  fields.end()
  const extensions = extensionsField === undefined ? new Map<string, Extension>() : readExtensions(extensionsField)

  const key = new Fields(spki, 'subjectPublicKeyInfo')
  key.take(tags.sequence, 'algorithm')
  return {
    der,
    tbs: tbs.bytes,
    signatureAlgorithm,
    signature,
    serialNumber,
    issuer,
    subject: subject.bytes,
    commonName: commonNameOf(subject),
    notBefore,
    notAfter,
    spki: spki.bytes,
    publicKey: readWholeBits(key.take(tags.bitString, 'subjectPublicKey')),
    ...readKnownExtensions(extensions),
  }
}

/** The extensions inside an explicit tag, by OID; one that comes twice is refused (RFC 5280 4.2). */
export function readExtensions(explicit: Der): Map<string, Extension> {
  const extensions = new Map<string, Extension>()
  for (const item of childrenOf(onlyChild(explicit, 'extensions'))) {
    const fields = new Fields(item, 'Extension')
    const name = readOid(fields.take(tags.oid, 'extnID'))
    const critical = fields.takeIf(tags.boolean)
    const value = readOctets(fields.take(tags.octetString, 'extnValue'))
    fields.end()
    if (extensions.has(name)) throw new DerError(`extension ${name} comes twice`)
    extensions.set(name, { critical: critical !== undefined && readBoolean(critical), value })
  }
  return extensions
}

const understood: ReadonlySet<string> = new Set([
  oids.basicConstraints,
  oids.keyUsage,
  oids.extendedKeyUsage,
  oids.certificatePolicies,
  oids.subjectKeyIdentifier,
  oids.authorityKeyIdentifier,
])

function readKnownExtensions(extensions: Map<string, Extension>) {
  const constraints = extensions.get(oids.basicConstraints)
  const usage = extensions.get(oids.keyUsage)
  const extended = extensions.get(oids.extendedKeyUsage)
  const policies = extensions.get(oids.certificatePolicies)
  const subjectKey = extensions.get(oids.subjectKeyIdentifier)
  const authorityKey = extensions.get(oids.authorityKeyIdentifier)
  return {
    authority: constraints === undefined ? { isAuthority: false } : readBasicConstraints(constraints.value),
    keyUsage: usage === undefined ? undefined : readKeyUsage(usage.value),
    extendedKeyUsage:
      extended === undefined
        ? undefined
        : { critical: extended.critical, purposes: childrenOf(readDer(extended.value)).map(readOid) },
    policies: policies === undefined ? [] : childrenOf(readDer(policies.value)).map(readPolicy),
    subjectKeyId: subjectKey === undefined ? undefined : toHex(readOctets(readDer(subjectKey.value))),
    authorityKeyId: authorityKey === undefined ? undefined : readAuthorityKey(authorityKey.value),
    ocspNoCheck: extensions.has(oids.ocspNoCheck),
    unknownCritical: [...extensions]
      .filter(([name, { critical }]) => critical && !understood.has(name))
      .map(([name]) => name),
  }
}

function readBasicConstraints(value: Uint8Array): Certificate['authority'] {
  const fields = new Fields(readDer(value), 'basicConstraints')
  const isAuthority = fields.takeIf(tags.boolean)
  const pathLength = fields.takeIf(tags.integer)
  fields.end()
  return {
    isAuthority: isAuthority !== undefined && readBoolean(isAuthority),
    ...(pathLength === undefined ? {} : { pathLength: readSmall(pathLength) }),
  }
}

function readKeyUsage(value: Uint8Array): Set<KeyUsage> {
  const { bytes } = readBits(readDer(value))
  return new Set(keyUsages.filter((_, bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0))
}

const readPolicy = (item: Der): string =>
  readOid(new Fields(item, 'PolicyInformation').take(tags.oid, 'policyIdentifier'))

function readAuthorityKey(value: Uint8Array): string | undefined {
  const keyId = new Fields(readDer(value), 'authorityKeyIdentifier').takeIf(contextTag(0, 'primitive'))
  return keyId === undefined ? undefined : toHex(keyId.content)
}

function commonNameOf(name: Der): string {
  let organisation = ''
  let common = ''
  for (const part of childrenOf(name).flatMap(childrenOf)) {
    const fields = new Fields(part, 'AttributeTypeAndValue')
    const type = readOid(fields.take(tags.oid, 'type'))
    const text = readText(fields.any('value')) ?? ''
    if (type === oids.commonName) common = text
    if (type === oids.organizationName) organisation = text
  }
  return common === '' ? organisation : common
}
