import type { DocumentDetails } from '../../client/affixing-answer.ts'
import type { DocumentGuess } from '../../client/document-guess.ts'
import { firstPlace, keepInside, placementOf, type StampPlace } from '../../client/stamp-places.ts'
import { documentTypeSlugs, type DocumentType } from '../../stamp/document-types.ts'
import type { LookedAt } from './affix-messages.ts'
import type { KeptWork } from './kept-work.ts'
import { recall } from './remembered.ts'

/** One document that was chosen. */
export type DraftDocument = {
  file: Blob
  name: string
  looked: LookedAt
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

/** A draft of a document that was just looked at. */
export function newDraft(first: DraftDocument, others: DraftDocument[] = []): Draft {
  const { document, suggested } = first.looked
  const guess = guessOf([first, ...others])
  return {
    ...first,
    others,
    guess,
    facts: { ...guess, documentType: rememberedType() ?? guess.documentType ?? 'surat-pernyataan' },
    place: suggested.spot ?? firstPlace(document),
    sendName: true,
    shared: false,
  }
}

/** The type chosen last on this device; undefined where none was. */
export function rememberedType(): DocumentType | undefined {
  const type = recall('type')
  return documentTypeSlugs.find((slug) => slug === type)
}

/** A number is of one document; day and type are all of theirs only where every one says so. */
function guessOf(documents: readonly DraftDocument[]): DocumentGuess {
  const [first, ...others] = documents.map(({ looked }) => looked.suggested.guess)
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

/** Where the stamp of a document stands: the first one's place; on the last page where the first one's is, and inside whatever is smaller. */
export function placeIn(draft: Draft, { looked }: DraftDocument): StampPlace {
  const pages = looked.document.pages.length
  const isLast = draft.place.page === draft.looked.document.pages.length
  const page = isLast ? pages : Math.min(draft.place.page, pages)
  return keepInside({ ...draft.place, page }, looked.document.pages[page - 1] ?? { width: 100, height: 100 })
}

/** What is asked of the service for all of them, in their order: of what is kept the newest comes first. */
export function worksOf(draft: Draft, now: number): KeptWork[] {
  return documentsOf(draft).map((document, at) => workOf(draft, document, now - at))
}

/** What is asked of the service for this document, with the key it has: asking twice asks for one stamp. */
function workOf(draft: Draft, document: DraftDocument, now: number): KeptWork {
  const { file, name, looked, additional } = document
  const facts = draft.sendName ? { ...draft.facts, fileName: name } : draft.facts
  const asking = { facts, placement: placementOf(placeIn(draft, document)), additional }
  const what = JSON.stringify(asking)
  if (document.asked?.what !== what) document.asked = { key: randomKey(), what }
  const { key, intent } = document.asked
  return {
    savedAt: now,
    file,
    name,
    sha256: looked.sha256,
    ...asking,
    key,
    ...(intent === undefined ? {} : { intent }),
  }
}

/** Puts what was kept back into a draft of the same document. */
export function takeUp(draft: Draft, work: KeptWork): void {
  const { fileName, ...facts } = work.facts
  const { page, left, bottom, width } = work.placement
  draft.facts = facts
  draft.sendName = fileName !== undefined
  draft.place = { page, left, bottom, side: width }
  takeKey(draft, work)
}

/** A document's key of before, for what was asked then. */
export function takeKey(document: DraftDocument, { key, facts, placement, additional, intent }: KeptWork): void {
  document.additional = additional
  const what = JSON.stringify({ facts, placement, additional })
  document.asked = { key, what, ...(intent === undefined ? {} : { intent }) }
}

/** 128 random bits; made so that it also works where a page may not use `crypto.randomUUID`. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
