import type { DocumentDetails } from '../../client/affixing-answer.ts'
import { firstPlace, placementOf, type StampPlace } from '../../client/stamp-places.ts'
import { documentTypeSlugs } from '../../stamp/document-types.ts'
import type { LookedAt } from './affix-messages.ts'
import type { KeptWork } from './kept-work.ts'
import { recall } from './remembered.ts'

/** What the person said and chose so far. */
export type Draft = {
  file: Blob
  name: string
  looked: LookedAt
  password: string | undefined
  /** Without the file's name: `sendName` says whether that goes along. */
  facts: DocumentDetails
  place: StampPlace
  sendName: boolean
  shared: boolean
  additional: boolean
  /** The key of the last try, and what it asked for: the same asked again has the same key, anything else one of its own. */
  asked?: { key: string; what: string }
}

/** A draft of a document that was just looked at. */
export function newDraft(given: Pick<Draft, 'file' | 'name' | 'looked' | 'password'>): Draft {
  const { document } = given.looked
  return {
    ...given,
    facts: { documentType: documentTypeSlugs.find((slug) => slug === recall('type')) ?? 'surat-pernyataan' },
    place: firstPlace(document),
    sendName: true,
    shared: false,
    additional: document.stamps.length > 0,
  }
}

/** What is asked of the service for this draft, with the key it has: asking twice asks for one stamp. */
export function workOf(draft: Draft, now: number): KeptWork {
  const facts = draft.sendName ? { ...draft.facts, fileName: draft.name } : draft.facts
  const asking = { facts, placement: placementOf(draft.place), additional: draft.additional }
  const what = JSON.stringify(asking)
  if (draft.asked?.what !== what) draft.asked = { key: randomKey(), what }
  const { file, name, looked } = draft
  return { savedAt: now, file, name, sha256: looked.sha256, ...asking, key: draft.asked.key }
}

/** Puts what was kept back into a draft of the same document. */
export function takeUp(draft: Draft, work: KeptWork): void {
  const { fileName, ...facts } = work.facts
  const { page, left, bottom, width } = work.placement
  draft.facts = facts
  draft.sendName = fileName !== undefined
  draft.place = { page, left, bottom, side: width }
  draft.additional = work.additional
  const { placement, additional } = work
  draft.asked = { key: work.key, what: JSON.stringify({ facts: work.facts, placement, additional }) }
}

/** 128 random bits; made so that it also works where a page may not use `crypto.randomUUID`. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
