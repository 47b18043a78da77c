import { jpegSegmentsMax, photoPixelsMax } from '../../limits/people.ts'
import { refusedPhoto, type PhotoProblem, type Stripped } from './photo-types.ts'

// JPEG, ITU-T T.81: SOI, segments of a marker and a length, and after each SOS entropy-coded data up to the next marker; EOI.

const markers = {
  startOfImage: 0xd8,
  endOfImage: 0xd9,
  startOfScan: 0xda,
  quantization: 0xdb,
  huffman: 0xc4,
  restart: 0xdd,
}
/** Baseline, extended and progressive, as cameras and browsers make them. */
const frames = [0xc0, 0xc1, 0xc2]
/** APP14 of Adobe says how colours are coded; without it they would come out wrong. */
const adobe = 0xee

class Unusable extends Error {
  readonly problem: PhotoProblem
  constructor(problem: PhotoProblem) {
    super(problem)
    this.problem = problem
  }
}

/** A JPEG without its application and comment segments, but for the orientation of its picture. */
export function stripJpeg(bytes: Buffer): Stripped {
  try {
    return { ok: true, type: 'image/jpeg', bytes: Buffer.concat(partsOf(bytes)) }
  } catch (error) {
    if (error instanceof Unusable) return refusedPhoto(error.problem)
    throw error
  }
}

/** The parts that draw the picture, in order. Every byte up to its end belongs to one part, or it is refused; what stands behind is cut off. */
function partsOf(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [Buffer.of(0xff, markers.startOfImage)]
  let hasFrame = false
  let scans = 0
  for (let at = 2, segments = 0; ; segments++) {
    if (segments > jpegSegmentsMax) throw new Unusable('unexpected_data')
    // A marker may have filling before it (T.81 B.1.1.2).
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++
    const marker = markerAt(bytes, at)
    if (marker === markers.endOfImage) {
      if (!hasFrame || scans === 0) throw new Unusable('damaged')
      // some phones put a moving picture behind it: it draws nothing of this one
      parts.push(Buffer.of(0xff, markers.endOfImage))
      return parts
    }
    const end = segmentEnd(bytes, at)
    const body = bytes.subarray(at + 4, end)
    if (frames.includes(marker)) {
      if (hasFrame) throw new Unusable('unexpected_data')
      hasFrame = true
    }
    if (isKept(marker, body)) parts.push(bytes.subarray(at, end))
    else if (marker === 0xe1 && parts.length === 1) {
      const orientation = orientationOf(body)
      if (orientation > 1) parts.push(orientationSegment(orientation))
    }
    at = end
    if (marker !== markers.startOfScan) continue
    if (!hasFrame) throw new Unusable('damaged')
    scans++
    const dataEnd = scanEnd(bytes, at)
    parts.push(bytes.subarray(at, dataEnd))
    at = dataEnd
  }
}

function markerAt(bytes: Buffer, at: number): number {
  const marker = bytes[at + 1]
  if (bytes[at] !== 0xff || marker === undefined) throw new Unusable('damaged')
  return marker
}

/** Where the segment that begins here ends: its length counts itself. */
function segmentEnd(bytes: Buffer, at: number): number {
  const end = at + 2 + (at + 4 <= bytes.length ? bytes.readUInt16BE(at + 2) : 0)
  if (end < at + 4 || end > bytes.length) throw new Unusable('damaged')
  return end
}

/** Entropy-coded data holds no marker but restarts; an FF of its own is followed by 00. */
function scanEnd(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 2)) {
    const next = bytes[at + 1] ?? 0
    if (next !== 0 && (next < 0xd0 || next > 0xd7)) return at
  }
  throw new Unusable('damaged')
}

/** Whether a segment draws; a segment that does is exactly as long as what it holds, so that nothing hides behind it. */
function isKept(marker: number, body: Buffer): boolean {
  if (frames.includes(marker)) return proveFrame(body)
  if (marker === markers.quantization) return proveTables(body, (table) => ((table[0] ?? 0) >> 4 === 0 ? 65 : 129))
  if (marker === markers.huffman)
    return proveTables(body, (table) => 17 + table.subarray(1, 17).reduce((sum, count) => sum + count, 0))
  if (marker === markers.startOfScan) return proveLength(body, 1 + 2 * (body[0] ?? 0) + 3)
  if (marker === markers.restart) return proveLength(body, 2)
  if (marker === adobe) return body.length === 12 && body.subarray(0, 5).toString('latin1') === 'Adobe'
  const isApplication = marker >= 0xe0 && marker <= 0xef
  if (isApplication || marker === 0xfe) return false
  throw new Unusable('unexpected_data')
}

function proveLength(body: Buffer, expected: number): true {
  if (body.length !== expected) throw new Unusable('unexpected_data')
  return true
}

function proveFrame(body: Buffer): true {
  if (body.length < 6) throw new Unusable('damaged')
  const [height, width] = [body.readUInt16BE(1), body.readUInt16BE(3)]
  if (height === 0 || width === 0) throw new Unusable('damaged')
  if (height * width > photoPixelsMax) throw new Unusable('too_many_pixels')
  return proveLength(body, 6 + 3 * (body[5] ?? 0))
}

function proveTables(body: Buffer, lengthOf: (table: Buffer) => number): true {
  let at = 0
  while (at < body.length) at += lengthOf(body.subarray(at))
  return proveLength(body, at)
}

/** How the camera was held, 1 to 8 (Exif 2.3, tag 0x112); 1 where it does not say. */
function orientationOf(body: Buffer): number {
  if (body.length < 14 || body.subarray(0, 6).toString('latin1') !== 'Exif\0\0') return 1
  const tiff = body.subarray(6)
  const isLittle = tiff.subarray(0, 2).toString('latin1') === 'II'
  const short = (at: number) => (at + 2 > tiff.length ? 0 : isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const directory = isLittle ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4)
  for (let entry = 0; entry < short(directory); entry++) {
    const at = directory + 2 + entry * 12
    if (at + 12 > tiff.length) break
    if (short(at) === 0x112) return Math.min(short(at + 8), 9) % 9 || 1
  }
  return 1
}

/** An Exif segment that says the orientation and nothing else: whoever looks at the card need not turn it. */
function orientationSegment(orientation: number): Buffer {
  const tiff = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex')
  tiff.writeUInt16BE(orientation, 18)
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff])
  const head = Buffer.of(0xff, 0xe1, 0, 0)
  head.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([head, body])
}
