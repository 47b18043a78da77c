import { recordAudit } from '../audit/audit.ts'
import { derivedUuid, newUuid, publicId } from '../base/ids.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Tx } from '../database/database.ts'
import { applyTransfers, lockAccounts, openAccount } from '../ledger/transfers.ts'
import { paidLookSeconds } from '../limits/purchases.ts'
import { recordEvents } from '../notices/outbox.ts'
import type { GatewayName, ReportedPayment } from './gateways/gateway.ts'
import { isClosed } from './late-money.ts'
import { lockOrder, referenceOf, type Order } from './order.ts'
import type { PurchaseParts } from './purchase-parts.ts'
import { promisedDay, type RefundReason } from './refunds/promised-day.ts'
import { tellRefundDue } from './tell-order.ts'

// A payment is settled once: its row is unique by gateway and transaction, the credit by order. Both, the transfer, the order's state,
// events and audit are one commit under the account's lock, so whoever repeats, or comes from another process, finds it done.

/** How a payment was found to be true. */
export type FoundBy = 'notification' | 'look' | 'poll'

/** `known`: it was settled before, and nothing has changed. */
export type Settled = 'credited' | 'refund_due' | 'known'

/** Settles a payment that its gateway vouches for: credits the order, or notes that the money has to go back. Safe to repeat. */
export async function settlePayment(
  parts: PurchaseParts,
  settling: {
    order: { accountId: string; id: string; gateway: GatewayName }
    payment: ReportedPayment
    foundBy: FoundBy
  },
): Promise<Settled> {
  const { order: named, payment, foundBy } = settling
  const settled = await parts.database.transaction(async (tx): Promise<Settled> => {
    await lockAccounts(tx, [named.accountId])
    const order = await lockOrder(tx, named)
    const at = await parts.database.now(tx)
    await forgetHint(tx, order, payment.transactionId)
    const reason = await refundReason(tx, order, payment)
    const paymentId = derivedUuid(order.id, `payment ${order.gateway} ${payment.transactionId}`)
    const transferId = derivedUuid(order.id, 'purchase')
    const isNew = await tx`
      insert into payments (account_id, payment_id, order_id, gateway, transaction_id, amount_rupiah, currency, found_by, outcome, transfer_id, created_at)
      values (${order.accountId}, ${paymentId}, ${order.id}, ${order.gateway}, ${payment.transactionId}, ${payment.amountRupiah},
        ${payment.currency}, ${foundBy}, ${reason === undefined ? 'credited' : 'refund_due'}, ${reason === undefined ? transferId : null}, ${at})
      on conflict (gateway, transaction_id) do nothing returning 1`
    if (isNew.length === 0) return 'known'
    if (reason !== undefined) {
      await openCase(tx, parts.sealing, { order, payment, paymentId, reason, at })
      return 'refund_due'
    }
    await creditOrder(tx, { order, paymentId, transferId, at })
    await parts.onPaid?.(tx, order, at)
    return 'credited'
  })
  parts.observe?.({ gateway: named.gateway, outcome: settled })
  return settled
}

async function forgetHint(tx: Tx, order: Order, transactionId: string): Promise<void> {
  await tx`
    update orders set hinted = array_remove(hinted, ${transactionId})
    where account_id = ${order.accountId} and order_id = ${order.id} and ${transactionId} = any(hinted)`
}

/** Why this payment buys nothing; undefined where it does. */
async function refundReason(tx: Tx, order: Order, payment: ReportedPayment): Promise<RefundReason | undefined> {
  if (payment.currency !== 'IDR' || payment.amountRupiah !== order.totalRupiah) return 'wrong_amount'
  const credited = await tx`select 1 from payments where order_id = ${order.id} and outcome = 'credited'`
  if (credited.length > 0) return 'paid_twice'
  if (order.state === 'replaced') return 'order_replaced'
  return (await isClosed(tx, order.accountId)) ? 'account_closed' : undefined
}

async function creditOrder(
  tx: Tx,
  credited: { order: Order; paymentId: string; transferId: string; at: Date },
): Promise<void> {
  const { order, paymentId, transferId, at } = credited
  const { accountId } = order
  await creditUnits(tx, { order, transferId, at })
  const firstLook = new Date(at.getTime() + (paidLookSeconds[0] ?? 0) * 1000)
  await tx`
    update orders set state = 'paid', version = version + 1, ended_at = ${at}, looks = 0,
      look_at = case when hinted = '{}' then ${firstLook} else look_at end
    where account_id = ${accountId} and order_id = ${order.id}`
  const objectId = referenceOf(order)
  const detail = { quantity: order.quantity, payment: publicId('payment', paymentId) }
  const entry = { accountId, id: newUuid(at), actor: `system:${order.gateway}`, action: 'order.paid', objectId, detail }
  await recordAudit(tx, [entry], at)
  await recordEvents(
    tx,
    [
      {
        accountId,
        id: derivedUuid(order.id, 'order.paid'),
        event: 'order.paid',
        objectId,
        version: order.version + 1,
        detail: { quantity: order.quantity },
      },
    ],
    at,
  )
}

async function openCase(
  tx: Tx,
  sealing: Sealing,
  due: { order: Order; payment: ReportedPayment; paymentId: string; reason: RefundReason; at: Date },
): Promise<void> {
  const { order, payment, paymentId, reason, at } = due
  const { accountId } = order
  const refundId = derivedUuid(paymentId, 'refund')
  await tx`
    insert into refund_cases (account_id, refund_id, reason, payment_id, order_id, amount_rupiah, currency, promised_on, created_at)
    values (${accountId}, ${refundId}, ${reason}, ${paymentId}, ${order.id}, ${payment.amountRupiah}, ${payment.currency}, ${promisedDay(at)}, ${at})`
  await tx`update orders set version = version + 1 where account_id = ${accountId} and order_id = ${order.id}`
  const objectId = referenceOf(order)
  const detail = { refund: publicId('refund', refundId), reason }
  const entry = {
    accountId,
    id: newUuid(at),
    actor: `system:${order.gateway}`,
    action: 'order.refund_due',
    objectId,
    detail,
  }
  await recordAudit(tx, [entry], at)
  await recordEvents(
    tx,
    [
      {
        accountId,
        id: derivedUuid(refundId, 'order.refund_due'),
        event: 'order.refund_due',
        objectId,
        version: order.version + 1,
        detail,
      },
    ],
    at,
  )
  const { amountRupiah, currency } = payment
  await tellRefundDue(tx, sealing, { order, refundId, amount: { amountRupiah, currency }, at })
}

/** To the quota; or to the debt that the order pays for, unless it was paid off meanwhile: then the money buys quota. */
async function creditUnits(tx: Tx, credited: { order: Order; transferId: string; at: Date }): Promise<void> {
  const { order, transferId, at } = credited
  const { accountId, ledger, quantity } = order
  await openAccount(tx, {
    accountId,
    ledger,
    kinds: ['quota', ...(order.paysFor === 'debt' ? (['debt'] as const) : [])],
  })
  const transfer = {
    accountId,
    id: transferId,
    type: 'posted',
    ledger,
    debit: 'sold',
    amount: BigInt(quantity),
  } as const
  const results: string[] = []
  for (const kind of order.paysFor === 'debt' ? (['debt', 'quota'] as const) : (['quota'] as const)) {
    const [moved] = await applyTransfers(tx, [{ ...transfer, credit: kind, purpose: 'purchase' }], at)
    if (moved?.result === 'ok') return
    results.push(moved?.result ?? 'nothing')
  }
  throw new Error(`the credit of order ${order.id} was answered ${results.join(', ')}`)
}
