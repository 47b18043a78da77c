import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ledgerOf } from '../../../affixing/affixing-parts.ts'
import { Overloaded } from '../../../base/batching.ts'
import { jakartaDay } from '../../../base/jakarta.ts'
import { RefusedError } from '../../../errors.ts'
import type { Caller } from '../../../identity/api-keys.ts'
import type { PurchaseParts } from '../../../purchases/purchase-parts.ts'
import {
  monthBounds,
  monthlyStatement,
  statementCsv,
  type Statement,
  type StatementWish,
} from '../../../reports/monthly-statement.ts'
import { returnClasses, returnDocuments, type ReturnWish } from '../../../reports/stamp-duty-return.ts'
import type { PeopleWebParts } from '../../api/people.ts'
import { contextOf, sayIn, type PageParts, linkWith } from '../page-context.ts'
import { pageCaller, type PageCallerParts } from '../page-caller.ts'
import { scriptPaths } from '../scripts.ts'
import { sendPage } from '../send-page.ts'
import { monthText, StatementBusyPage, StatementPage, statementPath } from './statement-page.tsx'
import { userNames } from './user-names.ts'

export type StatementParts = PageParts &
  PageCallerParts & { selling?: { purchases: PurchaseParts }; people?: PeopleWebParts }

const hidden = { schema: { hide: true } } as const
type MonthParams = { Params: { month: string } }

/** The months of an account as pages and tables, with the lists for its tax return. Only where quota is sold: elsewhere nobody keeps accounts of it. */
export function statementPages(app: FastifyInstance, parts: StatementParts): void {
  const { selling } = parts
  if (selling === undefined) return
  const { database } = selling.purchases

  /** Who asks for whose month; undefined where the answer is to sign in. Refuses `not_found` for what is no month, or none yet. */
  async function wishOf(
    request: FastifyRequest,
    reply: FastifyReply,
    month: string,
  ): Promise<{ caller: Caller; wish: StatementWish } | undefined> {
    const who = await pageCaller(request, reply, parts)
    if (who === undefined) return undefined
    const bounds = monthBounds(month)
    const { caller } = who
    const { accountId, keyKind } = caller
    if (bounds === undefined || bounds.from > (await database.now()))
      throw new RefusedError({ code: 'not_found', values: { id: month.slice(0, 200) } })
    return { caller, wish: { accountId, ledger: ledgerOf(keyKind), month, ...bounds } }
  }

  /** The statement; undefined where too many are being made, which the answer tells then. */
  async function statementOf(
    request: FastifyRequest,
    reply: FastifyReply,
    wish: StatementWish,
  ): Promise<Statement | undefined> {
    try {
      return await monthlyStatement(database, wish)
    } catch (error) {
      if (!(error instanceof Overloaded)) throw error
      const context = await contextOf(request, parts)
      const title = sayIn(context.language)('statement.link')
      const body = <StatementBusyPage context={context} />
      sendPage(reply.code(503).header('retry-after', 5), context, { title, body, isPrivate: true })
      return undefined
    }
  }

  app.get(statementPath, hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const month = jakartaDay(await database.now()).slice(0, 7)
    return reply.redirect(linkWith(context, `${statementPath}/${month}`, {}), 303)
  })

  app.get<MonthParams>(`${statementPath}/:month`, hidden, async (request, reply) => {
    const { month } = request.params
    const csv = /^(.*)\.csv$/.exec(month)?.[1]
    const asked = await wishOf(request, reply, csv ?? month)
    if (asked === undefined) return reply
    const statement = await statementOf(request, reply, asked.wish)
    if (statement === undefined) return reply
    if (csv !== undefined) return sendTable(reply, `laporan-${statement.month}`, statementCsv(statement))
    const context = await contextOf(request, parts)
    const paths = await scriptPaths()
    const actors = statement.usedBy.map(({ actor }) => actor)
    const names = await userNames({ database, people: parts.people }, asked.caller, actors)
    return sendPage(reply, context, {
      title: sayIn(context.language)('statement.title', { month: monthText(month, context.language) }),
      body: <StatementPage context={context} statement={statement} names={names} now={await database.now()} />,
      scripts: [paths.script('portal.js')],
      wide: true,
      isPrivate: true,
    })
  })

  /** A list for the return of a month, which is about duty that was paid: specimens are none. */
  function returnRoute(name: string, read: (wish: ReturnWish) => string | Readable | Promise<string>): void {
    app.get<MonthParams>(`${statementPath}/:month/${name}.csv`, hidden, async (request, reply) => {
      const { month } = request.params
      const asked = await wishOf(request, reply, month)
      if (asked === undefined) return reply
      const { wish } = asked
      if (wish.ledger === 'specimens') throw new RefusedError({ code: 'return_of_specimens' })
      return sendTable(reply, `${name}-${month}`, await read(wish))
    })
  }
  returnRoute('spt-masa', (wish) => Readable.from(returnDocuments(database.sql, wish)))
  returnRoute('spt-masa-golongan', (wish) => returnClasses(database.sql, wish))
}

function sendTable(reply: FastifyReply, name: string, csv: string | Readable): FastifyReply {
  return reply
    .type('text/csv; charset=utf-8')
    .headers({
      'content-disposition': `attachment; filename="${name}.csv"`,
      'cache-control': 'private, no-store',
    })
    .send(csv)
}
