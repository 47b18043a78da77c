import { photosToPdf, readPhoto } from './photo-pdf.ts'

/** The document that was chosen: made of photos here, so that nobody has it yet; the first of several; or the one. */
export type ChosenFile = { file: File; how: 'made' | 'first' | 'alone' }

const isPhoto = ({ type }: File) => type === 'image/jpeg' || type === 'image/png'

/** The first file, or all photos among them as one PDF in the order they were chosen. Undefined where a photo cannot be read. */
export async function chosenFile(files: readonly File[]): Promise<ChosenFile | undefined> {
  const [first] = files
  const photos = files.filter(isPhoto)
  if (first === undefined || photos.length === 0)
    return first === undefined ? undefined : { file: first, how: files.length > 1 ? 'first' : 'alone' }
  try {
    const pages = await Promise.all(photos.map(readPhoto))
    const name = first.name.replace(/\.[^.]*$/, '.pdf')
    return { file: new File([photosToPdf(pages)], name, { type: 'application/pdf' }), how: 'made' }
  } catch {
    return undefined
  }
}
