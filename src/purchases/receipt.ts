import { publicId } from '../base/ids.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Database } from '../database/database.ts'
import { readIdentities } from '../identity/account-identity.ts'
import type { Bank, PaymentMethod } from './gateways/gateway.ts'
import { referenceOf, type Order } from './order.ts'

/** What a buyer's books need of a paid order. Amounts in whole rupiah; `specimen`: play money. */
export type Receipt = {
  number: string
  paymentId: string
  paidAt: string
  buyer: string
  /** Of the buyer, where they are known. */
  npwp?: string
  address?: string
  quantity: number
  priceRupiah: number
  feeRupiah: number
  totalRupiah: number
  method: PaymentMethod
  bank?: Bank
  tag?: string
  specimen: boolean
}

type ReceiptParts = { database: Database; sealing: Sealing }

/** The receipt of a paid order, with what is known of its buyer now; undefined before it is paid. */
export async function findReceipt(parts: ReceiptParts, order: Order): Promise<Receipt | undefined> {
  const { sql } = parts.database
  const [row] = await sql<{ payment_id: string; paid_at: Date; buyer: string }[]>`
    select p.payment_id, p.created_at as paid_at, h.name as buyer
    from payments p join account_holders h on h.account_id = p.account_id
    where p.account_id = ${order.accountId} and p.order_id = ${order.id} and p.outcome = 'credited'`
  if (row === undefined) return undefined
  const buyer = (await readIdentities(sql, parts.sealing, [order.accountId])).get(order.accountId)
  const { bank, tag } = order
  return {
    number: referenceOf(order),
    paymentId: publicId('payment', row.payment_id),
    paidAt: row.paid_at.toISOString(),
    buyer: buyer?.name ?? row.buyer,
    ...(buyer?.npwp === undefined ? {} : { npwp: buyer.npwp }),
    ...(buyer?.address === undefined ? {} : { address: buyer.address }),
    quantity: order.quantity,
    priceRupiah: Number(order.priceRupiah),
    feeRupiah: Number(order.feeRupiah),
    totalRupiah: Number(order.totalRupiah),
    method: order.method,
    ...(bank === undefined ? {} : { bank }),
    ...(tag === undefined ? {} : { tag }),
    specimen: order.ledger === 'specimens' || order.gateway === 'simulator',
  }
}
