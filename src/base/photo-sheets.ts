import { latin1Bytes } from './bytes.ts'

/** How a picture is held, as Exif counts it (2.3, tag 0x112): 1 is upright, 6 is to be turned right. */
export type Turn = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/** A picture as a PDF holds it: its pixels as they lie, and how its bytes (so many) are read, as entries of its dictionary. */
export type Picture = { width: number; height: number; turn: Turn; entries: string; length: number }

/** What a JPEG of red, green and blue says in its dictionary. */
export const jpegEntries = '/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode'

/** A4 in points, and the white around a photo. */
const sheet = { width: 595, height: 842, margin: 28 } as const

/** Where right and up of a picture as it lies point once it is upright, and where its lower left corner is then; of a square of one. */
const turned: Record<Turn, readonly [number, number, number, number, number, number]> = {
  1: [1, 0, 0, 1, 0, 0],
  2: [-1, 0, 0, 1, 1, 0],
  3: [-1, 0, 0, -1, 1, 1],
  4: [1, 0, 0, -1, 0, 1],
  5: [0, -1, -1, 0, 1, 1],
  6: [0, -1, 1, 0, 0, 1],
  7: [0, 1, 1, 0, 0, 0],
  8: [0, 1, -1, 0, 1, 0],
}

/** A piece of the file: bytes, or those of the picture of this place in the list. */
export type SheetPiece = { bytes: Uint8Array } | { picture: number }

/**
 * A PDF of A4 pages, one picture on each, upright and as large as it fits, in pieces: whoever has the pictures' bytes puts them between. It is
 * written whole and plain (PDF 1.4), and the same pictures give the same bytes.
 */
export function* photoSheets(pictures: readonly Picture[]): Generator<SheetPiece> {
  const offsets: number[] = []
  let length = 0
  const text = (written: string): SheetPiece => {
    length += written.length
    return { bytes: latin1Bytes(written) }
  }
  const object = (number: number, content: string): SheetPiece => {
    offsets[number] = length
    return text(`${number} 0 obj\n${content}\nendobj\n`)
  }
  yield text('%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n')
  yield object(1, '<</Type/Catalog/Pages 2 0 R>>')
  const kids = pictures.map((_, at) => `${3 + at * 3} 0 R`).join(' ')
  yield object(2, `<</Type/Pages/Count ${pictures.length}/Kids[${kids}]>>`)
  for (const [at, picture] of pictures.entries()) {
    const page = 3 + at * 3
    const box = `[0 0 ${sheet.width} ${sheet.height}]`
    const resources = `<</XObject<</P ${page + 2} 0 R>>>>`
    yield object(page, `<</Type/Page/Parent 2 0 R/MediaBox${box}/Resources${resources}/Contents ${page + 1} 0 R>>`)
    const drawing = `q ${matrixOf(picture)} cm /P Do Q`
    yield object(page + 1, `<</Length ${drawing.length}>>\nstream\n${drawing}\nendstream`)
    offsets[page + 2] = length
    const { width, height, entries } = picture
    const shape = `/Width ${width}/Height ${height}${entries}/Length ${picture.length}`
    yield text(`${page + 2} 0 obj\n<</Type/XObject/Subtype/Image${shape}>>\nstream\n`)
    yield { picture: at }
    length += picture.length
    yield text('\nendstream\nendobj\n')
  }
  const table = length
  const rows = offsets.slice(1).map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`)
  const size = offsets.length
  yield text(
    `xref\n0 ${size}\n0000000000 65535 f \n${rows.join('')}trailer\n<</Size ${size}/Root 1 0 R>>\nstartxref\n${table}\n%%EOF\n`,
  )
}

/** Puts the picture in the middle of its sheet. */
function matrixOf({ width, height, turn }: Picture): string {
  const isLying = turn > 4
  const [across, along] = isLying ? [height, width] : [width, height]
  const scale = Math.min((sheet.width - 2 * sheet.margin) / across, (sheet.height - 2 * sheet.margin) / along)
  const [w, h] = [across * scale, along * scale]
  const [a, b, c, d, e, f] = turned[turn]
  const corner = [(sheet.width - w) / 2 + w * e, (sheet.height - h) / 2 + h * f]
  return [w * a, h * b, w * c, h * d, ...corner].map((value) => (value === 0 ? 0 : value).toFixed(2)).join(' ')
}
