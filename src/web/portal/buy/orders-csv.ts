import { semicolonRecord } from '../../../base/csv.ts'
import { jakartaTime } from '../../../base/jakarta.ts'
import type { Queryable } from '../../../database/database.ts'
import { ordersReadAtOnce, orderTableMax } from '../../../limits/purchases.ts'
import { listOrders, referenceOf, type Order, type OrderState } from '../../../purchases/order.ts'
import type { Say } from '../page-context.ts'
import { methodText } from './buy-parts.ts'

const columns = ['placed', 'state', 'ended', 'quantity', 'total', 'method', 'tag', 'id'] as const

/** What was bought as a table that Excel opens with Indonesian settings: UTF-8 with its mark, semicolons, no cell a formula. */
export async function* ordersTable(
  sql: Queryable,
  wish: { accountId: string; state: OrderState | undefined },
  say: Say,
): AsyncGenerator<string> {
  yield `\u{feff}${semicolonRecord(columns.map((column) => say(`orders.column.${column}`)))}`
  let before: string | undefined
  for (let count = 0; count < orderTableMax;) {
    const orders = await listOrders(sql, { ...wish, limit: ordersReadAtOnce, before })
    count += orders.length
    before = orders.at(-1)?.id
    yield orders.map((order) => recordOf(order, say)).join('')
    if (orders.length < ordersReadAtOnce) return
  }
  // what is left out is said where it is missed
  yield semicolonRecord([say('orders.tableCut', { count: orderTableMax })])
}

function recordOf(order: Order, say: Say): string {
  return semicolonRecord([
    jakartaTime(order.createdAt),
    say(`orders.state.${order.state}`),
    order.endedAt === undefined ? '' : jakartaTime(order.endedAt),
    order.quantity,
    String(order.totalRupiah),
    methodText(say, order),
    order.tag ?? '',
    referenceOf(order),
  ])
}
