import { createInflate, crc32 } from 'node:zlib'
import { photoPixelsMax, photoUnpackedBytesMax, pngChunksMax } from '../../limits/people.ts'
import { refusedPhoto, type Stripped } from './photo-types.ts'

// PNG, ISO/IEC 15948: a signature, then chunks of length, type, data and CRC; IHDR first, IEND last.

const signatureLength = 8
/** Chunks that draw: all critical ones, and the one that says what is transparent. */
const drawing = ['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']
/** Samples of a pixel, by the type of colour in the header. */
export const channelsOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** Adam7: seven small pictures of every eighth, fourth, second pixel; where each begins, and how far its pixels lie apart. */
export const interlacePasses = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const
/** How many of so many pixels a pass has. */
export const countOf = (length: number, from: number, step: number): number =>
  Math.max(0, Math.ceil((length - from) / step))

type Chunk = { type: string; data: Buffer; whole: Buffer }

/** A PNG of its drawing chunks alone. Its data is unpacked once, piece by piece, to see that it is the picture's and no more. */
export async function stripPng(bytes: Buffer): Promise<Stripped> {
  const chunks: Chunk[] = []
  let at = signatureLength
  while (chunks.at(-1)?.type !== 'IEND') {
    const chunk = chunkAt(bytes, at)
    if (chunk === undefined) return refusedPhoto('damaged')
    if (chunks.length === pngChunksMax) return refusedPhoto('unexpected_data')
    chunks.push(chunk)
    at += chunk.whole.length
  }
  // what stands behind the end draws nothing and is cut off
  if (chunks.at(-1)?.data.length !== 0) return refusedPhoto('unexpected_data')
  // A critical chunk begins with a capital letter: without it the picture cannot be drawn.
  const isForeign = ({ type }: Chunk) => /^[A-Z]/.test(type) && !drawing.includes(type)
  const [header] = chunks
  const isOnce = (type: string) => chunks.filter((chunk) => chunk.type === type).length <= 1
  if (header?.type !== 'IHDR' || header.data.length !== 13) return refusedPhoto('damaged')
  if (chunks.some(isForeign) || !['IHDR', 'PLTE', 'tRNS'].every(isOnce)) return refusedPhoto('unexpected_data')
  if (chunks.some(({ type, data }) => (type === 'PLTE' || type === 'tRNS') && data.length > 768))
    return refusedPhoto('unexpected_data')

  const picture = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data))
  const size = pictureSize(header.data)
  if (size === undefined) return refusedPhoto('damaged')
  if (size.pixels > photoPixelsMax || size.bytes > photoUnpackedBytesMax) return refusedPhoto('too_many_pixels')
  const problem = await unpackProblem(picture, size.bytes)
  if (problem !== undefined) return refusedPhoto(problem)
  const kept = chunks.filter(({ type }) => drawing.includes(type)).map(({ whole }) => whole)
  return { ok: true, type: 'image/png', bytes: Buffer.concat([bytes.subarray(0, signatureLength), ...kept]) }
}

function chunkAt(bytes: Buffer, at: number): Chunk | undefined {
  if (at + 12 > bytes.length) return undefined
  const end = at + 12 + bytes.readUInt32BE(at)
  if (end > bytes.length) return undefined
  const type = bytes.subarray(at + 4, at + 8).toString('latin1')
  if (!/^[A-Za-z]{4}$/.test(type)) return undefined
  if (crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4)) return undefined
  return { type, data: bytes.subarray(at + 8, end - 4), whole: bytes.subarray(at, end) }
}

/** Pixels, and bytes of all rows unpacked, each with the byte of its filter; undefined where the header is not of a known form. */
function pictureSize(header: Buffer): { pixels: number; bytes: number } | undefined {
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const [depth = 0, colour = 0, compression, filter, interlace] = header.subarray(8)
  const channels = channelsOf[colour]
  const isKnown = [1, 2, 4, 8, 16].includes(depth) && compression === 0 && filter === 0
  if (channels === undefined || !isKnown || width === 0 || height === 0) return undefined
  const rows = (columns: number, count: number) =>
    columns === 0 ? 0 : count * (1 + Math.ceil((columns * channels * depth) / 8))
  if (interlace === 0) return { pixels: width * height, bytes: rows(width, height) }
  if (interlace !== 1) return undefined
  const bytes = interlacePasses.map(([x, y, dx, dy]) => rows(countOf(width, x, dx), countOf(height, y, dy)))
  return { pixels: width * height, bytes: bytes.reduce((sum, pass) => sum + pass, 0) }
}

/** Unpacks and counts, keeps nothing and stops at the first byte too many: a bomb costs what a picture of its size may cost. */
async function unpackProblem(packed: Buffer, expected: number): Promise<'damaged' | 'unexpected_data' | undefined> {
  const inflate = createInflate()
  let unpacked = 0
  inflate.end(packed)
  try {
    for await (const piece of inflate) {
      if (piece instanceof Buffer) unpacked += piece.length
      if (unpacked > expected) return 'unexpected_data'
    }
  } catch {
    return 'damaged'
  }
  if (inflate.bytesWritten !== packed.length) return 'unexpected_data'
  return unpacked === expected ? undefined : 'damaged'
}
