/** What a ByteRange covers: from 0 to `gapStart`, and from `gapEnd` to `end`; the gap is `<hex>` with both brackets. */
export type Coverage = { gapStart: number; gapEnd: number; end: number }

/** Four whole numbers from 0, the second part after the first, both inside the file (ISO 32000-2 12.8.1); else undefined. */
export function coverageOf(byteRange: readonly unknown[], fileLength: number): Coverage | undefined {
  const [start, gapStart, gapEnd, length] = byteRange
  if (byteRange.length !== 4 || start !== 0) return undefined
  if (!isCount(gapStart) || !isCount(gapEnd) || !isCount(length)) return undefined
  const end = gapEnd + length
  // the smallest gap is `<>`; a second part of nothing would leave the file's end unsigned
  if (gapStart + 2 > gapEnd || length === 0 || end > fileLength) return undefined
  return { gapStart, gapEnd, end }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/**
 * The bytes behind the hex of the gap, when the gap is nothing but one hex string; else undefined.
 * Whether it is this signature's /Contents is for the caller to compare with the dictionary's place.
 */
export function contentsInGap(bytes: Uint8Array, coverage: Coverage): Uint8Array | undefined {
  const { gapStart, gapEnd } = coverage
  if (bytes[gapStart] !== 0x3c || bytes[gapEnd - 1] !== 0x3e || (gapEnd - gapStart) % 2 !== 0) return undefined
  const contents = new Uint8Array((gapEnd - gapStart - 2) / 2)
  for (let i = 0; i < contents.length; i++) {
    const high = hexValue(bytes[gapStart + 1 + i * 2])
    const low = hexValue(bytes[gapStart + 2 + i * 2])
    if (high < 0 || low < 0) return undefined
    contents[i] = high * 16 + low
  }
  return contents
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** Both covered parts, as views. */
export function coveredParts(bytes: Uint8Array, { gapStart, gapEnd, end }: Coverage): Uint8Array[] {
  return [bytes.subarray(0, gapStart), bytes.subarray(gapEnd, end)]
}
