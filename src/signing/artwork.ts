import { open } from 'node:fs/promises'
import { nodePrimitives } from '../base/primitives-node.ts'
import { artworkBytesMax, artworkFileBytesMax } from '../limits/stamping.ts'
import { PdfProblem } from '../stamp/pdf/objects.ts'
import { type Artwork, artworkText, readArtwork } from '../stamp/picture/artwork.ts'
import { drawingOfPdf } from './artwork-pdf.ts'
import { ArtworkProblem, type Drawing } from './artwork-problem.ts'
import { drawingOfSvg } from './artwork-svg.ts'

/**
 * The issuer's artwork in a file: an SVG, or a PDF of one page. Throws ArtworkProblem, whose message names the file, what is
 * wrong with it and the way out.
 */
export async function openArtwork(path: string): Promise<Artwork> {
  try {
    const text = artworkText(drawingOf(await readFile(path)))
    if (text.length > artworkBytesMax)
      throw new ArtworkProblem(
        `${text.length} bytes of drawing, at most ${artworkBytesMax}: it goes into every stamp; simplify its paths`,
      )
    return readArtwork(text, nodePrimitives)
  } catch (error) {
    if (error instanceof ArtworkProblem) throw new ArtworkProblem(`The artwork ${path} has ${error.message}`)
    if (error instanceof PdfProblem) throw new ArtworkProblem(`The artwork ${path} has damage: ${error.message}`)
    throw error
  }
}

async function readFile(path: string): Promise<Uint8Array> {
  const file = await open(path).catch((error: unknown) => {
    throw new ArtworkProblem(`no file that can be read (${error instanceof Error ? error.message : String(error)})`)
  })
  try {
    const { size } = await file.stat()
    if (size > artworkFileBytesMax) throw new ArtworkProblem(`${size} bytes, at most ${artworkFileBytesMax}`)
    return new Uint8Array(await file.readFile())
  } finally {
    await file.close()
  }
}

function drawingOf(bytes: Uint8Array): Drawing {
  const start = Buffer.from(bytes.subarray(0, 1024)).toString('latin1')
  if (start.includes('%PDF-')) return drawingOfPdf(bytes, nodePrimitives)
  if (start.includes('<')) return drawingOfSvg(new TextDecoder().decode(bytes))
  throw new ArtworkProblem('neither PDF nor SVG in it')
}
