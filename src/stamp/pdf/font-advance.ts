import type { PdfDocument } from './document.ts'
import { isArray, isDict, isStream, nameOf, type PdfDict, type PdfObject } from './objects.ts'

/** How far a string moves the pen: between these two, equal where the font tells. */
export type Advance = { least: number; most: number }

/** What the advance of a string is made of, in thousandths of the font's size. */
export type Spacing = { perGlyph: number; perSpace: number }

/** A font as far as it says where the next string begins. */
export type Font = {
  /** Lines run downwards: where the next string begins is not told. */
  isVertical: boolean
  /** In thousandths of the font's size. */
  advance(text: Uint8Array, spacing: Spacing): Advance
}

const numberOf = (value: PdfObject): number | undefined => (typeof value === 'number' ? value : undefined)

/** No glyph of a usual font is wider than this, in thousandths of its size. */
const widestGlyph = 2000

/** A font that says nothing of its glyphs, or none at all: each byte is a glyph of any width, or part of one. */
export const untoldFont: Font = {
  isVertical: false,
  advance: (text, { perGlyph, perSpace }) => {
    const spaces = text.filter((byte) => byte === 32).length * perSpace
    const most = text.length * (widestGlyph + Math.max(0, perGlyph)) + Math.max(0, spaces)
    return { least: Math.min(0, text.length * perGlyph + Math.min(0, spaces)), most }
  },
}

/** Reads a font's widths. Throws PdfProblem where they are damaged. */
export function readFont(document: PdfDocument, font: PdfDict): Font {
  return nameOf(document.lookup(font, 'Subtype')) === 'Type0'
    ? compositeFont(document, font)
    : simpleFont(document, font)
}

function simpleFont(document: PdfDocument, font: PdfDict): Font {
  const widths = document.lookup(font, 'Widths')
  if (!isArray(widths)) return untoldFont
  const first = numberOf(document.lookup(font, 'FirstChar')) ?? 0
  const descriptor = document.lookup(font, 'FontDescriptor')
  const missing = isDict(descriptor) ? (numberOf(document.lookup(descriptor, 'MissingWidth')) ?? 0) : 0
  const matrix = document.lookup(font, 'FontMatrix')
  const unit = isArray(matrix) ? (numberOf(document.resolve(matrix.items[0])) ?? 0.001) * 1000 : 1
  const widthOf = (code: number) => (numberOf(document.resolve(widths.items[code - first])) ?? missing) * unit
  return { isVertical: false, advance: (text, spacing) => exactly(text, { spacing, widthOf }) }
}

function exactly(text: Uint8Array, by: { spacing: Spacing; widthOf(code: number): number }): Advance {
  let sum = 0
  for (const code of text) sum += by.widthOf(code) + by.spacing.perGlyph + (code === 32 ? by.spacing.perSpace : 0)
  return { least: sum, most: sum }
}

function compositeFont(document: PdfDocument, font: PdfDict): Font {
  const encoding = document.lookup(font, 'Encoding')
  const name = nameOf(encoding) ?? ''
  const isVertical = name.endsWith('-V') || (isStream(encoding) && document.lookup(encoding.dict, 'WMode') === 1)
  const descendants = document.lookup(font, 'DescendantFonts')
  const descendant = isArray(descendants) ? document.resolve(descendants.items[0]) : null
  if (isVertical || name !== 'Identity-H' || !isDict(descendant)) return { ...untoldFont, isVertical }
  const widths = glyphWidths(document, descendant)
  const usual = numberOf(document.lookup(descendant, 'DW')) ?? 1000
  return {
    isVertical,
    advance: (text, { perGlyph }) => {
      let sum = 0
      for (let at = 0; at + 1 < text.length; at += 2)
        sum += (widths.get((text[at] ?? 0) * 256 + (text[at + 1] ?? 0)) ?? usual) + perGlyph
      return { least: sum, most: sum }
    },
  }
}

/** `/W [first [w w ...] first last w]` (ISO 32000-1 9.7.4.3). */
function glyphWidths(document: PdfDocument, descendant: PdfDict): Map<number, number> {
  const widths = new Map<number, number>()
  const written = document.lookup(descendant, 'W')
  const items = isArray(written) ? written.items : []
  for (let at = 0; at < items.length;) {
    const first = numberOf(document.resolve(items[at])) ?? 0
    const second = document.resolve(items[at + 1])
    const listed = isArray(second) ? second.items : undefined
    const count = listed?.length ?? Math.min((numberOf(second) ?? 0) - first + 1, 65_536)
    document.effort.visit(Math.max(0, count))
    const common = listed === undefined ? numberOf(document.resolve(items[at + 2])) : undefined
    for (let index = 0; index < count; index++) {
      const width = listed === undefined ? common : numberOf(document.resolve(listed[index]))
      if (width !== undefined) widths.set(first + index, width)
    }
    at += listed === undefined ? 3 : 2
  }
  return widths
}
