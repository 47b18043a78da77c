import { fromHex } from '../../src/base/bytes.ts'
import { nodePrimitives } from '../../src/base/primitives-node.ts'
import { embed } from '../../src/stamp/pdf/embed.ts'
import { place } from '../../src/stamp/pdf/place.ts'
import type { Recipe } from '../../src/stamp/recipe.ts'
import { benchRecipe } from '../bench-recipe.ts'
import type { Contender, Materials } from './contender.ts'

const noValidation = { certs: [], ocsps: [], crls: [] }

/** Our core: what follows the original, which is what it promises to make. `pictureOf` draws the picture or hands it in. */
export function openTailMaker(materials: Materials, pictureOf = materials.drawPicture): Contender {
  const [left, bottom, right, top] = materials.box
  const placement = { page: 1, left, bottom, width: right - left, height: top - bottom, unit: 'pt' } as const
  // the digest of the original is the recipe's and comes with it: a file is hashed by `place`, as in the service
  let first: { original: Uint8Array; recipe: Recipe } | undefined
  return (original, count) => {
    const serial = materials.serialOf(count)
    if (first?.original !== original)
      first = { original, recipe: benchRecipe(original, materials, { serial, placement, specimen: false }) }
    const recipe: Recipe = {
      ...first.recipe,
      serial,
      reason: `[${serial}] Surat Pernyataan`,
      checkUrl: `https://meterai.example/cek/${serial}`,
    }
    const placed = place({ original, recipe, picture: pictureOf(count), primitives: nodePrimitives })
    if (!placed.ok) throw new Error(`refused: ${JSON.stringify(placed.refusal)}`)
    const { prepared } = placed
    const cms = materials.containerOver(fromHex(prepared.digest), serial)
    return embed({ original, prepared, recipe, cms, validation: noValidation, primitives: nodePrimitives }).tail
  }
}

/** What a tail may come to: picture, field and the room of a signature. */
const tailRoomBytes = 1024 * 1024

/**
 * Our core with the copy that gives one whole file, as the others do; into memory taken once, which a tail leaves to its
 * caller. A file is good until the next one is stamped.
 */
export function openOwnCore(materials: Materials, pictureOf = materials.drawPicture): Contender {
  const makeTail = openTailMaker(materials, pictureOf)
  let room = new Uint8Array(0)
  return async (original, count) => {
    const tail = await makeTail(original, count)
    const length = original.length + tail.length
    if (room.length < length) room = new Uint8Array(original.length + tailRoomBytes)
    room.set(original)
    room.set(tail, original.length)
    return room.subarray(0, length)
  }
}
