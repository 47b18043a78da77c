import { nodePrimitives } from '../base/primitives-node.ts'
import type { Database } from '../database/database.ts'
import { type Artwork, readArtwork } from '../stamp/picture/artwork.ts'

/** Keeps an artwork for ever; keeping it again is harmless. */
export async function keepArtwork(database: Database, artwork: Artwork): Promise<void> {
  await database.sql`
    insert into artworks (sha256, drawing, created_at)
    values (${Buffer.from(artwork.sha256, 'hex')}, ${artwork.text}, database_now()) on conflict do nothing`
}

/** The artwork of this hash (64 lower-case hex); undefined where this service never had it. */
export async function findArtwork({ sql }: Pick<Database, 'sql'>, sha256: string): Promise<Artwork | undefined> {
  const [row] = await sql<{ drawing: string }[]>`
    select drawing from artworks where sha256 = ${Buffer.from(sha256, 'hex')}`
  return row && readArtwork(row.drawing, nodePrimitives)
}
