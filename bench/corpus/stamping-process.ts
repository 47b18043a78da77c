import { readFileSync, writeFileSync } from 'node:fs'
import { nodePrimitives } from '../../src/base/primitives-node.ts'
import { openAuthority } from '../../src/signing/authority.ts'
import { openStampSigner, type StampSigner } from '../../src/signing/stamp-signer.ts'
import { embed } from '../../src/stamp/pdf/embed.ts'
import { place, type Prepared } from '../../src/stamp/pdf/place.ts'
import { heldSignatures } from '../../src/stamp/check/held-signatures.ts'
import { preflight } from '../../src/stamp/pdf/preflight.ts'
import { stampPicture } from '../../src/stamp/picture/picture.ts'
import type { Placement, Recipe } from '../../src/stamp/recipe.ts'
import { benchRecipe, benchSerial } from '../bench-recipe.ts'
import { blankPage } from './blank-page.ts'
import { chooseSpot } from './spot.ts'
import { stampingOrder, type StampingOrder, type StampingResult } from './stamping-messages.ts'

// The child process that stamps one file after the other: what a hostile file does to it, it does to this process alone.

const serial = benchSerial(1)

function tell(result: StampingResult): void {
  process.send?.(result)
}

async function finish(original: Uint8Array, prepared: Prepared, recipe: Recipe): Promise<Uint8Array> {
  const cms = await signer.sign({ digest: prepared.digest, serial })
  const validation = await signer.validation()
  return embed({ original, prepared, recipe, cms, validation, primitives: nodePrimitives }).tail
}

function refused(started: number, refusal: { code: string; values?: Record<string, string | number> }): StampingResult {
  const problem = String(refusal.values?.['problem'] ?? '')
  return { kind: 'refused', ...measures(started), code: refusal.code, problem }
}

function measures(started: number): { milliseconds: number; peakKilobytes: number } {
  return { milliseconds: performance.now() - started, peakKilobytes: process.resourceUsage().maxRSS }
}

/** The same stamp at the same place of a blank page: how the stamp must look wherever it stands. */
async function stampBlank(size: { width: number; height: number }, placement: Placement): Promise<Uint8Array> {
  const original = blankPage(size)
  const recipe = benchRecipe(original, signer, { serial, placement })
  const placed = place({ original, recipe, picture: stampPicture(recipe), primitives: nodePrimitives })
  if (!placed.ok) throw new Error(`the blank page was refused: ${placed.refusal.code}`)
  return Buffer.concat([original, await finish(original, placed.prepared, recipe)])
}

async function stampFile(order: StampingOrder): Promise<StampingResult> {
  const original = readFileSync(order.original)
  const started = performance.now()
  const read = preflight(original, nodePrimitives, { verify: (bytes) => heldSignatures(bytes, nodePrimitives) })
  if (!read.ok) return refused(started, read.refusal)
  const placement = chooseSpot(read.document)
  const recipe = benchRecipe(original, signer, { serial, placement })
  const placed = place({ original, recipe, picture: stampPicture(recipe), primitives: nodePrimitives })
  if (!placed.ok) return refused(started, placed.refusal)
  const { prepared } = placed
  const tail = await finish(original, prepared, recipe)
  const measured = measures(started)
  const page = read.document.pages[0] ?? { width: 0, height: 0 }
  writeFileSync(order.stamped, Buffer.concat([original, tail]))
  writeFileSync(order.blank, await stampBlank(page, placement))
  return {
    kind: 'stamped',
    ...measured,
    page: { width: page.width, height: page.height },
    box: placement,
    signatures: read.document.signatures.length,
    warnings: read.document.warnings,
    originalBytes: original.length,
    signedEnd: prepared.byteRange[2] + prepared.byteRange[3],
    addedBytes: tail.length,
    toldBytes: read.document.stampedBytes - original.length,
  }
}

const [folder = ''] = process.argv.slice(2)
const signer: StampSigner = await openStampSigner({ authority: await openAuthority(folder) })
process.on('message', (message) => {
  // a failure ends the process: the parent reports it with what it wrote
  void stampFile(stampingOrder.parse(message)).then(tell)
})
process.on('disconnect', () => process.exit(0))
tell({ kind: 'ready' })
