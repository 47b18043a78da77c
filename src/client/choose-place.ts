import { checkPlacement, type DocumentFacts } from '../stamp/pdf/document-facts.ts'
import type { SeenBox } from '../stamp/pdf/placement.ts'
import { pointsPerUnit, stampSidePoints, type Placement } from '../stamp/recipe.ts'
import type { WantedPlacement } from './affix.ts'

/** Distance from the edges where we choose the place: half an inch, inside what printers reach. */
const marginPoints = 36
/** Between a text and the stamp beside it. */
const gapPoints = 6

/** Where somebody wants a stamp. `at` is undefined where it is chosen for them. */
export type WantedPlace = {
  page: number | 'last'
  at: { left: number; bottom: number } | undefined
  /** Undefined for the usual side, or as much of it as the page has. */
  size: number | undefined
  unit: Placement['unit']
}

/** Down to hundredths: never outside the page by rounding. */
function rounded(value: number): number {
  return Math.floor(value * 100) / 100
}

/**
 * The place on this document: the one asked for, else bottom right, moved to the left past signatures that stand there.
 * Always the same for the same wish and document.
 */
export function choosePlace(wanted: WantedPlace, document: DocumentFacts): WantedPlacement {
  const { at, page, unit } = wanted
  const number = page === 'last' ? document.pages.length : page
  const seen = document.pages[number - 1]
  const usual = Math.min(stampSidePoints.usual, seen?.width ?? Infinity, seen?.height ?? Infinity)
  const size = wanted.size ?? rounded(usual / pointsPerUnit[unit])
  const box = { page, width: size, height: size, unit }
  if (at !== undefined) return { ...box, ...at }
  if (seen === undefined) return { ...box, left: 0, bottom: 0 }
  const side = size * pointsPerUnit[unit]
  const inUnit = (points: number) => rounded(Math.max(0, points) / pointsPerUnit[unit])
  const bottom = inUnit(Math.min(marginPoints, seen.height - side))
  const right = Math.max(0, Math.min(seen.width - marginPoints - side, seen.width - side))
  const first = { ...box, left: inUnit(right), bottom }
  for (let left = right; left >= 0; left -= side / 2) {
    const candidate = { ...box, left: inUnit(left), bottom }
    if (checkPlacement(document, { ...candidate, page: number }) === undefined) return candidate
  }
  return first
}

/**
 * The place beside a text of the page: right of it, else left, above, below, wherever the stamp fits and covers neither the text nor a
 * signature; on the text itself where the page has no room beside it.
 */
export function placeBeside(
  text: SeenBox & { page: number },
  wanted: Pick<WantedPlace, 'size' | 'unit'>,
  document: DocumentFacts,
): Placement {
  const { unit } = wanted
  const { page } = text
  const seen = document.pages[page - 1]
  const most = Math.min(stampSidePoints.usual, seen?.width ?? Infinity, seen?.height ?? Infinity)
  const side = wanted.size === undefined ? most : wanted.size * pointsPerUnit[unit]
  const within = (value: number, length: number | undefined) => Math.max(0, Math.min(value, (length ?? value) - side))
  const across = within(text.left + text.width / 2 - side / 2, seen?.width)
  const along = within(text.bottom + text.height / 2 - side / 2, seen?.height)
  const size = wanted.size ?? rounded(side / pointsPerUnit[unit])
  const boxAt = (left: number, bottom: number): Placement => ({
    page,
    left: rounded(left / pointsPerUnit[unit]),
    bottom: rounded(bottom / pointsPerUnit[unit]),
    width: size,
    height: size,
    unit,
  })
  const candidates = [
    boxAt(text.left + text.width + gapPoints, along),
    boxAt(text.left - gapPoints - side, along),
    boxAt(across, text.bottom + text.height + gapPoints),
    boxAt(across, text.bottom - gapPoints - side),
  ]
  return candidates.find((each) => checkPlacement(document, each) === undefined) ?? boxAt(across, along)
}
