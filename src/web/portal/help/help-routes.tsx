import type { FastifyInstance } from 'fastify'
import type { AffixingParts } from '../../../affixing/affixing-parts.ts'
import type { PurchaseParts } from '../../../purchases/purchase-parts.ts'
import { contextOf, queryOf, sayIn, type PageParts } from '../page-context.ts'
import { pageCaller, type PageCallerParts } from '../page-caller.ts'
import { HelpPage } from '../pages/help-page.tsx'
import { sendPage } from '../send-page.ts'
import { FoundCase, tellFound } from './found-case.tsx'
import { lookFor } from './look-for.ts'

export type HelpParts = PageParts &
  PageCallerParts & { affixing: AffixingParts; selling?: { purchases: PurchaseParts } }

/** Help: the questions people ask, and for one affixing or order (`tentang`) what became of it, looked up and told first. */
export function helpRoutes(app: FastifyInstance, parts: HelpParts): void {
  app.get('/bantuan', { schema: { hide: true } }, async (request, reply) => {
    const context = await contextOf(request, parts)
    const title = sayIn(context.language)('help.title')
    const about = (queryOf(request, 'tentang') ?? '').slice(0, 60)
    // whose it is decides what may be told of it; without it the questions stand for everyone
    if (about === '') return sendPage(reply, context, { title, body: <HelpPage context={context} /> })
    const who = await pageCaller(request, reply, parts)
    if (who === undefined) return reply
    const found = await lookFor(parts, { accountId: who.caller.accountId, publicId: about })
    const told = tellFound(context, found, about)
    const body = (
      <HelpPage context={context} about={{ shown: <FoundCase context={context} told={told} />, facts: told.facts }} />
    )
    void reply.code(found.kind === 'nothing' ? 404 : 200)
    return sendPage(reply, context, { title, body, isPrivate: true })
  })
}
