import { readGlyphText, untoldText, type GlyphText } from './glyph-text.ts'
import { isDict, PdfProblem, type PdfObject } from './objects.ts'
import { combine, TextWalk, type Matrix, type Pen, type ShownString } from './text-walk.ts'

/** Where glyphs have no told width, a glyph is taken for half its font's size, as most letters are. */
const usualGlyph = 500
/** A gap as wide as this part of the font's size parts words. */
const wordGap = 0.15

/** Glyphs of one page that are kept to be searched; the fullest real page has some ten thousand. */
const glyphsMax = 500_000
/** And what they say: a glyph may stand for sixteen letters, and each is searched. */
const lettersMax = 1_000_000

/** One glyph's text in its order on the page. */
export type Glyph = { text: string; run: Run; at: number }

/** A string as it stands: from its beginning, each glyph `widths` further along `along`; in user space. */
export type Run = { start: Point; along: Point; up: Point; offsets: number[]; size: number }
export type Point = readonly [number, number]

/** What stands between two glyphs that do not touch: the rest of a line, or as much as a space. */
export type Gap = 'line' | 'gap'

/** Reads a page's text glyph by glyph, in the order it is drawn. */
export class GlyphWalk extends TextWalk {
  readonly glyphs: (Glyph | Gap)[] = []
  private readonly texts = new Map<PdfObject, GlyphText>()
  private letters = 0
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
    this.letters += texts.reduce((sum, text) => sum + text.length, 0)
    if (this.glyphs.length + texts.length > glyphsMax || this.letters > lettersMax)
      throw new PdfProblem('too_complex', 'a page shows too much text')
    const gap = this.last === undefined ? 'line' : gapBetween(this.last, run)
    if (gap !== undefined) this.glyphs.push(gap)
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

export function pointAt({ start, along }: Run, offset: number): Point {
  return [start[0] + offset * along[0], start[1] + offset * along[1]]
}

/** What stands between two strings; undefined where the next goes on. */
function gapBetween({ end, run }: { end: Point; run: Run }, next: Run): Gap | undefined {
  const [x, y] = [next.start[0] - end[0], next.start[1] - end[1]]
  const scale = Math.hypot(...run.along) || 1
  const [ahead, aside] = [(x * run.along[0] + y * run.along[1]) / scale, (x * run.along[1] - y * run.along[0]) / scale]
  const size = run.size * scale
  if (Math.abs(aside) > size / 2 || ahead < -size) return 'line'
  return ahead > size * wordGap ? 'gap' : undefined
}
