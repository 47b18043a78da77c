import { parsePublicId } from '../base/ids.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Tx } from '../database/database.ts'
import { listApprovers } from '../identity/approvers.ts'
import { tellPerson } from '../identity/notices.ts'
import { readPeople } from '../identity/people.ts'
import type { MessageTemplate } from '../notices/messages/templates.ts'
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
