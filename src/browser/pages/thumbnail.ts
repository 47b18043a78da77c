import type { StampPlace } from '../../client/stamp-places.ts'
import { make } from './make.ts'
import { putStamp } from './place-view.ts'
import { drawStamp, expectedStamp } from './stamp-drawing.ts'

/** The page as small as a stamp album has it, with the stamp in its place. `picture` is drawn by whoever can. */
export function makeThumbnail(
  picture: HTMLCanvasElement,
  of: { place: StampPlace; size: { width: number; height: number }; specimen: boolean; says: string },
): HTMLElement {
  const canvas = make('canvas', { width: 400, height: 400 })
  drawStamp(canvas, expectedStamp(of.specimen))
  const stamp = make('div', { class: 'stamp' }, canvas)
  putStamp(stamp, of.place, of.size)
  const sheet = make('div', { class: 'sheet thumb', role: 'img', 'aria-label': of.says }, picture, stamp)
  sheet.style.aspectRatio = `${of.size.width} / ${of.size.height}`
  return sheet
}
