import type { Sealing } from '../base/sealing.ts'
import type { Tx } from '../database/database.ts'
import { tellMembers } from '../identity/notices.ts'
import { referenceOf, type Order } from '../purchases/order.ts'

/**
 * What affixing does when an order is paid, in the same commit: the member who ordered for one affixing is told that it can be finished now.
 * Nothing is reserved: a reservation's time begins when somebody is there to finish it.
 */
export function tellPaidIntent(sealing: Sealing): (tx: Tx, order: Order, at: Date) => Promise<void> {
  return async (tx, order, at) => {
    const { accountId, id, quantity } = order
    const [row] = await tx<{ person_id: string | null }[]>`
      select person_id from order_intents where account_id = ${accountId} and order_id = ${id}`
    if (typeof row?.person_id !== 'string') return
    const values = { order: referenceOf(order), units: quantity }
    const to = { accountId, permission: 'affix', onlyPersonIds: [row.person_id] } as const
    await tellMembers(tx, sealing, { ...to, template: 'order_paid', values, at })
  }
}
