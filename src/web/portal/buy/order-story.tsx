import { publicId } from '../../../base/ids.ts'
import { referenceOf, type OrderState } from '../../../purchases/order.ts'
import { Reference, SummaryList } from '../components/blocks.tsx'
import { Moment } from '../components/moment.tsx'
import { linkTo, linkWith } from '../page-context.ts'
import { buyPath, methodText, ordersPath, rupiahText } from './buy-parts.ts'
import type { OrderShown } from './order-shown.ts'

const inEights = (text: string): string[] => text.match(/^ord_|.{1,8}/g) ?? []

/** Money may be on its way for these: nobody can have paid one that no second member let pass. */
const unpaid: readonly OrderState[] = ['waiting', 'expired', 'replaced']

/** Everything that happened to an order, and what it is: folded, for who needs it. */
export function OrderStory({ context, say, order, refunds }: OrderShown) {
  const { language } = context
  const id = referenceOf(order)
  const link = (other: string) => (
    <a href={linkTo(context, `${buyPath}/${publicId('order', other)}`)}>{say('orders.show')}</a>
  )
  const rows = [
    {
      label: say('orders.number'),
      value: <Reference value={id} groups={inEights(id)} copy={say('buy.copyNumber')} />,
    },
    { label: say('receipt.quantity'), value: say('buy.units', { units: order.quantity }) },
    { label: say('receipt.total'), value: rupiahText(order.totalRupiah, language) },
    { label: say('receipt.method'), value: methodText(say, order) },
    ...(order.tag === undefined ? [] : [{ label: say('receipt.tag'), value: order.tag }]),
    { label: say('orders.placedAt'), value: <Moment at={order.createdAt} language={language} /> },
    ...(order.state === 'waiting_approval' || order.state === 'waiting' || order.endedAt === undefined
      ? []
      : [{ label: say(`orders.endedAt.${order.state}`), value: <Moment at={order.endedAt} language={language} /> }]),
    ...refunds.map((refund) => ({
      label: say('orders.refundAt'),
      value: <Moment at={refund.createdAt} language={language} />,
    })),
    ...(order.replaces === undefined ? [] : [{ label: say('orders.insteadOf'), value: link(order.replaces) }]),
    ...(order.replacedBy === undefined ? [] : [{ label: say('orders.replacedBy'), value: link(order.replacedBy) }]),
  ]
  return (
    <>
      <details>
        <summary>{say('orders.story')}</summary>
        <SummaryList rows={rows} />
      </details>
      <ul class="plain-list">
        <li>
          <a href={linkWith(context, '/bantuan', { tentang: id })}>
            {say(unpaid.includes(order.state) ? 'buy.paidNoQuota' : 'orders.help')}
          </a>
        </li>
        <li>
          <a href={linkTo(context, ordersPath)}>{say('orders.title')}</a>
        </li>
      </ul>
    </>
  )
}
