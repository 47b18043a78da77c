/** Equal bytes between two differing ones that are carried along: naming a new stretch takes two bytes or more. */
const joinedBytes = 2

/**
 * What makes `bytes` out of a pattern of the same length: stretches that differ, each as how many equal bytes lie before it
 * and how many it has (both LEB128), then its bytes. Empty when nothing differs. Throws RangeError for another length.
 */
export function differenceOf(pattern: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (pattern.length !== bytes.length)
    throw new RangeError(`${bytes.length} bytes against a pattern of ${pattern.length}`)
  const out: number[] = []
  let done = 0
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === pattern[at]) continue
    const from = at
    let end = at + 1
    for (let look = end; look < bytes.length && look <= end + joinedBytes; look++)
      if (bytes[look] !== pattern[look]) end = look + 1
    pushNumber(out, from - done)
    pushNumber(out, end - from)
    for (let i = from; i < end; i++) out.push(bytes[i] ?? 0)
    done = end
    at = end - 1
  }
  return Uint8Array.from(out)
}

/** The bytes that `differenceOf` was told; throws RangeError when the difference does not belong to a pattern of this length. */
export function applyDifference(pattern: Uint8Array, difference: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(pattern)
  let at = 0
  let to = 0
  const number = (): number => {
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = difference[at++]
      if (byte === undefined) break
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new RangeError('a difference is cut off')
  }
  while (at < difference.length) {
    to += number()
    const length = number()
    if (to + length > bytes.length || at + length > difference.length)
      throw new RangeError('a difference reaches beyond its pattern')
    bytes.set(difference.subarray(at, at + length), to)
    at += length
    to += length
  }
  return bytes
}

function pushNumber(out: number[], value: number): void {
  let left = value
  for (; left >= 0x80; left >>>= 7) out.push((left & 0x7f) | 0x80)
  out.push(left)
}
