import { SaxesParser } from 'saxes'
import svgpath from 'svgpath'
import { formatNumber } from '../stamp/picture/number.ts'
import { ArtworkProblem, type Drawing } from './artwork-problem.ts'
import { colourOf } from './svg-colour.ts'

type Attributes = Readonly<Record<string, string>>

/** What an element gives its children, and the transforms from the outside in. */
type Inherited = { style: Attributes; transforms: readonly string[] }

/** Inherited properties and what they are at the root (SVG 2, 13). */
const initial: Attributes = {
  fill: 'black',
  'fill-rule': 'nonzero',
  stroke: 'none',
  'stroke-width': '1',
  'stroke-linecap': 'butt',
  'stroke-linejoin': 'miter',
  'stroke-miterlimit': '4',
  'stroke-dasharray': 'none',
}
/** Elements that say something about the drawing and draw nothing. */
const silent = new Set(['title', 'desc', 'metadata', 'defs', 'sodipodi:namedview'])
const shapes = new Set(['path', 'rect', 'circle', 'ellipse', 'line', 'polyline', 'polygon'])
/** Properties whose usual value is the only one that plain paths can show. */
const onlyUsual: Attributes = {
  opacity: '1',
  'fill-opacity': '1',
  'stroke-opacity': '1',
  filter: 'none',
  mask: 'none',
  'clip-path': 'none',
  'marker-start': 'none',
  'marker-mid': 'none',
  'marker-end': 'none',
}
const wayOut: Record<string, string> = {
  text: 'text; convert it to outlines (paths)',
  image: 'an image; trace it, or leave it out',
  use: 'copies by reference (use); expand them to paths',
  style: 'a style sheet; put colours into the elements',
}

/** The drawing of an SVG that has paths and basic shapes in plain colours. Throws ArtworkProblem for anything else. */
export function drawingOfSvg(text: string): Drawing {
  const reader = new SvgReader()
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw new ArtworkProblem(`XML that cannot be read: ${error.message}`)
  })
  parser.on('opentag', ({ name, attributes }) => reader.open(name, attributes))
  parser.on('closetag', () => reader.close())
  parser.write(text).close()
  return reader.drawing()
}

class SvgReader {
  private readonly levels: Inherited[] = []
  private readonly lines: string[] = []
  private view: { left: number; top: number; width: number; height: number } | undefined
  /** Elements open within one that draws nothing. */
  private skipped = 0

  open(name: string, attributes: Attributes): void {
    if (this.skipped > 0 || silent.has(name) || styleOf(attributes)['display'] === 'none') {
      this.skipped++
      return
    }
    if (this.levels.length === 0) {
      if (name !== 'svg') throw new ArtworkProblem(`the element ${name} where svg should be`)
      this.view = viewOf(attributes)
    } else if (name !== 'g' && !shapes.has(name))
      throw new ArtworkProblem(wayOut[name] ?? `the element ${name}; use paths and basic shapes in plain colours`)
    const above = this.levels.at(-1) ?? { style: initial, transforms: [] }
    const transform = attributes['transform']
    const own = {
      style: { ...above.style, ...styleOf(attributes) },
      transforms: transform === undefined ? above.transforms : [...above.transforms, transform],
    }
    this.levels.push(own)
    if (shapes.has(name)) this.draw(outlineOf(name, attributes), own)
  }

  close(): void {
    if (this.skipped > 0) this.skipped--
    else this.levels.pop()
  }

  drawing(): Drawing {
    if (this.view === undefined || this.lines.length === 0) throw new ArtworkProblem('nothing drawn in it')
    return { width: this.view.width, height: this.view.height, operators: this.lines.join('') }
  }

  private draw(outline: string, { style, transforms }: Inherited): void {
    const [fill, stroke] = [colourOf(style['fill'] ?? ''), colourOf(style['stroke'] ?? '')]
    if (fill === undefined && stroke === undefined) return
    const evenOdd = style['fill-rule'] === 'evenodd' ? '*' : ''
    const painter = stroke === undefined ? `f${evenOdd}` : fill === undefined ? 'S' : `B${evenOdd}`
    if (fill !== undefined) this.lines.push(`${fill} rg\n`)
    if (stroke !== undefined) this.lines.push(`${stroke} RG\n${strokeState(style, this.scaleOf(transforms))}`)
    this.lines.push(`${this.operatorsOf(outline, transforms)}${painter}\n`)
  }

  /** Through the element's own transform first, then those around it; at last SVG's y, which grows downwards, is turned. */
  private transformed(outline: string, transforms: readonly string[]) {
    const { left, top, height } = this.view ?? { left: 0, top: 0, height: 0 }
    // arcs become curves before anything turns them over
    let path = svgpath(outline).abs().unarc().unshort()
    for (const transform of transforms.toReversed()) path = path.transform(transform)
    return path.matrix([1, 0, 0, -1, -left, top + height]).abs()
  }

  /** How much longer a line gets: by the square root of how much larger an area does. */
  private scaleOf(transforms: readonly string[]): number {
    const ends: [number, number][] = []
    this.transformed('M0 0L1 0L0 1', transforms).iterate(([, x, y]) => void ends.push([Number(x), Number(y)]))
    const [[ox, oy] = [0, 0], [ax, ay] = [0, 0], [bx, by] = [0, 0]] = ends
    return Math.sqrt(Math.abs((ax - ox) * (by - oy) - (ay - oy) * (bx - ox)))
  }

  private operatorsOf(outline: string, transforms: readonly string[]): string {
    const written: string[] = []
    this.transformed(outline, transforms).iterate((segment, _, fromX, fromY) => {
      const [command, ...numbers] = segment
      const at = (index: number) => Number(numbers[index])
      const points = (...values: number[]) => values.map((value) => formatNumber(value, 4)).join(' ')
      if (command === 'M') written.push(`${points(at(0), at(1))} m\n`)
      else if (command === 'L') written.push(`${points(at(0), at(1))} l\n`)
      else if (command === 'H') written.push(`${points(at(0), fromY)} l\n`)
      else if (command === 'V') written.push(`${points(fromX, at(0))} l\n`)
      else if (command === 'C') written.push(`${points(at(0), at(1), at(2), at(3), at(4), at(5))} c\n`)
      else if (command === 'Q') {
        // a quadratic curve as the cubic one that it is
        const third = (from: number, control: number) => from + (2 / 3) * (control - from)
        const first = [third(fromX, at(0)), third(fromY, at(1))]
        const second = [third(at(2), at(0)), third(at(3), at(1))]
        written.push(`${points(...first, ...second, at(2), at(3))} c\n`)
      } else if (command === 'Z' || command === 'z') written.push('h\n')
      else throw new ArtworkProblem(`the path command ${command}`)
    })
    if (written.length === 0) throw new ArtworkProblem(`a path that cannot be read: "${outline.slice(0, 40)}"`)
    return written.join('')
  }
}

function styleOf(attributes: Attributes): Attributes {
  const declared = (attributes['style'] ?? '').split(';').flatMap((text): [string, string][] => {
    const [name = '', ...value] = text.split(':')
    return name.trim() === '' ? [] : [[name.trim(), value.join(':').trim()]]
  })
  const all = { ...attributes, ...Object.fromEntries(declared) }
  for (const [name, usual] of Object.entries(onlyUsual)) {
    const value = all[name]
    if (value !== undefined && value !== usual && Number(value) !== Number(usual))
      throw new ArtworkProblem(`${name} ${value}; flatten it to plain paths`)
  }
  return Object.fromEntries(
    [...Object.keys(initial), 'display'].flatMap((name) => {
      const value = all[name]
      return value === undefined || value === 'inherit' ? [] : [[name, value]]
    }),
  )
}

function viewOf(attributes: Attributes): { left: number; top: number; width: number; height: number } {
  const numbers = attributes['viewBox']
    ?.trim()
    .split(/[\s,]+/)
    .map(Number)
  const [left = 0, top = 0, width = Number.NaN, height = Number.NaN] = numbers ?? [
    0,
    0,
    lengthOf(attributes, 'width'),
    lengthOf(attributes, 'height'),
  ]
  if (!(width > 0 && height > 0)) throw new ArtworkProblem('no size; give the svg element a viewBox')
  return { left, top, width, height }
}

/** A length in units of the drawing; left out it is `otherwise`. */
function lengthOf(attributes: Attributes, name: string, otherwise = 0): number {
  const text = attributes[name]
  if (text === undefined) return otherwise
  const [, number] = /^\s*([-+]?[\d.]+(?:e[-+]?\d+)?)(?:px)?\s*$/i.exec(text) ?? []
  if (number === undefined) throw new ArtworkProblem(`${name} "${text}"; give lengths as plain numbers`)
  return Number(number)
}

function outlineOf(name: string, attributes: Attributes): string {
  const of = (key: string, otherwise = 0) => lengthOf(attributes, key, otherwise)
  if (name === 'path') return attributes['d'] ?? ''
  if (name === 'line') return `M${of('x1')} ${of('y1')}L${of('x2')} ${of('y2')}`
  if (name === 'polyline') return `M${attributes['points'] ?? ''}`
  if (name === 'polygon') return `M${attributes['points'] ?? ''}Z`
  if (name === 'rect') return roundedRectangle(of)
  const [rx, ry] = name === 'circle' ? [of('r'), of('r')] : [of('rx'), of('ry')]
  const start = `M${of('cx') - rx} ${of('cy')}`
  return `${start}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0Z`
}

function roundedRectangle(of: (key: string, otherwise?: number) => number): string {
  const [x, y, width, height] = [of('x'), of('y'), of('width'), of('height')]
  const rx = Math.min(of('rx', of('ry')), width / 2)
  const ry = Math.min(of('ry', of('rx')), height / 2)
  if (rx === 0 || ry === 0) return `M${x} ${y}h${width}v${height}h${-width}Z`
  const corner = (dx: number, dy: number) => `a${rx} ${ry} 0 0 1 ${dx} ${dy}`
  const [across, down] = [width - 2 * rx, height - 2 * ry]
  return [
    `M${x + rx} ${y}h${across}${corner(rx, ry)}v${down}${corner(-rx, ry)}`,
    `h${-across}${corner(-rx, -ry)}v${-down}${corner(rx, -ry)}Z`,
  ].join('')
}

function strokeState(style: Attributes, scale: number): string {
  const number = (name: string) => lengthOf(style, name)
  const cap = ['butt', 'round', 'square'].indexOf(style['stroke-linecap'] ?? '')
  const join = ['miter', 'round', 'bevel'].indexOf(style['stroke-linejoin'] ?? '')
  if (cap < 0 || join < 0)
    throw new ArtworkProblem(`line ends "${style['stroke-linecap']}" or corners "${style['stroke-linejoin']}"`)
  const dashes = style['stroke-dasharray'] ?? 'none'
  const pattern =
    dashes === 'none'
      ? []
      : dashes
          .trim()
          .split(/[\s,]+/)
          .map((text) => Number(text) * scale)
  if (pattern.some((value) => !(value >= 0))) throw new ArtworkProblem(`dashes "${dashes}"; give plain numbers`)
  return [
    `${formatNumber(number('stroke-width') * scale, 4)} w\n${cap} J\n${join} j\n${formatNumber(number('stroke-miterlimit'))} M\n`,
    `[${pattern.map((value) => formatNumber(value, 4)).join(' ')}] 0 d\n`,
  ].join('')
}
