import { concatBytes, latin1Bytes, toHex } from '../../base/bytes.ts'
import type { Primitives } from '../../base/primitives.ts'
import type { Recipe } from '../recipe.ts'
import type { Artwork } from './artwork.ts'
import { fitLine, layOutLine, type Line } from './alphabet.ts'
import { formatNumber } from './number.ts'
import { qrPath, type QrPath } from './qr.ts'

/** What of a recipe the picture shows. */
export type PictureFacts = Pick<Recipe, 'serial' | 'checkUrl' | 'specimen' | 'pictureVersion' | 'artworkSha256'>

/** How the first line of every stamp's picture begins; the serial number follows. `check` finds stamps by it. */
export const pictureMarker = '%OpenMeterai '

const sealRed = '.7 .13 .1'
const ink = '.1 .09 .1'
/** The specimen word where it crosses light and dark modules: 80 % and 30 % luminance, so the QR keeps its contrast. */
const blush = '1 .72 .67'
const vermilion = '.82 .1 .07'

/** The QR's dark square: side and lower left corner. At 57 of 100, a module of version 4 is 1.9 pixels at 54 points and 150 dpi. */
const symbolBox = { left: 10.5, bottom: 19.5, side: 57 }

/** A text on the square, centred on (x, y); `height` is of capitals, `weight` the line's width in hundredths of it. */
type Setting = {
  line: Line
  x: number
  y: number
  height: number
  weight: number
  colour: string
  /** Degrees anticlockwise; 0 when left out. */
  turn?: number
}

/**
 * The stamp's picture: a PDF content stream for a square of 100 by 100 units, latin1, needing no resources.
 * The same facts give the same bytes for ever: a new look is a new `pictureVersion`.
 * Throws RangeError when the serial is not 22 of [0-9A-Z], the URL does not fit a QR, or `artwork` is not the one named.
 */
export function stampPicture(show: PictureFacts, artwork?: Artwork): Uint8Array {
  if (!/^[0-9A-Z]{22}$/.test(show.serial))
    throw new RangeError(`a serial number has 22 of 0-9 A-Z, this one is "${show.serial}"`)
  if (show.artworkSha256 !== (artwork?.sha256 ?? null))
    throw new RangeError(`the picture needs the artwork ${show.artworkSha256}, given is ${artwork?.sha256 ?? null}`)
  const qr = qrPath(show.checkUrl)
  return concatBytes([
    latin1Bytes(`${pictureMarker}${show.serial}\nq\n1 J\n1 j\n`),
    artwork === undefined ? frame : latin1Bytes(issuerGround(artwork)),
    ...(show.specimen ? specimenSymbol(qr) : symbol(qr)),
    ...(artwork === undefined ? [words] : []),
    latin1Bytes(`${serialLine(show.serial)}Q\n`),
  ])
}

/** SHA-256 (64 lower-case hex) of the picture's content stream: how a check compares what a document shows. */
export function pictureSha256(show: PictureFacts, primitives: Primitives, artwork?: Artwork): string {
  return toHex(primitives.hash('sha256').update(stampPicture(show, artwork)).digest())
}

function point(...numbers: number[]): string {
  return numbers.map((value) => formatNumber(value)).join(' ')
}

/** A square box with round corners, `inset` from the picture's edge. */
function roundedBox(inset: number, radius: number): string {
  const far = 100 - inset
  const handle = radius * 0.4477
  return [
    `${point(inset + radius, inset)} m\n${point(far - radius, inset)} l\n`,
    `${point(far - handle, inset, far, inset + handle, far, inset + radius)} c\n${point(far, far - radius)} l\n`,
    `${point(far, far - handle, far - handle, far, far - radius, far)} c\n${point(inset + radius, far)} l\n`,
    `${point(inset + handle, far, inset, far - handle, inset, far - radius)} c\n${point(inset, inset + radius)} l\n`,
    `${point(inset, inset + handle, inset + handle, inset, inset + radius, inset)} c\nh\n`,
  ].join('')
}

function symbol(qr: QrPath): Uint8Array[] {
  return [latin1Bytes(`q\n${symbolMatrix(qr)} cm\n${ink} rg\n`), qr.path, latin1Bytes('f\nQ\n')]
}

function symbolMatrix({ size }: QrPath): string {
  const module = formatNumber(symbolBox.side / size, 4)
  return `${module} 0 0 ${module} ${formatNumber(symbolBox.left)} ${formatNumber(symbolBox.bottom)}`
}

/**
 * The QR with SPESIMEN from corner to corner: blush on paper and light modules, red on the dark modules it crosses (by
 * clipping to these), so that people see the word and a reader sees the code. The finder patterns stay in ink: readers
 * that judge darkness by the neighbourhood lose a finder that is half red, half ink.
 */
function specimenSymbol(qr: QrPath): Uint8Array[] {
  const modules = qr.size / symbolBox.side
  const wordInModules = {
    ...specimenWord,
    x: (specimenWord.x - symbolBox.left) * modules,
    y: (specimenWord.y - symbolBox.bottom) * modules,
    height: specimenWord.height * modules,
  }
  const whole = `0 0 ${qr.size} ${qr.size} re\n`
  const finders = `0 0 7 7 re\n${qr.size - 7} ${qr.size - 7} 7 7 re\n`
  const word = setLine({ ...wordInModules, colour: vermilion })
  return [
    specimenBlush,
    latin1Bytes(`q\n${symbolMatrix(qr)} cm\n`),
    qr.path,
    latin1Bytes(`W\nn\n${ink} rg\n${whole}f\n${whole}${finders}W*\nn\n${word}Q\n`),
  ]
}

function serialLine(serial: string): string {
  const line = fitLine(`${serial.slice(0, 11)} ${serial.slice(11)}`, 84 / 0.038, 'serial')
  return setLine({ line, x: 50, y: 8.9, height: 3.8 * line.shrink, weight: 15, colour: ink })
}

/** Strokes one line of text; its own scale keeps the letters' numbers whole and the stream short. */
function setLine(setting: Setting): string {
  const scale = setting.height / 100
  const angle = ((setting.turn ?? 0) * Math.PI) / 180
  const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale]
  const half = setting.line.width / 2
  const matrix = [cos, sin, -sin, cos, setting.x - half * cos + 50 * sin, setting.y - half * sin - 50 * cos]
  const numbers = matrix.map((value) => formatNumber(value, 4)).join(' ')
  return `q\n${numbers} cm\n${formatNumber(setting.weight)} w\n${setting.colour} RG\n${setting.line.path}S\nQ\n`
}

// What every picture shows alike is drawn once.

/**
 * The issuer's artwork on the whole square, and over it the white fields that keep code and number readable: the QR with a
 * quiet zone of four modules, and the line of the serial number.
 */
function issuerGround({ text, width, height }: Artwork): string {
  const scale = 100 / Math.max(width, height)
  const matrix = [scale, 0, 0, scale, (100 - width * scale) / 2, (100 - height * scale) / 2]
  const quiet = (4 * symbolBox.side) / 33
  const field = point(
    symbolBox.left - quiet,
    symbolBox.bottom - quiet,
    symbolBox.side + 2 * quiet,
    symbolBox.side + 2 * quiet,
  )
  return [
    `1 g\n0 0 100 100 re\nf\nq\n0 0 100 100 re\nW\nn\n0 J\n0 j\n${matrix.map((value) => formatNumber(value, 4)).join(' ')} cm\n`,
    `${text.slice(text.indexOf('\n') + 1)}Q\n`,
    `1 g\n${field} re\n${point(6, 5.6, 88, 6.6)} re\nf\n`,
  ].join('')
}

/** White paper, a firm line and a row of fine dots inside it, as where a stamp is torn. */
const frame = latin1Bytes(
  [
    `1 g\n${roundedBox(0.4, 5)}f\n`,
    `${sealRed} RG\n1.2 w\n${roundedBox(1, 4.4)}S\n`,
    `q\n.75 w\n[0 1.6] 0 d\n${roundedBox(3.3, 2.4)}S\nQ\n`,
  ].join(''),
)

const middle = symbolBox.bottom + symbolBox.side / 2
const tariff = { line: fitLine('10000', 54.5 / 0.125), x: 82.7, y: middle, height: 12.5, turn: 90 }
const tariffInWords = fitLine('SEPULUH RIBU RUPIAH', 56.6 / 0.026)
const words = latin1Bytes(
  [
    setLine({ line: fitLine('METERAI ELEKTRONIK', 83 / 0.05), x: 50, y: 88.6, height: 5, weight: 16, colour: sealRed }),
    setLine({ ...tariff, weight: 24, colour: sealRed }),
    setLine({ ...tariff, weight: 5, colour: '1 1 1' }),
    setLine({ line: tariffInWords, x: 93, y: middle, height: 2.6, weight: 14, colour: sealRed, turn: 90 }),
  ].join(''),
)
const specimenWord = { line: layOutLine('SPESIMEN', 34), x: 50, y: 50, height: 16, weight: 28, turn: 45 }
const specimenBlush = latin1Bytes(setLine({ ...specimenWord, colour: blush }))
