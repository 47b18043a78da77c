import { parsePublicId, publicId } from '../base/ids.ts'
import { moneyText } from '../base/rupiah.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Language } from '../base/text.ts'
import type { Tx } from '../database/database.ts'
import { tellMembers } from '../identity/notices.ts'
import { queueMessage } from '../notices/messages/queue.ts'
import { findLateContact } from './late-money.ts'
import { referenceOf, type Order } from './order.ts'

/** The person who placed an order, their UUID; undefined where a key did, and for orders from before. */
export function makerOf({ madeBy }: Order): string | undefined {
  return madeBy?.startsWith('person:') === true ? parsePublicId('person', madeBy.slice('person:'.length)) : undefined
}

/** Tells every member who may let an order pass that it waits for them. */
export function tellApprovers(tx: Tx, sealing: Sealing, order: Order, at: Date): Promise<void> {
  const told = { accountId: order.accountId, permission: 'buy', butPersonId: makerOf(order) } as const
  return tellMembers(tx, sealing, { ...told, template: 'order_waiting', values: valuesOf(order), at })
}

const valuesOf = (order: Order) => ({ order: referenceOf(order), units: order.quantity })

/** Tells the member who placed an order what came of its approval; nobody where a key did, or they are a member no more. */
export async function tellMaker(
  tx: Tx,
  sealing: Sealing,
  { order, template, at }: { order: Order; template: 'order_approved' | 'order_cancelled'; at: Date },
): Promise<void> {
  const maker = makerOf(order)
  if (maker === undefined) return
  const told = { accountId: order.accountId, permission: 'read', onlyPersonIds: [maker] } as const
  await tellMembers(tx, sealing, { ...told, template, values: valuesOf(order), at })
}

/**
 * Tells that money goes back for an order: every member who may buy; of a closed account the contact that was kept, who has to ask an operator.
 */
export async function tellRefundDue(
  tx: Tx,
  sealing: Sealing,
  due: { order: Order; refundId: string; amount: { amountRupiah: bigint; currency: string }; at: Date },
): Promise<void> {
  const { order, refundId, amount, at } = due
  const { accountId } = order
  const valuesIn = (language: Language) => ({
    order: referenceOf(order),
    amount: moneyText(amount.amountRupiah, amount.currency, language),
  })
  await tellMembers(tx, sealing, { accountId, permission: 'buy', template: 'refund_due', values: valuesIn, at })
  const kept = await findLateContact(tx, sealing, accountId)
  if (kept === undefined) return
  const { receiver, language } = kept
  const values = { ...valuesIn(language), refund: publicId('refund', refundId) }
  await queueMessage(tx, sealing, { accountId, receiver, template: 'refund_due_closed', values, language, at })
}
