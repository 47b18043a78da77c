import type { Primitives } from '../base/primitives.ts'
import type { Refusal } from '../errors.ts'
import { type Artwork, readArtwork } from '../stamp/picture/artwork.ts'
import type { Recipe } from '../stamp/recipe.ts'
import { AnswerError, fieldsOf, textOf } from './json-fields.ts'
import { callService, type Connection } from './transport.ts'

/** The artwork that a recipe names; undefined where it names none. Throws AnswerError when the service gives another. */
export async function fetchArtwork(
  connection: Connection,
  { artworkSha256 }: Pick<Recipe, 'artworkSha256'>,
  primitives: Pick<Primitives, 'hash'>,
): Promise<{ ok: true; artwork: Artwork | undefined } | { ok: false; refusal: Refusal }> {
  if (artworkSha256 === null) return { ok: true, artwork: undefined }
  const called = await callService(connection, { method: 'GET', path: `/v1/artworks/${artworkSha256}` })
  if (!called.ok) return called
  const artwork = readArtwork(textOf(fieldsOf(called.answer.json, 'artwork'), 'text'), primitives)
  if (artwork.sha256 !== artworkSha256)
    throw new AnswerError(`the artwork has the hash ${artwork.sha256}, not ${artworkSha256}`)
  return { ok: true, artwork }
}
