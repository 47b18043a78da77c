import { encode } from 'uqr'

/** Version 4 (33 modules) at least: fewer, larger modules would need a wider quiet zone than the picture leaves. */
const versionMin = 4
/** Version 10 (57 modules): beyond it a module on a 54 point stamp is under half a point and phones give up. */
const versionMax = 10

/**
 * One data mask for all: choosing by penalty (ISO/IEC 18004 7.8.3) takes longer than all the rest of a stamp, and measured
 * on prints at 150 and 110 dpi this one was read as often. Readers take any.
 */
const maskPattern = 2

/** A QR symbol as a path of whole modules: `size` modules a side, origin bottom-left, y up, no quiet zone. */
export type QrPath = { size: number; path: string }

/**
 * The QR of `text` (ISO/IEC 18004) with at least error level M, its dark modules merged into few rectangles of one path.
 * Throws RangeError when the text needs more than version 10 (213 bytes).
 */
export function qrPath(text: string): QrPath {
  if (new TextEncoder().encode(text).length > 213)
    throw new RangeError(`the check URL is too long for a stamp: ${text}`)
  const { data, size } = encode(text, {
    ecc: 'M',
    border: 0,
    minVersion: versionMin,
    maxVersion: versionMax,
    maskPattern,
  })
  const dark = data.map((row) => [...row])
  const isDark = (row: number, column: number) => dark[row]?.[column] === true
  let path = ''
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (!isDark(row, column)) continue
      let width = 1
      while (isDark(row, column + width)) width++
      let height = 1
      while (runIsDark(dark, { row: row + height, column, width })) height++
      for (let below = row; below < row + height; below++) dark[below]?.fill(false, column, column + width)
      path += `${column} ${size - row - height} ${width} ${height} re\n`
    }
  }
  return { size, path }
}

function runIsDark(dark: readonly boolean[][], run: { row: number; column: number; width: number }): boolean {
  const cells = dark[run.row]?.slice(run.column, run.column + run.width)
  return cells !== undefined && cells.every(Boolean)
}
