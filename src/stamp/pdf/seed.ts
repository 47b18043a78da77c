import { concatBytes, fromHex, latin1Bytes, toHex } from '../../base/bytes.ts'
import type { Primitives } from '../../base/primitives.ts'

const hashBlockBytes = 64

function hmacSha256(key: Uint8Array, message: Uint8Array, primitives: Primitives): Uint8Array {
  const block = new Uint8Array(hashBlockBytes)
  block.set(key.length > hashBlockBytes ? primitives.hash('sha256').update(key).digest() : key)
  const inner = primitives
    .hash('sha256')
    .update(block.map((byte) => byte ^ 0x36))
    .update(message)
    .digest()
  return primitives
    .hash('sha256')
    .update(block.map((byte) => byte ^ 0x5c))
    .update(inner)
    .digest()
}

/** HKDF with SHA-256 and an empty salt (RFC 5869): `length` bytes that the seed always has for the label. */
export function deriveBytes(seed: Uint8Array, label: string, length: number, primitives: Primitives): Uint8Array {
  const key = hmacSha256(new Uint8Array(0), seed, primitives)
  const info = latin1Bytes(label)
  const out: Uint8Array[] = []
  for (let made = 0, counter = 1, last = new Uint8Array(0); made < length; made += last.length, counter++) {
    last = Uint8Array.from(hmacSha256(key, concatBytes([last, info, Uint8Array.of(counter)]), primitives))
    out.push(last)
  }
  return concatBytes(out).subarray(0, length)
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
  const seed = fromHex(recipeSeed)
  return {
    // the first element names the document, so both updates agree on it
    idElement: (which) =>
      toHex(deriveBytes(seed, which === 'first' ? 'id first' : `id second ${update}`, 16, primitives)).toUpperCase(),
    vector: (objectNumber, index) => deriveBytes(seed, `iv ${update} ${objectNumber} ${index}`, 16, primitives),
  }
}
