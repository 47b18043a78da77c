import { fingerprintOf } from '../../../affixing/fingerprint.ts'
import { parsePublicId } from '../../../base/ids.ts'
import type { Database } from '../../../database/database.ts'
import { RefusedError } from '../../../errors.ts'
import { roleAllows } from '../../../identity/roles.ts'
import { findOrder, referenceOf } from '../../../purchases/order.ts'
import { findIntents, type IntentState } from '../../../purchases/order-intents.ts'
import { placeOrder } from '../../../purchases/place-order.ts'
import type { PurchaseParts } from '../../../purchases/purchase-parts.ts'
import { intentOf } from '../../api/orders.ts'
import { intentBody } from '../../api/schemas.ts'
import { buyPath } from '../buy/buy-parts.ts'
import type { SignedInCaller } from '../signed-in.ts'

/** Where quota is sold; undefined where it is not. */
export type DraftSelling = { database: Database; selling?: { purchases: PurchaseParts } }

/** The order that is for just one document: its public id, and whether it is paid. */
export type DraftOrder = { id: string; state: IntentState }

/** Whether this person may buy the stamp that is missing. */
export function mayBuy({ selling }: Omit<DraftSelling, 'database'>, { person }: SignedInCaller): boolean {
  return selling !== undefined && roleAllows(person.role, 'buy')
}

/** The order of this public id, where it is this account's and for one document. */
export async function findDraftOrder(
  { selling }: DraftSelling,
  { accountId, id }: { accountId: string; id: string },
): Promise<DraftOrder | undefined> {
  const uuid = parsePublicId('order', id)
  if (selling === undefined || uuid === undefined) return undefined
  const { purchases } = selling
  const order = await findOrder(purchases.database.sql, { accountId, id: uuid })
  const intent = order === undefined ? undefined : (await findIntents(purchases, [order])).get(uuid)
  return intent === undefined ? undefined : { id, state: intent.state }
}

/**
 * Orders one stamp for just this affixing (`wish` as `POST /v1/orders` takes an intent), which the person confirmed: once it is paid no
 * other confirmation is needed. The same asked twice is one order. Returns its public id. How it is paid may be changed on its page.
 */
export async function orderForDraft(
  { selling }: DraftSelling,
  { affixer, id, wish }: { affixer: SignedInCaller; id: string; wish: object },
): Promise<string> {
  if (selling === undefined || !mayBuy({ selling }, affixer)) throw new RefusedError({ code: 'not_allowed' })
  const intent = intentOf(affixer, intentBody.parse(wish))
  const asked = { quantity: 1, method: 'qris', bank: undefined, paysFor: 'quota', tag: undefined } as const
  const fingerprint = fingerprintOf({ ...asked, intent: intent.bound })
  const key = `form-${id}-${fingerprint.slice(0, 16)}`
  const placed = await placeOrder(selling.purchases, { caller: affixer, key, fingerprint, ...asked, intent })
  if (!placed.ok) throw new RefusedError(placed.refusal)
  return referenceOf(placed.order)
}

/** Where this order is paid, with the way back to its document. */
export function payPath(orderId: string, back: string): string {
  return `${buyPath}/${orderId}?kembali=${encodeURIComponent(back)}`
}
