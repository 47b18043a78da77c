import { toHex } from '../../base/bytes.ts'
import type { VerifyPrimitives } from '../../base/primitives.ts'
import { askedSignaturesMax, verifiedSignaturesMax } from '../../limits/stamping.ts'

/**
 * The primitives with a `verify` that looks at the same signature once however often a file repeats it, and calls those beyond
 * the bound bad. A key that is none gives false as well.
 */
export function verifyingOnce(primitives: VerifyPrimitives): VerifyPrimitives {
  const known = new Map<string, boolean>()
  let asked = 0
  const isGood = (...order: Parameters<VerifyPrimitives['verify']>) => {
    if (known.size >= verifiedSignaturesMax) return false
    try {
      return primitives.verify(...order)
    } catch {
      return false
    }
  }
  return {
    ...primitives,
    verify(spki, hash, message, signature, pss) {
      if (++asked > askedSignaturesMax) return false
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
