import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { AffixingParts } from '../../../affixing/affixing-parts.ts'
import { findHistory } from '../../../affixing/history.ts'
import { findKept } from '../../../affixing/kept-documents.ts'
import type { Stampings } from '../../../affixing/stampings.ts'
import { parsePublicId } from '../../../base/ids.ts'
import { RefusedError } from '../../../errors.ts'
import { historyPageMax } from '../../../limits.ts'
import { contextOf, sayIn, type PageParts } from '../page-context.ts'
import { pageCaller, type PageCallerParts } from '../page-caller.ts'
import { scriptPaths } from '../scripts.ts'
import { sendPage } from '../send-page.ts'
import { statementPath } from '../statement/statement-page.tsx'
import { AffixingPage } from './affixing-page.tsx'
import { historyTable } from './history-csv.ts'
import { HistoryPage, historyPath } from './history-page.tsx'
import { historyAsked, wishOf } from './history-wish.ts'

export type HistoryParts = PageParts &
  PageCallerParts & { affixing: AffixingParts; stampings: Stampings; selling?: object }

const hidden = { schema: { hide: true } } as const

/** The history of an account: the list, the list as a table to keep, the story of one affixing and its file while it is kept. */
export function historyRoutes(app: FastifyInstance, parts: HistoryParts): void {
  const { database } = parts.affixing
  const { sql } = database

  app.get(historyPath, hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const who = await pageCaller(request, reply, parts)
    if (who === undefined) return reply
    const { accountId } = who.caller
    const asked = historyAsked(request)
    const { items, next } = await findHistory(sql, { ...wishOf(accountId, asked), limit: historyPageMax })
    const kept = await findKept(database, { accountId, ids: items.map(({ id }) => id) })
    const paths = await scriptPaths()
    const title = sayIn(context.language)('history.title')
    const statements = parts.selling === undefined ? undefined : statementPath
    const body = <HistoryPage context={context} shown={{ asked, items, kept, next, statements }} />
    return sendPage(reply, context, { title, body, scripts: [paths.script('portal.js')], wide: true, isPrivate: true })
  })

  app.get(`${historyPath}.csv`, hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const who = await pageCaller(request, reply, parts)
    if (who === undefined) return reply
    const { before: _, ...wish } = wishOf(who.caller.accountId, historyAsked(request))
    return reply
      .type('text/csv; charset=utf-8')
      .headers({
        'content-disposition': 'attachment; filename="riwayat-meterai.csv"',
        'cache-control': 'private, no-store',
      })
      .send(Readable.from(historyTable(sql, wish, sayIn(context.language))))
  })

  app.get<{ Params: { id: string } }>(`${historyPath}/:id`, hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const who = await pageCaller(request, reply, parts)
    if (who === undefined) return reply
    const { accountId } = who.caller
    const id = parsePublicId('affixing', request.params.id)
    const found = id === undefined ? undefined : await parts.affixing.lanes.find({ accountId, id })
    if (found === undefined) throw notThere(request.params.id)
    const { affixing } = found
    const kept = await findKept(database, { accountId, ids: [affixing.id] })
    const paths = await scriptPaths()
    const rebuild = {
      api: who.api,
      worker: paths.script('affix-worker.js'),
      verifier: paths.script('held-signatures.js'),
      words: paths.words('rebuild', context.language),
    }
    const story = { affixing, keptUntil: kept.get(affixing.id), rebuild }
    const isAffixed = affixing.state === 'affixed'
    return sendPage(reply, context, {
      title: sayIn(context.language)('history.one'),
      body: <AffixingPage context={context} story={story} />,
      scripts: [paths.script('portal.js'), ...(isAffixed ? [paths.script('rebuild.js')] : [])],
      isPrivate: true,
    })
  })

  app.get<{ Params: { id: string } }>(`${historyPath}/:id/berkas`, hidden, async (request, reply) => {
    const who = await pageCaller(request, reply, parts)
    if (who === undefined) return reply
    const id = parsePublicId('affixing', request.params.id)
    if (id === undefined) throw notThere(request.params.id)
    const outcome = await parts.stampings.document({ accountId: who.caller.accountId, id })
    if (!outcome.ok) throw new RefusedError(outcome.refusal)
    return reply
      .type('application/pdf')
      .headers({
        'content-disposition': `attachment; filename="meterai-${outcome.affixing.serial}.pdf"`,
        'cache-control': 'private, no-store',
      })
      .send(Buffer.from(outcome.document))
  })
}

/** What another's affixing and none are alike. */
function notThere(id: string): RefusedError {
  return new RefusedError({ code: 'not_found', values: { id: id.slice(0, 200) } })
}
