import type { AffixingParts } from '../../../affixing/affixing-parts.ts'
import type { Affixing } from '../../../affixing/affixing.ts'
import { findKept } from '../../../affixing/kept-documents.ts'
import { parsePublicId } from '../../../base/ids.ts'
import { GatewayUnavailable } from '../../../purchases/gateways/gateway.ts'
import { lookNow } from '../../../purchases/look.ts'
import { findOrder, type Order } from '../../../purchases/order.ts'
import type { PurchaseParts } from '../../../purchases/purchase-parts.ts'

/** What was found of a thing that somebody needs help with. `asked`: whether its gateway was asked just now, and answered. */
export type Found =
  | { kind: 'affixing'; affixing: Affixing; isKept: boolean; isOverdue: boolean }
  | { kind: 'order'; order: Order; asked: 'answered' | 'silent' | 'not_needed' }
  | { kind: 'nothing' }

/**
 * Looks before anybody is asked to help: at the affixing as it is committed, at the order after asking its gateway anew, which credits
 * what turns out to be paid. Another account's is nothing, as is what is no id.
 */
export async function lookFor(
  parts: { affixing: AffixingParts; selling?: { purchases: PurchaseParts } },
  about: { accountId: string; publicId: string },
): Promise<Found> {
  const { accountId } = about
  const affixingId = parsePublicId('affixing', about.publicId)
  if (affixingId !== undefined) {
    const found = await parts.affixing.lanes.find({ accountId, id: affixingId })
    if (found === undefined) return { kind: 'nothing' }
    const { affixing } = found
    const { database } = parts.affixing
    const [kept, now] = await Promise.all([findKept(database, { accountId, ids: [affixing.id] }), database.now()])
    return { kind: 'affixing', affixing, isKept: kept.has(affixing.id), isOverdue: affixing.expiresAt <= now }
  }
  const orderId = parsePublicId('order', about.publicId)
  if (orderId === undefined || parts.selling === undefined) return { kind: 'nothing' }
  const { purchases } = parts.selling
  const order = await findOrder(purchases.database.sql, { accountId, id: orderId })
  if (order === undefined) return { kind: 'nothing' }
  if (order.state === 'paid' || order.state === 'waiting_approval' || order.state === 'cancelled')
    return { kind: 'order', order, asked: 'not_needed' }
  try {
    return { kind: 'order', order: await lookNow(purchases, order), asked: 'answered' }
  } catch (error) {
    if (!(error instanceof GatewayUnavailable)) throw error
    return { kind: 'order', order, asked: 'silent' }
  }
}
