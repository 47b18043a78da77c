import { recordAudit } from '../audit/audit.ts'
import { derivedUuid, newUuid } from '../base/ids.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Tx } from '../database/database.ts'
import { tellMembers } from '../identity/notices.ts'
import { expireBatchMax, expireRoundsMax } from '../limits/purchases.ts'
import { recordEvents } from '../notices/outbox.ts'
import { orderColumns, orderFromRow, referenceOf, type Order, type OrderRow, type OrderState } from './order.ts'
import type { PurchaseParts } from './purchase-parts.ts'
import { tellMaker } from './tell-order.ts'

type Ending = {
  from: Extract<OrderState, 'waiting' | 'waiting_approval'>
  to: Extract<OrderState, 'expired' | 'cancelled'>
  action: string
  tell: (tx: Tx, orders: readonly Order[], at: Date) => Promise<void>
}

/**
 * Ends orders whose time is over, set by set; safe in several processes at once. Money that comes later still buys; what no second member let
 * pass is cancelled, for nobody could have paid it. Returns how many.
 */
export async function expireOrders(parts: PurchaseParts, stopping?: AbortSignal): Promise<number> {
  const { sealing } = parts
  const unpaid: Ending = {
    from: 'waiting',
    to: 'expired',
    action: 'order.expired',
    tell: (tx, orders, at) => tellExpired(tx, sealing, { orders, at }),
  }
  const unapproved: Ending = {
    from: 'waiting_approval',
    to: 'cancelled',
    action: 'order.approval_lapsed',
    tell: async (tx, orders, at) => {
      for (const order of orders) await tellMaker(tx, sealing, { order, template: 'order_cancelled', at })
    },
  }
  return (await endDue(parts, unpaid, stopping)) + (await endDue(parts, unapproved, stopping))
}

async function endDue({ database }: PurchaseParts, ending: Ending, stopping?: AbortSignal): Promise<number> {
  const { from, to, action, tell } = ending
  let ended = 0
  for (let round = 0; round < expireRoundsMax; round++) {
    if (stopping?.aborted === true) break
    const count = await database.transaction(async (tx) => {
      const at = await database.now(tx)
      // written out, so that each is found by its own partial index
      const isFrom = from === 'waiting' ? tx`state = 'waiting'` : tx`state = 'waiting_approval'`
      const rows = await tx<OrderRow[]>`
        with due as materialized (
          select account_id, order_id from orders where ${isFrom} and expires_at <= ${at}
          order by expires_at limit ${expireBatchMax} for update skip locked
        )
        update orders o set state = ${to}, version = o.version + 1, ended_at = ${at}
        from due where o.account_id = due.account_id and o.order_id = due.order_id
        returning ${orderColumns(tx)}`
      const orders = rows.map(orderFromRow)
      const entries = orders.map((order) => ({
        accountId: order.accountId,
        id: newUuid(at),
        actor: 'system:orders',
        action,
        objectId: referenceOf(order),
      }))
      await recordAudit(tx, entries, at)
      await tell(tx, orders, at)
      return orders.length
    })
    ended += count
    if (count < expireBatchMax) break
  }
  return ended
}

async function tellExpired(
  tx: Tx,
  sealing: Sealing,
  { orders, at }: { orders: readonly Order[]; at: Date },
): Promise<void> {
  const events = orders.map((order) => ({
    accountId: order.accountId,
    id: derivedUuid(order.id, 'order.expired'),
    event: 'order.expired' as const,
    objectId: referenceOf(order),
    version: order.version,
  }))
  await recordEvents(tx, events, at)
  for (const order of orders) {
    const values = { order: referenceOf(order), units: order.quantity }
    const told = { accountId: order.accountId, permission: 'buy', template: 'order_expired' } as const
    await tellMembers(tx, sealing, { ...told, values, at })
  }
}
