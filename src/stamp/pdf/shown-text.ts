import type { PdfDocument } from './document.ts'
import { PdfProblem } from './objects.ts'
import type { Box, Page } from './pages.ts'
import { combine, TextWalk, type ShownString } from './text-walk.ts'

/** Whether text stands in a box; `unknown` where the page does not tell. */
export type TextInBox = 'none' | 'text' | 'unknown'

/** Whether the origin of any shown string lies in the box. */
class BoxWalk extends TextWalk {
  found: TextInBox = 'none'
  private readonly box: Box

  constructor(document: PdfDocument, box: Box) {
    super(document)
    this.box = box
  }

  protected override isDone(): boolean {
    return this.found === 'text'
  }

  protected override note({ from: pen, line, state }: ShownString): void {
    if (pen === undefined) {
      this.found = 'unknown'
      return
    }
    const whole = combine(line, state.ctm)
    const at = (x: number) =>
      [x * whole[0] + state.rise * whole[2] + whole[4], x * whole[1] + state.rise * whole[3] + whole[5]] as const
    const [from, to] = [at(pen.least), at(pen.most)]
    if (!meets(this.box, from, to)) return
    this.found = isExact(pen) ? 'text' : 'unknown'
  }
}

/** A thousandth of a point is rounding, not a doubt. */
function isExact(pen: { least: number; most: number }): boolean {
  return pen.most - pen.least < 0.001
}

type Point = readonly [number, number]

/** Whether the box has a point of the line from one point to the other: what is left of it between the box's sides. */
function meets(box: Box, from: Point, to: Point): boolean {
  let [start, end] = [0, 1]
  for (const axis of [0, 1] as const) {
    const [low, high] = [box[axis] - from[axis], box[axis === 0 ? 2 : 3] - from[axis]]
    const length = to[axis] - from[axis]
    if (length === 0) {
      if (low > 0 || high < 0) return false
      continue
    }
    start = Math.max(start, Math.min(low / length, high / length))
    end = Math.min(end, Math.max(low / length, high / length))
  }
  return start <= end
}

/** Whether the origin of a string shown on the page lies in the box (user space). Never throws for what is in the document. */
export function textInBox(document: PdfDocument, page: Page, box: Box): TextInBox {
  const walk = new BoxWalk(document, box)
  try {
    walk.walk(page)
  } catch (cause) {
    if (!(cause instanceof PdfProblem)) throw cause
    return walk.found === 'text' ? 'text' : 'unknown'
  }
  return walk.found
}
