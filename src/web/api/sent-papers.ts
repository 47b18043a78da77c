import type { FastifyReply } from 'fastify'
import { RefusedError, type ErrorCode } from '../../errors.ts'
import { paperExtensions, type OrganisationPaper } from '../../identity/papers/paper-kinds.ts'
import { readPaper, type PaperFile } from '../../identity/papers/read-paper.ts'
import type { PhotoProblem } from '../../identity/photos/photo-types.ts'
import type { PhotoStripper } from '../../identity/photos/photo-stripper.ts'
import { photoBytesMax } from '../../limits/people.ts'
import { dropSeconds } from '../../limits/traffic.ts'

// Files that are sent to be looked at by whoever decides who holds an account: what they are, what is kept of them, and how they are shown.

const unusable = (code: ErrorCode, reason: PhotoProblem) =>
  new RefusedError({ code, values: { reason, bytesMax: photoBytesMax } })

/** A picture as it was sent, without what does not draw it; refuses `photo_unusable`, and throws Overloaded where too many wait. */
export async function photoGiven(photos: PhotoStripper, body: unknown): Promise<PaperFile> {
  if (!(body instanceof Buffer)) throw unusable('photo_unusable', 'unknown_type')
  const stripped = await photos.strip(body)
  if (!stripped.ok) throw unusable('photo_unusable', stripped.problem)
  return stripped
}

/** A paper as it is kept: a PDF, or a picture like a photo; refuses `paper_unusable`, and throws Overloaded where too many wait. */
export async function paperGiven(photos: PhotoStripper, body: unknown): Promise<PaperFile> {
  if (!(body instanceof Buffer)) throw unusable('paper_unusable', 'unknown_type')
  const read = await readPaper(photos, body)
  if (!read.ok) throw unusable('paper_unusable', read.problem)
  return read
}

/** Refuses `overloaded` where there was no room to keep a file: it can be sent from the account later, and no registration waits for it. */
export function keptOrRefused(isKept: boolean): void {
  if (!isKept) throw new RefusedError({ code: 'overloaded', values: { seconds: dropSeconds } })
}

/** A picture shown to its owner alone: kept by no cache, and run as nothing else. */
export function sendPhoto(reply: FastifyReply, photo: PaperFile): FastifyReply {
  return reply.header('cache-control', 'no-store').type(photo.type).send(photo.bytes)
}

/** A paper given back to its owner alone, as a file: nobody knows what a PDF of a stranger does where it is opened on a page. */
export function sendPaper(reply: FastifyReply, paper: OrganisationPaper, file: PaperFile): FastifyReply {
  void reply.header('content-disposition', `attachment; filename="${paper}.${paperExtensions[file.type]}"`)
  return sendPhoto(reply, file)
}
