import type { Primitives } from '../../base/primitives.ts'
import type { DocumentRefusal, Refusal } from '../../errors.ts'
import type { PdfDocument } from './document.ts'
import { openForStamping, refusing } from './document-facts.ts'
import { GlyphWalk, pointAt, type Gap, type Glyph } from './glyph-walk.ts'
import type { Box, Page } from './pages.ts'
import { seenBoxOf, type SeenBox } from './placement.ts'

/** Where a text stands: on the page as seen, in points; undefined where no page shows it. */
export type FoundAnchor =
  | { ok: true; anchor: (SeenBox & { page: number }) | undefined }
  | { ok: false; refusal: Refusal<DocumentRefusal> }

/** Glyphs reach so far below and above their line, in parts of the font's size. */
const [below, above] = [0.2, 0.8]
/** The last place where the glyphs say the text, however they are parted by lines and gaps; capitals do not matter. */
function lastMatch(glyphs: readonly (Glyph | Gap)[], sought: string): Glyph[] | undefined {
  let joined = ''
  const owners: (Glyph | undefined)[] = []
  for (const glyph of glyphs) {
    const text = typeof glyph === 'string' ? ' ' : glyph.text.normalize('NFKC').toLowerCase()
    for (const character of text) {
      const isSpace = /\s/.test(character)
      if (isSpace && (joined === '' || joined.endsWith(' '))) continue
      joined += isSpace ? ' ' : character
      while (owners.length < joined.length) owners.push(typeof glyph === 'string' ? undefined : glyph)
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
  const walk = new GlyphWalk(document)
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
