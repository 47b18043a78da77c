import { channelsOf, countOf, interlacePasses } from '../../identity/photos/strip-png.ts'

/** A PNG taken apart: its header's fields, its palette and what is transparent, and its rows unpacked (ISO/IEC 15948). */
export type UnpackedPng = {
  width: number
  height: number
  depth: number
  colour: number
  isInterlaced: boolean
  palette: Buffer
  transparent: Buffer
  rows: Buffer
}

const whole = [[0, 0, 1, 1]] as const

/**
 * The picture as it lies on white paper, as rows of PNG: from above, a zero for no filter, then red, green and blue of each pixel, a byte each.
 * Undefined where a row is filtered in no known way. The rows given are changed.
 */
export function drawPng(png: UnpackedPng): Buffer | undefined {
  const { width, height, depth, rows } = png
  const channels = channelsOf[png.colour] ?? 1
  const pixelOf = pixelReader(png)
  const step = Math.max(1, (channels * depth) >> 3)
  const drawn = Buffer.alloc(height * (1 + width * 3))
  let at = 0
  for (const [left, top, dx, dy] of png.isInterlaced ? interlacePasses : whole) {
    const [columns, lines] = [countOf(width, left, dx), countOf(height, top, dy)]
    if (columns === 0) continue
    const length = Math.ceil((columns * channels * depth) / 8)
    let before: Buffer | undefined
    for (let line = 0; line < lines; line++) {
      const row = rows.subarray(at + 1, at + 1 + length)
      if (!unfilter(rows[at] ?? 0, row, { before, step })) return undefined
      for (let column = 0; column < columns; column++) {
        const to = (top + line * dy) * (1 + width * 3) + 1 + (left + column * dx) * 3
        pixelOf(row, column, drawn, to)
      }
      before = row
      at += 1 + length
    }
  }
  return drawn
}

/** Undoes a row's filter (ISO/IEC 15948, 9.2) in place; false for one that is not known. It sees each byte of the picture: nothing is made anew in it. */
function unfilter(
  filter: number,
  row: Buffer,
  { before, step }: { before: Buffer | undefined; step: number },
): boolean {
  if (filter > 4) return false
  if (filter === 0) return true
  for (let at = 0; at < row.length; at++) {
    const left = at < step ? 0 : (row[at - step] ?? 0)
    const up = before === undefined ? 0 : (before[at] ?? 0)
    let guess = filter === 1 ? left : filter === 2 ? up : (left + up) >> 1
    if (filter === 4) {
      // Paeth's: the neighbour nearest to left + up - corner
      const corner = at < step || before === undefined ? 0 : (before[at - step] ?? 0)
      const [toLeft, toUp] = [Math.abs(up - corner), Math.abs(left - corner)]
      const toCorner = Math.abs(left + up - corner - corner)
      guess = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner
    }
    row[at] = (row[at] ?? 0) + guess
  }
  return true
}

/** Writes the pixel of a column, as it shows on white, to three bytes of `drawn`. */
function pixelReader({ depth, colour, palette, transparent }: UnpackedPng) {
  const most = 2 ** depth - 1
  const sample = (row: Buffer, at: number): number => {
    if (depth === 8) return row[at] ?? 0
    if (depth === 16) return ((row[2 * at] ?? 0) << 8) | (row[2 * at + 1] ?? 0)
    const bit = at * depth
    return ((row[bit >> 3] ?? 0) >> (8 - depth - (bit & 7))) & most
  }
  const byteOf = (value: number) => (value * 255) / most
  const onWhite = (value: number, alpha: number) => Math.round(255 - ((255 - value) * alpha) / 255)
  /** The one colour that is transparent, in samples (tRNS of pictures without a palette). */
  const clear = Array.from({ length: transparent.length >> 1 }, (_, at) => transparent.readUInt16BE(2 * at))
  const [isColour, hasAlpha] = [colour === 2 || colour === 6, colour >= 4]
  const colours = isColour ? 3 : 1
  const channels = channelsOf[colour] ?? 1
  return (row: Buffer, column: number, drawn: Buffer, to: number): void => {
    const first = column * channels
    if (colour === 3) {
      const index = sample(row, first)
      for (let one = 0; one < 3; one++)
        drawn[to + one] = onWhite(palette[3 * index + one] ?? 0, transparent[index] ?? 255)
      return
    }
    let alpha = hasAlpha ? byteOf(sample(row, first + colours)) : 255
    if (!hasAlpha && clear.length >= colours) {
      let isClear = true
      for (let one = 0; one < colours; one++) isClear &&= sample(row, first + one) === clear[one]
      if (isClear) alpha = 0
    }
    for (let one = 0; one < 3; one++)
      drawn[to + one] = onWhite(byteOf(sample(row, isColour ? first + one : first)), alpha)
  }
}
