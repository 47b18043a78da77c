import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { writeSheets } from '../../../affixing/photos/write-sheets.ts'
import type { Blobs } from '../../../blobs/blobs.ts'
import { RefusedError } from '../../../errors.ts'
import { formDraftsMax, uploadBytesMax } from '../../../limits/stamping.ts'
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

const photoSchema = z.object({
  id: z.string(),
  name: z.string(),
  picture: z.object({
    width: z.number(),
    height: z.number(),
    turn: z.literal([1, 2, 3, 4, 5, 6, 7, 8]),
    entries: z.string(),
    length: z.number(),
  }),
  /** Where its bytes begin in the draft's file. */
  offset: z.number(),
})

/** A photo that is a page of a draft. */
export type DraftPhoto = z.output<typeof photoSchema>

const draftSchema = z.object({
  answers: answersSchema,
  fileName: z.string(),
  sha256: z.string(),
  length: z.number(),
  /** What its pages were made of, in their order, where it was sent as photos. */
  photos: z.array(photoSchema).optional(),
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
  /**
   * Keeps a PDF of these photos, each of which lies in the file at `path`: in that of its upload, or in the draft's own of before. What was
   * bought for a document of before is not for this one. Refuses what is larger than an upload may be.
   */
  keepPhotos(
    id: string,
    draft: Pick<FormDraft, 'answers' | 'fileName'>,
    photos: readonly (DraftPhoto & { path: string })[],
  ): Promise<void>
  /** Undefined for what is not there, is somebody else's, or waited too long. */
  find(id: string): Promise<FormDraft | undefined>
  change(id: string, draft: FormDraft): Promise<void>
  /** Where its file lies. */
  path(id: string, draft: Pick<FormDraft, 'sha256'>): string
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

/** Without a page that is gone: the stamp then goes on the last one, and the form that asks for it can be shown. */
function answersWithin({ page, ...answers }: AffixAnswers, pages: number): AffixAnswers {
  return page === undefined || Number(page) > pages ? answers : { ...answers, page }
}

/** The drafts of this person. */
export function formDraftsOf(blobs: Blobs, caller: SignedInCaller): FormDrafts {
  const owner = hashOf(ownerOf(caller)).slice(0, 32)
  const filePrefix = `form-${owner}-`
  const nameOf = (id: string) => hashOf(`${ownerOf(caller)} ${id}`)
  // the digest is part of the name: the file and what is said of it change in one step
  const fileName = (id: string, sha256: string) => `${filePrefix}${nameOf(id).slice(0, 32)}-${sha256}`
  const path: FormDrafts['path'] = (id, { sha256 }) => blobs.temporaryPath(fileName(id, sha256))
  const sidePath = (id: string) => blobs.temporaryPath(`facts-${owner}-${nameOf(id)}`)
  // written whole under another name first: who reads meanwhile finds the one before
  const write = async (id: string, draft: FormDraft) => {
    const on = blobs.temporaryPath()
    await writeFile(on, JSON.stringify(draft), { mode: 0o600 })
    await rename(on, sidePath(id))
  }
  const drop = async (names: readonly string[]) => {
    for (const name of names) await rm(blobs.temporaryPath(name), { force: true })
  }
  const keep: FormDrafts['keep'] = async (id, draft, { path: from, sha256, length }) => {
    const name = fileName(id, sha256)
    await rename(from, blobs.temporaryPath(name))
    await write(id, { ...draft, sha256, length })
    const before = await blobs.temporaryNames(fileName(id, ''))
    await drop(before.filter((each) => each !== name))
    // nobody looks at many at once, and nobody fills the disk with what waits
    await drop((await blobs.temporaryNames(filePrefix)).slice(formDraftsMax))
  }
  return {
    path,
    keep,
    async keepPhotos(id, { answers, fileName: called }, photos) {
      const bytes = photos.reduce((sum, { picture }) => sum + picture.length, 0)
      if (bytes > uploadBytesMax)
        throw new RefusedError({ code: 'file_too_large', values: { bytes, bytesMax: uploadBytesMax } })
      const on = blobs.temporaryPath()
      const { sha256, length, offsets } = await writeSheets(photos, on)
      const now = photos.map((photo, at) => ({
        id: photo.id,
        name: photo.name,
        picture: photo.picture,
        offset: offsets[at] ?? 0,
      }))
      const draft = { answers: answersWithin(answers, photos.length), fileName: called, photos: now }
      await keep(id, draft, { path: on, sha256, length })
    },
    async find(id) {
      if (!idPattern.test(id)) return undefined
      const text = await readFile(sidePath(id), 'utf8').catch(() => undefined)
      if (text === undefined) return undefined
      const draft = draftSchema.parse(JSON.parse(text))
      return draft.affixingId !== undefined || (await isThere(path(id, draft))) ? draft : undefined
    },
    change: write,
    async copy(id, draft) {
      const { sha256, length } = draft
      const copied = blobs.temporaryPath()
      await copyFile(path(id, draft), copied, constants.COPYFILE_FICLONE)
      return { path: copied, sha256, length }
    },
    async finish(id, draft, affixingId) {
      await write(id, { ...draft, affixingId })
      await rm(path(id, draft), { force: true })
    },
  }
}
