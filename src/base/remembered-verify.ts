import type { Remembering, VerifyPrimitives } from './primitives.ts'

/** Answers kept, a few KB each: a batch's certificates and revocation data are some ten for each signer and day. */
const answersMax = 2_000
/** What is longer (a revocation list of a state authority) is verified each time: keeping it would cost more. */
const rememberedBytesMax = 8 * 1024

/**
 * The primitives with a `verify` and a `remembering` that remember what they found, for looking at many files in a row: all but
 * two of the dozen signatures behind a stamp are the same in the next one, and so are its certificates and revocation data.
 */
export function rememberingVerify(primitives: VerifyPrimitives): VerifyPrimitives {
  const known = new Map<string, boolean>()
  return {
    ...primitives,
    remembering,
    verify(spki, hash, message, signature, pss) {
      const parts = [spki, message, signature]
      if (parts.reduce((sum, part) => sum + part.length, 0) > rememberedBytesMax)
        return primitives.verify(spki, hash, message, signature, pss)
      const lengths = parts.map((part) => part.length).join(' ')
      // one character a byte: found faster than a hash is made
      const name = `${hash} ${pss?.saltLength ?? ''} ${lengths} ${parts.map(characters).join('')}`
      const found = known.get(name)
      if (found !== undefined) return found
      const answer = primitives.verify(spki, hash, message, signature, pss)
      if (known.size >= answersMax) known.clear()
      known.set(name, answer)
      return answer
    },
  }
}

const remembering: Remembering = (make) => {
  const known = new Map<string, { made: ReturnType<typeof make> }>()
  return (bytes) => {
    if (bytes.length > rememberedBytesMax) return make(bytes)
    const name = characters(bytes)
    const found = known.get(name)
    if (found !== undefined) return found.made
    // of a copy: what is kept must not keep the whole file
    const made = make(bytes.slice())
    if (known.size >= answersMax) known.clear()
    known.set(name, { made })
    return made
  }
}

const characters = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
