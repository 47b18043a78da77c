import type { Primitives } from '../base/primitives.ts'
import type { Refusal } from '../errors.ts'
import { embed } from '../stamp/pdf/embed.ts'
import { place, type Prepared } from '../stamp/pdf/place.ts'
import type { Artwork } from '../stamp/picture/artwork.ts'
import { stampPicture } from '../stamp/picture/picture.ts'
import type { Recipe } from '../stamp/recipe.ts'
import type { Affixing } from './affixing-answer.ts'

/** The bytes to append to the original, or why there are none. */
export type Rebuilt = { ok: true; tail: Uint8Array } | { ok: false; refusal: Refusal }

/** An original with what opens it. */
export type OpenOriginal = { original: Uint8Array; primitives: Primitives; password?: string | undefined }

/** An original, and the artwork where its recipe names one: `fetchArtwork` has it. */
export type DrawnOriginal = OpenOriginal & { artwork?: Artwork | undefined }

/** The stamp of this recipe in its place, unsigned. The refusals of `place`. */
export function placeByRecipe(source: DrawnOriginal, recipe: Recipe): ReturnType<typeof place> {
  const { original, primitives, password } = source
  return place({
    original,
    recipe,
    picture: stampPicture(recipe, source.artwork),
    primitives,
    ...(password === undefined ? {} : { password }),
  })
}

/**
 * The bytes to append to the original once its affixing is signed: `prepared` is what `place` made for this affixing's
 * recipe. Throws Error when the affixing has no signature.
 */
export function finishPrepared(
  order: OpenOriginal & { prepared: Prepared; affixing: Pick<Affixing, 'id' | 'recipe' | 'signature'> },
): Uint8Array {
  const { original, prepared, affixing, primitives, password } = order
  const { recipe, signature } = affixing
  if (signature === undefined) throw new Error(`affixing ${affixing.id} has no signature to put into the document`)
  const opening = password === undefined ? {} : { password }
  return embed({ original, prepared, recipe, ...signature, primitives, ...opening }).tail
}

/**
 * The tail of the stamped file again, byte for byte, from the original and the stored affixing alone. Refusals:
 * `affixing_released`, `in_progress` while it has no signature yet, those of `place` (`file_differs`, passwords), and
 * `digest_differs` when the placed file is not the signed one.
 */
export function rebuildDocument(order: DrawnOriginal & { affixing: Affixing }): Rebuilt {
  const { affixing } = order
  const { serial, signature, recipe } = affixing
  if (affixing.state === 'released') {
    return {
      ok: false,
      refusal: { code: 'affixing_released', values: { affixingId: affixing.id, reason: affixing.releaseReason ?? '' } },
    }
  }
  if (signature === undefined)
    return { ok: false, refusal: { code: 'in_progress', values: { affixingId: affixing.id } } }
  const placed = placeByRecipe(order, recipe)
  if (!placed.ok) return placed
  const { prepared } = placed
  if (prepared.digest !== affixing.digest) return { ok: false, refusal: { code: 'digest_differs', values: { serial } } }
  return { ok: true, tail: finishPrepared({ ...order, prepared }) }
}
