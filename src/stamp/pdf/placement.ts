import { pointsPerUnit, type Placement } from '../recipe.ts'
import type { Box, Page } from './pages.ts'

/** A rectangle on the page as seen, in points from its bottom-left corner. */
export type SeenBox = { left: number; bottom: number; width: number; height: number }

/** Width and height of the page as seen, in points: after crop box, rotation and UserUnit. */
export function seenSize(page: Page): { width: number; height: number } {
  const [left, bottom, right, top] = page.visible
  const across = (right - left) * page.userUnit
  const up = (top - bottom) * page.userUnit
  return page.rotation % 180 === 0 ? { width: across, height: up } : { width: up, height: across }
}

/** The placement's box in points. */
export function placementBox(placement: Placement): SeenBox {
  const scale = pointsPerUnit[placement.unit]
  return {
    left: placement.left * scale,
    bottom: placement.bottom * scale,
    width: placement.width * scale,
    height: placement.height * scale,
  }
}

/** A point of the page as seen, in user space. Rotation turns the page clockwise, so the corner it is seen from moves. */
function toUserSpace(page: Page, x: number, y: number): [number, number] {
  const [left, bottom, right, top] = page.visible
  const [across, up] = [x / page.userUnit, y / page.userUnit]
  const turned: Record<Page['rotation'], [number, number]> = {
    0: [left + across, bottom + up],
    90: [right - up, bottom + across],
    180: [right - across, top - up],
    270: [left + up, top - across],
  }
  return turned[page.rotation]
}

/** A point of user space on the page as seen: the way back. */
function toSeen(page: Page, x: number, y: number): [number, number] {
  const [left, bottom, right, top] = page.visible
  const turned: Record<Page['rotation'], [number, number]> = {
    0: [x - left, y - bottom],
    90: [y - bottom, right - x],
    180: [right - x, top - y],
    270: [top - y, x - left],
  }
  const [across, up] = turned[page.rotation]
  return [across * page.userUnit, up * page.userUnit]
}

/** The PDF rectangle of a box on the page as seen. */
export function rectOf(page: Page, box: SeenBox): Box {
  const [ax, ay] = toUserSpace(page, box.left, box.bottom)
  const [bx, by] = toUserSpace(page, box.left + box.width, box.bottom + box.height)
  return [Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)]
}

/** A PDF rectangle as a box on the page as seen. */
export function seenBoxOf(page: Page, rect: Box): SeenBox {
  const [ax, ay] = toSeen(page, rect[0], rect[1])
  const [bx, by] = toSeen(page, rect[2], rect[3])
  return { left: Math.min(ax, bx), bottom: Math.min(ay, by), width: Math.abs(ax - bx), height: Math.abs(ay - by) }
}

/** True when the boxes share more than an edge. */
export function overlap(a: SeenBox, b: SeenBox): boolean {
  const apart =
    a.left + a.width <= b.left ||
    b.left + b.width <= a.left ||
    a.bottom + a.height <= b.bottom ||
    b.bottom + b.height <= a.bottom
  return !apart
}

/** Turns the picture so that it stands upright on the page as seen; where it comes to lie is the rectangle's matter (ISO 32000-1 12.5.5). */
export const uprightMatrix: Record<Page['rotation'], string> = {
  0: '[1 0 0 1 0 0]',
  90: '[0 1 -1 0 0 0]',
  180: '[-1 0 0 -1 0 0]',
  270: '[0 -1 1 0 0 0]',
}

/** The picture's square of 100 made as wide or high as the box, so that it is never stretched. */
export function pictureBox(box: SeenBox): Box {
  const side = Math.min(box.width, box.height)
  const beside = ((box.width / side - 1) * 100) / 2
  const above = ((box.height / side - 1) * 100) / 2
  return [-beside, -above, 100 + beside, 100 + above]
}

/** Four decimals are 1/140,000 of an inch; no exponent, no negative zero. */
export function numberText(value: number): string {
  const text = value.toFixed(4).replace(/\.?0+$/, '')
  return text === '-0' ? '0' : text
}

/** `[0 0 100 100]` */
export function boxText(box: Box): string {
  return `[${box.map(numberText).join(' ')}]`
}
