import { toHex } from '../base/bytes.ts'
import type { VerifyPrimitives } from '../base/primitives.ts'
import { isIssuedBy, validAt } from '../stamp/check/chain.ts'
import { contentOfParts, proveSigner } from '../stamp/check/cms-proof.ts'
import { unlessDamaged } from '../stamp/check/damage.ts'
import type { Trust } from '../stamp/check/report.ts'
import { parseCertificate, type Certificate } from '../stamp/cms/certificate.ts'
import { DerError } from '../stamp/cms/der.ts'
import { bundlePolicyOid, oids } from '../stamp/cms/oids.ts'
import { parseSignedData } from '../stamp/cms/signed-data.ts'
import { derOf } from './affixing-answer.ts'
import { AnswerError, fieldsOf, listOf, numberOf, oneOf, textOf, type Fields } from './json-fields.ts'

/**
 * What a check needs to know of a service without asking it: its roots and revocation lists (base64 DER), dated (ISO 8601 UTC).
 * `signature` is a detached CMS (base64 DER) over `bundleBytes` of all the rest.
 */
export type TrustBundle = {
  format: 1
  /** The service's public address. */
  service: string
  issuedAt: string
  /** A newer one is to be fetched before. */
  validUntil: string
  roots: { certificate: string; standing: 'stamp' | 'specimen' }[]
  crls: string[]
  signature: string
}

/** What is signed: the JSON text of the bundle without its signature, in this order and without spaces. */
export function bundleBytes(bundle: Omit<TrustBundle, 'signature'>): Uint8Array {
  const { format, service, issuedAt, validUntil } = bundle
  const roots = bundle.roots.map(({ certificate, standing }) => ({ certificate, standing }))
  const text = JSON.stringify({ format, service, issuedAt, validUntil, roots, crls: bundle.crls })
  return new TextEncoder().encode(text)
}

/** A bundle that proves itself: signed by one of its own roots. Whether that root is the right one, `anchor` tells. */
export type ProvenBundle = {
  trust: Trust
  service: string
  issuedAt: Date
  validUntil: Date
  /** SHA-256 over the SubjectPublicKeyInfo of the root above the bundle's signer, 64 lower-case hex. */
  anchor: string
}

/** Reads and proves a bundle. Throws AnswerError for one that is malformed or whose signature does not hold. */
export function proveTrustBundle(json: unknown, primitives: VerifyPrimitives): ProvenBundle {
  const fields = fieldsOf(json, 'trust-bundle')
  numberOf(fields, 'format', { least: 1, most: 1 })
  const roots = listOf(fields, 'roots', (item, where) => {
    const root = fieldsOf(item, where)
    return {
      text: { certificate: textOf(root, 'certificate'), standing: oneOf(root, 'standing', ['stamp', 'specimen']) },
      der: derOf(root, 'certificate'),
    }
  })
  const crls = listOf(fields, 'crls', (item, where) => {
    const one = { where, values: { crl: item } }
    return { text: textOf(one, 'crl'), der: derOf(one, 'crl') }
  })
  const bundle = {
    format: 1,
    service: textOf(fields, 'service'),
    issuedAt: textOf(fields, 'issuedAt'),
    validUntil: textOf(fields, 'validUntil'),
    roots: roots.map(({ text }) => text),
    crls: crls.map(({ text }) => text),
  } as const
  const issuedAt = dateOf(fields, 'issuedAt')
  const certificates = roots.map(({ der }, at) => certificateOf(der, at))
  const anchor = anchorOf(
    { content: bundleBytes(bundle), signature: derOf(fields, 'signature') },
    { certificates, issuedAt },
    primitives,
  )
  if (anchor === undefined) throw new AnswerError('the signature of the trust-bundle does not hold')
  return {
    trust: {
      roots: roots.map(({ der, text }) => ({ certificate: der, standing: text.standing })),
      crls: crls.map(({ der }) => der),
    },
    service: bundle.service,
    issuedAt,
    validUntil: dateOf(fields, 'validUntil'),
    anchor: toHex(primitives.hash('sha256').update(anchor.spki).digest()),
  }
}

/** The root above the signer; undefined where the signature is bad or the signer may not sign bundles. */
function anchorOf(
  signed: { content: Uint8Array; signature: Uint8Array },
  by: { certificates: readonly Certificate[]; issuedAt: Date },
  primitives: VerifyPrimitives,
): Certificate | undefined {
  const content = contentOfParts([signed.content], primitives)
  const data = unlessDamaged(() => parseSignedData(signed.signature))
  if (data === undefined || data.content !== undefined) return undefined
  const proof = proveSigner(data, { contentType: oids.data, content, needsCertificateHash: true }, primitives)
  const signer = proof?.certificate
  if (proof === undefined || proof.reasons.length > 0 || signer === undefined) return undefined
  // the same root also certifies who signs stamps, timestamps and answers about revocation: none of them speaks here
  if (!signer.policies.includes(bundlePolicyOid) || !validAt([signer], by.issuedAt)) return undefined
  return by.certificates.find((root) => isIssuedBy(signer, root, primitives))
}

function certificateOf(der: Uint8Array, at: number): Certificate {
  try {
    return parseCertificate(der)
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause
    throw new AnswerError(`trust-bundle.roots[${at}] is no certificate: ${cause.message}`)
  }
}

function dateOf(fields: Fields, name: string): Date {
  const at = new Date(textOf(fields, name))
  if (Number.isNaN(at.getTime())) throw new AnswerError(`${fields.where}.${name} is no date`)
  return at
}
