import { recordAudit } from '../audit/audit.ts'
import { newUuid } from '../base/ids.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { actorOf, type Caller } from '../identity/api-keys.ts'
import { doConfirmed, type NotConfirmed } from '../identity/confirmed-acts.ts'
import { lockAccounts } from '../ledger/transfers.ts'
import { memberRefusal } from './buyer-limits.ts'
import { lockOrder, referenceOf, stateRefusal, type Order } from './order.ts'
import { payableFrom } from './place-order.ts'
import { preparePayment } from './prepare-payment.ts'
import type { PurchaseParts } from './purchase-parts.ts'
import { tellMaker } from './tell-order.ts'

// A second member lets an order pass, or whoever may buy says that it shall not be. Only then does a gateway hear of it.

/** Who approves; `authorization`: of a PIN confirmation for `money`, where a session calls. */
export type OrderApproval = { caller: Caller; order: Order; authorization?: string | undefined }

export type Approved =
  | { ok: true; order: Order }
  | NotConfirmed
  | { ok: false; refusal: Refusal<'order_state' | 'approval_by_maker' | 'order_above_limit' | 'gateway_refused'> }

/** A second member lets an order pass: it waits for its money from now on. The same member again: the order as it is. */
export async function approveOrder(parts: PurchaseParts, approval: OrderApproval): Promise<Approved> {
  const { caller, order: named, authorization } = approval
  const actor = actorOf(caller)
  const approved = await parts.database.transaction(async (tx): Promise<Approved> => {
    await lockAccounts(tx, [named.accountId])
    const order = await lockOrder(tx, named)
    if (order.approvedBy === actor && order.state !== 'cancelled') return { ok: true, order }
    if (order.state !== 'waiting_approval') return { ok: false, refusal: stateRefusal(order) }
    if (order.madeBy === actor)
      return { ok: false, refusal: { code: 'approval_by_maker', values: { id: referenceOf(order) } } }
    const aboveLimit = memberRefusal(caller, order.totalRupiah)
    if (aboveLimit !== undefined) return { ok: false, refusal: aboveLimit }
    const at = await parts.database.now(tx)
    const act = { caller, purpose: 'money', authorization, at } as const
    return doConfirmed(tx, act, () => letPass(tx, parts, { order, actor, at }))
  })
  if (!approved.ok) return approved
  const prepared = await preparePayment(parts, approved.order)
  if (prepared.ok) return { ok: true, order: prepared.order }
  return prepared.reason === 'refused' ? { ok: false, refusal: { code: 'gateway_refused' } } : approved
}

async function letPass(
  tx: Tx,
  parts: PurchaseParts,
  { order, actor, at }: { order: Order; actor: string; at: Date },
): Promise<{ ok: true; order: Order }> {
  const { accountId, id } = order
  const { expiresAt, lookAt } = payableFrom(parts, order.method, at)
  await tx`
    update orders set state = 'waiting', version = version + 1, approved_by = ${actor}, expires_at = ${expiresAt}, look_at = ${lookAt}
    where account_id = ${accountId} and order_id = ${id}`
  await recordAct(tx, order, { actor, action: 'order.approved', at })
  await tellMaker(tx, parts.sealing, { order, template: 'order_approved', at })
  return { ok: true, order: await lockOrder(tx, order) }
}

export type Cancelled = { ok: true; order: Order } | { ok: false; refusal: Refusal<'order_state'> }

/** An order that waits for a second member shall not be: its maker takes it back, or another refuses it. Again: the order as it is. */
export function cancelOrder(
  parts: PurchaseParts,
  { caller, order: named }: { caller: Caller; order: Order },
): Promise<Cancelled> {
  const actor = actorOf(caller)
  return parts.database.transaction(async (tx): Promise<Cancelled> => {
    await lockAccounts(tx, [named.accountId])
    const order = await lockOrder(tx, named)
    if (order.state === 'cancelled') return { ok: true, order }
    if (order.state !== 'waiting_approval') return { ok: false, refusal: stateRefusal(order) }
    const at = await parts.database.now(tx)
    await tx`
      update orders set state = 'cancelled', version = version + 1, ended_at = ${at}
      where account_id = ${order.accountId} and order_id = ${order.id}`
    await recordAct(tx, order, { actor, action: 'order.cancelled', at })
    if (order.madeBy !== actor) await tellMaker(tx, parts.sealing, { order, template: 'order_cancelled', at })
    return { ok: true, order: await lockOrder(tx, order) }
  })
}

async function recordAct(tx: Tx, order: Order, act: { actor: string; action: string; at: Date }): Promise<void> {
  const { at, ...entry } = act
  const { accountId } = order
  await recordAudit(tx, [{ accountId, id: newUuid(at), ...entry, objectId: referenceOf(order) }], at)
}
