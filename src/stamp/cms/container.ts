import type { Primitives } from '../../base/primitives.ts'
import { type KeyAlgorithm, sha256Identifier, signatureIdentifier } from './algorithms.ts'
import {
  Fields,
  contextTag,
  integer,
  octetString,
  oid,
  printableString,
  readDer,
  sequence,
  setOf,
  tagged,
  tags,
} from './der.ts'
import { oids, serialNumberAttributeOid } from './oids.ts'

/** Who signs containers, and over what. */
export type ContainerSigner = {
  /** DER; the signer's own first. */
  certificates: readonly Uint8Array[]
  keyAlgorithm: KeyAlgorithm
  /** OID of the signed content; default `data`, which is detached and what a PDF's bytes are. */
  contentType?: string
  primitives: Pick<Primitives, 'hash'>
}

/** Writes the containers of one signer. */
export type ContainerForm = {
  /**
   * The signed attributes as the DER SET OF that is hashed and signed (RFC 5652 5.4): content-type, message-digest,
   * signing-certificate-v2 (RFC 5035; SHA-256 is its default and left out) and a stamp's serial number in an attribute of ours.
   * No signing-time: PAdES forbids it in B profiles (ETSI EN 319 142-1 6.3), the time is in /M and the timestamp.
   * `digest` is the SHA-256 of the content.
   */
  attributes(digest: Uint8Array, serial?: string): Uint8Array
  /** A ContentInfo with SignedData and one SignerInfo (RFC 5652), DER. */
  assemble(parts: {
    /** From `attributes`. */
    attributes: Uint8Array
    signature: Uint8Array
    timestampToken?: Uint8Array | undefined
    /** Content carried inside (a timestamp's TSTInfo); left out, the signature is detached. */
    content?: Uint8Array | undefined
  }): Uint8Array
}

const attribute = (type: string, value: Uint8Array): Uint8Array => sequence(oid(type), setOf([value]))

/**
 * The form of a signer's containers: what is the same in all of them is encoded once, so that each costs little besides
 * its signature. Throws RangeError without a certificate, DerError where that is none.
 */
export function containerForm(signer: ContainerSigner): ContainerForm {
  const { certificates, keyAlgorithm, contentType = oids.data, primitives } = signer
  const [own] = certificates
  if (own === undefined) throw new RangeError('a signature container needs the certificate of its signer')
  const certificateHash = octetString(primitives.hash('sha256').update(own).digest())
  const contentTypeAttribute = attribute(oids.contentType, oid(contentType))
  const certificateAttribute = attribute(oids.signingCertificateV2, sequence(sequence(sequence(certificateHash))))
  const sha256 = sha256Identifier()
  const infoHead = [integer(1), issuerAndSerial(own), sha256]
  const infoAlgorithm = signatureIdentifier(keyAlgorithm)
  const dataHead = [integer(contentType === oids.data ? 1 : 3), setOf([sha256])]
  const certificateSet = setOf(certificates, contextTag(0))
  return {
    attributes(digest, serial) {
      const all = [contentTypeAttribute, attribute(oids.messageDigest, octetString(digest)), certificateAttribute]
      if (serial !== undefined) all.push(attribute(serialNumberAttributeOid, printableString(serial)))
      return setOf(all)
    },
    assemble({ attributes, signature, timestampToken, content }) {
      const info = [...infoHead, tagged(0, readDer(attributes).content), infoAlgorithm, octetString(signature)]
      if (timestampToken !== undefined)
        info.push(setOf([attribute(oids.signatureTimestamp, timestampToken)], contextTag(1)))
      const carried = content === undefined ? [] : [tagged(0, octetString(content))]
      const signedData = sequence(
        ...dataHead,
        sequence(oid(contentType), ...carried),
        certificateSet,
        setOf([sequence(...info)]),
      )
      return sequence(oid(oids.signedData), tagged(0, signedData))
    },
  }
}

function issuerAndSerial(certificate: Uint8Array): Uint8Array {
  const fields = new Fields(
    new Fields(readDer(certificate), 'Certificate').take(tags.sequence, 'tbsCertificate'),
    'tbsCertificate',
  )
  fields.takeIf(contextTag(0))
  const serialNumber = fields.take(tags.integer, 'serialNumber').bytes
  fields.take(tags.sequence, 'signature')
  return sequence(fields.take(tags.sequence, 'issuer').bytes, serialNumber)
}
