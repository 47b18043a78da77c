import { formatNumber } from './number.ts'

/** One letter as centre lines: capital height 100, baseline 0, left edge 0; `width` is where the right edge stands. */
type Glyph = { width: number; path: string }

const round = 'M40 100C18 100 0 78 0 50C0 22 18 0 40 0C62 0 80 22 80 50C80 78 62 100 40 100Z'
const zero = 'M30 100C11 100 0 80 0 50C0 20 11 0 30 0C49 0 60 20 60 50C60 80 49 100 30 100Z'

/** Drawn for this product: a single line of even weight with round ends, read easily at 2 points. */
const glyphs: Record<string, Glyph> = {
  ' ': { width: 26, path: '' },
  '.': { width: 0, path: 'M0 0L0 0' },
  '-': { width: 34, path: 'M0 48L34 48' },
  A: { width: 74, path: 'M0 0L37 100L74 0M12 33L62 33' },
  B: {
    width: 60,
    path: 'M32 53L0 53M0 0L0 100L31 100C46 100 56 91 56 77C56 62 46 53 31 53C48 53 60 43 60 27C60 11 48 0 31 0Z',
  },
  C: { width: 70, path: 'M70 79C64 92 53 100 39 100C16 100 0 79 0 50C0 21 16 0 39 0C53 0 64 8 70 21' },
  D: { width: 68, path: 'M0 0L0 100L26 100C52 100 68 81 68 50C68 19 52 0 26 0Z' },
  E: { width: 52, path: 'M52 100L0 100L0 0L52 0M0 52L46 52' },
  F: { width: 50, path: 'M50 100L0 100L0 0M0 50L44 50' },
  G: { width: 74, path: 'M70 81C64 93 53 100 39 100C16 100 0 79 0 50C0 21 16 0 39 0C57 0 71 10 74 28L74 46L44 46' },
  H: { width: 66, path: 'M0 0L0 100M66 0L66 100M0 52L66 52' },
  I: { width: 0, path: 'M0 0L0 100' },
  J: { width: 44, path: 'M44 100L44 28C44 10 36 0 21 0C9 0 1 8 0 22' },
  K: { width: 62, path: 'M0 0L0 100M60 100L0 40M22 62L62 0' },
  L: { width: 50, path: 'M0 100L0 0L50 0' },
  M: { width: 82, path: 'M0 0L0 100L41 32L82 100L82 0' },
  N: { width: 68, path: 'M0 0L0 100L68 0L68 100' },
  O: { width: 80, path: round },
  P: { width: 58, path: 'M0 0L0 100L30 100C47 100 58 89 58 73C58 56 47 45 30 45L0 45' },
  Q: { width: 80, path: `${round}M50 28L80 -6` },
  R: { width: 60, path: 'M0 0L0 100L30 100C47 100 58 90 58 74C58 57 47 47 30 47L0 47M33 47L60 0' },
  S: {
    width: 58,
    path: 'M54 80C50 92 41 100 29 100C13 100 3 90 3 76C3 60 15 56 30 52C46 48 58 42 58 26C58 10 46 0 30 0C15 0 4 8 0 22',
  },
  T: { width: 62, path: 'M31 0L31 100M0 100L62 100' },
  U: { width: 66, path: 'M0 100L0 36C0 13 12 0 33 0C54 0 66 13 66 36L66 100' },
  V: { width: 72, path: 'M0 100L36 0L72 100' },
  W: { width: 104, path: 'M0 100L26 0L52 92L78 0L104 100' },
  X: { width: 66, path: 'M0 0L63 100M3 100L66 0' },
  Y: { width: 66, path: 'M33 0L33 45M0 100L33 45L66 100' },
  Z: { width: 60, path: 'M2 100L60 100L0 0L60 0' },
  '0': { width: 60, path: zero },
  '1': { width: 26, path: 'M0 78L26 100L26 0' },
  '2': { width: 58, path: 'M2 74C4 90 14 100 29 100C45 100 56 90 56 75C56 63 49 54 38 43L0 0L58 0' },
  '3': { width: 57, path: 'M4 100L54 100L25 62C44 62 57 51 57 31C57 13 45 0 28 0C14 0 3 8 0 22' },
  '4': { width: 64, path: 'M47 0L47 100L0 28L64 28' },
  '5': { width: 57, path: 'M52 100L10 100L5 54C11 60 18 64 28 64C45 64 57 52 57 33C57 13 45 0 27 0C14 0 4 7 0 20' },
  '6': {
    width: 58,
    path: 'M44 100L6 48C2 42 0 37 0 31C0 13 12 0 29 0C46 0 58 13 58 31C58 48 46 61 29 61C19 61 11 57 6 48',
  },
  '7': { width: 54, path: 'M0 100L54 100L18 0' },
  '8': {
    width: 58,
    path: 'M29 54C14 54 4 63 4 77C4 91 14 100 29 100C44 100 54 91 54 77C54 63 44 54 29 54C12 54 0 43 0 27C0 11 12 0 29 0C46 0 58 11 58 27C58 43 46 54 29 54Z',
  },
  '9': {
    width: 58,
    path: 'M14 0L52 52C56 58 58 63 58 69C58 87 46 100 29 100C12 100 0 87 0 69C0 52 12 39 29 39C39 39 47 43 52 52',
  },
}

/** In serial numbers people type letters back: I gets serifs and 0 a stroke, so that neither passes for 1 or O. */
const serialGlyphs: Record<string, Glyph> = {
  I: { width: 36, path: 'M18 0L18 100M0 100L36 100M0 0L36 0' },
  '0': { width: 60, path: `${zero}M18 30L42 70` },
}

/** A line of text ready to be stroked: its path in hundredths of the capital height, and its whole width in the same. */
export type Line = { path: string; width: number }

/**
 * Lays out `text` (A-Z, 0-9, space, period, hyphen) with `tracking` hundredths between letters.
 * `serial` takes the forms that cannot be mistaken for one another. Throws RangeError on any other character.
 */
export function layOutLine(text: string, tracking: number, style: 'plain' | 'serial' = 'plain'): Line {
  let path = ''
  let left = 0
  for (const char of text) {
    const glyph = glyphOf(char, style)
    path += shiftedPath(glyph.path, left)
    left += glyph.width + tracking
  }
  return { path, width: left - tracking }
}

function glyphOf(char: string, style: 'plain' | 'serial'): Glyph {
  const glyph = (style === 'serial' ? serialGlyphs[char] : undefined) ?? glyphs[char]
  if (glyph === undefined) throw new RangeError(`the stamp's alphabet has no "${char}"; it has A-Z 0-9 space . -`)
  return glyph
}

/**
 * Lays out `text` over a `span` (hundredths of the capital height) by its tracking. A text too wide for that keeps a tracking
 * of 22 and has a `shrink` below 1, by which its height must be multiplied to fit.
 */
export function fitLine(text: string, span: number, style: 'plain' | 'serial' = 'plain'): Line & { shrink: number } {
  let width = 0
  for (const char of text) width += glyphOf(char, style).width
  const tracking = (span - width) / (text.length - 1)
  const line = layOutLine(text, Math.max(22, Math.floor(tracking)), style)
  return { ...line, shrink: Math.min(1, span / line.width) }
}

/** A point of a glyph: where it stands from the left, then the text up to the next one. */
type Point = { x: number; rest: string }

/** Each glyph's path, read once. */
const pointsByPath = new Map<string, readonly Point[]>()

/** As PDF operators (ISO 32000-2 8.5.2). */
function pointsOf(path: string): readonly Point[] {
  const known = pointsByPath.get(path)
  if (known !== undefined) return known
  const operators = path
    .replaceAll(/([MLC])([^MLCZ]*)/g, (_, letter: string, numbers: string) => `${numbers} ${letter.toLowerCase()}\n`)
    .replaceAll('Z', 'h\n')
  const points = Array.from(operators.matchAll(/(-?\d+)( -?\d+ (?:[mlch]\n)*)/g), ([, x, rest = '']) => ({
    x: Number(x),
    rest,
  }))
  pointsByPath.set(path, points)
  return points
}

/** The glyph's path moved to the right. */
function shiftedPath(path: string, left: number): string {
  let operators = ''
  for (const { x, rest } of pointsOf(path)) operators += formatNumber(x + left) + rest
  return operators
}
