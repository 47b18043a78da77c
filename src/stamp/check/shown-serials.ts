import { serialKind } from '../serial.ts'

const serialLength = 22

/** What stands before a serial: the first line of our picture, and the path of our check URL. */
const markers = ['%OpenMeterai ', '/cek/'].map((text) => Uint8Array.from(text, (char) => char.charCodeAt(0)))

/** The serial numbers of our own form that bytes show, by the picture's marker or by a check URL, in order of place. */
export function shownSerials(bytes: Uint8Array): string[] {
  const found = new Set<string>()
  for (const marker of markers) {
    for (let at = indexOfBytes(bytes, marker, 0); at >= 0; at = indexOfBytes(bytes, marker, at + 1)) {
      const from = at + marker.length
      const text = String.fromCharCode(...bytes.subarray(from, from + serialLength))
      const kind = serialKind(text)
      if (kind === 'stamp' || kind === 'specimen') found.add(text)
    }
  }
  return [...found]
}

function indexOfBytes(bytes: Uint8Array, needle: Uint8Array, from: number): number {
  const first = needle[0] ?? 0
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let same = 1
    while (same < needle.length && bytes[at + same] === needle[same]) same++
    if (same === needle.length) return at
  }
  return -1
}
