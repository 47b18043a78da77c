import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { AffixingParts } from '../../../affixing/affixing-parts.ts'
import { findHistory } from '../../../affixing/history.ts'
import { findKept } from '../../../affixing/kept-documents.ts'
import { historyPageMax } from '../../../limits/stamping.ts'
import { contextOf, sayIn, type PageParts } from '../page-context.ts'
import { pageCaller, type PageCallerParts } from '../page-caller.ts'
import { scriptPaths } from '../scripts.ts'
import { sendPage } from '../send-page.ts'
import { statementPath } from '../statement/statement-page.tsx'
import { historyTable } from './history-csv.ts'
import { HistoryPage, historyPath } from './history-page.tsx'
import { historyAsked, wishOf } from './history-wish.ts'

export type HistoryParts = PageParts & PageCallerParts & { affixing: AffixingParts; selling?: object }

const hidden = { schema: { hide: true } } as const

/** The history of an account: the list, and the list as a table to keep. */
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
}
