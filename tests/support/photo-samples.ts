import { deflateSync, crc32 } from 'node:zlib'

/** A segment of JPEG: its marker, its length, its body. */
export function jpegSegment(marker: number, body: Uint8Array): Buffer {
  const head = Buffer.of(0xff, marker, 0, 0)
  head.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([head, body])
}

/** A frame header of one grey component. */
export function jpegFrame(size: { width: number; height: number }, marker = 0xc0): Buffer {
  const body = Buffer.of(8, 0, 0, 0, 0, 1, 1, 0x11, 0)
  body.writeUInt16BE(size.height, 1)
  body.writeUInt16BE(size.width, 3)
  return jpegSegment(marker, body)
}

/** The parts of a grey JPEG of 8 by 8 pixels (ITU-T T.81), to be put together as it is or with others between them. */
export function jpegParts() {
  const table = (kind: number) => Buffer.concat([Buffer.of(kind, 1), Buffer.alloc(15), Buffer.of(0)])
  return {
    start: Buffer.of(0xff, 0xd8),
    quantization: jpegSegment(0xdb, Buffer.concat([Buffer.of(0), Buffer.alloc(64, 1)])),
    frame: jpegFrame({ width: 8, height: 8 }),
    huffman: jpegSegment(0xc4, Buffer.concat([table(0x00), table(0x10)])),
    scan: jpegSegment(0xda, Buffer.of(1, 1, 0, 0, 63, 0)),
    // the mean's difference is of no bits, then comes the end of the block; the rest of the byte is ones
    data: Buffer.of(0b0011_1111),
    end: Buffer.of(0xff, 0xd9),
  }
}

/** A whole JPEG; `between`: segments that stand behind its start. */
export function sampleJpeg(between: readonly Uint8Array[] = []): Buffer {
  const { start, ...rest } = jpegParts()
  return Buffer.concat([start, ...between, ...Object.values(rest)])
}

/** A chunk of PNG with its CRC. */
export function pngChunk(type: string, data: Uint8Array): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(data.length)
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([head, body, check])
}

/** A header of 8 bits a channel, grey where `colour` is not given. */
export function pngHeader(size: { width: number; height: number }, more: { colour?: number; interlace?: number } = {}) {
  const data = Buffer.alloc(13)
  data.writeUInt32BE(size.width, 0)
  data.writeUInt32BE(size.height, 4)
  data.set([8, more.colour ?? 0, 0, 0, more.interlace ?? 0], 8)
  return pngChunk('IHDR', data)
}

export const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/** A grey PNG of 8 by 8 pixels; `between`: chunks that stand behind its header. */
export function samplePng(between: readonly Uint8Array[] = [], rows: Uint8Array = Buffer.alloc(8 * 9)): Buffer {
  const picture = pngChunk('IDAT', deflateSync(rows))
  const end = pngChunk('IEND', Buffer.alloc(0))
  return Buffer.concat([pngSignature, pngHeader({ width: 8, height: 8 }), ...between, picture, end])
}

/** The Exif of a JPEG that says nothing but how the camera was held, 1 to 8. */
export function exifTurn(turn: number): Buffer {
  const tiff = Buffer.from(`4d4d002a0000000800010112000300000001000${turn}000000000000`, 'hex')
  return jpegSegment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]))
}
