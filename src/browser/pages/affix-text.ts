import type { Primitives } from '../../base/primitives.ts'
import { suggestFrom, type Suggestions } from '../../client/suggestions.ts'
import type { DocumentFacts } from '../../stamp/pdf/document-facts.ts'
import { lookUnderStamp, type PlacementWarning } from '../../stamp/pdf/under-stamp.ts'
import type { Placement } from '../../stamp/recipe.ts'

// What the worker loads to read a document's words. None of it is needed to go on.

type Read = { original: Uint8Array; document: DocumentFacts; primitives: Primitives; password?: string }

/** What the document says of itself. */
export function readSuggestions(read: Read, fileName: string): Suggestions {
  return suggestFrom({ ...read, fileName })
}

/** What a stamp would cover there. */
export function readUnderStamp({ original, primitives, password }: Read, placement: Placement): PlacementWarning[] {
  return lookUnderStamp({ original, placement, primitives, password })
}
