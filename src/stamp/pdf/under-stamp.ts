import type { Primitives } from '../../base/primitives.ts'
import { stampSidePoints, type Placement } from '../recipe.ts'
import type { PdfDocument } from './document.ts'
import { isArray, isDict, nameOf, PdfProblem } from './objects.ts'
import { boxOf, type Page } from './pages.ts'
import { overlap, placementBox, rectOf, seenBoxOf, type SeenBox } from './placement.ts'
import { openForStamping, tolerancePoints } from './document-facts.ts'
import { textInBox, type TextInBox } from './shown-text.ts'

/** What a person should know of the place before stamping there; none of it forbids it. */
export const placementWarnings = [
  /** The page is so small that the stamp's QR will hardly be read in print. */
  'stamp_below_reading_size',
  /** A string shown on the page begins in the box. */
  'text_under_stamp',
  /** The page does not tell whether text stands in the box. */
  'text_under_stamp_unknown',
  /** A field of a form shows in the box. */
  'field_under_stamp',
] as const
export type PlacementWarning = (typeof placementWarnings)[number]

function hasFieldIn(document: PdfDocument, page: Page, box: SeenBox): boolean {
  const annotations = document.lookup(page.dict, 'Annots')
  if (!isArray(annotations)) return false
  return annotations.items.some((item) => {
    const annotation = document.resolve(item)
    if (!isDict(annotation) || nameOf(document.lookup(annotation, 'Subtype')) !== 'Widget') return false
    const rect = boxOf(document, annotation.entries.get('Rect'))
    return rect !== undefined && overlap(box, seenBoxOf(page, rect))
  })
}

const warningOfText: Record<TextInBox, PlacementWarning[]> = {
  none: [],
  text: ['text_under_stamp'],
  unknown: ['text_under_stamp_unknown'],
}

/**
 * What lies under a stamp at this place of a document that `preflight` let pass; text that an image shows is not seen. What
 * cannot be told is warned of, never silent. Reads the page's whole drawing, so ask when a person is there to hear it.
 */
export function lookUnderStamp(order: {
  original: Uint8Array
  placement: Placement
  primitives: Primitives
  password?: string | undefined
}): PlacementWarning[] {
  const { original, placement, primitives, password } = order
  const opened = openForStamping(original, primitives, password)
  if (!opened.ok) return ['text_under_stamp_unknown']
  const { document } = opened
  try {
    const page = document.pages()[placement.page - 1]
    if (page === undefined) return []
    const box = placementBox(placement)
    const small: PlacementWarning[] =
      Math.min(box.width, box.height) < stampSidePoints.smallest - tolerancePoints ? ['stamp_below_reading_size'] : []
    const field: PlacementWarning[] = hasFieldIn(document, page, box) ? ['field_under_stamp'] : []
    return [...small, ...warningOfText[textInBox(document, page, rectOf(page, box))], ...field]
  } catch (cause) {
    if (!(cause instanceof PdfProblem)) throw cause
    return ['text_under_stamp_unknown']
  }
}
