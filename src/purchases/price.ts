import type { Refusal } from '../errors.ts'
import { orderQuantityMax, qrisRupiahMax, stampPriceRupiah } from '../limits/purchases.ts'
import { banks, type Bank, type Gateway, type PaymentMethod } from './gateways/gateway.ts'

/** What a quantity costs: the duty at its face value, and no fee. Whole rupiah. */
export function priceOf(quantity: number): { priceRupiah: bigint; feeRupiah: bigint; totalRupiah: bigint } {
  const priceRupiah = BigInt(stampPriceRupiah)
  return { priceRupiah, feeRupiah: 0n, totalRupiah: priceRupiah * BigInt(quantity) }
}

/** The most that one order by this method may hold. */
export function quantityMax(method: PaymentMethod): number {
  return method === 'qris' ? Math.floor(qrisRupiahMax / stampPriceRupiah) : orderQuantityMax
}

/** Why this cannot be paid like that; undefined where it can. */
export function methodRefusal(
  gateway: Gateway,
  wanted: { quantity: number; method: PaymentMethod; bank: Bank | undefined },
): Refusal<'order_too_large' | 'qris_too_large' | 'bank_unavailable'> | undefined {
  const { quantity, method, bank } = wanted
  const most = quantityMax(method)
  if (quantity > orderQuantityMax) return { code: 'order_too_large', values: { quantity, most: orderQuantityMax } }
  if (quantity > most)
    return { code: 'qris_too_large', values: { quantity, most, totalRupiah: quantity * stampPriceRupiah } }
  if (method === 'virtual_account' && (bank === undefined || !gateway.banks.includes(bank)))
    return { code: 'bank_unavailable', values: { bank: bank ?? '', banks: banksOf(gateway).join(', ') } }
  return undefined
}

/** The banks a gateway has, in the order of the list. */
export function banksOf(gateway: Gateway): Bank[] {
  return banks.filter((bank) => gateway.banks.includes(bank))
}
