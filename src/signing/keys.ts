import { type KeyObject, createPrivateKey, createPublicKey, generateKeyPair, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { KeyAlgorithm } from '../stamp/cms/algorithms.ts'

const generate = promisify(generateKeyPair)
const signOffThread = promisify(sign)

/** A private key that this process may use, and what kind it is. */
export type SigningKey = { algorithm: KeyAlgorithm; privateKey: KeyObject }

const rsaBits = { 'rsa-2048': 2048, 'rsa-3072': 3072 } as const

/** A new key, made off the main thread. */
export async function generateKey(algorithm: KeyAlgorithm): Promise<SigningKey> {
  const { privateKey } =
    algorithm === 'ec-p256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: rsaBits[algorithm], publicExponent: 0x1_00_01 })
  return { algorithm, privateKey }
}

/** The key of a PKCS#8 PEM text; throws when it is of a kind that does not sign stamps. */
export function readKey(pem: string): SigningKey {
  const privateKey = createPrivateKey(pem)
  const { namedCurve, modulusLength } = privateKey.asymmetricKeyDetails ?? {}
  if (privateKey.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return { algorithm: 'ec-p256', privateKey }
  if (privateKey.asymmetricKeyType === 'rsa') {
    if (modulusLength === rsaBits['rsa-2048']) return { algorithm: 'rsa-2048', privateKey }
    if (modulusLength === rsaBits['rsa-3072']) return { algorithm: 'rsa-3072', privateKey }
  }
  const kind = `${privateKey.asymmetricKeyType} ${namedCurve ?? modulusLength ?? ''}`.trim()
  throw new Error(`the key is ${kind}; ec prime256v1, rsa 2048 and rsa 3072 are known`)
}

export function keyPem(key: SigningKey): string {
  return key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** DER SubjectPublicKeyInfo. */
export function publicKeyOf(key: SigningKey): Uint8Array {
  return new Uint8Array(createPublicKey(key.privateKey).export({ type: 'spki', format: 'der' }))
}

/**
 * The signature over SHA-256 of `message`: DER for ECDSA, PKCS#1 v1.5 for RSA. An RSA key signs on the thread pool, where it takes
 * twenty times as long; P-256 takes less time (27 us) than handing it there and waking a thread (some 50 us).
 */
export async function signWith(key: SigningKey, message: Uint8Array): Promise<Uint8Array> {
  const signed =
    key.algorithm === 'ec-p256'
      ? sign('sha256', message, key.privateKey)
      : await signOffThread('sha256', message, key.privateKey)
  return new Uint8Array(signed)
}
