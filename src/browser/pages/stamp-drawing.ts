import { stampPicture, type PictureFacts } from '../../stamp/picture/picture.ts'

type Numbers = readonly number[]
type Path = (context: CanvasRenderingContext2D, numbers: Numbers) => void

/** What builds a path or changes how it is drawn, by its PDF operator (ISO 32000-1 table 51); what paints is below. */
const operators: Record<string, Path> = {
  q: (context) => context.save(),
  Q: (context) => context.restore(),
  cm: (context, [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0]) => context.transform(a, b, c, d, e, f),
  w: (context, [width = 1]) => (context.lineWidth = width),
  J: (context, [cap = 0]) => (context.lineCap = cap === 1 ? 'round' : 'butt'),
  j: (context, [join = 0]) => (context.lineJoin = join === 1 ? 'round' : 'miter'),
  m: (context, [x = 0, y = 0]) => context.moveTo(x, y),
  l: (context, [x = 0, y = 0]) => context.lineTo(x, y),
  c: (context, [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]) => context.bezierCurveTo(a, b, c, d, e, f),
  h: (context) => context.closePath(),
  re: (context, [x = 0, y = 0, width = 0, height = 0]) => context.rect(x, y, width, height),
  rg: (context, numbers) => (context.fillStyle = colour(numbers)),
  RG: (context, numbers) => (context.strokeStyle = colour(numbers)),
  g: (context, [grey = 0]) => (context.fillStyle = colour([grey, grey, grey])),
}

const colour = (numbers: Numbers) => `rgb(${numbers.map((part) => Math.round(part * 255)).join(' ')})`

/** Draws a stamp as it will be printed into the document, on the whole canvas. It reads the very operators that the file gets. */
export function drawStamp(canvas: HTMLCanvasElement, facts: PictureFacts): void {
  const context = canvas.getContext('2d')
  if (context === null) return
  context.setTransform(canvas.width / 100, 0, 0, -canvas.height / 100, 0, canvas.height)
  const numbers: number[] = []
  let clip: CanvasFillRule | undefined
  const paint = (fill: CanvasFillRule | undefined, stroke: boolean) => {
    if (fill !== undefined) context.fill(fill)
    if (stroke) context.stroke()
    if (clip !== undefined) context.clip(clip)
    clip = undefined
    context.beginPath()
  }
  let dashes: number[] | undefined
  const text = new TextDecoder('latin1').decode(stampPicture(facts))
  for (const token of text.replaceAll(/%.*/g, '').match(/\[|\]|[^\s[\]]+/g) ?? []) {
    if (token === '[') dashes = []
    else if (token === ']') continue
    else if (/^[-.\d]/.test(token)) (dashes ?? numbers).push(Number(token))
    else {
      if (token === 'd') context.setLineDash((dashes ?? []).slice(0, -1))
      else if (token === 'W') clip = 'nonzero'
      else if (token === 'W*') clip = 'evenodd'
      else if (token === 'f') paint('nonzero', false)
      else if (token === 'f*') paint('evenodd', false)
      else if (token === 'S') paint(undefined, true)
      else if (token === 'n') paint(undefined, false)
      else operators[token]?.(context, numbers)
      numbers.length = 0
      dashes = undefined
    }
  }
}

/** The facts of the stamp to come, as far as they are known before its number is drawn. */
export function expectedStamp(specimen: boolean): PictureFacts {
  const serial = (specimen ? 'SPESIMEN' : 'M').padEnd(22, '0')
  return { serial, checkUrl: `${location.origin}/cek/${serial}`, specimen, pictureVersion: 1, artworkSha256: null }
}
