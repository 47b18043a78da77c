import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parsePublicId } from '../../../base/ids.ts'
import { ordersOnPage } from '../../../limits/purchases.ts'
import { listOrders, orderStates, referenceOf, type OrderState } from '../../../purchases/order.ts'
import { Pagination, StateWord, Table, type Tone } from '../components/blocks.tsx'
import { LinkButton } from '../components/button.tsx'
import type { IconName } from '../components/icon.tsx'
import { Moment } from '../components/moment.tsx'
import { scriptsOf } from '../forms.tsx'
import { contextOf, linkTo, queryOf, sayIn, linkWith } from '../page-context.ts'
import { sendPage } from '../send-page.ts'
import { buyPath, enterWith, methodText, ordersPath, refundsPath, rupiahText, type BuyPageParts } from './buy-parts.ts'
import { ordersTable } from './orders-csv.ts'

const looks: Record<OrderState, { tone: Tone; icon: IconName }> = {
  waiting_approval: { tone: 'warn', icon: 'wait' },
  waiting: { tone: 'warn', icon: 'wait' },
  paid: { tone: 'good', icon: 'tick' },
  expired: { tone: 'plain', icon: 'cross' },
  replaced: { tone: 'plain', icon: 'back' },
  cancelled: { tone: 'plain', icon: 'cross' },
}

function stateAsked(request: FastifyRequest): OrderState | undefined {
  const asked = queryOf(request, 'keadaan')
  return orderStates.find((name) => name === asked)
}

/** What was bought, newest first, as a page and as a table; each leads to its story. */
export function ordersRoute(app: FastifyInstance, parts: BuyPageParts): void {
  const enter = enterWith('read')
  const hidden = { schema: { hide: true } } as const
  app.get(`${ordersPath}.csv`, hidden, async (request, reply) => {
    const who = await enter(request, reply)
    if (who === undefined) return reply
    const { language } = await contextOf(request, parts)
    const wish = { accountId: who.accountId, state: stateAsked(request) }
    return reply
      .type('text/csv; charset=utf-8')
      .headers({
        'content-disposition': 'attachment; filename="pembelian-meterai.csv"',
        'cache-control': 'private, no-store',
      })
      .send(Readable.from(ordersTable(parts.database.sql, wish, sayIn(language))))
  })

  app.get(ordersPath, hidden, async (request, reply) => {
    const who = await enter(request, reply)
    if (who === undefined) return reply
    const context = await contextOf(request, parts)
    const say = sayIn(context.language)
    const state = stateAsked(request)
    const cursor = queryOf(request, 'sesudah')
    const before = cursor === undefined ? undefined : parsePublicId('order', cursor)
    const { accountId } = who
    const found = await listOrders(parts.database.sql, { accountId, limit: ordersOnPage + 1, before, state })
    const orders = found.slice(0, ordersOnPage)
    const last = found.length > ordersOnPage ? orders.at(-1) : undefined
    const filters = [undefined, ...orderStates]
    const body = (
      <>
        <h1>{say('orders.title')}</h1>
        <nav aria-label={say('orders.filter')}>
          <ul class="pills">
            {filters.map((name) => (
              <li key={name ?? 'all'}>
                <a
                  href={linkWith(context, ordersPath, { keadaan: name })}
                  aria-current={name === state ? 'page' : undefined}
                >
                  {say(name === undefined ? 'orders.all' : `orders.state.${name}`)}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        {orders.length === 0 ? (
          <p>{say(state === undefined ? 'orders.none' : 'orders.noneSuch')}</p>
        ) : (
          <Table
            caption={say('orders.caption')}
            heads={[say('orders.what'), say('orders.stateHead'), say('receipt.total'), say('orders.placedAt')]}
            rows={orders.map((order) => [
              <a href={linkTo(context, `${buyPath}/${referenceOf(order)}`)}>
                {say('buy.units', { units: order.quantity })}, {methodText(say, order)}
              </a>,
              <StateWord {...looks[order.state]}>{say(`orders.state.${order.state}`)}</StateWord>,
              rupiahText(order.totalRupiah, context.language),
              <Moment at={order.createdAt} language={context.language} />,
            ])}
          />
        )}
        {last === undefined ? null : (
          <Pagination
            says={say('orders.pages')}
            older={{
              href: linkWith(context, ordersPath, { keadaan: state, sesudah: referenceOf(last) }),
              label: say('orders.older'),
            }}
          />
        )}
        <LinkButton href={linkTo(context, buyPath)}>{say('buy.title')}</LinkButton>
        {orders.length === 0 ? null : (
          <p>
            <a href={linkWith(context, `${ordersPath}.csv`, { keadaan: state })} download="">
              {say('history.table')}
            </a>{' '}
            <span class="soft">{say('history.tableHint')}</span>
          </p>
        )}
        <p>
          <a href={linkTo(context, refundsPath)}>{say('refunds.title')}</a>
        </p>
      </>
    )
    return sendPage(reply, context, { title: say('orders.title'), body, scripts: await scriptsOf(), isPrivate: true })
  })
}
