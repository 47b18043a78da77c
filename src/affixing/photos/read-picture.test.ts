import { deflateSync } from 'node:zlib'
import { PNG } from 'pngjs'
import { expect, test } from 'vitest'
import { lastPagePng, qpdfReport } from '../../../tests/support/judges.ts'
import {
  exifTurn,
  jpegParts,
  jpegSegment,
  pngChunk,
  pngHeader,
  pngSignature,
  sampleJpeg,
  samplePng,
} from '../../../tests/support/photo-samples.ts'
import { concatBytes } from '../../base/bytes.ts'
import { photoSheets, type Picture, type Turn } from '../../base/photo-sheets.ts'
import { readPicture, type ReadPicture } from './read-picture.ts'

function madeOf(read: ReadPicture): { picture: Picture; bytes: Buffer } {
  if (!read.ok) throw new Error(read.problem)
  return read
}

const pdfOf = (made: readonly { picture: Picture; bytes: Uint8Array }[]): Uint8Array =>
  concatBytes(
    [...photoSheets(made.map(({ picture }) => picture))].map((piece) =>
      'bytes' in piece ? piece.bytes : (made[piece.picture]?.bytes ?? new Uint8Array()),
    ),
  )

test('a JPEG is embedded byte for byte, and how it was held is known', async () => {
  const { picture, bytes } = madeOf(await readPicture(sampleJpeg([exifTurn(6)])))
  expect(picture).toMatchObject({ width: 8, height: 8, turn: 6, length: bytes.length })
  expect(picture.entries).toContain('/DeviceGray')
  expect(bytes.equals(sampleJpeg([exifTurn(6)]))).toBe(true)
  expect(qpdfReport(pdfOf([{ picture, bytes }])).join('\n')).toContain('No syntax or stream encoding errors')
})

test('print colours that Adobe wrote the other way round are turned back; what a PDF cannot hold is no picture', async () => {
  const { start, quantization, huffman, scan, data, end } = jpegParts()
  const frame = (components: number, bits = 8) =>
    jpegSegment(
      0xc0,
      Buffer.from([
        bits,
        0,
        8,
        0,
        8,
        components,
        ...Array.from({ length: components }, (_, at) => [at, 0x11, 0]).flat(),
      ]),
    )
  const adobe = jpegSegment(0xee, Buffer.concat([Buffer.from('Adobe', 'latin1'), Buffer.of(0, 100, 0, 0, 0, 0, 2)]))
  const jpeg = (...parts: Buffer[]) => Buffer.concat([start, ...parts, quantization, huffman, scan, data, end])
  expect(madeOf(await readPicture(jpeg(adobe, frame(4)))).picture.entries).toContain('/Decode[1 0 1 0 1 0 1 0]')
  expect(madeOf(await readPicture(jpeg(frame(4)))).picture.entries).not.toContain('/Decode')
  expect(await readPicture(jpeg(frame(2)))).toEqual({ ok: false, problem: 'unknown_type' })
  expect(await readPicture(jpeg(frame(3, 12)))).toEqual({ ok: false, problem: 'unknown_type' })
})

/** A red corner above on the left, a green one beside it, a blue one below; the rest is grey. */
function corners(): Buffer {
  const png = new PNG({ width: 30, height: 20, colorType: 2 })
  for (let at = 0; at < 600; at++) {
    const [x, y] = [at % 30, Math.floor(at / 30)]
    const colour = y < 10 ? (x < 15 ? [255, 0, 0] : [0, 255, 0]) : x < 15 ? [0, 0, 255] : [128, 128, 128]
    png.data.set([...colour, 255], at * 4)
  }
  return PNG.sync.write(png, { colorType: 2, inputHasAlpha: true })
}

test.each<[Turn, string]>([
  [1, 'rgb.'],
  [2, 'gr.b'],
  [3, '.bgr'],
  [4, 'b.rg'],
  [5, 'rbg.'],
  [6, 'br.g'],
  [7, '.gbr'],
  [8, 'g.rb'],
])('a picture held in way %d stands upright on its page', async (turn, expected) => {
  const { picture, bytes } = madeOf(await readPicture(corners()))
  const { width, height, data } = PNG.sync.read(lastPagePng(pdfOf([{ picture: { ...picture, turn }, bytes }]), 1))
  const isHigh = turn > 4
  const [w, h] = isHigh ? [0.42, 0.6] : [0.8, 0.34]
  const colourAt = (right: number, down: number) => {
    const x = Math.round(width * (0.5 + right * w * 0.5))
    const y = Math.round(height * (0.5 + down * h * 0.5))
    const [red = 0, green = 0, blue = 0] = data.subarray((y * width + x) * 4)
    return red > 200 && green < 60 ? 'r' : green > 200 && red < 60 ? 'g' : blue > 200 && red < 60 ? 'b' : '.'
  }
  const q = 0.5
  const shown = [colourAt(-q, -q), colourAt(q, -q), colourAt(-q, q), colourAt(q, q)].join('')
  expect(shown).toBe(expected)
})

/** A PNG of rows of arbitrary bytes, each filtered in another way. */
function arbitraryPng({ depth, colour, interlace }: { depth: number; colour: number; interlace: number }): Buffer {
  const [width, height] = [13, 11]
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colour] ?? 1
  const steps = interlace === 0 ? [[0, 0, 1, 1]] : adam7
  let seed = depth * 31 + colour
  const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648) >> 8
  const rows: number[] = []
  for (const [x = 0, y = 0, dx = 1, dy = 1] of steps) {
    const [columns, lines] = [Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)]
    if (columns === 0) continue
    for (let line = 0; line < lines; line++)
      rows.push(line % 5, ...Array.from({ length: Math.ceil((columns * channels * depth) / 8) }, () => next() & 255))
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([depth, colour, 0, 0, interlace], 8)
  const palette = Buffer.from(Array.from({ length: 3 * 2 ** Math.min(depth, 8) }, () => next() & 255))
  const clear = colour === 3 ? Buffer.of(0, 128) : colour === 0 ? Buffer.of(0, 1) : Buffer.of(0, 1, 0, 2, 0, 3)
  return Buffer.concat([
    pngSignature,
    pngChunk('IHDR', header),
    ...(colour === 3 ? [pngChunk('PLTE', palette)] : []),
    ...(colour < 4 ? [pngChunk('tRNS', clear)] : []),
    pngChunk('IDAT', deflateSync(Buffer.from(rows))),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
]

const forms = [
  ...[1, 2, 4, 8, 16].map((depth) => ({ colour: 0, depth })),
  ...[1, 2, 4, 8].map((depth) => ({ colour: 3, depth })),
  ...[2, 4, 6].flatMap((colour) => [8, 16].map((depth) => ({ colour, depth }))),
].flatMap((form) => [0, 1].map((interlace) => ({ ...form, interlace })))

test.each(forms)('a PNG that no PDF may hold is drawn on white as others read it: %j', async (form) => {
  const photo = arbitraryPng(form)
  const { picture, bytes } = madeOf(await readPicture(photo))
  // as a PNG of its own it is what another reader makes of the first
  const again = PNG.sync.read(
    Buffer.concat([
      pngSignature,
      pngHeader(picture, { colour: 2 }),
      pngChunk('IDAT', bytes),
      pngChunk('IEND', Buffer.alloc(0)),
    ]),
  )
  const wanted = PNG.sync.read(photo)
  let differs = 0
  for (let at = 0; at < wanted.data.length; at += 4) {
    const alpha = (wanted.data[at + 3] ?? 0) / 255
    for (let one = 0; one < 3; one++) {
      const value = 255 - (255 - (wanted.data[at + one] ?? 0)) * alpha
      differs = Math.max(differs, Math.abs(value - (again.data[at + one] ?? 0)))
    }
  }
  expect(differs).toBeLessThan(2)
})

test('a PNG without transparency is held as it was packed', async () => {
  const { picture, bytes } = madeOf(await readPicture(samplePng()))
  expect(bytes.equals(deflateSync(Buffer.alloc(72)))).toBe(true)
  expect(picture.entries).toContain('/Predictor 15')
  const palette = pngChunk('PLTE', Buffer.from('0a141e28323c', 'hex'))
  const indexed = Buffer.concat([
    pngSignature,
    pngHeader({ width: 8, height: 8 }, { colour: 3 }),
    palette,
    pngChunk('IDAT', deflateSync(Buffer.alloc(72))),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
  const made = madeOf(await readPicture(indexed))
  expect(made.picture.entries).toContain('[/Indexed/DeviceRGB 1<0a141e28323c>]')
  const report = qpdfReport(pdfOf([{ picture, bytes }, made])).join('\n')
  expect(report).toContain('No syntax or stream encoding errors')
})

test('a PNG whose rows are filtered in no known way, or that has no palette, is damaged', async () => {
  const strange = Buffer.concat([
    pngSignature,
    pngHeader({ width: 8, height: 1 }, { colour: 4 }),
    pngChunk('IDAT', deflateSync(Buffer.concat([Buffer.of(5), Buffer.alloc(16)]))),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
  const bare = Buffer.concat([
    pngSignature,
    pngHeader({ width: 8, height: 8 }, { colour: 3 }),
    pngChunk('IDAT', deflateSync(Buffer.alloc(72))),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
  for (const bytes of [strange, bare]) expect(await readPicture(bytes)).toEqual({ ok: false, problem: 'damaged' })
})
