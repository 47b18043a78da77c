import { refusedPhoto, type Stripped } from './photo-types.ts'
import { stripJpeg } from './strip-jpeg.ts'
import { stripPng } from './strip-png.ts'

/**
 * Takes a picture to pieces and puts together those that draw it. What the sender calls it counts for nothing: its bytes say whether it is
 * JPEG or PNG. Pixels are not decoded, so whoever shows it says the type and lets nobody guess another.
 */
export async function stripPhoto(bytes: Buffer): Promise<Stripped> {
  if (bytes.subarray(0, 3).equals(Buffer.of(0xff, 0xd8, 0xff))) return stripJpeg(bytes)
  if (bytes.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))) return stripPng(bytes)
  return refusedPhoto('unknown_type')
}
