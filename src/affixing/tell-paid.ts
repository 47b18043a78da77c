import type { Sealing } from '../base/sealing.ts'
import type { Tx } from '../database/database.ts'
import { tellPerson } from '../identity/notices.ts'
import { readPerson } from '../identity/people.ts'
import { referenceOf, type Order } from '../purchases/order.ts'

/**
 * What affixing does when an order is paid, in the same commit: whoever ordered for one affixing is told that it can be finished now.
 * Nothing is reserved: a reservation's time begins when somebody is there to finish it.
 */
export function tellPaidIntent(sealing: Sealing): (tx: Tx, order: Order, at: Date) => Promise<void> {
  return async (tx, order, at) => {
    const { accountId, id, quantity } = order
    const [row] = await tx<{ person_id: string | null }[]>`
      select person_id from order_intents where account_id = ${accountId} and order_id = ${id}`
    const person = typeof row?.person_id === 'string' ? await readPerson(tx, sealing, row.person_id) : undefined
    if (person === undefined) return
    const values = { order: referenceOf(order), units: quantity }
    await tellPerson(tx, sealing, { person, accountId, template: 'order_paid', values, at })
  }
}
