/** Rows from the top, three bytes a pixel. */
export type Image = { width: number; height: number; pixels: Uint8Array }

/** A box in pixels, from the top left corner; need not be whole. */
export type PixelBox = { left: number; top: number; right: number; bottom: number }

/** A binary PPM of 8 bits; undefined for anything else. */
export function readPixmap(bytes: Uint8Array): Image | undefined {
  const start = Buffer.from(bytes.subarray(0, 40)).toString('latin1')
  const head = /^P6\s(\d+)\s(\d+)\s255\s/.exec(start)
  if (head === null) return undefined
  const [width, height] = [Number(head[1]), Number(head[2])]
  const pixels = bytes.subarray(head[0].length)
  return pixels.length === width * height * 3 ? { width, height, pixels } : undefined
}

function difference(a: Image, b: Image, x: number, y: number): number {
  const at = (y * a.width + x) * 3
  const other = (y * b.width + x) * 3
  let most = 0
  for (let i = 0; i < 3; i++) most = Math.max(most, Math.abs((a.pixels[at + i] ?? 255) - (b.pixels[other + i] ?? 255)))
  return most
}

/** A step of colour that nobody sees, in 255: renderers round. */
const sameColour = 4

/** Pixels that differ outside the box, the pixels it touches counting as inside; Infinity for images of other sizes. */
export function changedOutside(before: Image, after: Image, box: PixelBox): number {
  if (before.width !== after.width || before.height !== after.height) return Infinity
  let changed = 0
  for (let y = 0; y < after.height; y++) {
    const isBeside = y < Math.floor(box.top) - 1 || y > Math.ceil(box.bottom)
    for (let x = 0; x < after.width; x++) {
      const isInside = !isBeside && x >= Math.floor(box.left) - 1 && x <= Math.ceil(box.right)
      if (!isInside && difference(before, after, x, y) > sameColour) changed++
    }
  }
  return changed
}

/** Mean difference of two images within the box, 0 to 255; its outermost pixels are left out, they mix with the page. */
export function differenceWithin(a: Image, b: Image, box: PixelBox): number {
  let sum = 0
  let count = 0
  for (let y = Math.ceil(box.top) + 1; y < Math.floor(box.bottom) - 1; y++) {
    for (let x = Math.ceil(box.left) + 1; x < Math.floor(box.right) - 1; x++) {
      sum += difference(a, b, x, y)
      count++
    }
  }
  return count === 0 ? 0 : sum / count
}
