import { recordAudit } from '../audit/audit.ts'
import { derivedUuid, newUuid } from '../base/ids.ts'
import { tellMembers } from '../identity/notices.ts'
import { expireBatchMax, expireRoundsMax } from '../limits/purchases.ts'
import { recordEvents } from '../notices/outbox.ts'
import { referenceOf } from './order.ts'
import type { PurchaseParts } from './purchase-parts.ts'

/** Ends orders whose time is over, set by set; safe in several processes at once. Money that comes later still buys. Returns how many. */
export async function expireOrders({ database, sealing }: PurchaseParts, stopping?: AbortSignal): Promise<number> {
  let expired = 0
  for (let round = 0; round < expireRoundsMax; round++) {
    if (stopping?.aborted === true) break
    const count = await database.transaction(async (tx) => {
      const at = await database.now(tx)
      const rows = await tx<{ account_id: string; order_id: string; version: number; quantity: number }[]>`
        with due as materialized (
          select account_id, order_id from orders where state = 'waiting' and expires_at <= ${at}
          order by expires_at limit ${expireBatchMax} for update skip locked
        )
        update orders o set state = 'expired', version = o.version + 1, ended_at = ${at}
        from due where o.account_id = due.account_id and o.order_id = due.order_id
        returning o.account_id, o.order_id, o.version, o.quantity`
      const orders = rows.map((row) => ({
        accountId: row.account_id,
        id: row.order_id,
        version: row.version,
        quantity: row.quantity,
      }))
      await recordAudit(
        tx,
        orders.map((order) => ({
          accountId: order.accountId,
          id: newUuid(at),
          actor: 'system:orders',
          action: 'order.expired',
          objectId: referenceOf(order),
        })),
        at,
      )
      await recordEvents(
        tx,
        orders.map((order) => ({
          accountId: order.accountId,
          id: derivedUuid(order.id, 'order.expired'),
          event: 'order.expired' as const,
          objectId: referenceOf(order),
          version: order.version,
        })),
        at,
      )
      for (const order of orders) {
        const values = { order: referenceOf(order), units: order.quantity }
        const told = { accountId: order.accountId, permission: 'buy', template: 'order_expired' } as const
        await tellMembers(tx, sealing, { ...told, values, at })
      }
      return orders.length
    })
    expired += count
    if (count < expireBatchMax) break
  }
  return expired
}
