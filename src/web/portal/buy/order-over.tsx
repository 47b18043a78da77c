import { publicId } from '../../../base/ids.ts'
import { referenceOf } from '../../../purchases/order.ts'
import { Verdict } from '../components/blocks.tsx'
import { LinkButton } from '../components/button.tsx'
import { Moment } from '../components/moment.tsx'
import { linkTo, linkWith } from '../page-context.ts'
import { buyPath, rupiahText } from './buy-parts.ts'
import { LookForm, LookNews } from './look-form.tsx'
import { MoneyBack } from './money-back.tsx'
import type { OrderShown } from './order-shown.ts'

/** The money is there: what it became, and the next step. */
export function OrderPaid(shown: OrderShown) {
  const { context, say, order, back, intent } = shown
  const path = `${buyPath}/${referenceOf(order)}`
  const isLate = order.endedAt !== undefined && order.endedAt > order.expiresAt
  const finish = intent?.state === 'usable' ? finishPath(back, referenceOf(order)) : undefined
  const next = finish ?? back ?? linkTo(context, '/bubuhkan')
  const label = finish === undefined ? say(back === undefined ? 'buy.stampNow' : 'buy.goOn') : say('buy.finishStamp')
  return (
    <>
      <h1>{say('orders.pageTitle.paid', { units: order.quantity })}</h1>
      <Verdict
        tone="good"
        sentence={say(order.paysFor === 'debt' ? 'buy.paidDebt' : 'buy.paid', { units: order.quantity })}
      />
      {order.endedAt === undefined ? null : (
        <p>
          {say('buy.paidAt', { total: rupiahText(order.totalRupiah, context.language) })}{' '}
          <Moment at={order.endedAt} language={context.language} />
        </p>
      )}
      {isLate ? <p>{say('buy.paidLate')}</p> : null}
      <MoneyBack {...shown} />
      <div {...(finish === undefined ? {} : { 'data-go': finish })}>
        <LinkButton href={next}>{label}</LinkButton>
      </div>
      <LinkButton look="quiet" href={linkTo(context, `${path}/kuitansi`)}>
        {say('buy.showReceipt')}
      </LinkButton>
    </>
  )
}

/** Where the affixing that was paid for is finished: where the person came from, or the affixing page; it is told the order. */
function finishPath(back: string | undefined, id: string): string {
  const path = back ?? '/bubuhkan'
  return `${path}${path.includes('?') ? '&' : '?'}pesanan=${id}`
}

/** The time ran out, or another order came in its place: what that means for money that was sent, and for money that was not. */
export function OrderOver(shown: OrderShown & { news: 'belum' | 'diam' | undefined }) {
  const { context, say, order, back, news } = shown
  const isReplaced = order.state === 'replaced'
  const successor = order.replacedBy === undefined ? undefined : publicId('order', order.replacedBy)
  const again = linkWith(context, buyPath, { jumlah: String(order.quantity), kembali: back })
  return (
    <>
      <h1>{say(`orders.pageTitle.${order.state}`, { units: order.quantity })}</h1>
      <Verdict tone="warn" sentence={say(isReplaced ? 'buy.replaced' : 'buy.expired')} />
      <LookNews say={say} news={news} />
      <h2>{say('buy.ifNotPaid')}</h2>
      <p>{say(isReplaced ? 'buy.replacedNotPaid' : 'buy.expiredNotPaid')}</p>
      <h2>{say('buy.ifPaid')}</h2>
      <p>{say(isReplaced ? 'buy.replacedPaid' : 'buy.expiredPaid')}</p>
      <MoneyBack {...shown} />
      {isReplaced ? null : <LookForm {...shown} quiet />}
      {successor === undefined ? (
        <LinkButton href={again}>{say('buy.orderAgain')}</LinkButton>
      ) : (
        <LinkButton href={linkWith(context, `${buyPath}/${successor}`, { kembali: back })}>
          {say('buy.showSuccessor')}
        </LinkButton>
      )}
    </>
  )
}
