import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AffixingParts } from '../../../affixing/affixing-parts.ts'
import type { Stamped, Stampings } from '../../../affixing/stampings.ts'
import { parsePublicId, publicId } from '../../../base/ids.ts'
import { RefusedError } from '../../../errors.ts'
import type { Caller } from '../../../identity/api-keys.ts'
import type { Callers } from '../../../identity/callers.ts'
import { uploadBytesMax } from '../../../limits.ts'
import { permit } from '../../api/caller.ts'
import { refuseForeignPage } from '../../own-page.ts'
import { refusalOf } from '../../problems.ts'
import { renderingPolicy } from '../../security-headers.ts'
import { refusalSentence } from '../check/check-routes.tsx'
import type { UploadCheck } from '../check/check-upload.ts'
import { contextOf, linkTo, sayIn, type PageContext, type PageParts } from '../page-context.ts'
import { rendererPath } from '../renderer-files.ts'
import { scriptPaths } from '../scripts.ts'
import { sendPage } from '../send-page.ts'
import { readAffixForm, stampForm } from './affix-form.ts'
import { AffixClosedPage, AffixPage, type AffixAnswers } from './affix-page.tsx'
import { demoDeskPath, demoDeskRoutes } from './demo-desk.ts'
import { StampedPage } from './stamped-page.tsx'

export type AffixPageParts = PageParts & {
  affixing: AffixingParts
  stampings: Stampings
  uploadCheck: UploadCheck
  callers: Callers
  /** The demo account's key: whoever opens the page affixes for that account. Undefined where people sign in. */
  demoKey?: string
}

const hidden = { schema: { hide: true } } as const

/** Who affixes on these pages, and where their script calls the API. One place for both: a signed-in session takes it over from here. */
async function portalCaller(
  request: FastifyRequest,
  { callers, demoKey }: AffixPageParts,
): Promise<{ caller: Caller; api: string } | undefined> {
  const own = await callers.find(request.headers.authorization)
  if (own !== undefined) return { caller: permit(own, 'affix'), api: '' }
  const demo = demoKey === undefined ? undefined : await callers.find(`Bearer ${demoKey}`)
  return demo === undefined ? undefined : { caller: demo, api: demoDeskPath }
}

/** The affixing page, its way without a script, and where a stamped file is fetched again. */
export function affixPageRoutes(app: FastifyInstance, parts: AffixPageParts): void {
  if (parts.demoKey !== undefined) demoDeskRoutes(app, parts.demoKey)

  app.get('/bubuhkan', hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const who = await portalCaller(request, parts)
    if (who === undefined) {
      const title = sayIn(context.language)('home.stampHeading')
      return sendPage(reply.code(401), context, { title, body: <AffixClosedPage context={context} /> })
    }
    void reply.header('content-security-policy', renderingPolicy)
    return sendPage(reply, context, await affixPage(context, who.api, {}))
  })

  app.post('/bubuhkan', { ...hidden, bodyLimit: uploadBytesMax }, async (request, reply) => {
    refuseForeignPage(request)
    const context = await contextOf(request, parts)
    const who = await portalCaller(request, parts)
    if (who === undefined) throw new RefusedError({ code: 'unauthenticated' })
    let answers: AffixAnswers = {}
    try {
      const path = parts.stampings.blobs.temporaryPath()
      const keep = (filled: AffixAnswers) => {
        answers = filled
      }
      const on = { ...parts, caller: who.caller, look: (file: string) => parts.uploadCheck.look(file) }
      const stamped = await parts.uploadCheck.admit(async () => stampForm(await readAffixForm(request, path, keep), on))
      const id = affixingOf(stamped)
      if (id === undefined && !stamped.ok) throw new RefusedError(stamped.refusal)
      request.log.info({ affixingId: id, ok: stamped.ok }, 'stamped')
      return await reply.redirect(linkTo(context, `/bubuhkan/${id}`), 303)
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal.code === 'internal') throw error
      void reply.code(422).header('content-security-policy', renderingPolicy)
      return sendPage(
        reply,
        context,
        await affixPage(context, who.api, { answers, wrong: refusalSentence(context, refusal) }),
      )
    }
  })

  app.get<{ Params: { id: string } }>('/bubuhkan/:id', hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const { affixing } = await findOwn(request, request.params.id, parts)
    const paths = await scriptPaths()
    const title = sayIn(context.language)('affix.doneHeading')
    const body = <StampedPage context={context} affixing={affixing} />
    return sendPage(reply, context, { title, body, scripts: [paths.script('portal.js')] })
  })

  app.get<{ Params: { id: string } }>('/bubuhkan/:id/berkas', hidden, async (request, reply) => {
    const { affixing, caller } = await findOwn(request, request.params.id, parts)
    const outcome = await parts.stampings.document({ accountId: caller.accountId, id: affixing.id })
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

/** The affixing that this document has now, made by this form or by an earlier one: its page is where the person wants to be. */
function affixingOf(stamped: Stamped): string | undefined {
  if (stamped.ok) return publicId('affixing', stamped.affixing.id)
  const { code, values } = stamped.refusal
  const id = values?.['affixingId']
  return (code === 'already_stamped' || code === 'already_reserved') && typeof id === 'string' ? id : undefined
}

/** An affixing of the visitor's account; another's is not there. */
async function findOwn(request: FastifyRequest, id: string, parts: AffixPageParts) {
  const who = await portalCaller(request, parts)
  if (who === undefined) throw new RefusedError({ code: 'unauthenticated' })
  const uuid = parsePublicId('affixing', id)
  const { accountId } = who.caller
  const found = uuid === undefined ? undefined : await parts.affixing.lanes.find({ accountId, id: uuid })
  if (found === undefined) throw new RefusedError({ code: 'not_found', values: { id } })
  return { affixing: found.affixing, caller: who.caller }
}

async function affixPage(context: PageContext, api: string, given: { answers?: AffixAnswers; wrong?: string }) {
  const paths = await scriptPaths()
  const addresses = {
    api,
    core: paths.script('affix-core.js'),
    worker: paths.script('affix-worker.js'),
    verifier: paths.script('held-signatures.js'),
    renderer: paths.script('pdf.js'),
    rendererWorker: paths.script('pdf-worker.js'),
    rendererFiles: rendererPath,
    words: paths.words('affix', context.language),
  }
  return {
    title: sayIn(context.language)('home.stampHeading'),
    body: (
      <AffixPage context={{ ...context, path: '/bubuhkan' }} addresses={addresses} formKey={randomUUID()} {...given} />
    ),
    scripts: [paths.script('portal.js'), paths.script('affix.js')],
    wide: true,
  }
}
