import { createHash, randomBytes } from 'node:crypto'
import { fromHex } from '../base/bytes.ts'
import { signatureIdentifier, signedSequence } from '../stamp/cms/algorithms.ts'
import { type Certificate, type KeyUsage, keyUsages, parseCertificate } from '../stamp/cms/certificate.ts'
import {
  bitString,
  boolean,
  integer,
  nothing,
  octetString,
  oid,
  printableString,
  readDer,
  sequence,
  setOf,
  tagged,
  taggedPrimitive,
  time,
  unsignedInteger,
  utf8String,
  Fields,
  readWholeBits,
  tags,
} from '../stamp/cms/der.ts'
import { oids } from '../stamp/cms/oids.ts'
import { type SigningKey, publicKeyOf, signWith } from './keys.ts'

/** A key and the certificate that names it. */
export type Holder = { key: SigningKey; certificate: Certificate }

/** What a certificate is to say. */
export type CertificateOrder = {
  /** DER Name, from `name`. */
  subject: Uint8Array
  /** The subject's key: only its public half goes in. */
  key: SigningKey
  notBefore: Date
  notAfter: Date
  usages: readonly KeyUsage[]
  /** A certificate authority; `pathLength` 0 lets it certify end entities alone. */
  authority?: { pathLength?: number }
  /** Critical, when given (a timestamp authority's must be, RFC 3161 2.3). */
  onlyPurpose?: { purpose: string; critical: boolean }
  policy?: string
  ocspNoCheck?: boolean
}

const part = (type: string, value: Uint8Array): Uint8Array => setOf([sequence(oid(type), value)])

/** Name of country Indonesia, organisation and common name; X.520 allows 64 characters each and RangeError says so. */
export function name(organisation: string, common: string): Uint8Array {
  for (const text of [organisation, common])
    if (text.length > 64)
      throw new RangeError(`"${text}" has ${text.length} characters, a name in a certificate at most 64`)
  return sequence(
    part(oids.countryName, printableString('ID')),
    part(oids.organizationName, utf8String(organisation)),
    part(oids.commonName, utf8String(common)),
  )
}

/** Sixteen random bytes that always encode as sixteen: positive, first byte never zero (RFC 5280 4.1.2.2). */
export function randomSerial(): Uint8Array {
  const bytes = new Uint8Array(randomBytes(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes
}

/** Key identifier: SHA-1 of the public key's bits (RFC 5280 4.2.1.2, method 1). */
function keyIdOf(spki: Uint8Array): Uint8Array {
  const fields = new Fields(readDer(spki), 'subjectPublicKeyInfo')
  fields.take(tags.sequence, 'algorithm')
  const key = readWholeBits(fields.take(tags.bitString, 'subjectPublicKey'))
  return new Uint8Array(createHash('sha1').update(key).digest())
}

/** A certificate signed by `issuer`, or by its own key when there is none. */
export async function issueCertificate(order: CertificateOrder, issuer?: Holder): Promise<Certificate> {
  const signer = issuer?.key ?? order.key
  const spki = publicKeyOf(order.key)
  const tbs = sequence(
    tagged(0, integer(2)),
    unsignedInteger(randomSerial()),
    signatureIdentifier(signer.algorithm),
    issuer?.certificate.subject ?? order.subject,
    sequence(time(order.notBefore), time(order.notAfter)),
    order.subject,
    spki,
    tagged(3, sequence(...extensionsOf(order, spki, issuer))),
  )
  return parseCertificate(signedSequence(tbs, signer.algorithm, await signWith(signer, tbs)))
}

const extension = (type: string, critical: boolean, value: Uint8Array): Uint8Array =>
  sequence(oid(type), ...(critical ? [boolean(true)] : []), octetString(value))

function extensionsOf(order: CertificateOrder, spki: Uint8Array, issuer: Holder | undefined): Uint8Array[] {
  const extensions = [
    extension(oids.keyUsage, true, usageBits(order.usages)),
    extension(oids.subjectKeyIdentifier, false, octetString(keyIdOf(spki))),
  ]
  const issuerKeyId = issuer?.certificate.subjectKeyId
  if (issuerKeyId !== undefined)
    extensions.push(extension(oids.authorityKeyIdentifier, false, sequence(taggedPrimitive(0, fromHex(issuerKeyId)))))
  if (order.authority !== undefined) {
    const { pathLength } = order.authority
    const constraints = sequence(boolean(true), ...(pathLength === undefined ? [] : [integer(pathLength)]))
    extensions.push(extension(oids.basicConstraints, true, constraints))
  }
  if (order.onlyPurpose !== undefined)
    extensions.push(
      extension(oids.extendedKeyUsage, order.onlyPurpose.critical, sequence(oid(order.onlyPurpose.purpose))),
    )
  if (order.policy !== undefined)
    extensions.push(extension(oids.certificatePolicies, false, sequence(sequence(oid(order.policy)))))
  if (order.ocspNoCheck === true) extensions.push(extension(oids.ocspNoCheck, false, nothing()))
  return extensions
}

/** Named bits as DER writes them: without trailing zeros (X.690 11.2.2). */
function usageBits(usages: readonly KeyUsage[]): Uint8Array {
  const bits = usages.map((usage) => keyUsages.indexOf(usage))
  const last = Math.max(...bits)
  const bytes = new Uint8Array((last >> 3) + 1)
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return bitString(bytes, 7 - (last & 7))
}
