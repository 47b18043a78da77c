import type { DocumentFacts } from '../stamp/pdf/document-facts.ts'
import { overlap, type SeenBox } from '../stamp/pdf/placement.ts'
import { stampSidePoints, type Placement } from '../stamp/recipe.ts'

/** A stamp on a page as seen: a square, in points from the lower left corner. */
export type StampPlace = { page: number; left: number; bottom: number; side: number }

/** Places that a page offers by name. */
export const presets = ['signature', 'right', 'left', 'center'] as const
export type Preset = (typeof presets)[number]

/** As far as a stamp keeps from the paper's edge by itself: half an inch, which every printer prints. */
const marginPoints = 36
/** Room between a stamp and the signature it stands beside. */
const gapPoints = 6
/** Nearer than this, a moved stamp goes where it nearly is. */
const snapPoints = 5

/** As large as usual, or as the page lets it be. */
export function usualSide({ width, height }: { width: number; height: number }): number {
  return Math.min(stampSidePoints.usual, width, height)
}

/** Inside the page, whatever was asked. */
export function keepInside(place: StampPlace, page: { width: number; height: number }): StampPlace {
  const side = Math.min(
    Math.max(place.side, Math.min(stampSidePoints.smallest, page.width, page.height)),
    page.width,
    page.height,
  )
  const within = (value: number, most: number) => Math.round(Math.min(Math.max(value, 0), most) * 100) / 100
  return {
    page: place.page,
    left: within(place.left, page.width - side),
    bottom: within(place.bottom, page.height - side),
    side,
  }
}

/** Where a preset lies; `signature` is undefined for a document that nobody signed. */
export function placeOf(preset: Preset, document: DocumentFacts, page: number, side: number): StampPlace | undefined {
  if (preset === 'signature') return besideSignature(document, side)
  const size = document.pages[page - 1]
  if (size === undefined) return undefined
  const left = { right: size.width - marginPoints - side, left: marginPoints, center: (size.width - side) / 2 }[preset]
  return keepInside({ page, left, bottom: marginPoints, side }, size)
}

/** Beside the last signature, where it covers no other: right, left, above or below it. */
function besideSignature(document: DocumentFacts, side: number): StampPlace | undefined {
  const last = document.signatureBoxes.at(-1)
  const size = last === undefined ? undefined : document.pages[last.page - 1]
  if (last === undefined || size === undefined) return undefined
  const level = last.bottom + (last.height - side) / 2
  const upright = last.left + (last.width - side) / 2
  const tries = [
    { left: last.left + last.width + gapPoints, bottom: level },
    { left: last.left - gapPoints - side, bottom: level },
    { left: upright, bottom: last.bottom + last.height + gapPoints },
    { left: upright, bottom: last.bottom - gapPoints - side },
  ]
  return tries
    .map((tried) => keepInside({ page: last.page, ...tried, side }, size))
    .find((place) => !coversSignature(document, place))
}

function coversSignature({ signatureBoxes }: DocumentFacts, place: StampPlace): boolean {
  const box: SeenBox = { left: place.left, bottom: place.bottom, width: place.side, height: place.side }
  return signatureBoxes.some((other) => other.page === place.page && overlap(box, other))
}

/** Where a stamp begins: beside the last signature, else at the lower right of the last page. The person always confirms it. */
export function firstPlace(document: DocumentFacts): StampPlace {
  const page = document.pages.length
  const side = usualSide(document.pages[page - 1] ?? { width: 100, height: 100 })
  const beside = placeOf('signature', document, page, side)
  return beside ?? placeOf('right', document, page, side) ?? { page, left: 0, bottom: 0, side }
}

/** A moved stamp, drawn to the margins and beside signatures where it nearly stands there; `snapped` says that it was. */
export function snap(place: StampPlace, document: DocumentFacts): { place: StampPlace; snapped: boolean } {
  const size = document.pages[place.page - 1]
  if (size === undefined) return { place, snapped: false }
  const boxes = document.signatureBoxes.filter(({ page }) => page === place.page)
  const across = [
    marginPoints,
    size.width - marginPoints - place.side,
    ...boxes.flatMap((box) => [box.left + box.width + gapPoints, box.left - gapPoints - place.side]),
  ]
  const up = [marginPoints, size.height - marginPoints - place.side, ...boxes.map(({ bottom }) => bottom)]
  const nearest = (value: number, lines: readonly number[]) =>
    lines.find((line) => Math.abs(line - value) <= snapPoints) ?? value
  const [left, bottom] = [nearest(place.left, across), nearest(place.bottom, up)]
  return {
    place: keepInside({ ...place, left, bottom }, size),
    snapped: left !== place.left || bottom !== place.bottom,
  }
}

/** What the service is told. */
export function placementOf({ page, left, bottom, side }: StampPlace): Placement {
  return { page, left, bottom, width: side, height: side, unit: 'pt' }
}
