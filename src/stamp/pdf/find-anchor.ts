import type { Primitives } from '../../base/primitives.ts'
import type { DocumentRefusal, Refusal } from '../../errors.ts'
import type { PdfDocument } from './document.ts'
import { openForStamping, refusing } from './document-facts.ts'
import { GlyphWalk, pointAt, type Glyph } from './glyph-walk.ts'
import type { Box, Page } from './pages.ts'
import { seenBoxOf, type SeenBox } from './placement.ts'

/** Where a text stands: on the page as seen, in points. */
export type Anchor = SeenBox & { page: number }

/** `anchor` is undefined where no page shows it. */
export type FoundAnchor = { ok: true; anchor: Anchor | undefined } | { ok: false; refusal: Refusal<DocumentRefusal> }

/** Glyphs reach so far below and above their line, in parts of the font's size. */
const [below, above] = [0.2, 0.8]
/** What a page says, and the glyph that each of its letters belongs to. */
type PageText = { letters: string; owners: readonly (Glyph | undefined)[] }

/** The text of a page, however it is parted by lines and gaps; capitals do not matter. */
function textOf(document: PdfDocument, page: Page): PageText {
  const walk = new GlyphWalk(document)
  walk.walk(page)
  let letters = ''
  const owners: (Glyph | undefined)[] = []
  for (const glyph of walk.glyphs) {
    const text = typeof glyph === 'string' ? ' ' : searched(glyph.text)
    for (const character of text) {
      const isSpace = /\s/.test(character)
      if (isSpace && (letters === '' || letters.endsWith(' '))) continue
      letters += isSpace ? ' ' : character
      while (owners.length < letters.length) owners.push(typeof glyph === 'string' ? undefined : glyph)
    }
  }
  return { letters, owners }
}

const searched = (text: string): string => text.normalize('NFKC').toLowerCase()
const soughtOf = (text: string): string => searched(text).replaceAll(/\s+/g, ' ').trim()

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

/** The last place where the page says this. */
function findOnPage({ letters, owners }: PageText, page: Page, sought: string): SeenBox | undefined {
  const at = sought === '' ? -1 : letters.lastIndexOf(sought)
  if (at < 0) return undefined
  const match = owners.slice(at, at + sought.length).filter((owner) => owner !== undefined)
  return match.length === 0 ? undefined : seenBoxOf(page, boxOfGlyphs(match))
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
  const sought = soughtOf(order.text)
  const found = refusing(() => {
    const pages = opened.document.pages()
    const numbers = order.page === undefined ? pages.map((_, at) => at + 1).toReversed() : [order.page]
    for (const number of sought === '' ? [] : numbers) {
      const page = pages[number - 1]
      const box = page === undefined ? undefined : findOnPage(textOf(opened.document, page), page, sought)
      if (box !== undefined) return { page: number, ...box }
    }
    return undefined
  })
  return found.ok ? { ok: true, anchor: found.value } : found
}

/** The same of several texts on one page, which is read once; an anchor or undefined for each. */
export function findAnchors(order: {
  original: Uint8Array
  texts: readonly string[]
  page: number
  primitives: Primitives
  password?: string | undefined
}): { ok: true; anchors: (Anchor | undefined)[] } | Extract<FoundAnchor, { ok: false }> {
  const opened = openForStamping(order.original, order.primitives, order.password)
  if (!opened.ok) return opened
  const found = refusing(() => {
    const page = opened.document.pages()[order.page - 1]
    if (page === undefined) return order.texts.map(() => undefined)
    const shown = textOf(opened.document, page)
    return order.texts.map((text) => {
      const box = findOnPage(shown, page, soughtOf(text))
      return box === undefined ? undefined : { page: order.page, ...box }
    })
  })
  return found.ok ? { ok: true, anchors: found.value } : found
}
