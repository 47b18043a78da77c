import { join } from 'node:path'
import { fromHex } from '../../src/base/bytes.ts'
import { nodePrimitives } from '../../src/base/primitives-node.ts'
import { openAuthority } from '../../src/signing/authority.ts'
import { openStampSigner } from '../../src/signing/stamp-signer.ts'
import { type KeyAlgorithm, keyAlgorithms } from '../../src/stamp/cms/algorithms.ts'
import { containerForm } from '../../src/stamp/cms/container.ts'
import { parseSignedData } from '../../src/stamp/cms/signed-data.ts'
import { embed } from '../../src/stamp/pdf/embed.ts'
import { place } from '../../src/stamp/pdf/place.ts'
import { stampPicture } from '../../src/stamp/picture/picture.ts'
import type { ValidationData } from '../../src/stamp/recipe.ts'
import { benchRecipe, benchSerial } from '../bench-recipe.ts'
import { benchDocument } from './document.ts'

/** Bytes that one stamp adds to a file, and those of its CMS alone. */
export type Added = { key: KeyAlgorithm; profile: 'B-B' | 'B-T' | 'B-LT'; addedBytes: number; cmsBytes: number }

const noValidation: ValidationData = { certs: [], ocsps: [], crls: [] }
/** As signers do: a quarter more than the CMS takes, in whole steps. */
const roomFor = (cms: Uint8Array) => Math.ceil((cms.length * 1.25) / 256) * 256

/** What a stamp adds in each profile with each kind of key; makes authorities in the folder. */
export async function measureAdded(folder: string): Promise<Added[]> {
  const rows: Added[] = []
  for (const key of keyAlgorithms) rows.push(...(await measureKey(join(folder, `added-${key}`), key)))
  return rows
}

async function measureKey(folder: string, key: KeyAlgorithm): Promise<Added[]> {
  const authority = await openAuthority(folder, { keyAlgorithm: key })
  const signer = await openStampSigner({ authority })
  const original = benchDocument(100_000)
  const serial = benchSerial(1)
  const placement = { page: 1, left: 36, bottom: 36, width: 100, height: 100, unit: 'pt' } as const
  const add = (cms: Uint8Array, room: number, validation = noValidation): number => {
    const recipe = benchRecipe(original, { ...signer, contentsBytes: room }, { serial, placement })
    const placed = place({ original, recipe, picture: stampPicture(recipe), primitives: nodePrimitives })
    if (!placed.ok) throw new Error(`refused: ${JSON.stringify(placed.refusal)}`)
    return embed({ original, prepared: placed.prepared, recipe, cms, validation, primitives: nodePrimitives }).tail
      .length
  }
  // lengths are all that counts here, so any digest will do
  const digest = '0'.repeat(64)
  const cms = await signer.sign({ digest, serial })
  const [own] = parseSignedData(cms).signers
  const { certificates } = parseSignedData(cms)
  const form = containerForm({ certificates, keyAlgorithm: key, primitives: nodePrimitives })
  const attributes = form.attributes(fromHex(digest), serial)
  const bare = form.assemble({ attributes, signature: own?.signature ?? new Uint8Array(0) })
  const validation = await signer.validation()
  return [
    { key, profile: 'B-B', addedBytes: add(bare, roomFor(bare)), cmsBytes: bare.length },
    { key, profile: 'B-T', addedBytes: add(cms, signer.contentsBytes), cmsBytes: cms.length },
    { key, profile: 'B-LT', addedBytes: add(cms, signer.contentsBytes, validation), cmsBytes: cms.length },
  ]
}
