import type { OrderIntent } from '../../../purchases/order-intents.ts'
import type { Order } from '../../../purchases/order.ts'
import type { RefundCase } from '../../../purchases/refunds/refund.ts'
import type { PageContext, Say } from '../page-context.ts'

/** An order with all that its page tells. `back`: where the person was going. */
export type OrderShown = {
  context: PageContext
  say: Say
  order: Order
  back: string | undefined
  refunds: readonly RefundCase[]
  intent: OrderIntent | undefined
}
