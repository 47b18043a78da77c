import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Blobs } from '../../../blobs/blobs.ts'
import { formDraftsMax } from '../../../limits/stamping.ts'
import type { Upload } from '../../store-upload.ts'
import type { SignedInCaller } from '../signed-in.ts'
import { ownerOf } from './affixer.ts'

// A document that was sent without a script waits among the files on their way, with what was filled in, until its person has looked
// at it once more: two hours at most. Its name is made of who sent it and of a random id that only their page knows.

const answersSchema = z.object({
  type: z.string().optional(),
  number: z.string().optional(),
  date: z.string().optional(),
  tag: z.string().optional(),
  page: z.string().optional(),
  place: z.string().optional(),
  additional: z.string().optional(),
})

/** What somebody filled in, as they did. */
export type AffixAnswers = z.output<typeof answersSchema>

const draftSchema = z.object({
  answers: answersSchema,
  fileName: z.string(),
  sha256: z.string(),
  length: z.number(),
  /** The order for just this document: its public id. */
  orderId: z.string().optional(),
  /** A code that was sent to confirm without the PIN: its UUID. */
  codeId: z.string().optional(),
  /** Once it was stamped: the affixing's public id. The file is gone then. */
  affixingId: z.string().optional(),
})

/** A document that waits for its person. `sha256` in 64 hex, `length` in bytes. */
export type FormDraft = z.output<typeof draftSchema>

const idPattern = /^[0-9a-f-]{36}$/

/** Where one person's documents wait. */
export type FormDrafts = {
  /** Keeps an upload, which it takes over, under this id of the form; the same form sent again replaces it. */
  keep(id: string, draft: Omit<FormDraft, 'sha256' | 'length'>, upload: Upload): Promise<void>
  /** Undefined for what is not there, is somebody else's, or waited too long. */
  find(id: string): Promise<FormDraft | undefined>
  change(id: string, draft: FormDraft): Promise<void>
  /** Where its file lies. */
  path(id: string): string
  /** The file once more, under a name of its own, for who takes it over. */
  copy(id: string, draft: FormDraft): Promise<Upload>
  /** It was stamped: the file goes, what came of it stays. */
  finish(id: string, draft: FormDraft, affixingId: string): Promise<void>
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** The drafts of this person. */
export function formDraftsOf(blobs: Blobs, caller: SignedInCaller): FormDrafts {
  const owner = hashOf(ownerOf(caller)).slice(0, 32)
  const filePrefix = `form-${owner}-`
  const nameOf = (id: string) => hashOf(`${ownerOf(caller)} ${id}`)
  const path = (id: string) => blobs.temporaryPath(filePrefix + nameOf(id))
  const sidePath = (id: string) => blobs.temporaryPath(`facts-${owner}-${nameOf(id)}`)
  // written whole under another name first: who reads meanwhile finds the one before
  const write = async (id: string, draft: FormDraft) => {
    const on = blobs.temporaryPath()
    await writeFile(on, JSON.stringify(draft), { mode: 0o600 })
    await rename(on, sidePath(id))
  }
  return {
    path,
    async keep(id, draft, { path: from, sha256, length }) {
      await rename(from, path(id))
      await write(id, { ...draft, sha256, length })
      // nobody looks at many at once, and nobody fills the disk with what waits
      const older = (await blobs.temporaryNames(filePrefix)).slice(formDraftsMax)
      for (const name of older) await rm(blobs.temporaryPath(name), { force: true })
    },
    async find(id) {
      if (!idPattern.test(id)) return undefined
      const text = await readFile(sidePath(id), 'utf8').catch(() => undefined)
      if (text === undefined) return undefined
      const draft = draftSchema.parse(JSON.parse(text))
      return draft.affixingId !== undefined || (await isThere(path(id))) ? draft : undefined
    },
    change: write,
    async copy(id, { sha256, length }) {
      const copied = blobs.temporaryPath()
      await copyFile(path(id), copied, constants.COPYFILE_FICLONE)
      return { path: copied, sha256, length }
    },
    async finish(id, draft, affixingId) {
      await write(id, { ...draft, affixingId })
      await rm(path(id), { force: true })
    },
  }
}
