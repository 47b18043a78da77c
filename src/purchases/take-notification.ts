import type { IncomingHttpHeaders } from 'node:http'
import { parsePublicId } from '../base/ids.ts'
import { hintedPaymentsMax } from '../limits/purchases.ts'
import type { GatewayName } from './gateways/gateway.ts'
import { findOrderOfGateway, type Order } from './order.ts'
import { gatewayNamed, type PurchaseParts } from './purchase-parts.ts'
import { settlePayment } from './settle-payment.ts'

/** What becomes of a notification: taken, whatever it was good for; or why it is not. */
export type TakenNotification = { ok: true } | { ok: false; reason: 'gateway_unknown' | 'forged' | 'unreadable' }

/**
 * Takes a gateway's word, once its signature is proved. What the signature alone proves is settled at once; otherwise the gateway is asked
 * within a second. A repeat, an old state and an order that nobody knows are taken and change nothing.
 */
export async function takeNotification(
  parts: PurchaseParts,
  received: { gateway: string; headers: IncomingHttpHeaders; body: Buffer },
): Promise<TakenNotification> {
  const gateway = gatewayNamed(parts.gateways, received.gateway)
  if (gateway === undefined) return { ok: false, reason: 'gateway_unknown' }
  const { name } = gateway
  const read = gateway.readNotification(received)
  if (!read.ok) {
    parts.observe?.({ gateway: name, outcome: read.reason })
    return { ok: false, reason: read.reason }
  }
  if (read.notification === undefined) {
    parts.observe?.({ gateway: name, outcome: 'nothing' })
    return { ok: true }
  }
  const { reference, transactionId, report } = read.notification
  const order = await orderOf(parts, name, reference)
  if (order === undefined) {
    parts.observe?.({ gateway: name, outcome: 'order_unknown' })
    return { ok: true }
  }
  if (report.state !== 'paid') parts.observe?.({ gateway: name, outcome: 'nothing' })
  else if (gateway.mustConfirm) await noteHint(parts, order, transactionId)
  else for (const payment of report.payments) await settlePayment(parts, { order, payment, foundBy: 'notification' })
  return { ok: true }
}

async function orderOf(parts: PurchaseParts, gateway: GatewayName, reference: string): Promise<Order | undefined> {
  const id = parsePublicId('order', reference)
  return id === undefined ? undefined : findOrderOfGateway(parts.database.sql, { gateway, id })
}

/** Keeps the payment's name for the next look, which is due now. One that was settled already is not asked about again. */
async function noteHint({ database }: PurchaseParts, order: Order, transactionId: string): Promise<void> {
  const now = await database.now()
  await database.sql`
    update orders set look_at = ${now}, hinted_at = ${now}, hinted = case when ${transactionId} = any(hinted) or cardinality(hinted) >= ${hintedPaymentsMax}
      then hinted else array_append(hinted, ${transactionId}) end
    where account_id = ${order.accountId} and order_id = ${order.id} and not exists (
      select from payments p where p.gateway = ${order.gateway} and p.transaction_id = ${transactionId})`
}
