import type { Primitives } from '../../base/primitives.ts'
import type { PdfDocument } from './document.ts'
import { openForStamping, refusing } from './document-facts.ts'
import { GlyphWalk } from './glyph-walk.ts'

/**
 * The lines of these pages (counted from 1; those a document has not are left out), in the order they are drawn; spaces are single. Text
 * that an image shows is not read, nor that of fonts that do not say what their glyphs mean. Undefined where the document cannot be read.
 */
export function readLines(order: {
  original: Uint8Array
  pages: readonly number[]
  primitives: Primitives
  password?: string | undefined
}): string[] | undefined {
  const opened = openForStamping(order.original, order.primitives, order.password)
  if (!opened.ok) return undefined
  const read = refusing(() => order.pages.flatMap((number) => linesOf(opened.document, number)))
  return read.ok ? read.value : undefined
}

function linesOf(document: PdfDocument, number: number): string[] {
  const page = document.pages()[number - 1]
  if (page === undefined) return []
  const walk = new GlyphWalk(document)
  walk.walk(page)
  const text = walk.glyphs.map((glyph) => (glyph === 'line' ? '\n' : glyph === 'gap' ? ' ' : glyph.text)).join('')
  return text
    .normalize('NFKC')
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
}
