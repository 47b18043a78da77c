import { randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import type { PhotoProblem } from '../../../identity/photos/photo-types.ts'
import { sheetPhotoBytesMax, sheetPhotosMax } from '../../../limits/stamping.ts'
import type { Say } from '../page-context.ts'
import type { SentFile } from './affix-form.ts'
import type { DraftPhoto } from './form-draft.ts'
import type { DraftParts } from './held-draft.ts'

// Photos that become the pages of one document, for browsers without a script.

/** A photo whose picture lies at `path`. */
export type PlacedPhoto = DraftPhoto & { path: string }

/** Why photos cannot become pages; `name`: the file that it is about. */
export type PhotosWrong =
  | { kind: 'many' | 'slow' }
  | { kind: 'large'; name: string }
  | { kind: 'unusable'; name: string; problem: PhotoProblem }

/** Whether a file begins as a photo does, whatever it is called. */
export async function isPhoto({ upload }: SentFile): Promise<boolean> {
  const file = await open(upload.path, 'r')
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0)
    return buffer.subarray(0, 3).equals(Buffer.of(0xff, 0xd8, 0xff)) || buffer.toString('latin1') === '\x89PNG'
  } finally {
    await file.close()
  }
}

/**
 * Makes pages of these files, behind `before`, for `keep`; the pictures' own files are deleted after it. Answers what is wrong where one is
 * no photo: then none of them is taken.
 */
export async function takePhotos(
  { pictures, stampings }: DraftParts,
  given: { files: readonly SentFile[]; before: readonly PlacedPhoto[] },
  keep: (photos: readonly PlacedPhoto[]) => Promise<void>,
): Promise<PhotosWrong | undefined> {
  const { files, before } = given
  if (files.length + before.length > sheetPhotosMax) return { kind: 'many' }
  const large = files.find(({ upload }) => upload.length > sheetPhotoBytesMax)
  if (large !== undefined) return { kind: 'large', name: large.fileName }
  const asked = files.map(({ upload }) => ({ from: upload.path, to: stampings.blobs.temporaryPath() }))
  try {
    const read = await pictures.read(asked)
    if (!read.ok && 'ended' in read) return { kind: 'slow' }
    if (!read.ok) return { kind: 'unusable', name: files[read.at]?.fileName ?? '', problem: read.problem }
    const taken = read.pictures.map((picture, at) => {
      const name = (files[at]?.fileName ?? '').slice(-255)
      return { id: randomUUID(), name, picture, offset: 0, path: asked[at]?.to ?? '' }
    })
    await keep([...before, ...taken])
    return undefined
  } finally {
    for (const { to } of asked) await rm(to, { force: true })
  }
}

/** What the document of these photos is called: as its first. */
export function documentName([first]: readonly SentFile[]): string {
  return first === undefined || first.fileName === '' ? 'foto.pdf' : first.fileName.replace(/(?:\.[^.]*)?$/, '.pdf')
}

/** What is wrong, for people. */
export function photosWrongText(say: Say, wrong: PhotosWrong): string {
  const bytesMax = sheetPhotoBytesMax
  switch (wrong.kind) {
    case 'many':
      return say('affix.photosMany', { most: sheetPhotosMax })
    case 'slow':
      return say('affix.photosSlow')
    case 'large':
      return say('affix.photoLarge', { name: wrong.name, bytesMax })
    default:
      return say('affix.photoWrong', { name: wrong.name, reason: wrong.problem })
  }
}
