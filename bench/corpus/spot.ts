import { checkPlacement, type DocumentFacts } from '../../src/stamp/pdf/document-facts.ts'
import { stampSidePoints, type Placement } from '../../src/stamp/recipe.ts'

const marginPoints = 18

/** Where along one side a box may start: at the far end, the near end, and between. */
function starts(length: number, side: number): number[] {
  const margin = Math.max(0, Math.min(marginPoints, (length - side) / 2))
  const far = length - side - margin
  return [far, margin, length / 2 - side / 2, length / 4, length / 8]
}

/** A square on page 1 where a stamp can stand, of the usual side or as much of it as the page has; else one that cannot. */
export function chooseSpot(document: DocumentFacts): Placement {
  const page = document.pages[0] ?? { width: 0, height: 0 }
  const side = Math.min(stampSidePoints.usual, page.width, page.height)
  const spots = starts(page.height, side).flatMap((bottom) =>
    starts(page.width, side).map((left): Placement => ({
      page: 1,
      left,
      bottom,
      width: side,
      height: side,
      unit: 'pt',
    })),
  )
  const preferred = spots.toSorted((a, b) => a.bottom - b.bottom)
  const free = preferred.find((spot) => checkPlacement(document, spot) === undefined)
  return free ?? { page: 1, left: 0, bottom: 0, width: side, height: side, unit: 'pt' }
}
