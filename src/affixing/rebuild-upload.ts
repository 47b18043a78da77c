import { readFile, rm } from 'node:fs/promises'
import { publicId } from '../base/ids.ts'
import type { Blobs } from '../blobs/blobs.ts'
import type { Refusal } from '../errors.ts'
import { affixingJson } from './affixing-json.ts'
import { findAffixing, type Affixing } from './affixing.ts'
import type { AffixingParts } from './affixing-parts.ts'
import type { PdfWorker } from './pdf-worker.ts'
import { showArtwork } from './stamping-host.ts'

/**
 * The stamped copy again, byte for byte, for somebody whose browser cannot make it: from the original they send (at `originalPath`,
 * deleted afterwards) and the stored signature. Nothing is kept or charged. Refuses what `rebuildDocument` does, and `not_found`.
 */
export async function rebuildUpload(
  parts: { affixing: AffixingParts; blobs: Blobs; worker: PdfWorker },
  asked: { accountId: string; id: string; originalPath: string },
): Promise<{ ok: true; affixing: Affixing; document: Uint8Array } | { ok: false; refusal: Refusal }> {
  const { originalPath } = asked
  const outputPath = parts.blobs.temporaryPath()
  try {
    const found = await findAffixing(parts.affixing.database.sql, asked)
    if (found === undefined)
      return { ok: false, refusal: { code: 'not_found', values: { id: publicId('affixing', asked.id) } } }
    const { affixing, signature } = found
    const job = { kind: 'rebuild', originalPath, outputPath, affixing: affixingJson(affixing, signature) } as const
    const outcome = await parts.worker.run(job, artworkHost(parts.affixing))
    if (outcome.ok) return { ok: true, affixing, document: await readFile(outputPath) }
    return 'refusal' in outcome ? outcome : { ok: false, refusal: { code: 'too_complex' } }
  } finally {
    await Promise.all([rm(originalPath, { force: true }), rm(outputPath, { force: true })])
  }
}

/** Rebuilding asks for the artwork of its recipe and for nothing else. */
function artworkHost(affixing: AffixingParts) {
  return {
    request: ({ path }: { path: string }) => {
      const artwork = /^\/v1\/artworks\/([0-9a-f]{64})$/.exec(path)?.[1]
      return artwork === undefined
        ? Promise.reject(new Error(`rebuilding asked for ${path}`))
        : showArtwork(affixing, artwork)
    },
    prepared: () => Promise.reject(new Error('rebuilding prepares nothing')),
  }
}
