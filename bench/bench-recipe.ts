import { createHash } from 'node:crypto'
import type { Placement, Recipe } from '../src/stamp/recipe.ts'
import { serialCheckCharacter } from '../src/stamp/serial.ts'

/** A serial number of the right form, another for each count. */
export function benchSerial(count: number, specimen = true): string {
  const body = specimen
    ? `SPESIMEN01XQ${count.toString(36).toUpperCase().padStart(9, '0')}`
    : `M01XQ${count.toString(36).toUpperCase().padStart(16, '0')}`
  return body + serialCheckCharacter(body)
}

/** The recipe that a service would make for these bytes; every run gives the same one. */
export function benchRecipe(
  original: Uint8Array,
  signer: { signerKeyId: string; contentsBytes: number },
  show: { serial: string; placement: Placement; specimen?: boolean },
): Recipe {
  return {
    format: 1,
    pictureVersion: 1,
    artworkSha256: null,
    sourceSha256: createHash('sha256').update(original).digest('hex'),
    sourceLength: original.length,
    placement: show.placement,
    documentType: 'surat-pernyataan',
    reason: `[${show.serial}] Surat Pernyataan`,
    location: 'Jakarta',
    serial: show.serial,
    checkUrl: `https://meterai.example/cek/${show.serial}`,
    specimen: show.specimen ?? true,
    signedAt: '2026-11-23T13:14:00Z',
    seed: '5e'.repeat(32),
    signerKeyId: signer.signerKeyId,
    contentsBytes: signer.contentsBytes,
    profile: 'B-LT',
  }
}
