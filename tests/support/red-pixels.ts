import { PNG } from 'pngjs'

/** How many pixels of a PNG are of the stamp's red: far more red than green and blue, as nothing else on our samples is. */
export function redPixels(png: Buffer): number {
  const { data } = PNG.sync.read(png)
  let count = 0
  for (let at = 0; at < data.length; at += 4) {
    const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3)
    if (red > 140 && green < 90 && blue < 90) count++
  }
  return count
}
