import { toHex } from '../../base/bytes.ts'
import type { VerifyPrimitives } from '../../base/primitives.ts'

/**
 * Signatures verified in one check. A stamp has some ten (its own, the timestamp's, certificates, revocation), and the most
 * signed file seen has 40 signatures; a file of copies and forgeries must not keep us busy.
 */
const verifiedMax = 2000
/** And asked for, repeats included: 40 signatures over a store with 40 lists of one issuer ask some 10,000 times. */
const askedMax = 20_000

/**
 * The primitives with a `verify` that looks at the same signature once however often a file repeats it, and calls those beyond
 * the bound bad. A key that is none gives false as well.
 */
export function verifyingOnce(primitives: VerifyPrimitives): VerifyPrimitives {
  const known = new Map<string, boolean>()
  let asked = 0
  const isGood = (...order: Parameters<VerifyPrimitives['verify']>) => {
    if (known.size >= verifiedMax) return false
    try {
      return primitives.verify(...order)
    } catch {
      return false
    }
  }
  return {
    ...primitives,
    verify(spki, hash, message, signature, pss) {
      if (++asked > askedMax) return false
      const whole = primitives.hash('sha256')
      for (const part of [spki, message, signature]) {
        const lengthBytes = new Uint8Array(4)
        new DataView(lengthBytes.buffer).setUint32(0, part.length)
        whole.update(lengthBytes).update(part)
      }
      const key = `${toHex(whole.digest())} ${hash} ${pss?.saltLength ?? ''}`
      const answer = known.get(key) ?? isGood(spki, hash, message, signature, pss)
      known.set(key, answer)
      return answer
    },
  }
}
