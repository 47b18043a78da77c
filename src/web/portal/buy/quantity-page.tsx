import type { FastifyInstance } from 'fastify'
import { orderQuantityMax, stampPriceRupiah } from '../../../limits/purchases.ts'
import { listOrders, referenceOf } from '../../../purchases/order.ts'
import { Notice } from '../components/blocks.tsx'
import { Button } from '../components/button.tsx'
import { Stepper } from '../components/choices.tsx'
import { ErrorSummary } from '../components/field.tsx'
import { scriptsOf } from '../forms.tsx'
import { contextOf, linkTo, queryOf, sayIn, linkWith } from '../page-context.ts'
import { sendPage } from '../send-page.ts'
import { digitsTyped } from '../typed-number.ts'
import { buyPath, enterWith, ordersPath, rupiahText, wayBack, type BuyPageParts } from './buy-parts.ts'

/** How many stamps somebody typed: 1 to the most of one order; undefined for anything else. */
export function quantityTyped(typed: string | undefined): number | undefined {
  const quantity = Number(digitsTyped(typed ?? '') ?? 0)
  return quantity >= 1 && quantity <= orderQuantityMax ? quantity : undefined
}

/** How many: the first question of buying. Its form only leads on, so the answer stands in the next address. */
export function quantityRoute(app: FastifyInstance, parts: BuyPageParts): void {
  const enter = enterWith('buy')
  app.get(buyPath, { schema: { hide: true } }, async (request, reply) => {
    const who = await enter(request, reply)
    if (who === undefined) return reply
    const context = await contextOf(request, parts)
    const say = sayIn(context.language)
    const typed = queryOf(request, 'jumlah')
    const quantity = quantityTyped(typed)
    const isWrong = typed !== undefined && quantity === undefined
    const wrong = say('buy.quantityWrong', { most: orderQuantityMax })
    const back = wayBack(request)
    const [waiting] = await listOrders(parts.database.sql, { accountId: who.accountId, limit: 1, state: 'waiting' })
    const price = rupiahText(stampPriceRupiah, context.language)
    const body = (
      <div class="narrow">
        <h1>{say('buy.title')}</h1>
        <ErrorSummary title={say('forms.wrongHeading')} errors={isWrong ? [{ field: 'jumlah', says: wrong }] : []} />
        <p class="lead">{say('buy.lead', { price })}</p>
        {waiting === undefined ? null : (
          <Notice tone="warn">
            <p>{say('buy.waitingNotice', { units: waiting.quantity })}</p>
            <p>
              <a href={linkWith(context, `${buyPath}/${referenceOf(waiting)}`, { kembali: back })}>
                {say('buy.waitingGo')}
              </a>
            </p>
          </Notice>
        )}
        <form method="get" action={`${buyPath}/cara`}>
          {back === undefined ? null : <input type="hidden" name="kembali" value={back} />}
          {context.languageInAddress ? <input type="hidden" name="bahasa" value={context.language} /> : null}
          <Stepper
            name="jumlah"
            label={say('buy.quantity')}
            hint={say('buy.quantityHint', { most: orderQuantityMax })}
            value={quantity ?? 1}
            least={1}
            most={orderQuantityMax}
            less={say('buy.less')}
            more={say('buy.more')}
            {...(isWrong ? { error: wrong } : {})}
          />
          <p class="total" data-total={stampPriceRupiah} hidden>
            {say('buy.total')} <strong>{rupiahText((quantity ?? 1) * stampPriceRupiah, context.language)}</strong>
          </p>
          <Button>{say('buy.next')}</Button>
        </form>
        <p>
          <a href={linkTo(context, ordersPath)}>{say('orders.title')}</a>
        </p>
      </div>
    )
    const scripts = await scriptsOf('pay.js')
    return sendPage(reply.code(isWrong ? 422 : 200), context, {
      title: say('buy.title'),
      body,
      scripts,
      isPrivate: true,
    })
  })
}
