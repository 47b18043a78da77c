import type { Refusal } from '../errors.ts'
import type { Facts } from './affixing.ts'
import type { Placement } from '../stamp/recipe.ts'

/**
 * What the service asks of its PDF process. `stamp`: the client's part for an uploaded file, its first update written to
 * `preparedPath`. `finish`: the stamped file, made of a prepared one and its stored signature (base64 DER inside `affixing`).
 */
export type PdfJob =
  | {
      kind: 'stamp'
      originalPath: string
      preparedPath: string
      facts: Facts
      placement: Omit<Placement, 'page'> & { page: number | 'last' }
      additional: boolean
    }
  | { kind: 'finish'; preparedPath: string; layout: unknown; affixing: unknown; outputPath: string }

export type ToPdfProcess =
  | { kind: 'job'; job: PdfJob }
  | { kind: 'answer'; answer: { status: number; headers: Record<string, string>; json: unknown } }
  | { kind: 'kept' }

export type FromPdfProcess =
  | { kind: 'request'; call: { method: string; path: string; headers?: Record<string, string>; json?: unknown } }
  | { kind: 'prepared'; layout: unknown }
  | { kind: 'done' }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'failed'; message: string }
