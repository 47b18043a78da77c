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

/** Our core with the copy that gives one whole file, as the others do. */
export function openOwnCore(materials: Materials, pictureOf = materials.drawPicture): Contender {
  const makeTail = openTailMaker(materials, pictureOf)
  return async (original, count) => Buffer.concat([original, await makeTail(original, count)])
}
