import { pagesMax, pdfDepthMax } from '../../limits/stamping.ts'
import type { PdfDocument } from './document.ts'
import {
  damaged,
  isArray,
  isDict,
  isRef,
  nameOf,
  type PdfDict,
  type PdfObject,
  PdfProblem,
  type PdfRef,
} from './objects.ts'

/** Left, bottom, right, top in user space, in this order whatever the file said. */
export type Box = readonly [left: number, bottom: number, right: number, top: number]

/** A page with what it inherits from its ancestors. */
export type Page = {
  /** Undefined for a page that stands in its parent instead of being an object, against ISO 32000-1 7.7.3.2. */
  readonly ref: PdfRef | undefined
  readonly dict: PdfDict
  /** What is seen: the crop box within the media box, in user space before rotation. */
  readonly visible: Box
  readonly rotation: 0 | 90 | 180 | 270
  /** Points in one unit of user space. */
  readonly userUnit: number
}

type Inherited = { mediaBox: PdfObject; cropBox: PdfObject; rotate: PdfObject }

/** US Letter, which every reader takes where a page has no media box. */
const letter: Box = [0, 0, 612, 792]

/** The rectangle of an array of four numbers, put in order; undefined for anything else and for an empty one. */
export function boxOf(document: PdfDocument, value: PdfObject | undefined): Box | undefined {
  const array = document.resolve(value)
  if (!isArray(array)) return undefined
  const [first, second, third, fourth] = array.items
  const [a, b] = [document.resolve(first), document.resolve(second)]
  const [c, d] = [document.resolve(third), document.resolve(fourth)]
  if (typeof a !== 'number' || typeof b !== 'number' || typeof c !== 'number' || typeof d !== 'number') return undefined
  if (a === c || b === d) return undefined
  return [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)]
}

function visibleBox(media: Box, crop: Box | undefined): Box {
  if (crop === undefined) return media
  const both: Box = [
    Math.max(media[0], crop[0]),
    Math.max(media[1], crop[1]),
    Math.min(media[2], crop[2]),
    Math.min(media[3], crop[3]),
  ]
  return both[0] < both[2] && both[1] < both[3] ? both : media
}

function rotationOf(value: PdfObject): 0 | 90 | 180 | 270 {
  const turns = typeof value === 'number' && value % 90 === 0 ? (((value / 90) % 4) + 4) % 4 : 0
  return ([0, 90, 180, 270] as const)[turns] ?? 0
}

function makePage(document: PdfDocument, { ref, dict }: Pick<Page, 'ref' | 'dict'>, inherited: Inherited): Page {
  const unit = document.lookup(dict, 'UserUnit')
  return {
    ref,
    dict,
    visible: visibleBox(boxOf(document, inherited.mediaBox) ?? letter, boxOf(document, inherited.cropBox)),
    rotation: rotationOf(document.resolve(inherited.rotate)),
    userUnit: typeof unit === 'number' && unit > 0 ? unit : 1,
  }
}

/** Walks the page tree. Throws PdfProblem where it loops, is too deep, or a page is missing: then page numbers mean nothing. */
export function readPages(document: PdfDocument): Page[] {
  const pages: Page[] = []
  const seen = new Set<number>()
  const walk = (node: PdfObject, above: Inherited, depth: number): void => {
    if (depth > pdfDepthMax) throw damaged('the page tree is too deep')
    const dict = document.resolve(node)
    if (!isDict(dict)) throw damaged(`page ${pages.length + 1} is missing`)
    const inherited: Inherited = {
      mediaBox: dict.entries.get('MediaBox') ?? above.mediaBox,
      cropBox: dict.entries.get('CropBox') ?? above.cropBox,
      rotate: dict.entries.get('Rotate') ?? above.rotate,
    }
    const kids = document.lookup(dict, 'Kids')
    if (!isArray(kids) || nameOf(document.lookup(dict, 'Type')) === 'Page') {
      if (pages.length >= pagesMax) throw new PdfProblem('too_complex', `more than ${pagesMax} pages`)
      pages.push(makePage(document, { ref: isRef(node) ? node : undefined, dict }, inherited))
      return
    }
    if (isRef(node)) {
      if (seen.has(node.number)) throw damaged('the page tree leads in a circle')
      seen.add(node.number)
    }
    for (const kid of kids.items) walk(kid, inherited, depth + 1)
  }
  const root = document.catalog().entries.get('Pages')
  if (!isDict(document.resolve(root))) throw damaged('the page tree is missing')
  walk(root ?? null, { mediaBox: null, cropBox: null, rotate: null }, 0)
  return pages
}
