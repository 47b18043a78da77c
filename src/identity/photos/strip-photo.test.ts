import { deflateSync } from 'node:zlib'
import { PNG } from 'pngjs'
import { expect, test } from 'vitest'
import {
  jpegFrame,
  jpegParts,
  jpegSegment,
  pngChunk,
  pngHeader,
  pngSignature,
  sampleJpeg,
  samplePng,
} from '../../../tests/support/photo-samples.ts'
import { stripPhoto } from './strip-photo.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const problemOf = async (bytes: Buffer) => {
  const stripped = await stripPhoto(bytes)
  return stripped.ok ? 'none' : stripped.problem
}

/** Exif as a phone writes it: held upright (orientation 6), and where it stood. */
function exif(byteOrder: 'II' | 'MM'): Buffer {
  const tiff =
    byteOrder === 'MM'
      ? '4d4d002a00000008 0002 0112 0003 00000001 00060000 8825 0004 00000001 0000002a 00000000'
      : '49492a0008000000 0200 1201 0300 01000000 06000000 2588 0400 01000000 2a000000 00000000'
  return Buffer.concat([latin1('Exif\0\0'), Buffer.from(tiff.replaceAll(' ', ''), 'hex'), latin1('6.2S 106.8E')])
}

test('a JPEG keeps what draws it and loses what tells of its maker', async () => {
  const comment = jpegSegment(0xfe, latin1('Contoh A was here'))
  const profile = jpegSegment(0xe2, latin1('ICC_PROFILE\0<script>alert(1)</script>'))

  const stripped = await stripPhoto(sampleJpeg([jpegSegment(0xe0, latin1('JFIF\0')), comment, profile]))

  expect(stripped).toEqual({ ok: true, type: 'image/jpeg', bytes: sampleJpeg() })
})

test.each(['II', 'MM'] as const)('of Exif (%s) nothing stays but how the camera was held', async (byteOrder) => {
  const stripped = await stripPhoto(sampleJpeg([jpegSegment(0xe1, exif(byteOrder))]))

  const upright = jpegSegment(
    0xe1,
    Buffer.concat([latin1('Exif\0\0'), Buffer.from('4d4d002a00000008000101120003000000010006000000000000', 'hex')]),
  )
  expect(stripped).toEqual({ ok: true, type: 'image/jpeg', bytes: sampleJpeg([upright]) })
})

test('Exif that lies about its lengths is dropped with the rest', async () => {
  const lying = Buffer.concat([latin1('Exif\0\0MM\0*'), Buffer.alloc(4, 0xff), Buffer.alloc(8, 0xff)])
  expect(await stripPhoto(sampleJpeg([jpegSegment(0xe1, lying)]))).toMatchObject({ ok: true, bytes: sampleJpeg() })
})

test('how Adobe coded its colours is part of the drawing', async () => {
  const adobe = jpegSegment(0xee, Buffer.concat([latin1('Adobe'), Buffer.of(0, 100, 0, 0, 0, 0, 1)]))
  expect(await stripPhoto(sampleJpeg([adobe]))).toMatchObject({ ok: true, bytes: sampleJpeg([adobe]) })
})

const { start, quantization, frame, huffman, scan, data, end } = jpegParts()
const zip = latin1('PK\x03\x04 and so on')

test('what stands behind a picture is cut off, a moving picture of a phone or a zip', async () => {
  const video = Buffer.concat([latin1('\0\0\0\x18ftypmp42'), Buffer.alloc(100_000, 7)])
  for (const behind of [video, zip, sampleJpeg()]) {
    expect(await stripPhoto(Buffer.concat([sampleJpeg(), behind]))).toMatchObject({ ok: true, bytes: sampleJpeg() })
    expect(await stripPhoto(Buffer.concat([samplePng(), behind]))).toMatchObject({ ok: true, bytes: samplePng() })
  }
})

test.each<[string, Buffer, string]>([
  ['HTML', latin1('<!doctype html><script>alert(1)</script>'), 'unknown_type'],
  ['a zip', zip, 'unknown_type'],
  ['an SVG', latin1('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'unknown_type'],
  ['nothing', Buffer.alloc(0), 'unknown_type'],
  ['a JPEG cut off in its data', sampleJpeg().subarray(0, -2), 'damaged'],
  ['a JPEG cut off in a segment', sampleJpeg().subarray(0, 30), 'damaged'],
  ['a JPEG without a picture', Buffer.concat([start, quantization, end]), 'damaged'],
  ['a JPEG without a frame', Buffer.concat([start, quantization, scan, data, end]), 'damaged'],
  ['two frames', Buffer.concat([start, quantization, frame, frame, huffman, scan, data, end]), 'unexpected_data'],
  [
    'a table with HTML behind it',
    Buffer.concat([
      start,
      jpegSegment(0xdb, Buffer.concat([Buffer.alloc(65), latin1('<script>')])),
      frame,
      huffman,
      scan,
      data,
      end,
    ]),
    'unexpected_data',
  ],
  ['a segment nobody knows', sampleJpeg([jpegSegment(0xf0, zip)]), 'unexpected_data'],
  [
    'more pixels than anyone needs',
    Buffer.concat([start, quantization, jpegFrame({ width: 60_000, height: 60_000 }), huffman, scan, data, end]),
    'too_many_pixels',
  ],
])('%s is refused (JPEG)', async (_, bytes, problem) => {
  expect(await problemOf(bytes)).toBe(problem)
})

test('a file of countless pieces is refused before it is put together', async () => {
  const jpeg = sampleJpeg(Array.from({ length: 200_000 }, () => jpegSegment(0xdd, Buffer.of(0, 1))))
  const png = samplePng(Array.from({ length: 200_000 }, () => pngChunk('IDAT', Buffer.alloc(0))))
  expect([await problemOf(jpeg), await problemOf(png)]).toEqual(['unexpected_data', 'unexpected_data'])
})

test('a progressive JPEG has several scans', async () => {
  const progressive = Buffer.concat([
    start,
    quantization,
    jpegFrame({ width: 8, height: 8 }, 0xc2),
    huffman,
    scan,
    data,
    huffman,
    scan,
    data,
    end,
  ])
  expect(await stripPhoto(progressive)).toEqual({ ok: true, type: 'image/jpeg', bytes: progressive })
})

test('a PNG keeps what draws it and loses its texts', async () => {
  const texts = [pngChunk('tEXt', latin1('Author\0Contoh A')), pngChunk('eXIf', exif('MM')), pngChunk('zTXt', zip)]
  expect(await stripPhoto(samplePng(texts))).toEqual({ ok: true, type: 'image/png', bytes: samplePng() })
})

test.each([0, 1])('a PNG that others made passes and is the same picture (colour %d)', async (transparent) => {
  const png = new PNG({ width: 37, height: 21, colorType: transparent === 1 ? 6 : 2 })
  png.data.fill(transparent === 1 ? 0x40 : 0xff)

  const stripped = await stripPhoto(PNG.sync.write(png))

  expect(stripped.ok && PNG.sync.read(stripped.bytes).data.equals(png.data)).toBe(true)
})

test('an interlaced PNG is as long as its seven passes', async () => {
  // 8 x 8: passes of 1, 1, 2, 4, 8, 16 and 32 pixels in 1, 1, 1, 2, 2, 4 and 4 rows
  const rows = Buffer.alloc(64 + 15)
  const interlaced = (length: number) =>
    Buffer.concat([
      pngSignature,
      pngHeader({ width: 8, height: 8 }, { interlace: 1 }),
      pngChunk('IDAT', deflateSync(rows.subarray(0, length))),
      pngChunk('IEND', Buffer.alloc(0)),
    ])
  expect(await problemOf(interlaced(79))).toBe('none')
  expect(await problemOf(interlaced(78))).toBe('damaged')
})

const header = pngHeader({ width: 8, height: 8 })
const picture = pngChunk('IDAT', deflateSync(Buffer.alloc(72)))
const pngEnd = pngChunk('IEND', Buffer.alloc(0))
const wrongCheck = Buffer.from(picture)
wrongCheck[wrongCheck.length - 1] = (wrongCheck.at(-1) ?? 0) ^ 1

test.each<[string, readonly Buffer[], string]>([
  ['a zip in its end', [header, picture, pngChunk('IEND', zip)], 'unexpected_data'],
  [
    'a zip behind its packed picture',
    [header, pngChunk('IDAT', Buffer.concat([deflateSync(Buffer.alloc(72)), zip])), pngEnd],
    'unexpected_data',
  ],
  [
    'a bomb for a picture',
    [header, pngChunk('IDAT', deflateSync(Buffer.alloc(50_000_000))), pngEnd],
    'unexpected_data',
  ],
  ['a picture that ends early', [header, pngChunk('IDAT', deflateSync(Buffer.alloc(71))), pngEnd], 'damaged'],
  ['a picture that is not packed', [header, pngChunk('IDAT', zip), pngEnd], 'damaged'],
  ['a wrong check', [header, wrongCheck, pngEnd], 'damaged'],
  ['no header', [picture, pngEnd], 'damaged'],
  ['no end', [header, picture], 'damaged'],
  ['two headers', [header, header, picture, pngEnd], 'unexpected_data'],
  ['a critical chunk nobody knows', [header, pngChunk('ZIPF', zip), picture, pngEnd], 'unexpected_data'],
  ['more pixels than anyone needs', [pngHeader({ width: 60_000, height: 60_000 }), picture, pngEnd], 'too_many_pixels'],
])('a PNG with %s is refused', async (_, chunks, problem) => {
  expect(await problemOf(Buffer.concat([pngSignature, ...chunks]))).toBe(problem)
})
