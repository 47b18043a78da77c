import type { Primitives } from '../base/primitives.ts'
import { suggestionBytesMax } from '../limits/stamping.ts'
import type { DocumentFacts } from '../stamp/pdf/document-facts.ts'
import { readLines } from '../stamp/pdf/page-text.ts'
import { guessFacts, type DocumentGuess } from './document-guess.ts'
import { findSignatureSpot } from './signature-spot.ts'
import type { StampPlace } from './stamp-places.ts'

/** What a document itself suggests: where people seem to sign it, and what it says of itself. A person always confirms it. */
export type Suggestions = { spot?: StampPlace; guess: DocumentGuess }

type Given = {
  original: Uint8Array
  document: DocumentFacts
  fileName: string
  primitives: Primitives
  password?: string | undefined
}

/** Reads the first and the last page for it. A suggestion is not worth failing for: what cannot be read suggests nothing. */
export function suggestFrom(given: Given): Suggestions {
  if (given.original.length > suggestionBytesMax) return { guess: {} }
  const spot = orNothing(() => findSignatureSpot(given))
  const pages = [...new Set([1, given.document.pages.length])]
  const lines = orNothing(() => readLines({ ...given, pages })) ?? []
  const guess = guessFacts({ lines, fileName: given.fileName })
  return { guess, ...(spot === undefined ? {} : { spot }) }
}

function orNothing<Value>(work: () => Value): Value | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
