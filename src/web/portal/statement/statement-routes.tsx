import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ledgerOf } from '../../../affixing/affixing-parts.ts'
import { jakartaDay } from '../../../base/jakarta.ts'
import { RefusedError } from '../../../errors.ts'
import type { PurchaseParts } from '../../../purchases/purchase-parts.ts'
import { monthBounds, monthlyStatement, statementCsv, type Statement } from '../../../reports/monthly-statement.ts'
import { contextOf, sayIn, type PageParts, linkWith } from '../page-context.ts'
import { pageCaller, type PageCallerParts } from '../page-caller.ts'
import { scriptPaths } from '../scripts.ts'
import { sendPage } from '../send-page.ts'
import { monthText, StatementPage, statementPath } from './statement-page.tsx'

export type StatementParts = PageParts & PageCallerParts & { selling?: { purchases: PurchaseParts } }

const hidden = { schema: { hide: true } } as const

/** The months of an account as pages, and each as a table. Only where quota is sold: elsewhere nobody keeps accounts of it. */
export function statementPages(app: FastifyInstance, parts: StatementParts): void {
  const { selling } = parts
  if (selling === undefined) return
  const { database } = selling.purchases

  async function statementOf(
    request: FastifyRequest,
    reply: FastifyReply,
    month: string,
  ): Promise<Statement | undefined> {
    const who = await pageCaller(request, reply, parts)
    if (who === undefined) return undefined
    const bounds = monthBounds(month)
    const { accountId, keyKind } = who.caller
    if (bounds === undefined || bounds.from > (await database.now()))
      throw new RefusedError({ code: 'not_found', values: { id: month.slice(0, 200) } })
    return monthlyStatement(database, { accountId, ledger: ledgerOf(keyKind), month, ...bounds })
  }

  app.get(statementPath, hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const month = jakartaDay(await database.now()).slice(0, 7)
    return reply.redirect(linkWith(context, `${statementPath}/${month}`, {}), 303)
  })

  app.get<{ Params: { month: string } }>(`${statementPath}/:month`, hidden, async (request, reply) => {
    const { month } = request.params
    const csv = /^(.*)\.csv$/.exec(month)?.[1]
    const statement = await statementOf(request, reply, csv ?? month)
    if (statement === undefined) return reply
    if (csv !== undefined)
      return reply
        .type('text/csv; charset=utf-8')
        .headers({
          'content-disposition': `attachment; filename="laporan-${statement.month}.csv"`,
          'cache-control': 'private, no-store',
        })
        .send(statementCsv(statement))
    const context = await contextOf(request, parts)
    const paths = await scriptPaths()
    return sendPage(reply, context, {
      title: sayIn(context.language)('statement.title', { month: monthText(month, context.language) }),
      body: <StatementPage context={context} statement={statement} now={await database.now()} />,
      scripts: [paths.script('portal.js')],
      isPrivate: true,
    })
  })
}
