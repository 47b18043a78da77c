import type { Primitives } from '../base/primitives.ts'
import { checkPlacement, type DocumentFacts } from '../stamp/pdf/document-facts.ts'
import { findAnchors } from '../stamp/pdf/find-anchor.ts'
import { lookUnderStamp } from '../stamp/pdf/under-stamp.ts'
import { pointsPerUnit, type Placement } from '../stamp/recipe.ts'
import { placeBeside } from './choose-place.ts'
import type { StampPlace } from './stamp-places.ts'

/** What letters say where somebody signs, the surest first: a place kept for the stamp, then who signs. */
const spotWords = ['meterai', 'materai', 'yang membuat pernyataan', 'yang menyatakan', 'hormat kami'] as const

/** Words in a sentence are no spot: letters are signed in the lower part of the page. */
const lowerPart = 0.6

/**
 * A free place beside where the last page says that somebody signs, for documents that nobody signed electronically; undefined where no
 * such words are found low on the page, or the place beside them is not free. Only ever a suggestion: a person confirms it.
 */
export function findSignatureSpot(given: {
  original: Uint8Array
  document: DocumentFacts
  primitives: Primitives
  password?: string | undefined
}): StampPlace | undefined {
  const { document } = given
  const page = document.pages.length
  const size = document.pages[page - 1]
  if (size === undefined || document.signatureBoxes.length > 0) return undefined
  const found = findAnchors({ ...given, texts: spotWords, page })
  for (const anchor of found.ok ? found.anchors : []) {
    if (anchor === undefined || anchor.bottom > size.height * lowerPart) continue
    const placement = placeBeside(anchor, { size: undefined, unit: 'pt' }, document)
    if (isFree(given, placement)) return placeOfPlacement(placement)
  }
  return undefined
}

function isFree(
  given: { original: Uint8Array; document: DocumentFacts; primitives: Primitives; password?: string | undefined },
  placement: Placement,
): boolean {
  return checkPlacement(given.document, placement) === undefined && lookUnderStamp({ ...given, placement }).length === 0
}

function placeOfPlacement({ page, left, bottom, width, unit }: Placement): StampPlace {
  const scale = pointsPerUnit[unit]
  return { page, left: left * scale, bottom: bottom * scale, side: width * scale }
}
