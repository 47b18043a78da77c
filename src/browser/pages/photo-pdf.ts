import { concatBytes } from '../../base/bytes.ts'
import { jpegEntries, photoSheets } from '../../base/photo-sheets.ts'

/** A picture as JPEG, with its size in pixels. */
export type Photo = { jpeg: Uint8Array; width: number; height: number }

/** Three hundred dots an inch on A4: finer is not read any better and takes much more room. */
const pixelsMax = 3300
const jpegQuality = 0.85

/** A PDF of A4 pages, one photo on each, upright and as large as it fits. */
export function photosToPdf(photos: readonly Photo[]): Uint8Array<ArrayBuffer> {
  const pictures = photos.map(
    ({ jpeg, ...size }) => ({ ...size, turn: 1, entries: jpegEntries, length: jpeg.length }) as const,
  )
  const pieces = [...photoSheets(pictures)].map((piece) =>
    'bytes' in piece ? piece.bytes : photos[piece.picture]?.jpeg,
  )
  return concatBytes(pieces.filter((piece) => piece !== undefined))
}

/** A picture file as JPEG: upright as the camera meant it, and no finer than print needs. Rejects for what the browser cannot read. */
export async function readPhoto(file: Blob): Promise<Photo> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' })
  const scale = Math.min(1, pixelsMax / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('no canvas')
  // a picture with holes lies on paper
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', jpegQuality))
  if (blob === null) throw new Error('no JPEG')
  return { jpeg: new Uint8Array(await blob.arrayBuffer()), width: canvas.width, height: canvas.height }
}
