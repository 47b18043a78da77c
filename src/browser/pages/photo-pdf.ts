/** A picture as JPEG, with its size in pixels. */
export type Photo = { jpeg: Uint8Array; width: number; height: number }

/** A4 in points, and the white around a photo. */
const sheet = { width: 595, height: 842, margin: 28 } as const
/** Three hundred dots an inch on A4: finer is not read any better and takes much more room. */
const pixelsMax = 3300
const jpegQuality = 0.85

/** A PDF of A4 pages, one photo on each, upright and as large as it fits. It is written whole and plain (PDF 1.4). */
export function photosToPdf(photos: readonly Photo[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const parts: Uint8Array[] = []
  const offsets: number[] = []
  let length = 0
  const put = (part: Uint8Array | string) => {
    const bytes = typeof part === 'string' ? encoder.encode(part) : part
    parts.push(bytes)
    length += bytes.length
  }
  const object = (number: number, head: string, stream?: Uint8Array) => {
    offsets[number] = length
    put(`${number} 0 obj\n${head}\n`)
    if (stream !== undefined) {
      put('stream\n')
      put(stream)
      put('\nendstream\n')
    }
    put('endobj\n')
  }
  put('%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n')
  object(1, '<</Type/Catalog/Pages 2 0 R>>')
  const kids = photos.map((_, at) => `${3 + at * 3} 0 R`).join(' ')
  object(2, `<</Type/Pages/Count ${photos.length}/Kids[${kids}]>>`)
  photos.forEach(({ jpeg, width, height }, at) => {
    const page = 3 + at * 3
    const scale = Math.min((sheet.width - 2 * sheet.margin) / width, (sheet.height - 2 * sheet.margin) / height)
    const [w, h] = [width * scale, height * scale]
    const matrix = [w, 0, 0, h, (sheet.width - w) / 2, (sheet.height - h) / 2].map((n) => n.toFixed(2)).join(' ')
    const drawing = encoder.encode(`q ${matrix} cm /P Do Q`)
    const resources = `<</XObject<</P ${page + 2} 0 R>>>>`
    const box = `[0 0 ${sheet.width} ${sheet.height}]`
    object(page, `<</Type/Page/Parent 2 0 R/MediaBox${box}/Resources${resources}/Contents ${page + 1} 0 R>>`)
    object(page + 1, `<</Length ${drawing.length}>>`, drawing)
    object(
      page + 2,
      `<</Type/XObject/Subtype/Image/Width ${width}/Height ${height}/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length ${jpeg.length}>>`,
      jpeg,
    )
  })
  const count = offsets.length
  const table = length
  const rows = offsets.slice(1).map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`)
  put(
    `xref\n0 ${count}\n0000000000 65535 f \n${rows.join('')}trailer\n<</Size ${count}/Root 1 0 R>>\nstartxref\n${table}\n%%EOF\n`,
  )
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
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
