import { latin1Bytes } from '../../base/bytes.ts'
import { type QrSymbol, qrSymbol } from './qr-symbol.ts'

/** A QR symbol as a path of whole modules, the operators as bytes: `size` modules a side, origin bottom-left, y up, no quiet zone. */
export type QrPath = { size: number; path: Uint8Array }

/**
 * The QR of `text` (ISO/IEC 18004) at error level M, its dark modules merged into few rectangles of one path.
 * Throws RangeError when the text needs more than version 10 (213 bytes).
 */
export function qrPath(text: string): QrPath {
  const symbol = qrSymbol(text)
  if (symbol === undefined) throw new RangeError(`the check URL is too long for a stamp: ${text}`)
  return { size: symbol.size, path: pathOf(symbol) }
}

/** From the top: the longest run of each row, made as high as it is dark below, then taken away. Uses the symbol up. */
function pathOf({ size, modules }: QrSymbol): Uint8Array {
  // a symbol has fewer runs than half its modules, and a line at most 15 bytes
  const path = new Uint8Array(size * size * 8)
  let end = 0
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at++) {
      if (modules[at] === 0) continue
      let width = 1
      while (column + width < size && modules[at + width] === 1) width++
      let height = 0
      for (let below = at; takeRun(modules, below, width); below += size) height++
      end = putNumber(path, putNumber(path, end, column), size - row - height)
      end = putNumber(path, putNumber(path, end, width), height)
      for (const byte of rectangle) path[end++] = byte
    }
  }
  return path.subarray(0, end)
}

/** Whether all modules of the run are dark, which it makes them no longer. */
function takeRun(modules: Uint8Array, at: number, width: number): boolean {
  for (let i = at; i < at + width; i++) if (modules[i] !== 1) return false
  for (let i = at; i < at + width; i++) modules[i] = 0
  return true
}

const rectangle = latin1Bytes('re\n')

/** Writes a number below 100 and a space; returns the offset behind them. */
function putNumber(bytes: Uint8Array, at: number, value: number): number {
  let end = at
  if (value > 9) bytes[end++] = 48 + Math.floor(value / 10)
  bytes[end++] = 48 + (value % 10)
  bytes[end++] = 32
  return end
}
