import { toHex } from './bytes.ts'
import type { VerifyPrimitives } from './primitives.ts'

/** Answers kept, 100 bytes each: a batch's certificates and revocation data are some ten for each signer and day. */
const answersMax = 5_000

/**
 * The primitives with a `verify` that remembers what it found, for looking at many files in a row: all but two of the dozen
 * signatures behind a stamp are the same in the next one. An answer is found by SHA-256 over everything it depends on.
 */
export function rememberingVerify(primitives: VerifyPrimitives): VerifyPrimitives {
  const known = new Map<string, boolean>()
  return {
    ...primitives,
    verify(spki, hash, message, signature, pss) {
      const whole = primitives.hash('sha256')
      for (const part of [spki, message, signature]) {
        const length = new Uint8Array(4)
        new DataView(length.buffer).setUint32(0, part.length)
        whole.update(length).update(part)
      }
      const name = `${toHex(whole.digest())} ${hash} ${pss?.saltLength ?? ''}`
      const found = known.get(name)
      if (found !== undefined) return found
      const answer = primitives.verify(spki, hash, message, signature, pss)
      if (known.size >= answersMax) known.clear()
      known.set(name, answer)
      return answer
    },
  }
}
