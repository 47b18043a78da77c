import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Affixing } from '../../../affixing/affixing.ts'
import { findCostCentres } from '../../../affixing/cost-centres.ts'
import type { AffixingParts } from '../../../affixing/affixing-parts.ts'
import { findKept } from '../../../affixing/kept-documents.ts'
import type { Stampings } from '../../../affixing/stampings.ts'
import { parsePublicId, publicId } from '../../../base/ids.ts'
import { RefusedError } from '../../../errors.ts'
import { uploadBytesMax } from '../../../limits/stamping.ts'
import { refusalOf } from '../../problems.ts'
import { receiveFile, refusalSentence } from '../check/check-routes.tsx'
import type { UploadCheck } from '../check/check-upload.ts'
import { contextOf, sayIn, type PageContext, type PageParts } from '../page-context.ts'
import { lookingCaller, pageCaller, type PageCallerParts } from '../page-caller.ts'
import type { PageBody } from '../page.tsx'
import { scriptPaths } from '../scripts.ts'
import { sendPage } from '../send-page.ts'
import { signInFirst } from '../signed-in.ts'
import { AffixingPage } from './affixing-page.tsx'
import { historyPath } from './history-page.tsx'

export type AffixingPageParts = PageParts &
  PageCallerParts & { affixing: AffixingParts; stampings: Stampings; uploadCheck: UploadCheck }

const hidden = { schema: { hide: true } } as const
type Params = { Params: { id: string } }

/** The story of one affixing, its stamped file while that is kept, and the file made again from its original. */
export function affixingRoutes(app: FastifyInstance, parts: AffixingPageParts): void {
  const { stampings } = parts
  const { database, lanes } = parts.affixing

  async function storyPage(context: PageContext, affixing: Affixing, wrong?: string) {
    const kept = await findKept(database, { accountId: affixing.accountId, ids: [affixing.id] })
    const paths = await scriptPaths()
    const rebuild = {
      worker: paths.part('affix-worker'),
      text: paths.part('affix-text'),
      stamper: paths.part('affix-stamper'),
      verifier: paths.script('held-signatures.js'),
      words: paths.words('rebuild', context.language),
    }
    const costCentreOf = await findCostCentres(database.sql, [affixing])
    const story = {
      affixing,
      costCentre: costCentreOf(affixing),
      keptUntil: kept.get(affixing.id),
      rebuild,
      wrong,
    }
    const scripts = affixing.state === 'affixed' ? (['portal.js', 'rebuild.js'] as const) : (['portal.js'] as const)
    return {
      title: sayIn(context.language)('history.one'),
      body: <AffixingPage context={context} story={story} />,
      scripts: scripts.map((name) => paths.script(name)),
      isPrivate: true,
    } satisfies PageBody
  }

  /** An affixing of this account; another's and none are alike. */
  async function ownAffixing(accountId: string, shown: string): Promise<Affixing> {
    const id = parsePublicId('affixing', shown)
    const found = id === undefined ? undefined : await lanes.find({ accountId, id })
    if (found !== undefined) return found.affixing
    throw new RefusedError({ code: 'not_found', values: { id: shown.slice(0, 200) } })
  }

  app.get<Params>(`${historyPath}/:id`, hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const who = await pageCaller(request, reply, parts)
    if (who === undefined) return reply
    const affixing = await ownAffixing(who.caller.accountId, request.params.id)
    return sendPage(reply, context, await storyPage(context, affixing))
  })

  app.get<Params>(`${historyPath}/:id/berkas`, hidden, async (request, reply) => {
    const who = await pageCaller(request, reply, parts)
    if (who === undefined) return reply
    const { accountId, id } = await ownAffixing(who.caller.accountId, request.params.id)
    const outcome = await stampings.document({ accountId, id })
    if (!outcome.ok) throw new RefusedError(outcome.refusal)
    return sendCopy(reply, outcome)
  })

  const path = `${historyPath}/:id/salinan`
  // Where a reload or the way back leads after a copy was sent for.
  app.get<Params>(path, hidden, (request, reply) => reply.redirect(`${historyPath}/${request.params.id}`, 303))

  app.post<Params>(path, { ...hidden, bodyLimit: uploadBytesMax }, async (request, reply) => {
    const caller = await lookingCaller(request, parts)
    const shown = request.params.id.slice(0, 200)
    if (caller === undefined) return reply.redirect(signInFirst(`${historyPath}/${shown}`), 303)
    const affixing = await ownAffixing(caller.accountId, shown)
    try {
      const outcome = await parts.uploadCheck.admit(async () => {
        const originalPath = await receiveFile(request, stampings.blobs.temporaryPath())
        return stampings.rebuild({ accountId: affixing.accountId, id: affixing.id, originalPath })
      })
      if (!outcome.ok) throw new RefusedError(outcome.refusal)
      return sendCopy(reply, outcome)
    } catch (error) {
      return await sendStoryAgain(request, reply, { affixing, error })
    }
  })

  /** The page once more, with why there is no copy. */
  async function sendStoryAgain(
    request: FastifyRequest,
    reply: FastifyReply,
    { affixing, error }: { affixing: Affixing; error: unknown },
  ): Promise<FastifyReply> {
    const refusal = refusalOf(error)
    if (refusal.code === 'internal') throw error
    const context = {
      ...(await contextOf(request, parts)),
      path: `${historyPath}/${publicId('affixing', affixing.id)}`,
    }
    const isOther = refusal.code === 'file_differs'
    const wrong = isOther ? sayIn(context.language)('rebuild.otherFile') : refusalSentence(context, refusal)
    return sendPage(reply.code(422), context, await storyPage(context, affixing, wrong))
  }
}

function sendCopy(reply: FastifyReply, copy: { affixing: Affixing; document: Uint8Array }): FastifyReply {
  return reply
    .type('application/pdf')
    .headers({
      'content-disposition': `attachment; filename="meterai-${copy.affixing.serial}.pdf"`,
      'cache-control': 'private, no-store',
    })
    .send(Buffer.from(copy.document))
}
