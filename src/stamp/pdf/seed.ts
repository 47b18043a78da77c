import { fromHex, latin1Bytes, toHex } from '../../base/bytes.ts'
import type { Primitives } from '../../base/primitives.ts'

const hashBlockBytes = 64

/** HMAC with SHA-256 (RFC 2104); the key has at most a block's bytes. */
function hmacSha256(key: Uint8Array, message: Uint8Array, primitives: Primitives): Uint8Array {
  const inner = primitives.hash('sha256').update(masked(key, 0x36)).update(message).digest()
  return primitives.hash('sha256').update(masked(key, 0x5c)).update(inner).digest()
}

function masked(key: Uint8Array, mask: number): Uint8Array {
  const block = new Uint8Array(hashBlockBytes).fill(mask)
  for (let i = 0; i < key.length; i++) block[i] = (key[i] ?? 0) ^ mask
  return block
}

/** HKDF's first step, with SHA-256 and an empty salt (RFC 5869 2.2). */
export function extractKey(seed: Uint8Array, primitives: Primitives): Uint8Array {
  return hmacSha256(new Uint8Array(0), seed, primitives)
}

/** The first 32 bytes of HKDF's second step (RFC 5869 2.3), which the key always has for the label. */
export function expandKey(key: Uint8Array, label: string, primitives: Primitives): Uint8Array {
  return hmacSha256(key, latin1Bytes(`${label}\x01`), primitives)
}

/** All randomness of one update. Every label gives its own bytes, the same for ever. */
export type Seed = {
  /** Second element of /ID, or its first where the file has none: 16 bytes, upper-case hex. */
  idElement(which: 'first' | 'second'): string
  /** The vector of the `index`th encrypted thing of an object: 16 bytes. */
  vector(objectNumber: number, index: number): Uint8Array
}

/** The seed of a recipe (64 hex) for its first or its second update. */
export function seedOf(recipeSeed: string, update: 1 | 2, primitives: Primitives): Seed {
  const key = extractKey(fromHex(recipeSeed), primitives)
  const bytesFor = (label: string) => expandKey(key, label, primitives).subarray(0, 16)
  return {
    // the first element names the document, so both updates agree on it
    idElement: (which) => toHex(bytesFor(which === 'first' ? 'id first' : `id second ${update}`)).toUpperCase(),
    vector: (objectNumber, index) => bytesFor(`iv ${update} ${objectNumber} ${index}`),
  }
}
