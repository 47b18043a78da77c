import { concatBytes, equalBytes } from '../../base/bytes.ts'
import type { HashName, Primitives } from '../../base/primitives.ts'
import { isString, type PdfDict } from './objects.ts'

const hashNames: readonly HashName[] = ['sha256', 'sha384', 'sha512']

/** Algorithm 2.B of ISO 32000-2 7.6.4.3.4; revision 5 (never published by ISO) stops after the first hash. */
function hardHash(
  input: { password: Uint8Array; salt: Uint8Array; user: Uint8Array },
  revision: number,
  primitives: Primitives,
): Uint8Array {
  const { password, salt, user } = input
  let key = primitives.hash('sha256').update(password).update(salt).update(user).digest()
  if (revision < 6) return key
  for (let round = 0; ; round++) {
    const once = concatBytes([password, key, user])
    const repeated = new Uint8Array(once.length * 64)
    for (let i = 0; i < 64; i++) repeated.set(once, i * once.length)
    const text = primitives.aesCbc('encrypt', key.subarray(0, 16), key.subarray(16, 32), repeated, false)
    // 256 is 1 modulo 3, so the sum of the first 16 bytes is the big number modulo 3
    const sum = text.subarray(0, 16).reduce((total, byte) => total + byte, 0)
    key = primitives
      .hash(hashNames[sum % 3] ?? 'sha256')
      .update(text)
      .digest()
    if (round >= 63 && (text[text.length - 1] ?? 0) <= round - 31) return key.subarray(0, 32)
  }
}

/** The file key of an AES-256 document when `password` (UTF-8) is its user's or owner's; undefined when it is neither. */
export function fileKeyOfRevision6(
  lock: { dict: PdfDict; revision: number; password: Uint8Array },
  primitives: Primitives,
): Uint8Array | undefined {
  const bytesOf = (key: string) => {
    const value = lock.dict.entries.get(key)
    return isString(value) ? value.raw : new Uint8Array(0)
  }
  const password = lock.password.subarray(0, 127)
  const user = bytesOf('U').subarray(0, 48)
  const none = new Uint8Array(0)
  for (const [proofKey, wrappedKey, bound] of [
    ['U', 'UE', none],
    ['O', 'OE', user],
  ] as const) {
    const proof = bytesOf(proofKey)
    const wrapped = bytesOf(wrappedKey).subarray(0, 32)
    if (proof.length < 48 || wrapped.length < 32) continue
    const hash = (salt: Uint8Array) => hardHash({ password, salt, user: bound }, lock.revision, primitives)
    if (!equalBytes(hash(proof.subarray(32, 40)), proof.subarray(0, 32))) continue
    return primitives.aesCbc('decrypt', hash(proof.subarray(40, 48)), new Uint8Array(16), wrapped, false)
  }
  return undefined
}
