import type { FastifyInstance } from 'fastify'
import { publicId } from '../../../base/ids.ts'
import { orderRefreshSeconds } from '../../../limits/purchases.ts'
import { approveOrder, cancelOrder } from '../../../purchases/approve-order.ts'
import { GatewayUnavailable } from '../../../purchases/gateways/gateway.ts'
import { lookNow } from '../../../purchases/look.ts'
import { findIntents } from '../../../purchases/order-intents.ts'
import { referenceOf, type Order } from '../../../purchases/order.ts'
import { listRefundsOfOrder } from '../../../purchases/refunds/refund.ts'
import { permit } from '../../api/caller.ts'
import { unwrap } from '../../api/people-parts.ts'
import { actConfirmed } from '../act-pin.tsx'
import { formRoute, scriptsOf, type Acted, type Fields, type Visit } from '../forms.tsx'
import { queryOf, linkWith } from '../page-context.ts'
import type { SignedInCaller } from '../signed-in.ts'
import { buyPath, enterWith, orderOfPage, wayBack, type BuyPageParts } from './buy-parts.ts'
import { OrderCancelled, OrderHeld, readHolding } from './order-held.tsx'
import { OrderOver, OrderPaid } from './order-over.tsx'
import type { OrderShown } from './order-shown.ts'
import { OrderStory } from './order-story.tsx'
import { OrderWaiting } from './order-waiting.tsx'

/** What came of "I have paid", as the address says it for the page after. */
const newsNames = ['belum', 'diam'] as const

/** One order: how to pay it, what became of it, and what happens next. Its forms let it pass, take it back, and say "I have paid". */
export function orderRoute(app: FastifyInstance, parts: BuyPageParts): void {
  const { purchases } = parts
  formRoute(app, parts, {
    path: `${buyPath}/:order`,
    enter: enterWith('read'),
    async show(visit, who, again) {
      const { context, say, request } = visit
      const order = await orderOfPage(parts, request, who)
      const back = wayBack(request, again?.fields.one('kembali'))
      const isHeld = order.state === 'waiting_approval'
      const [refunds, intents, holding] = await Promise.all([
        listRefundsOfOrder(parts.database.sql, order),
        findIntents(purchases, [order]),
        isHeld ? readHolding(parts, order, who) : undefined,
      ])
      const found = intents.get(order.id)
      // nobody but who confirmed it goes on by it
      const intent = found?.personId === undefined || found.personId === who.person.personId ? found : undefined
      const shown: OrderShown = { context, say, order, back, refunds, intent }
      const asked = queryOf(request, 'kabar')
      const news = newsNames.find((name) => name === asked)
      const isLive = isHeld || order.state === 'waiting' || order.state === 'expired'
      const path = `${buyPath}/${referenceOf(order)}`
      const body = (
        <div class="narrow" {...(isLive ? { 'data-live': path, 'data-version': order.version } : {})}>
          {holding === undefined ? null : <OrderHeld {...shown} holding={holding} again={again} />}
          {order.state === 'cancelled' ? <OrderCancelled {...shown} /> : null}
          {order.state === 'waiting' ? <OrderWaiting {...shown} news={news} /> : null}
          {order.state === 'paid' ? <OrderPaid {...shown} /> : null}
          {order.state === 'expired' || order.state === 'replaced' ? <OrderOver {...shown} news={news} /> : null}
          <OrderStory {...shown} />
        </div>
      )
      const title = say(`orders.pageTitle.${order.state}`, { units: order.quantity })
      const refresh = order.state === 'waiting' ? { refreshSeconds: orderRefreshSeconds } : {}
      return { title, body, scripts: await scriptsOf('pay.js'), ...refresh }
    },
    async act(visit, who, fields) {
      const order = await orderOfPage(parts, visit.request, who)
      const kembali = wayBack(visit.request, fields.one('kembali'))
      const path = `${buyPath}/${publicId('order', order.id)}`
      const to = (kabar?: string) => ({ to: linkWith(visit.context, path, { kembali, kabar }) })
      const decided = await decide(parts, { visit, who, fields, order })
      if (decided !== undefined) return 'errors' in decided ? decided : to()
      try {
        const looked = await lookNow(purchases, order)
        return to(looked.state === 'waiting' || looked.state === 'expired' ? 'belum' : undefined)
      } catch (error) {
        if (error instanceof GatewayUnavailable) return to('diam')
        throw error
      }
    },
  })
}

/** The act of a second member, or of whoever takes an order back; undefined where the form says that it is paid. */
async function decide(
  parts: BuyPageParts,
  { visit, who, fields, order }: { visit: Visit; who: SignedInCaller; fields: Fields; order: Order },
): Promise<{ order: Order } | Extract<Acted, { errors: unknown }> | undefined> {
  const act = fields.one('act')
  if (act !== 'approve' && act !== 'cancel') return undefined
  const caller = permit(who, 'buy')
  if (act === 'cancel') return unwrap<{ ok: true; order: Order }>(await cancelOrder(parts.purchases, { caller, order }))
  const authorization = await actConfirmed(parts, who, { fields, purpose: 'money' })
  if (authorization === undefined) return { errors: [{ field: 'pin', says: visit.say('own.actPinNeeded') }] }
  return unwrap<{ ok: true; order: Order }>(await approveOrder(parts.purchases, { caller, order, authorization }))
}
