import { parsePublicId, publicId } from '../base/ids.ts'
import { moneyText } from '../base/money-text.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Language } from '../base/text.ts'
import type { Tx } from '../database/database.ts'
import { listApprovers } from '../identity/approvers.ts'
import { tellPerson } from '../identity/notices.ts'
import { readPeople } from '../identity/people.ts'
import { queueMessage } from '../notices/messages/queue.ts'
import type { MessageTemplate } from '../notices/messages/templates.ts'
import { findLateContact } from './late-money.ts'
import { referenceOf, type Order } from './order.ts'

/** The person who placed an order, their UUID; undefined where a key did, and for orders from before. */
export function makerOf({ madeBy }: Order): string | undefined {
  return madeBy?.startsWith('person:') === true ? parsePublicId('person', madeBy.slice('person:'.length)) : undefined
}

/** Tells every member who may let an order pass that it waits for them. */
export async function tellApprovers(tx: Tx, sealing: Sealing, order: Order, at: Date): Promise<void> {
  const { accountId, quantity } = order
  const personIds = await listApprovers(tx, { accountId, permission: 'buy', butPersonId: makerOf(order) })
  const values = { order: referenceOf(order), units: quantity }
  await tell(tx, sealing, { personIds, accountId, template: 'order_waiting', values, at })
}

/** Tells the person who placed an order what came of its approval; nobody where a key did. */
export async function tellMaker(
  tx: Tx,
  sealing: Sealing,
  { order, template, at }: { order: Order; template: 'order_approved' | 'order_cancelled'; at: Date },
): Promise<void> {
  const maker = makerOf(order)
  const values = { order: referenceOf(order), units: order.quantity }
  const personIds = maker === undefined ? [] : [maker]
  await tell(tx, sealing, { personIds, accountId: order.accountId, template, values, at })
}

/**
 * Tells that money goes back for an order: who placed it and every owner, who say where to; of a closed account the contact that was kept,
 * who has to ask an operator.
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
  const owners = await listApprovers(tx, { accountId, permission: 'manage', butPersonId: undefined })
  const maker = makerOf(order)
  const personIds = new Set(maker === undefined ? owners : [...owners, maker])
  for (const person of (await readPeople(tx, sealing, [...personIds])).values()) {
    const values = valuesIn(person.language)
    await tellPerson(tx, sealing, { person, accountId, template: 'refund_due', values, at })
  }
  const kept = await findLateContact(tx, sealing, accountId)
  if (kept === undefined) return
  const { receiver, language } = kept
  const values = { ...valuesIn(language), refund: publicId('refund', refundId) }
  await queueMessage(tx, sealing, { accountId, receiver, template: 'refund_due_closed', values, language, at })
}

async function tell(
  tx: Tx,
  sealing: Sealing,
  notice: {
    personIds: readonly string[]
    accountId: string
    template: MessageTemplate
    values: Record<string, string | number>
    at: Date
  },
): Promise<void> {
  const { personIds, ...told } = notice
  for (const person of (await readPeople(tx, sealing, personIds)).values())
    await tellPerson(tx, sealing, { person, ...told })
}
