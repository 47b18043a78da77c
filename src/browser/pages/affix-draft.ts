import type { DocumentDetails } from '../../client/affixing-answer.ts'
import type { DocumentGuess } from '../../client/document-guess.ts'
import { firstPlace, type StampPlace } from '../../client/stamp-places.ts'
import type { Suggestions } from '../../client/suggestions.ts'
import { documentTypeSlugs, type DocumentType } from '../../stamp/document-types.ts'
import type { Foreseen, LookedAt } from './affix-messages.ts'
import { recall } from './remembered.ts'

/** One document that was chosen. */
export type DraftDocument = {
  file: Blob
  name: string
  looked: LookedAt
  /** What it says of itself; undefined as long as nobody read that. */
  suggested?: Suggestions
  /** Undefined as long as nobody tried the writing. */
  foreseen?: Foreseen
  password: string | undefined
  additional: boolean
  /** The key of the last try, and what it asked for: the same asked again has the same key, anything else one of its own. */
  asked?: { key: string; what: string; intent?: string }
}

/** What the person said and chose so far: for the first document, and for the others that go along with it. */
export type Draft = DraftDocument & {
  others: DraftDocument[]
  /** What was read from the files, as far as all of them say the same. */
  guess: DocumentGuess
  /** Without the file's name: `sendName` says whether that goes along. */
  facts: DocumentDetails
  place: StampPlace
  sendName: boolean
  /** How large its receiver takes files; 0 is no limit. */
  limitKilobytes: number
  shared: boolean
  /** What the person confirmed last; each document may spend it once. */
  authorization?: string
  /** The PIN confirms an order, which is paid before anything is stamped. */
  isBuying?: boolean
}

/** All of them, the first one first. */
export function documentsOf(draft: Draft): [DraftDocument, ...DraftDocument[]] {
  return [draft, ...draft.others]
}

/** A draft of documents that were just looked at. */
export function newDraft(first: DraftDocument, others: DraftDocument[] = []): Draft {
  const { looked, suggested } = first
  const guess = guessOf([first, ...others])
  return {
    ...first,
    others,
    guess,
    facts: factsOf(guess),
    place: suggested?.spot ?? firstPlace(looked.document),
    sendName: true,
    limitKilobytes: Number(recall('limit') ?? 0),
    shared: false,
  }
}

/** What a person is asked to confirm: as read, and the type as chosen last. */
function factsOf(guess: DocumentGuess): DocumentDetails {
  return { ...guess, documentType: rememberedType() ?? guess.documentType ?? 'surat-pernyataan' }
}

/** Takes what a document says of itself once the person may have begun without it: what they chose stays. */
export function takeSuggestions(
  draft: Draft,
  suggested: Suggestions,
  chosen: { isDescribed: boolean; isPlaced: boolean },
): void {
  draft.suggested = suggested
  draft.guess = guessOf(documentsOf(draft))
  if (!chosen.isDescribed) draft.facts = factsOf(draft.guess)
  if (!chosen.isPlaced && suggested.spot !== undefined) draft.place = suggested.spot
}

/** The type chosen last on this device; undefined where none was. */
export function rememberedType(): DocumentType | undefined {
  const type = recall('type')
  return documentTypeSlugs.find((slug) => slug === type)
}

/** A number is of one document; day and type are all of theirs only where every one says so. */
function guessOf(documents: readonly DraftDocument[]): DocumentGuess {
  const [first, ...others] = documents.map(({ suggested }) => suggested?.guess ?? {})
  const { number, date, documentType } = first ?? {}
  return {
    ...(number === undefined || others.length > 0 ? {} : { number }),
    ...(date === undefined || others.some((other) => other.date !== date) ? {} : { date }),
    ...(documentType === undefined || others.some((other) => other.documentType !== documentType)
      ? {}
      : { documentType }),
  }
}

/** A document as it was looked at. One that has a stamp already can only get another. */
export function newDocument(given: Omit<DraftDocument, 'additional' | 'asked'>): DraftDocument {
  return { ...given, additional: given.looked.document.stamps.length > 0 }
}
