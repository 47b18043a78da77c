import { photosToPdf, readPhoto } from './photo-pdf.ts'

/** Whether a file is a picture, which becomes a page. */
export const isPhoto = ({ type }: File): boolean => type === 'image/jpeg' || type === 'image/png'

/** The photos as one PDF, in this order. Undefined where one cannot be read. */
export async function pdfOfPhotos(photos: readonly File[]): Promise<File | undefined> {
  const name = photos[0]?.name.replace(/(?:\.[^.]*)?$/, '.pdf') ?? 'foto.pdf'
  try {
    const pages = []
    // one after another: a phone has room for one large picture
    for (const photo of photos) pages.push(await readPhoto(photo))
    return new File([photosToPdf(pages)], name, { type: 'application/pdf' })
  } catch {
    return undefined
  }
}
