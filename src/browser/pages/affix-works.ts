import { keepInside, placementOf, type StampPlace } from '../../client/stamp-places.ts'
import type { Desk } from './affix-desk.ts'
import { documentsOf, type Draft, type DraftDocument } from './affix-draft.ts'
import { foreseenOf, lookAtFiles, type LookedFiles, type Opening } from './affix-look.ts'
import type { KeptWork } from './kept-work.ts'

/** Where the stamp of a document stands: the first one's place; on the last page where the first one's is, and inside whatever is smaller. */
function placeIn(draft: Draft, { looked }: DraftDocument): StampPlace {
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
  const { file, name, additional } = document
  const facts = draft.sendName ? { ...draft.facts, fileName: name } : draft.facts
  const asking = { facts, placement: placementOf(placeIn(draft, document)), additional }
  const what = JSON.stringify(asking)
  if (document.asked?.what !== what) document.asked = { key: randomKey(), what }
  const { key, intent } = document.asked
  return {
    savedAt: now,
    file,
    name,
    sha256: foreseenOf(document).sha256,
    ...asking,
    key,
    ...(intent === undefined ? {} : { intent }),
  }
}

/** Puts what was kept back into a draft of the same document. */
function takeUp(draft: Draft, work: KeptWork): void {
  const { fileName, ...facts } = work.facts
  const { page, left, bottom, width } = work.placement
  draft.facts = facts
  draft.sendName = fileName !== undefined
  draft.place = { page, left, bottom, side: width }
  takeKey(draft, work)
}

/** A document's key of before, for what was asked then. */
function takeKey(document: DraftDocument, { key, facts, placement, additional, intent }: KeptWork): void {
  document.additional = additional
  const what = JSON.stringify({ facts, placement, additional })
  document.asked = { key, what, ...(intent === undefined ? {} : { intent }) }
}

/** 128 random bits; made so that it also works where a page may not use `crypto.randomUUID`. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Looks at what this device kept, with the facts, the place and the keys it had. */
export async function openKept(
  desk: Desk,
  works: readonly KeptWork[],
  opening: Omit<Opening, 'isWhole'>,
): Promise<LookedFiles> {
  const files = works.map(({ file, name }) => new File([file], name, { type: 'application/pdf' }))
  const looked = await lookAtFiles(desk, files, { ...opening, isWhole: true })
  const { draft } = looked
  if (draft === undefined) return looked
  const keptOf = (document: DraftDocument) => works.find(({ sha256 }) => sha256 === foreseenOf(document).sha256)
  const first = keptOf(draft)
  if (first !== undefined) takeUp(draft, first)
  for (const document of documentsOf(draft)) {
    const work = keptOf(document)
    if (work !== undefined) takeKey(document, work)
  }
  return looked
}
