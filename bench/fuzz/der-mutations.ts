import { concatBytes } from '../../src/base/bytes.ts'
import type { Random } from './random.ts'

/** Where an element stands: its tag, its length's first byte, its content. */
type Place = { at: number; start: number; end: number }

/** Deeper than our readers go. */
const depthMax = 40

/** Elements found by reading tags and lengths as far as they go, those inside others too. */
function places(bytes: Uint8Array, from = 0, to = bytes.length, depth = 0): Place[] {
  const found: Place[] = []
  if (depth > depthMax) return found
  for (let at = from; at + 2 <= to;) {
    const tag = bytes[at] ?? 0
    const first = bytes[at + 1] ?? 0
    let start = at + 2
    let length = first
    if (first > 0x80 && first <= 0x84) {
      start += first & 0x7f
      length = 0
      for (const byte of bytes.subarray(at + 2, start)) length = length * 256 + byte
    }
    const end = start + length
    if (tag === 0 || end > to) break
    found.push({ at, start, end })
    // octet and bit strings hold DER often enough
    if ((tag & 0x20) !== 0 || tag === 4) found.push(...places(bytes, start, end, depth + 1))
    at = end
  }
  return found
}

const tags = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x17, 0x18, 0x1f, 0x24, 0x30, 0x31, 0x80, 0xa0, 0xa1,
  0xa3,
]
const lengths = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x85, 0xff]

/** DER with one to four of its elements damaged, moved, doubled or nested. The lengths around them stay mostly as they were. */
export function mutateDer(der: Uint8Array, random: Random): Uint8Array {
  let bytes = der
  for (let left = 1 + random.below(4); left > 0; left--) bytes = mutateOnce(bytes, random)
  return bytes
}

function mutateOnce(der: Uint8Array, random: Random): Uint8Array {
  const found = places(der)
  const bytes = der.slice()
  if (found.length === 0) {
    bytes[random.below(bytes.length)] = random.below(256)
    return bytes
  }
  const { at, start, end } = random.pick(found)
  const other = random.pick(found)
  switch (random.below(8)) {
    case 0:
      bytes[at] = random.pick(tags)
      return bytes
    case 1:
      bytes[at + 1] = random.pick(lengths)
      return bytes
    case 2:
      bytes[start + random.below(end - start)] = random.below(256)
      return bytes
    case 3:
      return concatBytes([der.subarray(0, at), der.subarray(other.at, other.end), der.subarray(end)])
    case 4:
      return concatBytes([der.subarray(0, end), der.subarray(at, end), der.subarray(end)])
    case 5:
      return concatBytes([der.subarray(0, at), der.subarray(end)])
    case 6: {
      const head = Uint8Array.of(random.pick([0x30, 0x31, 0xa0, 0x24]), 0x80)
      const times = random.length(3000)
      return concatBytes([der.subarray(0, at), ...Array.from({ length: times }, () => head), der.subarray(at)])
    }
    default:
      return der.subarray(0, random.below(der.length))
  }
}
