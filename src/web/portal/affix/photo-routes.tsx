import { createReadStream } from 'node:fs'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../../../database/database.ts'
import { uploadBytesMax } from '../../../limits/stamping.ts'
import { refuseForeignPage } from '../../own-page.ts'
import { refusalOf } from '../../problems.ts'
import { actOnce, formRoute, scriptsOf, type Fields } from '../forms.tsx'
import { contextOf, linkTo, sayIn } from '../page-context.ts'
import { sendPage } from '../send-page.ts'
import { withAffixForm } from './affix-form.ts'
import { refusalSentence } from '../check/check-routes.tsx'
import { affixerLooking } from './affixer.ts'
import type { DraftPhoto } from './form-draft.ts'
import { draftPath, draftPattern, enterDraft, gone, heldLooking, type DraftParts, type Held } from './held-draft.ts'
import { drawPage, thumbnailWidth } from './page-picture.ts'
import { PhotosPage, photosAddPath } from './photo-page.tsx'
import { photosWrongText, takePhotos, type PlacedPhoto } from './sent-photos.ts'

const hidden = { schema: { hide: true } } as const
/** Where the photos of a document stand in their order. */
export const photosPath = (path: string): string => `${path}/foto`

/** The photos that a draft's pages were made of. */
const photosOf = ({ draft }: Held): readonly DraftPhoto[] => draft.photos ?? []

/** The same where they lie now. */
const placedOf = (held: Held): PlacedPhoto[] =>
  photosOf(held).map((photo) => ({ ...photo, path: held.drafts.path(held.id, held.draft) }))

/** Photos of a document that was sent without a script: their order, more of them, and the PDF they are. In a scope that takes forms. */
export function photoRoutes(app: FastifyInstance, parts: DraftParts & { database: Database }): void {
  formRoute<Held>(app, parts, {
    path: photosPath(draftPattern),
    enter: (request, reply) => enterDraft(request, reply, parts),
    async show(visit, held, again) {
      const photos = photosOf(held)
      if (photos.length === 0) return { to: linkTo(visit.context, `${held.path}/ubah`) }
      const body = <PhotosPage visit={visit} path={held.path} photos={photos} again={again} />
      return { title: visit.say('affix.photosHeading'), body }
    },
    async act({ context }, held, fields) {
      const [act = '', id = ''] = fields.one('act').split(' ')
      const photos = moved(placedOf(held), { act, id })
      if (photos !== undefined) await held.drafts.keepPhotos(held.id, held.draft, photos)
      return { to: linkTo(context, photosPath(held.path)) }
    },
  })

  app.post<{ Params: { id: string } }>(
    photosAddPath(draftPattern),
    { ...hidden, bodyLimit: uploadBytesMax },
    async (request, reply) => {
      refuseForeignPage(request)
      // who may send a file at all is known before it is taken
      if ((await affixerLooking(request)) === undefined) return enterDraft(request, reply, parts)
      return addPhotos(request, reply, parts)
    },
  )

  app.get<{ Params: { photo: string } }>(
    `${photosPath(draftPattern)}/:photo/gambar.png`,
    hidden,
    async (request, reply) => {
      const held = await heldLooking(request, parts)
      const at = photosOf(held).findIndex(({ id }) => id === request.params.photo)
      if (at < 0) throw gone()
      const given = { page: at + 1, widthPixels: thumbnailWidth }
      const picture = await drawPage(held.drafts.path(held.id, held.draft), given)
      if (picture === undefined) throw gone()
      return reply.type('image/png').header('cache-control', 'private, no-store').send(picture)
    },
  )

  app.get(`${draftPattern}/asli.pdf`, hidden, async (request, reply) => {
    const held = await heldLooking(request, parts)
    if (held.draft.affixingId !== undefined || photosOf(held).length === 0) throw gone()
    return reply
      .type('application/pdf')
      .headers({
        'content-disposition': `attachment; filename="asli.pdf"; filename*=UTF-8''${encodeURIComponent(held.draft.fileName)}`,
        'content-length': held.draft.length,
        'cache-control': 'private, no-store',
      })
      .send(createReadStream(held.drafts.path(held.id, held.draft)))
  })
}

/** The photos in another order, or without one; undefined where nothing is to be done. */
function moved(photos: readonly PlacedPhoto[], { act, id }: { act: string; id: string }): PlacedPhoto[] | undefined {
  const at = photos.findIndex((photo) => photo.id === id)
  const photo = photos[at]
  if (photo === undefined) return undefined
  const others = photos.filter((each) => each !== photo)
  if (act === 'remove') return others.length === 0 ? undefined : others
  const to = act === 'up' ? at - 1 : act === 'down' ? at + 1 : -1
  return to < 0 || to >= photos.length ? undefined : others.toSpliced(to, 0, photo)
}

/** Puts the photos of a form behind those that are there; a form that comes twice adds them once. */
async function addPhotos(
  request: FastifyRequest<{ Params: { id: string } }>,
  reply: FastifyReply,
  parts: DraftParts & { database: Database },
): Promise<FastifyReply> {
  const context = { ...(await contextOf(request, parts)), path: photosPath(draftPath(request.params.id)) }
  const say = sayIn(context.language)
  const wrongTold = async (held: Held, says: string) => {
    const visit = { request, reply, context, say }
    const again = { fields: nothingTyped, errors: [{ field: 'file', says }] }
    const body = <PhotosPage visit={visit} path={held.path} photos={photosOf(held)} again={again} />
    const scripts = await scriptsOf()
    return sendPage(reply.code(422), context, { title: say('affix.photosHeading'), body, scripts, isPrivate: true })
  }
  let held: Held | undefined
  try {
    return await withAffixForm(request, parts, async ({ formKey, csrf, files }) => {
      // the session's token stands in the form, where whoever enters looks for it
      request.body = { csrf }
      const entered = await enterDraft(request, reply, parts)
      if (entered === undefined) return reply
      held = entered
      const fields = { ...nothingTyped, one: (name: string) => (name === 'formKey' ? formKey : '') }
      const acted = await actOnce(parts.database, fields, async () => {
        const keep = (photos: readonly PlacedPhoto[]) => entered.drafts.keepPhotos(entered.id, entered.draft, photos)
        const wrong = await takePhotos(parts, { files, before: placedOf(entered) }, keep)
        return wrong === undefined ? {} : { errors: wrong }
      })
      if (acted !== undefined && 'errors' in acted) return wrongTold(entered, photosWrongText(say, acted.errors))
      return reply.redirect(linkTo(context, photosPath(entered.path)), 303)
    })
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal.code === 'internal' || refusal.code === 'csrf_refused') throw error
    held ??= await heldLooking(request, parts)
    return wrongTold(held, refusalSentence(context, refusal))
  }
}

const nothingTyped: Fields = { one: () => '', all: () => [] }
