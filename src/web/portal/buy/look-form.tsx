import { linkWith } from '../page-context.ts'
import { referenceOf } from '../../../purchases/order.ts'
import { Notice } from '../components/blocks.tsx'
import { Button } from '../components/button.tsx'
import { FormGuard } from '../forms.tsx'
import { buyPath } from './buy-parts.ts'
import type { OrderShown } from './order-shown.ts'

/** What came of asking the gateway. */
export function LookNews({ say, news }: Pick<OrderShown, 'say'> & { news: 'belum' | 'diam' | undefined }) {
  if (news === undefined) return null
  return (
    <Notice tone={news === 'belum' ? 'plain' : 'warn'}>
      <p role="status">{say(news === 'belum' ? 'buy.notYet' : 'buy.gatewaySilent')}</p>
    </Notice>
  )
}

/** "I have paid": asks the gateway now. */
export function LookForm({ context, say, order, back, quiet }: OrderShown & { quiet?: boolean }) {
  return (
    <form method="post" action={linkWith(context, `${buyPath}/${referenceOf(order)}`, {})}>
      <FormGuard context={context} />
      {back === undefined ? null : <input type="hidden" name="kembali" value={back} />}
      <Button look={quiet === true ? 'quiet' : 'primary'}>{say('buy.paidAlready')}</Button>
    </form>
  )
}
