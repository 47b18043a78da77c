import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AffixingParts } from '../../../affixing/affixing-parts.ts'
import type { PictureReader } from '../../../affixing/photos/picture-reader.ts'
import type { Stampings } from '../../../affixing/stampings.ts'
import { RefusedError } from '../../../errors.ts'
import type { ConfirmParts } from '../../../identity/confirmations.ts'
import type { UploadCheck } from '../check/check-upload.ts'
import type { PageParts } from '../page-context.ts'
import type { SignedInCaller } from '../signed-in.ts'
import { affixerActing, affixerLooking } from './affixer.ts'
import type { DraftSelling } from './draft-order.ts'
import { formDraftsOf, type FormDraft, type FormDrafts } from './form-draft.ts'

export type DraftParts = PageParts &
  Pick<DraftSelling, 'selling'> & {
    affixing: AffixingParts
    stampings: Stampings
    uploadCheck: UploadCheck
    pictures: PictureReader
    /** What PINs stand on; without it nobody signs in. */
    confirming?: Omit<ConfirmParts, 'database'>
  }

/** Where a document waits until its person has looked at it once more. */
export const draftPath = (id: string): string => `/bubuhkan/berkas/${id}`
export const draftPattern = draftPath(':id')

/** A document that waits, and whose it is. */
export type Held = { affixer: SignedInCaller; drafts: FormDrafts; draft: FormDraft; id: string; path: string }

/** What is not there, for whoever asks. */
export const gone = (): RefusedError => new RefusedError({ code: 'not_found', values: { id: '' } })

async function heldOf(request: FastifyRequest, affixer: SignedInCaller, parts: DraftParts): Promise<Held | undefined> {
  const { params } = request
  const id = typeof params === 'object' && params !== null && 'id' in params ? String(params.id) : ''
  const drafts = formDraftsOf(parts.stampings.blobs, affixer)
  const draft = await drafts.find(id)
  return draft === undefined ? undefined : { affixer, drafts, draft, id, path: draftPath(id) }
}

/** The draft that a picture or a file is of; refuses `not_found`. */
export async function heldLooking(request: FastifyRequest, parts: DraftParts): Promise<Held> {
  const affixer = await affixerLooking(request)
  const held = affixer === undefined ? undefined : await heldOf(request, affixer, parts)
  if (held === undefined) throw gone()
  return held
}

/** The draft this page is about. One that was stamped leads to what came of it; one that is gone to the beginning. */
export async function enterDraft(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: DraftParts,
): Promise<Held | undefined> {
  const affixer = await affixerActing(request, reply)
  if (affixer === undefined) return undefined
  const held = await heldOf(request, affixer, parts)
  if (held?.draft.affixingId === undefined && held !== undefined) return held
  void reply.redirect(held === undefined ? '/bubuhkan?kabar=hilang' : `/bubuhkan/${held.draft.affixingId}`, 303)
  return undefined
}
