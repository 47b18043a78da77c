import type { Refusal } from '../errors.ts'
import { pointsPerUnit, stampSidePoints, type Placement } from '../stamp/recipe.ts'

type PlacementRefusal = 'page_out_of_range' | 'box_too_small' | 'box_outside_page'

/** What a placement breaks that needs no document: the page's number and the box itself. */
export function placementRefusal(placement: Placement, pageCount: number): Refusal<PlacementRefusal> | undefined {
  const { page, left, bottom, width, height, unit } = placement
  if (page > pageCount) return { code: 'page_out_of_range', values: { page, pages: pageCount } }
  // how small a page is only the document tells; what is too small for its page is found when the stamp is placed
  const least = stampSidePoints.least / pointsPerUnit[unit] - 0.01
  if (width < least || height < least) return { code: 'box_too_small', values: { smallest: stampSidePoints.least } }
  if (left < 0 || bottom < 0) return { code: 'box_outside_page', values: { page } }
  return undefined
}
