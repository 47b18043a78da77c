import type { Refusal } from '../errors.ts'
import type { Facts } from './affixing.ts'
import type { Prepared } from '../stamp/pdf/place.ts'
import type { Placement } from '../stamp/recipe.ts'

/** Where things lie in a prepared file: what `place` answered, without the bytes. */
export type Layout = Omit<Prepared, 'tail'>

/**
 * What the service asks of its PDF process. `stamp`: the client's part for an uploaded file, its first update written to
 * `preparedPath`. `finish`: the stamped file, made of a prepared one and its stored signature (base64 DER inside `affixing`).
 * `rebuild`: the same made of the original.
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
  | { kind: 'finish'; preparedPath: string; layout: Layout; affixing: unknown; outputPath: string }
  | { kind: 'rebuild'; originalPath: string; affixing: unknown; outputPath: string }

export type ToPdfProcess =
  | { kind: 'job'; job: PdfJob }
  | { kind: 'answer'; answer: { status: number; headers: Record<string, string>; json: unknown } }
  | { kind: 'kept' }

export type FromPdfProcess =
  | { kind: 'ready' }
  | { kind: 'request'; call: { method: string; path: string; headers?: Record<string, string>; json?: unknown } }
  | { kind: 'prepared'; layout: Layout }
  | { kind: 'done' }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'failed'; message: string }
