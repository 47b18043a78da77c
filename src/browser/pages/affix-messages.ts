import type { DocumentDetails } from '../../client/affixing-answer.ts'
import type { Suggestions } from '../../client/suggestions.ts'
import type { Refusal } from '../../errors.ts'
import type { DocumentFacts } from '../../stamp/pdf/document-facts.ts'
import type { PlacementWarning } from '../../stamp/pdf/under-stamp.ts'
import type { Placement } from '../../stamp/recipe.ts'
import type { Way } from './fetch-transport.ts'

/** A document that was looked at: what it is, how long its stamped copy will be (bytes), its digest, and what it suggests. */
export type LookedAt = {
  document: DocumentFacts & { stampedBytes: number }
  sha256: string
  bytes: number
  suggested: Suggestions
}

/** What is asked of the worker; each with a number that its answer has too. */
export type ToAffix = { id: number } &
  /** `name`: what the file is called, where suggestions are wanted. */
  (
    | { kind: 'look'; file: Blob; name?: string; password?: string; verifier: string }
    | { kind: 'place'; placement: Placement }
    | {
        kind: 'affix'
        way: Way
        facts: DocumentDetails
        placement: Placement
        key: string
        additional: boolean
        /** What the person confirmed by PIN; undefined where nothing new is reserved, or nobody signed in. */
        authorization: string | undefined
        /** The paid order that confirms it instead. */
        intent: string | undefined
      }
    | { kind: 'rebuild'; way: Way; affixingId: string }
  )

/** A stamped copy: the bytes to append to the original, and whose they are. */
export type StampedCopy = { tail: Uint8Array<ArrayBuffer>; affixingId: string; serial: string; specimen: boolean }

/** Where an affixing stands, in a word that has a sentence: `affix.progress.<step>`. */
export type AffixStep = 'reserving' | 'placing' | 'signing' | 'waiting' | 'embedding'

/** What comes back: steps on the way, a note to keep before anything is asked of the service, then one answer. */
export type FromAffix = { id: number } & (
  | { kind: 'step'; step: AffixStep; seconds?: number }
  | { kind: 'note'; affixingId: string }
  | { kind: 'looked'; looked: LookedAt }
  | { kind: 'placed'; refusal?: Refusal; warnings: PlacementWarning[] }
  | { kind: 'stamped'; copy: StampedCopy }
  | { kind: 'refused'; refusal: Refusal }
)
