import type { PhotoProblem } from '../photos/photo-types.ts'
import type { PhotoStripper } from '../photos/photo-stripper.ts'
import type { PaperType } from './paper-kinds.ts'

/** A file to be kept, by what its bytes are. */
export type PaperFile = { type: PaperType; bytes: Buffer }

/**
 * What a sent paper is, by its bytes alone: a PDF as it came, looked at no further than its first line (ISO 32000-2 7.5.2), or a picture as
 * photos are kept. Throws as the stripper does.
 */
export async function readPaper(
  photos: PhotoStripper,
  bytes: Buffer,
): Promise<({ ok: true } & PaperFile) | { ok: false; problem: PhotoProblem }> {
  const isPdf = /^%PDF-[12]\.\d/.test(bytes.subarray(0, 8).toString('latin1'))
  return isPdf ? { ok: true, type: 'application/pdf', bytes } : photos.strip(bytes)
}
