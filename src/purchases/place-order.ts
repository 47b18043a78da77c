import { recordAudit } from '../audit/audit.ts'
import { newUuid } from '../base/ids.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { actorOf, type Caller } from '../identity/api-keys.ts'
import { findApprovalRule } from '../identity/approval-rule.ts'
import { oneAffixing, spendAuthorization } from '../identity/confirmations.ts'
import { readDebt } from '../ledger/balances.ts'
import { lockAccounts } from '../ledger/transfers.ts'
import { openOrdersMax, orderApprovalDays, orderCreateSeconds } from '../limits/purchases.ts'
import { memberRefusal, unprovenRefusal, type BuyerRefusal } from './buyer-limits.ts'
import { GatewayUnavailable, type Bank, type Gateway, type PaymentMethod } from './gateways/gateway.ts'
import { lookAtOrder } from './look.ts'
import { insertIntent, passIntentOn, type IntentWish } from './order-intents.ts'
import { findOrder, lockOrder, referenceOf, stateRefusal, type Order, type PaysFor } from './order.ts'
import { preparePayment } from './prepare-payment.ts'
import { methodRefusal, priceOf } from './price.ts'
import { gatewayNamed, type PurchaseParts } from './purchase-parts.ts'
import { tellApprovers } from './tell-order.ts'

// The row is there before the gateway is asked, so what dies between the two is asked again by the job, by the same reference.

/** Why no order came of it. */
export type OrderRefusal =
  | BuyerRefusal
  | Refusal<
      | 'order_too_large'
      | 'qris_too_large'
      | 'bank_unavailable'
      | 'test_key_cannot_buy'
      | 'too_many_orders'
      | 'key_reused'
      | 'gateway_refused'
      | 'credit_not_owed'
      | 'authorization_missing'
      | 'authorization_unusable'
    >

/** An order and whether this call had been made before. */
export type Placed = { ok: true; order: Order; repeated: boolean } | { ok: false; refusal: OrderRefusal }

/** What is bought and how it is to be paid; `fingerprint` (hex) is that of the whole call. */
export type OrderWish = {
  caller: Caller
  key: string
  fingerprint: string
  quantity: number
  method: PaymentMethod
  bank: Bank | undefined
  paysFor: PaysFor
  tag: string | undefined
  /** The affixing that it is for; where a person orders, their authorization for that is spent with the order. */
  intent?: IntentWish | undefined
}

/**
 * Places an order and makes it known to the gateway. Where that does not answer the order stands without instructions, and gets them by
 * itself; above the account's sum it first waits for a second member. The same key and content again: the order as it is now.
 */
export async function placeOrder(parts: PurchaseParts, wish: OrderWish): Promise<Placed> {
  const gateway = wish.caller.keyKind === 'live' ? parts.gateways.main : parts.gateways.test
  if (gateway === undefined) return { ok: false, refusal: { code: 'test_key_cannot_buy' } }
  const refusal = methodRefusal(gateway, wish) ?? memberRefusal(wish.caller, priceOf(wish.quantity).totalRupiah)
  const placed = await parts.database.transaction(async (tx): Promise<Placed> => {
    const { accountId } = wish.caller
    await lockAccounts(tx, [accountId])
    const earlier = await findByKey(tx, wish)
    if (earlier !== undefined) return earlier
    if (refusal !== undefined) return { ok: false, refusal }
    const owed = wish.paysFor === 'debt' ? Number(await readDebt(tx, { accountId, ledger: 'stamps' })) : undefined
    if (owed !== undefined && (owed < wish.quantity || wish.caller.keyKind !== 'live'))
      return { ok: false, refusal: { code: 'credit_not_owed', values: { quantity: wish.quantity, owed } } }
    const open =
      await tx`select 1 from orders where account_id = ${accountId} and ended_at is null limit ${openOrdersMax}`
    if (open.length >= openOrdersMax)
      return { ok: false, refusal: { code: 'too_many_orders', values: { limit: openOrdersMax } } }
    const unproven = await unprovenRefusal(tx, wish.caller, wish.quantity)
    if (unproven !== undefined) return { ok: false, refusal: unproven }
    const unconfirmed = await spendForIntent(tx, parts, wish)
    if (unconfirmed !== undefined) return { ok: false, refusal: unconfirmed }
    const { intent, caller } = wish
    const made = { madeBy: actorOf(caller), approvedBy: undefined, replaces: undefined }
    const order = await insertOrder(tx, parts, { ...wish, ...made, accountId, gateway })
    const { id, createdAt: at } = order
    if (intent !== undefined)
      await insertIntent(tx, parts.sealing, { accountId, orderId: id, personId: caller.person?.personId, intent, at })
    return { ok: true, order, repeated: false }
  })
  return placed.ok ? prepared(parts, placed) : placed
}

/** Spends what the person confirmed; why it is not good for this, where it is not. A key's order needs none. */
async function spendForIntent(
  tx: Tx,
  parts: PurchaseParts,
  { caller, intent }: OrderWish,
): Promise<Refusal<'authorization_missing' | 'authorization_unusable'> | undefined> {
  if (intent === undefined || caller.person === undefined) return undefined
  const { authorization, sourceSha256 } = intent
  if (authorization === undefined) return { code: 'authorization_missing' }
  const { accountId, person } = caller
  const spending = { accountId, personId: person.personId, authorization, what: oneAffixing(sourceSha256) }
  const isGood = await spendAuthorization(tx, spending, await parts.database.now(tx))
  return isGood ? undefined : { code: 'authorization_unusable' }
}

/** The order with its instructions where the gateway gives them now. */
async function prepared(parts: PurchaseParts, placed: Extract<Placed, { ok: true }>): Promise<Placed> {
  const outcome = await preparePayment(parts, placed.order)
  if (outcome.ok) return { ...placed, order: outcome.order }
  return outcome.reason === 'refused' ? { ok: false, refusal: { code: 'gateway_refused' } } : placed
}

async function findByKey(tx: Tx, wish: OrderWish): Promise<Placed | undefined> {
  const { caller, key } = wish
  const [row] = await tx<{ order_id: string; fingerprint: Buffer }[]>`
    select order_id, fingerprint from orders where account_id = ${caller.accountId} and idempotency_key = ${key}`
  if (row === undefined) return undefined
  if (row.fingerprint.toString('hex') !== wish.fingerprint)
    return { ok: false, refusal: { code: 'key_reused', values: { key } } }
  const order = await findOrder(tx, { accountId: caller.accountId, id: row.order_id })
  if (order === undefined) throw new Error(`order ${row.order_id} is gone`)
  return { ok: true, order, repeated: true }
}

type NewOrder = Pick<OrderWish, 'caller' | 'quantity' | 'method' | 'bank' | 'paysFor' | 'tag' | 'intent'> & {
  accountId: string
  key?: string
  fingerprint?: string
  gateway: Gateway
  madeBy: string
  approvedBy: string | undefined
  replaces: string | undefined
}

/** The new order, which waits for a second member where the account's rule says so and none has let it pass; they are told. */
async function insertOrder(tx: Tx, parts: PurchaseParts, order: NewOrder): Promise<Order> {
  const { caller, accountId, quantity, method, gateway, madeBy, approvedBy, replaces } = order
  const at = await parts.database.now(tx)
  const id = newUuid(at)
  const { priceRupiah, feeRupiah, totalRupiah } = priceOf(quantity)
  const above = approvedBy === undefined ? await findApprovalRule(tx, accountId) : undefined
  const isHeld = above !== undefined && totalRupiah > above
  const { expiresAt, lookAt } = isHeld
    ? { expiresAt: daysAfter(at, orderApprovalDays), lookAt: null }
    : payableFrom(parts, method, at)
  const fingerprint = order.fingerprint === undefined ? null : Buffer.from(order.fingerprint, 'hex')
  const ledger = caller.keyKind === 'live' ? 'stamps' : 'specimens'
  const bank = method === 'virtual_account' ? (order.bank ?? null) : null
  await tx`
    insert into orders (account_id, order_id, idempotency_key, fingerprint, ledger, quantity, price_rupiah, fee_rupiah, total_rupiah, method,
      bank, pays_for, tag, gateway, state, made_by, approved_by, created_at, expires_at, replaces, look_at)
    values (${accountId}, ${id}, ${order.key ?? null}, ${fingerprint}, ${ledger}, ${quantity}, ${priceRupiah}, ${feeRupiah}, ${totalRupiah},
      ${method}, ${bank}, ${order.paysFor}, ${order.tag ?? null}, ${gateway.name}, ${isHeld ? 'waiting_approval' : 'waiting'}, ${madeBy},
      ${approvedBy ?? null}, ${at}, ${expiresAt}, ${replaces ?? null}, ${lookAt})`
  const action = replaces === undefined ? 'order.placed' : 'order.replaced'
  const objectId = referenceOf({ id })
  const detail = {
    quantity,
    method,
    ...(replaces === undefined ? {} : { replaces: referenceOf({ id: replaces }) }),
    ...(order.intent === undefined ? {} : { intent: order.intent.sourceSha256 }),
  }
  await recordAudit(tx, [{ accountId, id: newUuid(at), actor: actorOf(caller), action, objectId, detail }], at)
  const placed = await lockOrder(tx, { accountId, id })
  if (isHeld) await tellApprovers(tx, parts.sealing, placed, at)
  return placed
}

const daysAfter = (at: Date, days: number): Date => new Date(at.getTime() + days * 24 * 60 * 60 * 1000)

/** Until when an order of this method is paid that may be from `at` on, and when it is made known anew to a gateway that has not answered. */
export function payableFrom(
  { orderMinutes }: PurchaseParts,
  method: PaymentMethod,
  at: Date,
): { expiresAt: Date; lookAt: Date } {
  return {
    expiresAt: new Date(at.getTime() + orderMinutes[method] * 60_000),
    lookAt: new Date(at.getTime() + orderCreateSeconds * 1000),
  }
}

/** Another way to pay for an order that waits, or waited in vain. */
export type Replacement = { caller: Caller; order: Order; method: PaymentMethod; bank: Bank | undefined }
/** Why an order is not replaced: it is paid, or its successor is paid for by yet another method. */
export type ReplaceRefusal = OrderRefusal | Refusal<'order_paid' | 'order_replaced' | 'order_state'>
export type Replaced = { ok: true; order: Order } | { ok: false; refusal: ReplaceRefusal }

/**
 * Puts a new order in the place of one that is not paid. The gateway is asked first, so that nobody pays twice for money that was only
 * late; what is paid for the old one from now on goes back. What a second member let pass stays so: the sum is the same. The same again: the
 * order that came instead.
 */
export async function replaceOrder(parts: PurchaseParts, replacement: Replacement): Promise<Replaced> {
  const { caller, order: named, method, bank } = replacement
  const gateway = caller.keyKind === 'live' ? parts.gateways.main : parts.gateways.test
  if (gateway === undefined) return { ok: false, refusal: { code: 'test_key_cannot_buy' } }
  const refusal =
    methodRefusal(gateway, { quantity: named.quantity, method, bank }) ?? memberRefusal(caller, named.totalRupiah)
  if (refusal !== undefined) return { ok: false, refusal }
  await lookAtOrder(parts, named, 'look').catch(onlyUnavailable)
  let old = named
  const replaced = await parts.database.transaction(async (tx): Promise<Replaced> => {
    await lockAccounts(tx, [named.accountId])
    const order = await lockOrder(tx, named)
    old = order
    const values = { id: referenceOf(order) }
    if (order.state === 'paid') return { ok: false, refusal: { code: 'order_paid', values } }
    if (order.state === 'cancelled') return { ok: false, refusal: stateRefusal(order) }
    if (order.replacedBy !== undefined) {
      const successor = await lockOrder(tx, { accountId: order.accountId, id: order.replacedBy })
      if (successor.method === method && successor.bank === bank) return { ok: true, order: successor }
      return {
        ok: false,
        refusal: { code: 'order_replaced', values: { ...values, successor: referenceOf(successor) } },
      }
    }
    const at = await parts.database.now(tx)
    await tx`
      update orders set state = 'replaced', version = version + 1, ended_at = ${at}
      where account_id = ${order.accountId} and order_id = ${order.id}`
    const { accountId, quantity, paysFor, tag } = order
    const successor = await insertOrder(tx, parts, {
      caller,
      accountId,
      quantity,
      paysFor,
      tag,
      method,
      bank,
      gateway,
      madeBy: order.approvedBy === undefined || order.madeBy === undefined ? actorOf(caller) : order.madeBy,
      approvedBy: order.approvedBy,
      replaces: order.id,
    })
    await passIntentOn(tx, { accountId, from: order.id, to: successor.id, at })
    return { ok: true, order: successor }
  })
  if (!replaced.ok) return replaced
  await closeAtGateway(parts, old)
  const placed = await prepared(parts, { ok: true, order: replaced.order, repeated: false })
  return placed.ok ? { ok: true, order: placed.order } : placed
}

/** So that nobody pays it by mistake; where the gateway is silent, what comes for it goes back. */
async function closeAtGateway(parts: PurchaseParts, { id, gateway: name, gatewayId }: Order): Promise<void> {
  const gateway = gatewayNamed(parts.gateways, name)
  if (gateway !== undefined && gatewayId !== undefined)
    await gateway.close({ reference: referenceOf({ id }), gatewayId }).catch(onlyUnavailable)
}

function onlyUnavailable(error: unknown): void {
  if (!(error instanceof GatewayUnavailable)) throw error
}
