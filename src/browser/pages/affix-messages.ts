import type { DocumentDetails } from '../../client/affixing-answer.ts'
import type { Suggestions } from '../../client/suggestions.ts'
import type { Refusal } from '../../errors.ts'
import type { DocumentFacts } from '../../stamp/pdf/document-facts.ts'
import type { PlacementWarning } from '../../stamp/pdf/under-stamp.ts'
import type { Placement } from '../../stamp/recipe.ts'
import type { Way } from './fetch-transport.ts'

/** A document that was looked at: what it is, and its length. */
export type LookedAt = { document: DocumentFacts; bytes: number }

/** What is known of a document before it is stamped: how long its stamped copy will be (bytes), and its digest. */
export type Foreseen = { stampedBytes: number; sha256: string }

/** Where the worker's later parts lie, each its module and what that imports: what verifies signatures, what reads text, what stamps. */
export type WorkerParts = { verifier: string; text: string; stamper: string }

/** What is asked of the worker; each with a number that its answer has too. */
export type ToAffix = { id: number } & (
  | { kind: 'look'; file: Blob; password?: string; parts: WorkerParts }
  /** `name`: what the file is called. */
  | { kind: 'suggest'; name: string }
  | { kind: 'place'; placement: Placement }
  | { kind: 'foresee' }
  | AffixOrder
  | RebuildOrder
)

export type AffixOrder = {
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

export type RebuildOrder = { kind: 'rebuild'; way: Way; affixingId: string }

/** A stamped copy: the bytes to append to the original, and whose they are. */
export type StampedCopy = { tail: Uint8Array<ArrayBuffer>; affixingId: string; serial: string; specimen: boolean }

/** Where an affixing stands, in a word that has a sentence: `affix.progress.<step>`. */
export type AffixStep = 'reserving' | 'placing' | 'signing' | 'waiting' | 'embedding'

/** What comes on the way: steps, and a note to keep before anything is asked of the service. */
export type OnTheWay = { kind: 'step'; step: AffixStep; seconds?: number } | { kind: 'note'; affixingId: string }

/** What the worker answers. */
export type Answer =
  | { kind: 'looked'; looked: LookedAt }
  | { kind: 'suggested'; suggested: Suggestions }
  | { kind: 'placed'; refusal?: Refusal; warnings: PlacementWarning[] }
  | { kind: 'foreseen'; foreseen: Foreseen }
  | { kind: 'stamped'; copy: StampedCopy }
  | { kind: 'refused'; refusal: Refusal }

/** What comes back: what is on the way, then one answer. */
export type FromAffix = { id: number } & (OnTheWay | Answer)
