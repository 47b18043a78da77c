import { fieldsOf, textOf } from '../../client/json-fields.ts'
import { callService, type Connection } from '../../client/transport.ts'
import type { Refusal } from '../../errors.ts'
import type { LookedAt } from './affix-messages.ts'
import type { KeptWork } from './kept-work.ts'

/** Where an order is paid, with the way back to its document. */
export const payPath = (orderId: string): string => `/beli/${encodeURIComponent(orderId)}?kembali=/bubuhkan`

/**
 * Orders one stamp for just this document; the order spends the authorization, and once it is paid it reserves without another. The
 * same document asked for twice has one order. How it is paid may be changed on its page.
 */
export async function placeOrder(
  connection: Connection,
  { work, looked, authorization }: { work: KeptWork; looked: LookedAt; authorization: string },
): Promise<{ ok: true; orderId: string } | { ok: false; refusal: Refusal }> {
  const { facts, placement, sha256, additional, key } = work
  const intent = {
    facts,
    placement,
    sourceSha256: sha256,
    sourceLength: looked.bytes,
    pageCount: looked.document.pages.length,
    additional,
    authorization,
  }
  const called = await callService(connection, {
    method: 'POST',
    path: '/v1/orders',
    headers: { 'idempotency-key': `order-${key}` },
    json: { quantity: 1, method: 'qris', intent },
  })
  return called.ok ? { ok: true, orderId: textOf(fieldsOf(called.answer.json, 'order'), 'id') } : called
}
