import { deflateSync, inflateSync } from 'node:zlib'
import { jpegEntries, type Picture, type Turn } from '../../base/photo-sheets.ts'
import { refusedPhoto, type PhotoProblem } from '../../identity/photos/photo-types.ts'
import { stripPhoto } from '../../identity/photos/strip-photo.ts'
import { drawPng, type UnpackedPng } from './draw-png.ts'

/** A photo as a page's picture, and its bytes there; or why it cannot become one. */
export type ReadPicture = { ok: true; picture: Picture; bytes: Buffer } | { ok: false; problem: PhotoProblem }

/**
 * A JPEG stays as it is, but for what does not draw it; so do the packed rows of a PNG that a PDF may hold. Other PNGs (with transparency, interlaced,
 * of 16 bits) are drawn on white and packed anew. Nothing is lost either way.
 */
export async function readPicture(photo: Buffer): Promise<ReadPicture> {
  const stripped = await stripPhoto(photo)
  if (!stripped.ok) return stripped
  return stripped.type === 'image/jpeg' ? jpegPicture(stripped.bytes) : pngPicture(stripped.bytes)
}

/** Its segments were proven when it was stripped; Exif says nothing but how the camera was held. */
function jpegPicture(bytes: Buffer): ReadPicture {
  let turn: Turn = 1
  let isAdobe = false
  for (let at = 2; at + 4 <= bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes[at + 1] ?? 0
    const body = bytes.subarray(at + 4, at + 2 + bytes.readUInt16BE(at + 2))
    if (marker === 0xe1) turn = turns.find((one) => one === body[exifTurn]) ?? 1
    isAdobe ||= marker === 0xee
    if (marker < 0xc0 || marker > 0xc2) continue
    const entries = jpegColours(body[5] ?? 0, isAdobe)
    // PDF knows JPEGs of 8 bits (ISO 32000-1 7.4.8)
    if (entries === undefined || body[0] !== 8) return refusedPhoto('unknown_type')
    const picture = { width: body.readUInt16BE(3), height: body.readUInt16BE(1), turn, entries, length: bytes.length }
    return { ok: true, picture, bytes }
  }
  return refusedPhoto('damaged')
}

/** Where the stripper's Exif says it: behind its name, the head of TIFF and of the only entry. */
const exifTurn = 6 + 19
const turns: readonly Turn[] = [1, 2, 3, 4, 5, 6, 7, 8]

/** By the number of its components. Adobe writes the four of print the other way round. */
function jpegColours(components: number, isAdobe: boolean): string | undefined {
  if (components === 1) return jpegEntries.replace('RGB', 'Gray')
  if (components === 3) return jpegEntries
  if (components === 4) return jpegEntries.replace('RGB', 'CMYK') + (isAdobe ? '/Decode[1 0 1 0 1 0 1 0]' : '')
  return undefined
}

/** Its chunks and the length of its rows were proven when it was stripped. */
function pngPicture(bytes: Buffer): ReadPicture {
  const chunks = new Map<string, Buffer[]>()
  for (let at = 8; at + 8 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const type = bytes.subarray(at + 4, at + 8).toString('latin1')
    const data = bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at))
    chunks.set(type, [...(chunks.get(type) ?? []), data])
  }
  const chunk = (type: string) => Buffer.concat(chunks.get(type) ?? [])
  const [header, palette, transparent, packed] = [chunk('IHDR'), chunk('PLTE'), chunk('tRNS'), chunk('IDAT')]
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const [depth = 8, colour = 0] = header.subarray(8)
  const isInterlaced = header[12] === 1
  const isTold = colour !== 3 || (palette.length > 0 && palette.length % 3 === 0 && palette.length <= 3 * 2 ** depth)
  if (!isTold || (colour === 3 && depth === 16)) return refusedPhoto('damaged')
  const size = { width, height, turn: 1 } as const
  if (!isInterlaced && depth <= 8 && colour < 4 && transparent.length === 0) {
    const space = pngColours(colour, palette)
    const entries = `/ColorSpace${space}/BitsPerComponent ${depth}${packedRows({ width, depth, colours: colour === 2 ? 3 : 1 })}`
    return { ok: true, picture: { ...size, entries, length: packed.length }, bytes: packed }
  }
  return drawnPicture({ width, height, depth, colour, isInterlaced, palette, transparent, rows: inflateSync(packed) })
}

function pngColours(colour: number, palette: Buffer): string {
  if (colour === 3) return `[/Indexed/DeviceRGB ${palette.length / 3 - 1}<${palette.toString('hex')}>]`
  return colour === 2 ? '/DeviceRGB' : '/DeviceGray'
}

/** Rows as PNG packs them (ISO 32000-1 7.4.4.4). */
function packedRows({ width, depth, colours }: { width: number; depth: number; colours: number }): string {
  return `/Filter/FlateDecode/DecodeParms<</Predictor 15/Colors ${colours}/BitsPerComponent ${depth}/Columns ${width}>>`
}

function drawnPicture(png: UnpackedPng): ReadPicture {
  const { width, height } = png
  const drawn = drawPng(png)
  if (drawn === undefined) return refusedPhoto('damaged')
  const length = 1 + width * 3
  // each row as what differs from the one above, from below: what is above is still as it was
  for (let line = height - 1; line >= 0; line--) {
    const from = line * length
    drawn[from] = 2
    if (line === 0) break
    for (let at = from + 1; at < from + length; at++) drawn[at] = (drawn[at] ?? 0) - (drawn[at - length] ?? 0)
  }
  // the fastest: a photo's rows hardly get smaller by more work
  const bytes = deflateSync(drawn, { level: 1 })
  const entries = `/ColorSpace/DeviceRGB/BitsPerComponent 8${packedRows({ width, depth: 8, colours: 3 })}`
  return { ok: true, picture: { width, height, turn: 1, entries, length: bytes.length }, bytes }
}
