import type { Primitives } from '../base/primitives.ts'
import { inflate } from './inflate.ts'

/** Thrown where a locked file asks for what `readingPrimitives` have not: the whole `browserPrimitives` have it. */
export class NeedsCiphers extends Error {
  override readonly name = 'NeedsCiphers'
}

const needsCiphers = (): never => {
  throw new NeedsCiphers()
}

/** What reads a file that is not locked, in a browser: no hash and no cipher is among it, which are large. */
export const readingPrimitives: Primitives = {
  hash: needsCiphers,
  inflate,
  aesCbc: needsCiphers,
  rc4: needsCiphers,
  indexOf(bytes, sought, from) {
    if (typeof sought === 'number') return bytes.indexOf(sought, from)
    const [first = 0] = sought
    let at = bytes.indexOf(first, from)
    while (at >= 0 && !sought.every((byte, i) => bytes[at + i] === byte)) at = bytes.indexOf(first, at + 1)
    return at
  },
}
