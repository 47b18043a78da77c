import { latin1Bytes } from '../../base/bytes.ts'
import type { Primitives } from '../../base/primitives.ts'
import { serialKind } from '../serial.ts'

const serialLength = 22

/** What stands before a serial: the first line of our picture, and the path of our check URL. */
const markers = ['%OpenMeterai ', '/cek/'].map(latin1Bytes)

/** The serial numbers of our own form that bytes show, by the picture's marker or by a check URL, in order of place. */
export function shownSerials(bytes: Uint8Array, { indexOf }: Pick<Primitives, 'indexOf'>): string[] {
  const found = new Set<string>()
  for (const marker of markers) {
    for (let at = indexOf(bytes, marker, 0); at >= 0; at = indexOf(bytes, marker, at + 1)) {
      const from = at + marker.length
      const text = String.fromCharCode(...bytes.subarray(from, from + serialLength))
      const kind = serialKind(text)
      if (kind === 'stamp' || kind === 'specimen') found.add(text)
    }
  }
  return [...found]
}
