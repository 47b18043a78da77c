import { DerError, derDepthMax, element, readDer, readFirstDer, tags } from './der.ts'

const octetStringInPieces = 0x24

/**
 * The first element with its indefinite lengths made definite, and what follows it; throws DerError. Many signers write the
 * outer layers of a signature container so (X.690 8.1.3.6), though PDF asks for DER; what is signed or hashed stands inside
 * in DER and keeps its bytes. An octet string in pieces becomes one.
 */
export function withDefiniteLengths(bytes: Uint8Array, depth = 0): { first: Uint8Array; rest: Uint8Array } {
  if (depth > derDepthMax) throw new DerError(`more than ${derDepthMax} elements within each other`)
  if (bytes[1] !== 0x80) {
    const { first, rest } = readFirstDer(bytes)
    return { first: first.bytes, rest }
  }
  const tag = bytes[0] ?? 0
  if ((tag & 0x20) === 0) throw new DerError('an indefinite length on an element that has none inside')
  const children: Uint8Array[] = []
  let left = bytes.subarray(2)
  while (left[0] !== 0 || left[1] !== 0) {
    if (left.length < 2) throw new DerError('an indefinite length without its end')
    const { first, rest } = withDefiniteLengths(left, depth + 1)
    children.push(first)
    left = rest
  }
  const first =
    tag === octetStringInPieces
      ? element(tags.octetString, ...children.map((child) => readDer(child).content))
      : element(tag, ...children)
  return { first, rest: left.subarray(2) }
}
