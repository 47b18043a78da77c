import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parsePublicId } from '../../../base/ids.ts'
import { RefusedError } from '../../../errors.ts'
import { readPasskeys } from '../../../identity/passkeys.ts'
import { uploadBytesMax } from '../../../limits/stamping.ts'
import { refuseForeignPage } from '../../own-page.ts'
import { refusalOf } from '../../problems.ts'
import { renderingPolicy } from '../../security-headers.ts'
import { refusalSentence } from '../check/check-routes.tsx'
import { ownerMark } from '../page-caller.ts'
import { contextOf, linkTo, queryOf, sayIn, type PageContext } from '../page-context.ts'
import { rendererPath } from '../renderer-files.ts'
import { scriptPaths } from '../scripts.ts'
import { sendPage } from '../send-page.ts'
import { signInFirst, type SignedInCaller } from '../signed-in.ts'
import { withAffixForm, type AffixForm } from './affix-form.ts'
import { AffixClosedPage, AffixPage } from './affix-page.tsx'
import { affixerActing, affixerLooking } from './affixer.ts'
import { draftRoutes } from './draft-routes.tsx'
import { formDraftsOf } from './form-draft.ts'
import { draftPath, type DraftParts } from './held-draft.ts'
import { inAppBrowserOf } from './in-app-browser.ts'
import { photosPath } from './photo-routes.tsx'
import {
  documentName,
  isPhoto,
  photosWrongText,
  takePhotos,
  type PhotosWrong,
  type PlacedPhoto,
} from './sent-photos.ts'
import { StampedPage } from './stamped-page.tsx'

export type AffixPageParts = DraftParts

const hidden = { schema: { hide: true } } as const

/** The affixing page, its way without a script, and where a stamped file is fetched again. */
export async function affixPageRoutes(app: FastifyInstance, parts: AffixPageParts): Promise<void> {
  await draftRoutes(app, parts)

  app.get('/bubuhkan', hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const affixer = await affixerLooking(request)
    if (affixer === undefined && context.signInPath === undefined) {
      const title = sayIn(context.language)('home.stampHeading')
      return sendPage(reply.code(401), context, { title, body: <AffixClosedPage context={context} /> })
    }
    // signed in, and a member of nothing
    if (affixer === undefined && context.visitor !== undefined) return reply.redirect('/akun/ganti', 303)
    void reply.header('content-security-policy', renderingPolicy)
    const isGone = queryOf(request, 'kabar') === 'hilang'
    return sendPage(reply, context, await affixPage(parts, { request, context, affixer, isGone }))
  })

  app.post('/bubuhkan', { ...hidden, bodyLimit: uploadBytesMax }, async (request, reply) => {
    refuseForeignPage(request)
    // who may send a file at all is known before it is taken
    const affixer = await affixerLooking(request)
    if (affixer === undefined) return reply.redirect(signInFirst('/bubuhkan'), 303)
    const context = await contextOf(request, parts)
    const wrongTold = async (wrong: string) => {
      void reply.code(422).header('content-security-policy', renderingPolicy)
      return sendPage(reply, context, await affixPage(parts, { request, context, affixer, wrong }))
    }
    try {
      return await withAffixForm(request, parts, async (form) => {
        // the session's token stands in the form, where whoever enters looks for it
        request.body = { csrf: form.csrf }
        const acting = await affixerActing(request, reply)
        if (acting === undefined) return reply
        const kept = await keepForm(form, acting, parts)
        if ('wrong' in kept) return wrongTold(photosWrongText(sayIn(context.language), kept.wrong))
        return reply.redirect(linkTo(context, kept.path), 303)
      })
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal.code === 'internal' || refusal.code === 'csrf_refused') throw error
      return wrongTold(refusalSentence(context, refusal))
    }
  })

  app.get<{ Params: { id: string } }>('/bubuhkan/:id', hidden, async (request, reply) => {
    const affixing = await findOwn(request, request.params.id, parts)
    if (affixing === undefined) return reply.redirect(signInFirst(`/bubuhkan/${request.params.id}`), 303)
    const context = await contextOf(request, parts)
    const paths = await scriptPaths()
    const title = sayIn(context.language)('affix.doneHeading')
    const body = <StampedPage context={context} affixing={affixing.affixing} />
    return sendPage(reply, context, { title, body, scripts: [paths.script('portal.js')], isPrivate: true })
  })

  app.get<{ Params: { id: string } }>('/bubuhkan/:id/berkas', hidden, async (request, reply) => {
    const found = await findOwn(request, request.params.id, parts)
    if (found === undefined) return reply.redirect(signInFirst(`/bubuhkan/${request.params.id}`), 303)
    const { affixing, affixer } = found
    const outcome = await parts.stampings.document({ accountId: affixer.accountId, id: affixing.id })
    if (!outcome.ok) throw new RefusedError(outcome.refusal)
    return reply
      .type('application/pdf')
      .headers({
        'content-disposition': `attachment; filename="meterai-${affixing.serial}.pdf"`,
        'cache-control': 'private, no-store',
      })
      .send(Buffer.from(outcome.document))
  })
}

/** Looks at what was sent, a PDF or photos, and lets it wait for its person; answers where it goes on. Refuses what cannot be stamped so. */
async function keepForm(
  { formKey, files }: AffixForm,
  affixer: SignedInCaller,
  parts: AffixPageParts,
): Promise<{ path: string } | { wrong: PhotosWrong }> {
  if (!/^[0-9a-f-]{36}$/.test(formKey)) throw new RefusedError({ code: 'key_missing' })
  const drafts = formDraftsOf(parts.stampings.blobs, affixer)
  // the same form again, after its document was stamped: what came of it is shown
  const isOver = (await drafts.find(formKey))?.affixingId !== undefined
  const [file] = files
  if (file === undefined || files.length > 1 || (await isPhoto(file))) {
    if (isOver) return { path: draftPath(formKey) }
    const draft = { answers: {}, fileName: documentName(files) }
    const keep = (photos: readonly PlacedPhoto[]) => drafts.keepPhotos(formKey, draft, photos)
    const wrong = await takePhotos(parts, { files, before: [] }, keep)
    return wrong === undefined ? { path: photosPath(draftPath(formKey)) } : { wrong }
  }
  // what cannot be stamped is refused before anything is asked about it
  await parts.uploadCheck.look(file.upload.path)
  if (!isOver) await drafts.keep(formKey, { answers: {}, fileName: file.fileName }, file.upload)
  return { path: `${draftPath(formKey)}/ubah` }
}

/** An affixing of the visitor's account; another's is not there. Undefined for a stranger. */
async function findOwn(request: FastifyRequest, id: string, parts: AffixPageParts) {
  const affixer = await affixerLooking(request)
  if (affixer === undefined) return undefined
  const uuid = parsePublicId('affixing', id)
  const { accountId } = affixer
  const found = uuid === undefined ? undefined : await parts.affixing.lanes.find({ accountId, id: uuid })
  if (found === undefined) throw new RefusedError({ code: 'not_found', values: { id } })
  return { affixing: found.affixing, affixer }
}

async function affixPage(
  { affixing }: AffixPageParts,
  given: {
    request: FastifyRequest
    context: PageContext
    affixer: SignedInCaller | undefined
    wrong?: string
    isGone?: boolean
  },
) {
  const { request, context, affixer, ...told } = given
  const kind = inAppBrowserOf(request.headers['user-agent'])
  const address = `${request.protocol}://${request.host}${linkTo(context, '/bubuhkan')}`
  const inApp = kind === undefined ? undefined : { kind, address }
  const isSent = queryOf(request, 'cara') === 'kirim'
  const paths = await scriptPaths()
  const addresses = {
    signIn: context.signInPath ?? '',
    core: paths.part('affix-core'),
    finish: paths.part('affix-finish'),
    photos: paths.part('affix-photos'),
    worker: paths.part('affix-worker'),
    text: paths.part('affix-text'),
    stamper: paths.part('affix-stamper'),
    verifier: paths.script('held-signatures.js'),
    renderer: paths.script('pdf.js'),
    rendererWorker: paths.script('pdf-worker.js'),
    rendererFiles: rendererPath,
    words: paths.words('affix', context.language),
  }
  const shown = { ...context, path: '/bubuhkan' }
  const passkeys = affixer === undefined ? [] : await readPasskeys(affixing.database.sql, affixer.person.personId)
  const hasPasskey = passkeys.length > 0
  const standing = { inApp, isSent, isSignedIn: affixer !== undefined, owner: ownerMark(affixer), hasPasskey }
  return {
    title: sayIn(context.language)('home.stampHeading'),
    body: <AffixPage context={shown} addresses={addresses} formKey={randomUUID()} {...standing} {...told} />,
    scripts: [paths.script('portal.js'), ...(isSent ? [] : [paths.script('affix.js')])],
    wide: true,
  }
}
