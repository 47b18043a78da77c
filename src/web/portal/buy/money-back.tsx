import { publicId } from '../../../base/ids.ts'
import { Notice } from '../components/blocks.tsx'
import { linkTo } from '../page-context.ts'
import { refundsPath } from './buy-parts.ts'
import type { OrderShown } from './order-shown.ts'
import { promisedText, refundText } from './refund-words.ts'

/** Payments of this order that bought nothing: why, and when the money is back. */
export function MoneyBack({ context, say, refunds }: OrderShown) {
  return (
    <>
      {refunds.map((refund) => {
        const amount = refundText(refund, context.language)
        const isOpen = refund.state === 'due' || refund.state === 'approved'
        const day = promisedText(refund.promisedOn, context.language)
        return (
          <Notice key={refund.id} tone={isOpen ? 'warn' : 'plain'}>
            <p>
              <strong>{say(`refunds.reason.${refund.reason}`, { amount })}</strong>
            </p>
            <p>{isOpen ? say('buy.moneyBack', { amount, day }) : say(`refunds.state.${refund.state}`)}</p>
            <p>
              <a href={linkTo(context, `${refundsPath}/${publicId('refund', refund.id)}`)}>
                {say(refund.destination === undefined && isOpen ? 'buy.sayWhere' : 'buy.showRefund')}
              </a>
            </p>
          </Notice>
        )
      })}
    </>
  )
}
