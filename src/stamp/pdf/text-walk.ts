import { drawnBytesMax, pdfDepthMax } from '../../limits/stamping.ts'
import { readInstructions, type Instruction } from './content.ts'
import type { PdfDocument } from './document.ts'
import { readFont, untoldFont, type Font } from './font-advance.ts'
import {
  damaged,
  dictOf,
  isArray,
  isDict,
  isStream,
  isString,
  nameOf,
  type PdfDict,
  type PdfObject,
  type PdfStream,
} from './objects.ts'
import type { Page } from './pages.ts'

/** `[a b c d e f]`: x' = ax + cy + e, y' = bx + dy + f. */
export type Matrix = readonly [number, number, number, number, number, number]

const unmoved: Matrix = [1, 0, 0, 1, 0, 0]

/** The first matrix, then the second. */
export function combine(m: Matrix, n: Matrix): Matrix {
  return [
    m[0] * n[0] + m[1] * n[2],
    m[0] * n[1] + m[1] * n[3],
    m[2] * n[0] + m[3] * n[2],
    m[2] * n[1] + m[3] * n[3],
    m[4] * n[0] + m[5] * n[2] + n[4],
    m[4] * n[1] + m[5] * n[3] + n[5],
  ]
}

function moved(matrix: Matrix, x: number, y: number): Matrix {
  return combine([1, 0, 0, 1, x, y], matrix)
}

/** What `q` saves of the graphics state; `fontDict` is null where there is no font. */
type State = {
  ctm: Matrix
  font: Font
  fontDict: PdfObject
  size: number
  perGlyph: number
  perSpace: number
  stretch: number
  leading: number
  rise: number
}

/** A page's or a form's drawing as far as it is read. */
type Drawing = { resources: PdfDict | undefined; depth: number; state: State; saved: State[] }

/** How far the pen has gone on its line, in text space; undefined where nobody can tell. */
export type Pen = { least: number; most: number } | undefined

/** A string on its way to the page: its bytes, where the pen stood before and behind it, and what stood for it then. */
export type ShownString = { bytes: Uint8Array; from: Pen; to: Pen; line: Matrix; state: Readonly<State> }

/**
 * Follows a page's text without drawing it, by text matrix and transformation matrix, in the forms it draws too (ISO 32000-1
 * 9.4.4). Hidden and clipped text counts. Whoever looks for something says what to do with each string.
 */
export abstract class TextWalk {
  protected readonly document: PdfDocument
  private readonly fonts = new Map<PdfObject, Font>()
  private left = drawnBytesMax
  private line: Matrix = unmoved
  private pen: Pen = { least: 0, most: 0 }

  constructor(document: PdfDocument) {
    this.document = document
  }

  /** Each string in its order. */
  protected abstract note(shown: ShownString): void
  /** Whether the rest need not be followed. */
  protected isDone(): boolean {
    return false
  }

  /** Follows the page to its end. Throws PdfProblem where it cannot be followed. */
  walk(page: Page): void {
    const { document } = this
    const state: State = {
      ctm: unmoved,
      font: untoldFont,
      fontDict: null,
      size: 0,
      perGlyph: 0,
      perSpace: 0,
      stretch: 1,
      leading: 0,
      rise: 0,
    }
    this.draw(contentsOf(document, page), { resources: resourcesOf(document, page), depth: 0, state, saved: [] })
  }

  private draw(bytes: Uint8Array, drawing: Drawing): void {
    this.left -= bytes.length
    if (this.left < 0) throw damaged('the page draws too much to be followed')
    for (const instruction of readInstructions(bytes, this.document.effort)) {
      if (this.isDone()) return
      this.follow(instruction, drawing)
    }
  }

  private follow({ operator, operands }: Instruction, drawing: Drawing): void {
    const { state } = drawing
    const number = (index: number) => {
      const value = operands[index]
      return typeof value === 'number' ? value : 0
    }
    const matrix = (): Matrix => [number(0), number(1), number(2), number(3), number(4), number(5)]
    switch (operator) {
      case 'q':
        drawing.saved.push({ ...state })
        return
      case 'Q':
        drawing.state = drawing.saved.pop() ?? state
        return
      case 'cm':
        state.ctm = combine(matrix(), state.ctm)
        return
      case 'Do':
        return this.drawForm(nameOf(operands[0]), drawing)
      case 'BT':
        return this.startLine(unmoved)
      case 'Tc':
        state.perGlyph = number(0)
        return
      case 'Tw':
        state.perSpace = number(0)
        return
      case 'Tz':
        state.stretch = number(0) / 100
        return
      case 'TL':
        state.leading = number(0)
        return
      case 'Ts':
        state.rise = number(0)
        return
      case 'Tf':
        return this.takeFont(state, this.resource(drawing, 'Font', nameOf(operands[0])), number(1))
      case 'gs':
        return this.takeFontOfState(state, this.resource(drawing, 'ExtGState', nameOf(operands[0])))
      case 'TD':
        state.leading = -number(1)
        return this.startLine(moved(this.line, number(0), number(1)))
      case 'Td':
        return this.startLine(moved(this.line, number(0), number(1)))
      case 'Tm':
        return this.startLine(matrix())
      case 'T*':
        return this.nextLine(state)
      case '"':
        state.perSpace = number(0)
        state.perGlyph = number(1)
        this.nextLine(state)
        return this.show(operands[2] ?? null, state)
      case "'":
        this.nextLine(state)
        return this.show(operands[0] ?? null, state)
      case 'Tj':
      case 'TJ':
        return this.show(operands[0] ?? null, state)
    }
  }

  private startLine(line: Matrix): void {
    this.line = line
    this.pen = { least: 0, most: 0 }
  }

  private nextLine(state: State): void {
    this.startLine(moved(this.line, 0, -state.leading))
  }

  private show(value: PdfObject, state: State): void {
    for (const item of isArray(value) ? value.items : [value]) {
      if (isString(item) && item.bytes.length > 0) this.showString(item.bytes, state)
      else if (typeof item === 'number') this.advance({ least: -item, most: -item }, state)
    }
  }

  private showString(bytes: Uint8Array, state: State): void {
    const from = this.pen
    if (state.font.isVertical) this.pen = undefined
    else if (state.size !== 0) {
      const perThousandth = 1000 / state.size
      const spacing = { perGlyph: state.perGlyph * perThousandth, perSpace: state.perSpace * perThousandth }
      this.advance(state.font.advance(bytes, spacing), state)
    }
    this.note({ bytes, from, to: this.pen, line: this.line, state })
  }

  /** Thousandths of the font's size, which may be negative. */
  private advance(by: { least: number; most: number }, state: State): void {
    if (this.pen === undefined) return
    const scale = (state.size * state.stretch) / 1000
    const [a, b] = [by.least * scale, by.most * scale]
    this.pen = { least: this.pen.least + Math.min(a, b), most: this.pen.most + Math.max(a, b) }
  }

  private resource(drawing: Drawing, kind: string, name: string | undefined): PdfObject {
    const { document } = this
    const all = drawing.resources === undefined ? null : document.lookup(drawing.resources, kind)
    return isDict(all) && name !== undefined ? (all.entries.get(name) ?? null) : null
  }

  private takeFont(state: State, written: PdfObject, size: number): void {
    const { document } = this
    const dict = document.resolve(written)
    const font = this.fonts.get(dict) ?? (isDict(dict) ? readFont(document, dict) : untoldFont)
    this.fonts.set(dict, font)
    state.font = font
    state.fontDict = dict
    state.size = size
  }

  private takeFontOfState(state: State, written: PdfObject): void {
    const { document } = this
    const named = dictOf(document.resolve(written))
    const pair = named === undefined ? null : document.lookup(named, 'Font')
    const size = isArray(pair) ? document.resolve(pair.items[1]) : null
    if (isArray(pair)) this.takeFont(state, pair.items[0] ?? null, typeof size === 'number' ? size : 0)
  }

  private drawForm(name: string | undefined, drawing: Drawing): void {
    const { document } = this
    const form = document.resolve(this.resource(drawing, 'XObject', name))
    if (!isStream(form) || nameOf(document.lookup(form.dict, 'Subtype')) !== 'Form') return
    if (drawing.depth > pdfDepthMax) throw damaged('the page draws forms within forms without end')
    const own = dictOf(document.lookup(form.dict, 'Resources'))
    const ctm = combine(matrixOf(document, form), drawing.state.ctm)
    const [line, pen] = [this.line, this.pen]
    this.draw(document.decodeStream(form), {
      resources: own ?? drawing.resources,
      depth: drawing.depth + 1,
      state: { ...drawing.state, ctm },
      saved: [],
    })
    ;[this.line, this.pen] = [line, pen]
  }
}

function matrixOf(document: PdfDocument, form: PdfStream): Matrix {
  const written = document.lookup(form.dict, 'Matrix')
  if (!isArray(written)) return unmoved
  const number = (index: number) => {
    const value = document.resolve(written.items[index])
    return typeof value === 'number' ? value : 0
  }
  return [number(0), number(1), number(2), number(3), number(4), number(5)]
}

/** The page's own /Resources or what it inherits. */
export function resourcesOf(document: PdfDocument, page: Page): PdfDict | undefined {
  let node: PdfDict | undefined = page.dict
  for (let up = 0; node !== undefined && up <= pdfDepthMax; up++) {
    const resources = document.lookup(node, 'Resources')
    if (isDict(resources)) return resources
    node = dictOf(document.lookup(node, 'Parent'))
  }
  return undefined
}

/** A page's parts are one stream: a word ends with its part, nothing else does (ISO 32000-1 table 30). */
export function contentsOf(document: PdfDocument, page: Page): Uint8Array {
  const written = document.lookup(page.dict, 'Contents')
  const parts = (isArray(written) ? written.items : [written]).map((item) => document.resolve(item)).filter(isStream)
  const decoded = parts.map((part) => document.decodeStream(part))
  const whole = new Uint8Array(decoded.reduce((sum, part) => sum + part.length + 1, 0)).fill(10)
  let at = 0
  for (const part of decoded) {
    whole.set(part, at)
    at += part.length + 1
  }
  return whole
}
