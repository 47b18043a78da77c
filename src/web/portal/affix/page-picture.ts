import { runBoundedCommand } from '../../../base/bounded-command.ts'
import {
  pictureAddressSpaceKilobytes,
  pictureBytesMax,
  pictureSeconds,
  picturesAtOnceMax,
  picturesWaitingMax,
} from '../../../limits/stamping.ts'

/** As wide as a phone shows a page at twice its pixels; and as wide as a list shows one. */
export const pageWidth = 720
export const thumbnailWidth = 144

let drawing = 0
const waiting: (() => void)[] = []

/** Does what few may do at once when it is its turn; undefined where too many wait. */
async function inTurn<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
  if (drawing < picturesAtOnceMax) drawing++
  else if (waiting.length >= picturesWaitingMax) return undefined
  // whoever is done hands its place on
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next === undefined) drawing--
    else next()
  }
}

/**
 * A page (counted from 1) of the PDF at this path as PNG, as seen: for browsers without a script. Drawn by poppler's pdftoppm where the
 * machine has it; undefined where it has none, the page cannot be drawn, or too many wait for theirs: the page then shows an empty sheet.
 */
export function drawPage(
  path: string,
  { page, widthPixels }: { page: number; widthPixels: number },
): Promise<Buffer | undefined> {
  const size = ['-scale-to-x', String(widthPixels), '-scale-to-y', '-1']
  const which = ['-f', String(page), '-l', String(page), '-singlefile', '-cropbox']
  return inTurn(() =>
    runBoundedCommand(['pdftoppm', '-png', ...which, ...size, path], {
      addressSpaceKilobytes: pictureAddressSpaceKilobytes,
      cpuSeconds: pictureSeconds,
      milliseconds: pictureSeconds * 1000,
      outputBytes: pictureBytesMax,
    }),
  )
}
