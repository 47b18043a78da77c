import { embed } from '../../src/stamp/pdf/embed.ts'
import { check } from '../../src/stamp/check/check.ts'
import { place } from '../../src/stamp/pdf/place.ts'
import { checkPlacement } from '../../src/stamp/pdf/document-facts.ts'
import { preflight } from '../../src/stamp/pdf/preflight.ts'
import { stampPicture } from '../../src/stamp/picture/picture.ts'
import { toHex } from '../../src/base/bytes.ts'
import type { VerifyPrimitives } from '../../src/base/primitives.ts'
import type { Recipe } from '../../src/stamp/recipe.ts'

/*
 * One run of the stamp core over one file, told as text. It is bundled for a browser and run in Node alike: what both tell must
 * be the same, character by character. It knows nothing of either.
 */

export type TwinOrder = {
  bytes: Uint8Array
  /** DER of the roots that `check` trusts. */
  roots: readonly Uint8Array[]
  primitives: VerifyPrimitives
}

const serial = 'SPESIMEN01XQ00000000AB'
const filler = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 7) & 255)

function recipeOf(bytes: Uint8Array, side: number, primitives: VerifyPrimitives): Recipe {
  return {
    format: 1,
    pictureVersion: 1,
    artworkSha256: null,
    sourceSha256: toHex(primitives.hash('sha256').update(bytes).digest()),
    sourceLength: bytes.length,
    placement: { page: 1, left: 0, bottom: 0, width: side, height: side, unit: 'pt' },
    documentType: 'surat-pernyataan',
    reason: `[${serial}] Surat Pernyataan`,
    location: 'Jakarta',
    serial,
    checkUrl: `https://meterai.example/cek/${serial}`,
    specimen: true,
    signedAt: '2026-11-23T13:14:00Z',
    seed: '5e'.repeat(32),
    signerKeyId: 'twin',
    contentsBytes: 2048,
    profile: 'B-LT',
  }
}

/** Each step's outcome, bytes as their SHA-256. */
export function twinRun({ bytes, roots, primitives }: TwinOrder): string[] {
  const sha256 = (part: Uint8Array) => toHex(primitives.hash('sha256').update(part).digest())
  const trust = { roots: roots.map((certificate) => ({ certificate, standing: 'specimen' as const })) }
  const read = preflight(bytes, primitives)
  const told = [`preflight ${JSON.stringify(read)}`, `check ${JSON.stringify(check(bytes, trust, primitives))}`]
  if (!read.ok) return told
  const recipe = recipeOf(bytes, 60, primitives)
  told.push(`placement ${JSON.stringify(checkPlacement(read.document, recipe.placement) ?? 'free')}`)
  const placed = place({ original: bytes, recipe, picture: stampPicture(recipe), primitives })
  if (!placed.ok) return [...told, `refused ${JSON.stringify(placed.refusal)}`]
  const { prepared } = placed
  told.push(`placed ${prepared.digest} ${prepared.byteRange.join(' ')} ${sha256(prepared.tail)}`)
  const validation = { certs: [filler(300)], ocsps: [filler(200)], crls: [filler(100)] }
  const { tail } = embed({ original: bytes, prepared, recipe, cms: filler(1500), validation, primitives })
  return [...told, `embedded ${tail.length} ${sha256(tail)}`]
}
