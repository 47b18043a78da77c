import type { Primitives } from '../base/primitives.ts'
import { readInstructions } from '../stamp/pdf/content.ts'
import { openDocument, type PdfDocument } from '../stamp/pdf/document.ts'
import { isArray, isDict, isStream, nameOf, type PdfDict, type PdfObject, PdfProblem } from '../stamp/pdf/objects.ts'
import { contentsOf, resourcesOf } from '../stamp/pdf/text-walk.ts'
import { formatNumber } from '../stamp/picture/number.ts'
import { ArtworkProblem, type Drawing } from './artwork-problem.ts'

/** Paths, colours of the device, and the state of lines: what artwork may be made of. */
const kept = new Set('q Q cm w J j M d m l c v y h re S s f F f* B B* b b* n W W* g G rg RG k K'.split(' '))
/** Says nothing about what is seen. */
const silent = new Set('i ri BMC BDC EMC MP DP BX EX'.split(' '))
/** What people meet when they draw with more than that, and the way out. */
const wayOut: Record<string, string> = {
  BT: 'text; convert it to outlines (paths)',
  BI: 'an image; trace it, or leave it out',
  sh: 'a gradient; use plain colours',
  cs: 'a colour space of its own; use RGB, CMYK or grey',
  CS: 'a colour space of its own; use RGB, CMYK or grey',
}
/** Forms within forms; drawing programs nest two or three. */
const depthMax = 8

/** The drawing on the one page of a PDF. Throws ArtworkProblem for a page that has more than paths, PdfProblem for a damaged file. */
export function drawingOfPdf(bytes: Uint8Array, primitives: Primitives): Drawing {
  const opened = openDocument(bytes, primitives)
  if (!opened.ok) throw new ArtworkProblem(`a PDF that cannot be read (${opened.refusal.code})`)
  const { document } = opened
  const [page, ...others] = document.pages()
  if (page === undefined || others.length > 0) throw new ArtworkProblem(`${others.length + 1} pages; keep one`)
  if (page.rotation !== 0) throw new ArtworkProblem('a turned page; save it upright (/Rotate 0)')
  const [left, bottom, right, top] = page.visible
  const walk = new Walk(document)
  walk.draw(contentsOf(document, page), resourcesOf(document, page), 0)
  const operators = `1 0 0 1 ${formatNumber(-left, 4)} ${formatNumber(-bottom, 4)} cm\n${walk.lines.join('')}`
  return { width: right - left, height: top - bottom, operators }
}

class Walk {
  readonly lines: string[] = []
  private readonly document: PdfDocument

  constructor(document: PdfDocument) {
    this.document = document
  }

  draw(bytes: Uint8Array, resources: PdfDict | undefined, depth: number): void {
    if (depth > depthMax) throw new ArtworkProblem(`forms more than ${depthMax} deep; flatten the drawing`)
    let saved = 0
    for (const { operator, operands } of readInstructions(bytes, this.document.effort)) {
      if (operator === 'q') saved++
      if (operator === 'Q' && --saved < 0) throw new ArtworkProblem('a Q without its q; save the drawing anew')
      if (kept.has(operator)) this.lines.push(`${[...operands.map(numberText), operator].join(' ')}\n`)
      else if (operator === 'gs') this.proveHarmless(this.named(resources, 'ExtGState', operands[0]))
      else if (operator === 'Do') this.drawForm(this.named(resources, 'XObject', operands[0]), resources, depth)
      else if (!silent.has(operator))
        throw new ArtworkProblem(wayOut[operator] ?? `the operator ${operator}; use plain paths`)
    }
    this.lines.push('Q\n'.repeat(saved))
  }

  private named(resources: PdfDict | undefined, kind: string, name: PdfObject | undefined): PdfObject {
    const group = resources === undefined ? null : this.document.lookup(resources, kind)
    const key = nameOf(name)
    return isDict(group) && key !== undefined ? this.document.lookup(group, key) : null
  }

  private drawForm(form: PdfObject, inherited: PdfDict | undefined, depth: number): void {
    if (!isStream(form) || nameOf(this.document.lookup(form.dict, 'Subtype')) !== 'Form')
      throw new ArtworkProblem(wayOut['BI'] ?? '')
    const numbers = (key: string) => {
      const array = this.document.lookup(form.dict, key)
      return isArray(array) ? array.items.map((item) => Number(this.document.resolve(item))) : undefined
    }
    const [left = 0, bottom = 0, right = 0, top = 0] = numbers('BBox') ?? []
    const box = [left, bottom, right - left, top - bottom].map(decimal).join(' ')
    const matrix = (numbers('Matrix') ?? [1, 0, 0, 1, 0, 0]).map(decimal).join(' ')
    const own = this.document.lookup(form.dict, 'Resources')
    this.lines.push(`q\n${matrix} cm\n${box} re\nW\nn\n`)
    this.draw(this.document.decodeStream(form), isDict(own) ? own : inherited, depth + 1)
    this.lines.push('Q\n')
  }

  /** Drawing programs set a state that changes nothing before they draw. */
  private proveHarmless(state: PdfObject): void {
    if (!isDict(state)) throw new ArtworkProblem('a graphics state that is missing; save the drawing anew')
    for (const key of state.entries.keys()) {
      const value = this.document.lookup(state, key)
      const name = nameOf(value)
      const harmless: Record<string, boolean> = {
        Type: true,
        CA: value === 1,
        ca: value === 1,
        SMask: name === 'None',
        BM: name === 'Normal' || name === 'Compatible',
      }
      const spoken = harmless[key] ?? /^(AIS|SA|OP|op|OPM|TK|SM|FL|RI)$/.test(key)
      if (!spoken) throw new ArtworkProblem(`transparency or another state of graphics (/${key}); flatten it`)
    }
  }
}

function numberText(value: PdfObject): string {
  if (typeof value === 'number') return decimal(value)
  if (isArray(value)) return `[${value.items.map(numberText).join(' ')}]`
  throw new PdfProblem('structure_damaged', 'an operand is no number')
}

const decimal = (value: number): string => formatNumber(value, 4)
