import type { HashName, VerifyPrimitives } from '../../base/primitives.ts'
import {
  type Der,
  Fields,
  bitString,
  contextTag,
  nothing,
  oid,
  onlyChild,
  readOid,
  readSmall,
  sequence,
  tags,
} from './der.ts'
import { oids } from './oids.ts'

/** The kinds of key our own signers have. */
export const keyAlgorithms = ['ec-p256', 'rsa-2048', 'rsa-3072'] as const
export type KeyAlgorithm = (typeof keyAlgorithms)[number]

/** How a signature was made. MD5 and what is not listed are not verified. */
export type SignatureAlgorithm =
  | { kind: 'rsa'; hash: HashName }
  | { kind: 'rsa-pss'; hash: HashName; saltLength: number }
  | { kind: 'ecdsa'; hash: HashName }

const hashes: ReadonlyMap<string, HashName> = new Map([
  [oids.sha1, 'sha1'],
  [oids.sha256, 'sha256'],
  [oids.sha384, 'sha384'],
  [oids.sha512, 'sha512'],
])

const signatures: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  [oids.sha1WithRsa, { kind: 'rsa', hash: 'sha1' }],
  [oids.sha256WithRsa, { kind: 'rsa', hash: 'sha256' }],
  [oids.sha384WithRsa, { kind: 'rsa', hash: 'sha384' }],
  [oids.sha512WithRsa, { kind: 'rsa', hash: 'sha512' }],
  [oids.ecdsaWithSha1, { kind: 'ecdsa', hash: 'sha1' }],
  [oids.ecdsaWithSha256, { kind: 'ecdsa', hash: 'sha256' }],
  [oids.ecdsaWithSha384, { kind: 'ecdsa', hash: 'sha384' }],
  [oids.ecdsaWithSha512, { kind: 'ecdsa', hash: 'sha512' }],
])

/** SHA-256 as it stands in digestAlgorithm fields: without parameters (RFC 5754 2). */
export const sha256Identifier = (): Uint8Array => sequence(oid(oids.sha256))
export const sha1Identifier = (): Uint8Array => sequence(oid(oids.sha1), nothing())

/** How our own keys sign: always over SHA-256; RSA carries NULL (RFC 4055 5), ECDSA nothing (RFC 5758 3.2). */
export function signatureIdentifier(key: KeyAlgorithm): Uint8Array {
  return key === 'ec-p256' ? sequence(oid(oids.ecdsaWithSha256)) : sequence(oid(oids.sha256WithRsa), nothing())
}

/** What was signed, how, and the signature: the whole of a certificate and of a revocation list (RFC 5280 4.1, 5.1). */
export function signedSequence(tbs: Uint8Array, key: KeyAlgorithm, signature: Uint8Array): Uint8Array {
  return sequence(tbs, signatureIdentifier(key), bitString(signature))
}

/** The hash an AlgorithmIdentifier names; undefined when we do not know it. */
export function readHash(identifier: Der): HashName | undefined {
  return hashes.get(readOid(new Fields(identifier, 'AlgorithmIdentifier').take(tags.oid, 'algorithm')))
}

/**
 * The signature algorithm of an AlgorithmIdentifier; undefined when we do not know it.
 * `digest` serves identifiers that name only the key's kind, as CMS allows (RFC 5652 5.3).
 */
export function readSignatureAlgorithm(identifier: Der, digest?: HashName): SignatureAlgorithm | undefined {
  const fields = new Fields(identifier, 'AlgorithmIdentifier')
  const name = readOid(fields.take(tags.oid, 'algorithm'))
  if (name === oids.rsaPss) return readPss(fields.takeIf(tags.sequence))
  if (name === oids.rsaEncryption) return digest === undefined ? undefined : { kind: 'rsa', hash: digest }
  if (name === oids.ecPublicKey) return digest === undefined ? undefined : { kind: 'ecdsa', hash: digest }
  return signatures.get(name)
}

/** RSASSA-PSS parameters with their defaults (RFC 8017 A.2.3); one hash for message and mask, else undefined. */
function readPss(parameters: Der | undefined): SignatureAlgorithm | undefined {
  if (parameters === undefined) return { kind: 'rsa-pss', hash: 'sha1', saltLength: 20 }
  const fields = new Fields(parameters, 'RSASSA-PSS parameters')
  const hashField = fields.takeIf(contextTag(0))
  const maskField = fields.takeIf(contextTag(1))
  const saltField = fields.takeIf(contextTag(2))
  const hash = hashField === undefined ? 'sha1' : readHash(onlyChild(hashField, 'hashAlgorithm'))
  const mask = maskField === undefined ? 'sha1' : readMask(onlyChild(maskField, 'maskGenAlgorithm'))
  const saltLength = saltField === undefined ? 20 : readSmall(onlyChild(saltField, 'saltLength'))
  return hash === undefined || hash !== mask ? undefined : { kind: 'rsa-pss', hash, saltLength }
}

function readMask(identifier: Der): HashName | undefined {
  const fields = new Fields(identifier, 'maskGenAlgorithm')
  if (readOid(fields.take(tags.oid, 'algorithm')) !== oids.mgf1) return undefined
  return readHash(fields.take(tags.sequence, 'mgf1 hash'))
}

/** What was signed, how, and with whose public key (DER SubjectPublicKeyInfo). */
export type SignedMessage = {
  spki: Uint8Array
  algorithm: SignatureAlgorithm | undefined
  message: Uint8Array
  signature: Uint8Array
}

/** True when the signature is good; false too for an algorithm we do not know and a key that is not one of its kind. */
export function signatureIsGood(signed: SignedMessage, primitives: VerifyPrimitives): boolean {
  const { spki, algorithm, message, signature } = signed
  if (algorithm === undefined) return false
  const pss = algorithm.kind === 'rsa-pss' ? { saltLength: algorithm.saltLength } : undefined
  try {
    return primitives.verify(spki, algorithm.hash, message, signature, pss)
  } catch {
    // A key that does not parse, or is of another kind, has signed nothing.
    return false
  }
}
