import { recordAudit } from '../audit/audit.ts'
import { newUuid } from '../base/ids.ts'
import { orderLookSeconds } from '../limits/purchases.ts'
import { GatewayRefused, GatewayUnavailable, type Instructions } from './gateways/gateway.ts'
import { findOrder, referenceOf, type Order } from './order.ts'
import { gatewayNamed, type PurchaseParts } from './purchase-parts.ts'
import { readQris } from './qris.ts'

/** The order with instructions; or why it has none: for now, or for good (then it is over). */
export type Prepared = { ok: true; order: Order } | { ok: false; reason: 'unavailable' | 'refused' }

/** Makes an order known to its gateway and keeps how it is paid. Safe to repeat, and by two at once: the first instructions stay. */
export async function preparePayment(parts: PurchaseParts, order: Order): Promise<Prepared> {
  if (order.gatewayId !== undefined || order.state !== 'waiting') return { ok: true, order }
  const instructions = await askGateway(parts, order)
  if (typeof instructions === 'string') {
    if (instructions === 'refused') await endRefused(parts, order)
    return { ok: false, reason: instructions }
  }
  const now = await parts.database.now()
  const firstLook = new Date(now.getTime() + (orderLookSeconds[0] ?? 0) * 1000)
  await parts.database.sql`
    update orders set gateway_id = ${instructions.gatewayId}, qr_text = ${instructions.qrText ?? null},
      account_number = ${instructions.accountNumber ?? null}, version = version + 1, look_at = ${firstLook}
    where account_id = ${order.accountId} and order_id = ${order.id} and gateway_id is null`
  const found = await findOrder(parts.database.sql, order)
  if (found === undefined) throw new Error(`order ${order.id} is gone`)
  return { ok: true, order: found }
}

async function askGateway(parts: PurchaseParts, order: Order): Promise<Instructions | 'unavailable' | 'refused'> {
  const gateway = gatewayNamed(parts.gateways, order.gateway)
  if (gateway === undefined) return 'unavailable'
  const { method, bank, totalRupiah: amountRupiah, expiresAt } = order
  const reference = referenceOf(order)
  try {
    const now = await parts.database.now()
    const instructions = await gateway.create({ reference, method, bank, amountRupiah, expiresAt, now })
    const problem = qrisProblem(instructions, amountRupiah)
    if (problem === undefined) return instructions
    parts.warn?.({ gateway: order.gateway, reference, problem })
    return 'unavailable'
  } catch (error) {
    if (!(error instanceof GatewayUnavailable || error instanceof GatewayRefused)) throw error
    parts.warn?.({ gateway: order.gateway, reference, problem: error.message.slice(0, 300) })
    return error instanceof GatewayRefused ? 'refused' : 'unavailable'
  }
}

/** Nobody is shown a QR that asks for another sum, or that a wallet will not read. */
function qrisProblem({ qrText }: Instructions, amountRupiah: bigint): string | undefined {
  if (qrText === undefined) return undefined
  const read = readQris(qrText)
  if (!read.ok) return `the QRIS text is ${read.problem}`
  return read.qris.amountRupiah === amountRupiah ? undefined : 'the QRIS text asks for another amount'
}

/** An order the gateway never takes is over, and its key free: nothing came of the call. */
async function endRefused(parts: PurchaseParts, order: Order): Promise<void> {
  await parts.database.transaction(async (tx) => {
    const at = await parts.database.now(tx)
    const { accountId, id } = order
    const ended = await tx`
      update orders set state = 'expired', version = version + 1, ended_at = ${at}, look_at = null, idempotency_key = null
      where account_id = ${accountId} and order_id = ${id} and state = 'waiting' and gateway_id is null returning 1`
    if (ended.length === 0) return
    const entry = { accountId, id: newUuid(at), actor: `system:${order.gateway}`, action: 'order.refused' }
    await recordAudit(tx, [{ ...entry, objectId: referenceOf(order) }], at)
  })
}
