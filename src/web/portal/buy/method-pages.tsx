import type { FastifyInstance } from 'fastify'
import { fingerprintOf } from '../../../affixing/fingerprint.ts'
import { isCostCentre } from '../../../base/cost-centre.ts'
import { RefusedError, type Refusal } from '../../../errors.ts'
import { findApprovalRule } from '../../../identity/approval-rule.ts'
import { unprovenStampsMax } from '../../../limits/people.ts'
import { listOrders, referenceOf, type Order } from '../../../purchases/order.ts'
import { placeOrder, replaceOrder } from '../../../purchases/place-order.ts'
import { priceOf } from '../../../purchases/price.ts'
import { Notice, SummaryList } from '../components/blocks.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { CostCentreField } from '../components/cost-centre-field.tsx'
import {
  formRoute,
  FormGuard,
  wrongOf,
  Wrongs,
  type Again,
  type Fields,
  type FormError,
  type Visit,
} from '../forms.tsx'
import { linkWith, queryOf } from '../page-context.ts'
import type { PageBody } from '../page.tsx'
import { buyPath, enterWith, orderOfPage, ordersPath, rupiahText, wayBack, type BuyPageParts } from './buy-parts.ts'
import { MethodCards, wayOf, type WayToPay } from './method-cards.tsx'
import { quantityTyped } from './quantity-page.tsx'

type Chosen = { ok: true; way: WayToPay } | { ok: false; errors: FormError[] }

function chosenWay({ say }: Visit, fields: Fields): Chosen {
  const way = wayOf(fields.one('pay'))
  return way === undefined
    ? { ok: false, errors: [{ field: 'pay', says: say('buy.methodMissing') }] }
    : { ok: true, way }
}

/** How to pay for so many stamps: with the answer the order is placed. */
export function methodRoute(app: FastifyInstance, parts: BuyPageParts): void {
  const { purchases } = parts
  const path = `${buyPath}/cara`

  formRoute(app, parts, {
    path,
    enter: enterWith('buy'),
    repeated: ordersPath,
    async show(visit, { accountId }, again) {
      const { context, request } = visit
      const typed = again?.fields.one('jumlah') ?? queryOf(request, 'jumlah')
      const back = wayBack(request, again?.fields.one('kembali'))
      const quantity = quantityTyped(typed)
      if (quantity === undefined) return { to: linkWith(context, buyPath, { jumlah: typed, kembali: back }) }
      return methodPage(parts, visit, { accountId, quantity, again, back, path })
    },
    async act(visit, caller, fields) {
      const quantity = quantityTyped(fields.one('jumlah'))
      const back = wayBack(visit.request, fields.one('kembali'))
      if (quantity === undefined) return { to: linkWith(visit.context, buyPath, { jumlah: fields.one('jumlah') }) }
      const chosen = chosenWay(visit, fields)
      if (!chosen.ok) return chosen
      const tag = fields.one('tag').trim() || undefined
      if (tag !== undefined && !isCostCentre(tag))
        return { ok: false, errors: [{ field: 'tag', says: visit.say('tag.wrong') }] }
      const wish = { quantity, ...chosen.way, paysFor: 'quota' as const, tag }
      const key = `form-${fields.one('formKey')}`
      const placed = await placeOrder(purchases, { caller, key, fingerprint: fingerprintOf(wish), ...wish })
      const order = placed.ok ? placed.order : await waitingInstead(parts, { ...caller, quantity }, placed.refusal)
      return { to: linkWith(visit.context, `${buyPath}/${referenceOf(order)}`, { kembali: back }) }
    },
  })
}

/**
 * The order for as many stamps that waits for its payment, where it is what leaves no room for another: who went back and ordered again
 * has what they wanted. Throws the refusal where there is none.
 */
async function waitingInstead(
  { purchases }: BuyPageParts,
  { accountId, quantity }: { accountId: string; quantity: number },
  refusal: Refusal,
): Promise<Order> {
  if (refusal.code !== 'proofing_needed') throw new RefusedError(refusal)
  // one stamp an order at least: there are no more of them
  const waiting = await listOrders(purchases.database.sql, { accountId, state: 'waiting', limit: unprovenStampsMax })
  const same = waiting.find((order) => order.quantity === quantity && order.paysFor === 'quota')
  if (same === undefined) throw new RefusedError(refusal)
  return same
}

/** Another way to pay for an order that is not paid. */
export function replaceRoute(app: FastifyInstance, parts: BuyPageParts): void {
  formRoute(app, parts, {
    path: `${buyPath}/:order/ganti`,
    enter: enterWith('buy'),
    repeated: ordersPath,
    async show(visit, who, again) {
      const order = await orderOfPage(parts, visit.request, who)
      const back = wayBack(visit.request, again?.fields.one('kembali'))
      const to = linkWith(visit.context, `${buyPath}/${referenceOf(order)}`, { kembali: back })
      if (order.state === 'paid' || order.state === 'cancelled' || order.replacedBy !== undefined) return { to }
      const path = `${buyPath}/${referenceOf(order)}/ganti`
      return methodPage(parts, visit, { accountId: who.accountId, quantity: order.quantity, again, back, path, order })
    },
    async act(visit, caller, fields) {
      const order = await orderOfPage(parts, visit.request, caller)
      const chosen = chosenWay(visit, fields)
      if (!chosen.ok) return chosen
      const replaced = await replaceOrder(parts.purchases, { caller, order, ...chosen.way })
      if (!replaced.ok) throw new RefusedError(replaced.refusal)
      const back = wayBack(visit.request, fields.one('kembali'))
      return { to: linkWith(visit.context, `${buyPath}/${referenceOf(replaced.order)}`, { kembali: back }) }
    },
  })
}

async function methodPage(
  parts: BuyPageParts,
  { context, say }: Visit,
  shown: {
    accountId: string
    quantity: number
    again: Again | undefined
    back: string | undefined
    path: string
    order?: Order
  },
): Promise<PageBody> {
  const { quantity, again, back, path, order } = shown
  const { totalRupiah } = priceOf(quantity)
  const total = rupiahText(totalRupiah, context.language)
  // what a second member let pass stays so, however it is paid
  const above =
    order?.approvedBy === undefined ? await findApprovalRule(parts.database.sql, shown.accountId) : undefined
  const isHeld = above !== undefined && totalRupiah > above
  const title = say(order === undefined ? 'buy.methodTitle' : 'buy.replaceTitle')
  const change = {
    href: linkWith(context, buyPath, { jumlah: String(quantity), kembali: back }),
    label: say('buy.change'),
  }
  // how many stands in the address too: who finds no answer there loads it again
  const action = linkWith(context, path, order === undefined ? { jumlah: String(quantity), kembali: back } : {})
  const body = (
    <div class="narrow">
      <h1>{title}</h1>
      <Wrongs say={say} again={again} />
      {order === undefined ? null : <p>{say('buy.replaceLead')}</p>}
      <SummaryList
        rows={[
          {
            label: say('receipt.quantity'),
            value: say('buy.units', { units: quantity }),
            ...(order === undefined ? { change: { ...change, says: say('receipt.quantity') } } : {}),
          },
          { label: say('buy.total'), value: <strong>{total}</strong> },
        ]}
      />
      {isHeld ? (
        <Notice tone="plain">
          <p>{say('buy.aboveRule', { sum: rupiahText(above, context.language) })}</p>
        </Notice>
      ) : null}
      <form method="post" action={action}>
        <FormGuard context={context} />
        <input type="hidden" name="jumlah" value={quantity} />
        {back === undefined ? null : <input type="hidden" name="kembali" value={back} />}
        <MethodCards
          context={context}
          say={say}
          purchases={parts.purchases}
          gateway={parts.purchases.gateways.main}
          quantity={quantity}
          again={again}
        />
        {order === undefined ? (
          <CostCentreField say={say} value={again?.fields.one('tag')} {...wrongOf(again, 'tag')} />
        ) : null}
        <Button>{say(isHeld ? 'buy.orderHeld' : 'buy.pay', { total })}</Button>
      </form>
      {order === undefined ? null : (
        <LinkButton look="quiet" href={linkWith(context, `${buyPath}/${referenceOf(order)}`, { kembali: back })}>
          {say('buy.keepMethod')}
        </LinkButton>
      )}
    </div>
  )
  return { title, body }
}
