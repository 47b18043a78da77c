import { documentsAtOnceMax } from '../../limits/stamping.ts'
import type { Desk } from './affix-desk.ts'
import { documentsOf, newDocument, newDraft, takeKey, takeUp, type Draft, type DraftDocument } from './affix-draft.ts'
import type { LeftOut } from './affix-views.ts'
import type { KeptWork } from './kept-work.ts'

/** What can be stamped of what was chosen, and what cannot, with the reason. No draft: nothing can. */
export type LookedFiles = { draft: Draft | undefined; leftOut: LeftOut[] }

type Opening = { verifier: string; password: string | undefined }
type Chosen = { file: Blob; name: string }

/** Looks at files one after another; the worker holds the first that can be stamped at the end. A password opens a file that comes alone. */
export async function lookAtFiles(desk: Desk, files: readonly File[], opening: Opening): Promise<LookedFiles> {
  const leftOut: LeftOut[] = files.slice(documentsAtOnceMax).map(({ name }) => ({ name, because: 'many' }))
  const documents: DraftDocument[] = []
  for (const file of files.slice(0, documentsAtOnceMax)) {
    const found = await lookAt(desk, { file, name: file.name }, opening)
    if (!('looked' in found)) leftOut.push(found)
    else if (documents.some(({ looked }) => looked.sha256 === found.looked.sha256))
      leftOut.push({ name: file.name, because: 'same' })
    else documents.push(found)
  }
  const [first, ...others] = documents
  if (first === undefined) return { draft: undefined, leftOut }
  if (others.length > 0) await lookAt(desk, first, opening)
  return { draft: newDraft(first, others), leftOut }
}

async function lookAt(
  desk: Desk,
  { file, name }: Chosen,
  { verifier, password }: Opening,
): Promise<DraftDocument | LeftOut> {
  const told = await desk.ask({
    kind: 'look',
    file,
    name,
    verifier,
    ...(password === undefined ? {} : { password }),
  })
  if (told.kind === 'looked') return newDocument({ file, name, looked: told.looked, password })
  return { name, refusal: told.kind === 'refused' ? told.refusal : { code: 'internal' } }
}

/** The same for what this device kept, with the facts, the place and the keys it had. */
export async function openKept(desk: Desk, works: readonly KeptWork[], opening: Opening): Promise<LookedFiles> {
  const files = works.map(({ file, name }) => new File([file], name, { type: 'application/pdf' }))
  const looked = await lookAtFiles(desk, files, opening)
  const { draft } = looked
  if (draft === undefined) return looked
  const workOf = ({ looked: { sha256 } }: DraftDocument) => works.find((work) => work.sha256 === sha256)
  const first = workOf(draft)
  if (first !== undefined) takeUp(draft, first)
  for (const document of documentsOf(draft)) {
    const work = workOf(document)
    if (work !== undefined) takeKey(document, work)
  }
  return looked
}
