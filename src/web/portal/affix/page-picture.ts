import { runBoundedCommand } from '../../../base/bounded-command.ts'
import {
  pictureAddressSpaceKilobytes,
  pictureBytesMax,
  pictureSeconds,
  picturesAtOnceMax,
} from '../../../limits/stamping.ts'

/** As wide as a phone shows a page at twice its pixels. */
const widthPixels = 720

let drawing = 0

/**
 * A page (counted from 1) of the PDF at this path as PNG, as seen: for browsers without a script. Drawn by poppler's pdftoppm where the
 * machine has it; undefined where it has none, the page cannot be drawn, or too many are being drawn: the page then shows an empty sheet.
 */
export async function drawPage(path: string, page: number): Promise<Buffer | undefined> {
  if (drawing >= picturesAtOnceMax) return undefined
  drawing++
  try {
    const size = ['-scale-to-x', String(widthPixels), '-scale-to-y', '-1']
    const which = ['-f', String(page), '-l', String(page), '-singlefile', '-cropbox']
    return await runBoundedCommand(['pdftoppm', '-png', ...which, ...size, path], {
      addressSpaceKilobytes: pictureAddressSpaceKilobytes,
      cpuSeconds: pictureSeconds,
      milliseconds: pictureSeconds * 1000,
      outputBytes: pictureBytesMax,
    })
  } finally {
    drawing--
  }
}
