import { keepArtwork } from '../affixing/artworks.ts'
import type { Database } from '../database/database.ts'
import { ArtworkProblem } from '../signing/artwork-problem.ts'
import { openArtwork } from '../signing/artwork.ts'
import type { Artwork } from '../stamp/picture/artwork.ts'
import { StartRefused } from './start-refused.ts'

/** The issuer's artwork, kept for ever before the first stamp shows it. */
export async function issuerArtwork(path: string, database: Database): Promise<Artwork> {
  const artwork = await openArtwork(path).catch((error: unknown) => {
    throw error instanceof ArtworkProblem ? new StartRefused(error.message) : error
  })
  await keepArtwork(database, artwork)
  return artwork
}
