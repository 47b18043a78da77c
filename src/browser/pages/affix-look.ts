import type { Suggestions } from '../../client/suggestions.ts'
import type { Refusal } from '../../errors.ts'
import { documentsAtOnceMax, suggestionWaitMilliseconds } from '../../limits/stamping.ts'
import type { Desk } from './affix-desk.ts'
import { newDocument, newDraft, type Draft, type DraftDocument } from './affix-draft.ts'
import type { Foreseen, WorkerParts } from './affix-messages.ts'

/** A file that was chosen with others and does not go along: it is refused, is there twice, or is one too many. */
export type LeftOut = { name: string } & ({ refusal: Refusal } | { because: 'same' | 'many' })

/** What can be stamped of what was chosen, and what cannot, with the reason. No draft: nothing can. */
export type LookedFiles = {
  draft: Draft | undefined
  leftOut: LeftOut[]
  /** What the one document says of itself, where that takes longer than anybody should wait for it. */
  late?: Promise<Suggestions>
}

/** `isWhole`: each is foreseen at once, which needs the stamper. */
export type Opening = { parts: WorkerParts; password: string | undefined; isWhole: boolean }

/**
 * Looks at files one after another; the worker holds the first that can be stamped at the end. A password opens a file that comes alone.
 * Several are looked at and foreseen while each is held; one alone is foreseen later, unless it is asked for.
 */
export async function lookAtFiles(desk: Desk, files: readonly File[], opening: Opening): Promise<LookedFiles> {
  const leftOut: LeftOut[] = files.slice(documentsAtOnceMax).map(({ name }) => ({ name, because: 'many' }))
  const isWhole = opening.isWhole || files.length > 1
  const documents: DraftDocument[] = []
  let late: Promise<Suggestions> | undefined
  for (const file of files.slice(0, documentsAtOnceMax)) {
    const found = await lookAt(desk, file, opening)
    const suggesting = 'looked' in found ? suggest(desk, found) : undefined
    if (!isWhole) late = suggesting
    else await suggesting
    const refusal = 'refusal' in found ? found.refusal : isWhole ? await foresee(desk, found) : undefined
    // it is no fault of this file, so the others would hear the same
    if (refusal?.code === 'service_unreachable') return { draft: undefined, leftOut: [{ name: file.name, refusal }] }
    if (refusal !== undefined) leftOut.push({ name: file.name, refusal })
    else if ('looked' in found) {
      const isSame = documents.some(({ foreseen }) => foreseen?.sha256 === found.foreseen?.sha256)
      if (isSame) leftOut.push({ name: file.name, because: 'same' })
      else documents.push(found)
    }
  }
  const [first, ...others] = documents
  if (first === undefined) return { draft: undefined, leftOut }
  if (files.length > 1) await lookAt(desk, first.file, opening)
  if (late !== undefined) await Promise.race([late, passed(suggestionWaitMilliseconds)])
  const isLate = first.suggested === undefined
  return { draft: newDraft(first, others), leftOut, ...(isLate && late !== undefined ? { late } : {}) }
}

async function lookAt(
  desk: Desk,
  file: Blob & { name?: string },
  { parts, password }: Opening,
): Promise<DraftDocument | { refusal: Refusal }> {
  const told = await desk.ask({ kind: 'look', file, parts, ...(password === undefined ? {} : { password }) })
  if (told.kind === 'looked') return newDocument({ file, name: file.name ?? '', looked: told.looked, password })
  return { refusal: told.kind === 'refused' ? told.refusal : { code: 'internal' } }
}

async function suggest(desk: Desk, document: DraftDocument): Promise<Suggestions> {
  const told = await desk.ask({ kind: 'suggest', name: document.name })
  document.suggested = told.kind === 'suggested' ? told.suggested : { guess: {} }
  return document.suggested
}

/** Tries the writing of the document that the worker holds; a refusal where it takes no stamp after all. */
export async function foresee(desk: Desk, document: DraftDocument): Promise<Refusal | undefined> {
  const told = await desk.ask({ kind: 'foresee' })
  if (told.kind !== 'foreseen') return told.kind === 'refused' ? told.refusal : { code: 'internal' }
  document.foreseen = told.foreseen
  return undefined
}

/** Why nothing of what was chosen can be stamped. */
export function firstRefusal(leftOut: readonly LeftOut[]): Refusal {
  const [first] = leftOut
  return first !== undefined && 'refusal' in first ? first.refusal : { code: 'file_empty' }
}

/** What was foreseen of a document. Throws where nothing was: nothing is asked of the service before. */
export function foreseenOf({ name, foreseen }: DraftDocument): Foreseen {
  if (foreseen === undefined) throw new Error(`${name} was not foreseen`)
  return foreseen
}

const passed = (milliseconds: number) => new Promise<void>((resolve) => void setTimeout(resolve, milliseconds))
