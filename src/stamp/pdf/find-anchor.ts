import type { Primitives } from '../../base/primitives.ts'
import type { DocumentRefusal, Refusal } from '../../errors.ts'
import type { PdfDocument } from './document.ts'
import { openForStamping, refusing } from './document-facts.ts'
import { readGlyphText, untoldText, type GlyphText } from './glyph-text.ts'
import { isDict, PdfProblem, type PdfObject } from './objects.ts'
import type { Box, Page } from './pages.ts'
import { seenBoxOf, type SeenBox } from './placement.ts'
import { combine, TextWalk, type Matrix, type Pen, type ShownString } from './text-walk.ts'

/** Where a text stands: on the page as seen, in points; undefined where no page shows it. */
export type FoundAnchor =
  | { ok: true; anchor: (SeenBox & { page: number }) | undefined }
  | { ok: false; refusal: Refusal<DocumentRefusal> }

/** Where glyphs have no told width, a glyph is taken for half its font's size, as most letters are. */
const usualGlyph = 500
/** Glyphs reach so far below and above their line, in parts of the font's size. */
const [below, above] = [0.2, 0.8]
/** A gap as wide as this part of the font's size parts words. */
const wordGap = 0.15

/** Glyphs of one page that are kept to be searched; the fullest real page has some ten thousand. */
const glyphsMax = 500_000

/** One glyph's text in its order on the page. */
type Glyph = { text: string; run: Run; at: number }

/** A string as it stands: from its beginning, each glyph `widths` further along `along`; in user space. */
type Run = { start: Point; along: Point; up: Point; offsets: number[]; size: number }
type Point = readonly [number, number]

class AnchorWalk extends TextWalk {
  readonly glyphs: (Glyph | 'gap')[] = []
  private readonly texts = new Map<PdfObject, GlyphText>()
  private last: { end: Point; run: Run } | undefined

  protected override note({ bytes, from, line, state }: ShownString): void {
    const { document } = this
    const { fontDict } = state
    const glyphs = this.texts.get(fontDict) ?? (isDict(fontDict) ? readGlyphText(document, fontDict) : untoldText)
    this.texts.set(fontDict, glyphs)
    if (state.font.isVertical || state.size === 0) return
    const matrix = combine([1, 0, 0, 1, 0, state.rise], combine(line, state.ctm))
    const run = runOf({ bytes, from, matrix, state }, glyphs)
    const texts = glyphs.read(bytes)
    document.effort.parse(texts.length)
    if (this.glyphs.length + texts.length > glyphsMax) throw new PdfProblem('too_complex', 'a page shows too much text')
    const { last } = this
    if (last === undefined || parted(last, run)) this.glyphs.push('gap')
    for (const [at, text] of texts.entries()) this.glyphs.push({ text, run, at })
    this.last = { end: pointAt(run, run.offsets.at(-1) ?? 0), run }
  }
}

function runOf(
  { bytes, from, matrix, state }: Pick<ShownString, 'bytes' | 'from' | 'state'> & { matrix: Matrix },
  glyphs: GlyphText,
): Run {
  const { font, size, stretch, perGlyph, perSpace } = state
  const perThousandth = 1000 / size
  const spacing = { perGlyph: perGlyph * perThousandth, perSpace: perSpace * perThousandth }
  const scale = (size * stretch) / 1000
  const count = Math.floor(bytes.length / glyphs.bytes)
  // summed glyph by glyph: a prefix measured anew for each would take the square of a long string
  const offsets = [0]
  for (let at = 0; at < count; at++) {
    const { least, most } = font.advance(bytes.subarray(at * glyphs.bytes, (at + 1) * glyphs.bytes), spacing)
    const isTold = most - least < 0.001
    offsets.push((offsets[at] ?? 0) + (isTold ? least : usualGlyph + spacing.perGlyph) * scale)
  }
  const begin = middle(from)
  return {
    start: [begin * matrix[0] + matrix[4], begin * matrix[1] + matrix[5]],
    along: [matrix[0], matrix[1]],
    up: [matrix[2], matrix[3]],
    offsets,
    size: Math.abs(size),
  }
}

/** Where the pen stands: untold widths count half their font's size, a quarter of the widest. */
function middle(pen: Pen): number {
  return pen === undefined ? 0 : pen.least + (pen.most - pen.least) / 4
}

function pointAt({ start, along }: Run, offset: number): Point {
  return [start[0] + offset * along[0], start[1] + offset * along[1]]
}

/** Whether something stands between two strings: another line, or a gap as wide as a space. */
function parted({ end, run }: { end: Point; run: Run }, next: Run): boolean {
  const [x, y] = [next.start[0] - end[0], next.start[1] - end[1]]
  const scale = Math.hypot(...run.along) || 1
  const [ahead, aside] = [(x * run.along[0] + y * run.along[1]) / scale, (x * run.along[1] - y * run.along[0]) / scale]
  const size = run.size * scale
  return Math.abs(aside) > size / 2 || ahead > size * wordGap || ahead < -size
}

/** The last place where the glyphs say the text, however they are parted by lines and gaps; capitals do not matter. */
function lastMatch(glyphs: readonly (Glyph | 'gap')[], sought: string): Glyph[] | undefined {
  let joined = ''
  const owners: (Glyph | undefined)[] = []
  for (const glyph of glyphs) {
    const text = glyph === 'gap' ? ' ' : glyph.text.normalize('NFKC').toLowerCase()
    for (const character of text) {
      const isSpace = /\s/.test(character)
      if (isSpace && (joined === '' || joined.endsWith(' '))) continue
      joined += isSpace ? ' ' : character
      while (owners.length < joined.length) owners.push(glyph === 'gap' ? undefined : glyph)
    }
  }
  const at = joined.lastIndexOf(sought)
  return at < 0 ? undefined : owners.slice(at, at + sought.length).filter((owner) => owner !== undefined)
}

function boxOfGlyphs(glyphs: readonly Glyph[]): Box {
  const corners = glyphs.flatMap(({ run, at }) => {
    const ends = [pointAt(run, run.offsets[at] ?? 0), pointAt(run, run.offsets[at + 1] ?? 0)]
    const [x, y] = [run.up[0] * run.size, run.up[1] * run.size]
    return ends.flatMap((end) => [
      [end[0] - x * below, end[1] - y * below] as const,
      [end[0] + x * above, end[1] + y * above] as const,
    ])
  })
  const [across, along] = [corners.map(([x]) => x), corners.map(([, y]) => y)]
  return [Math.min(...across), Math.min(...along), Math.max(...across), Math.max(...along)]
}

function findOnPage(document: PdfDocument, page: Page, sought: string): SeenBox | undefined {
  const walk = new AnchorWalk(document)
  walk.walk(page)
  const match = lastMatch(walk.glyphs, sought)
  return match === undefined || match.length === 0 ? undefined : seenBoxOf(page, boxOfGlyphs(match))
}

/**
 * Where a document shows a text, to place a stamp beside it: on the page named, else on the last page that has it; there the last time it
 * stands. Spaces, line ends and capitals do not matter. Text that an image shows is not seen, nor that of fonts that do not say what
 * their glyphs mean. Where a font does not tell its widths the box is a guess along the line.
 */
export function findAnchor(order: {
  original: Uint8Array
  text: string
  page?: number | undefined
  primitives: Primitives
  password?: string | undefined
}): FoundAnchor {
  const opened = openForStamping(order.original, order.primitives, order.password)
  if (!opened.ok) return opened
  const sought = order.text.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim()
  const found = refusing(() => {
    const pages = opened.document.pages()
    const numbers = order.page === undefined ? pages.map((_, at) => at + 1).toReversed() : [order.page]
    for (const number of sought === '' ? [] : numbers) {
      const page = pages[number - 1]
      const box = page === undefined ? undefined : findOnPage(opened.document, page, sought)
      if (box !== undefined) return { page: number, ...box }
    }
    return undefined
  })
  return found.ok ? { ok: true, anchor: found.value } : found
}
