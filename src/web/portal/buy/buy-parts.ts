import type { FastifyReply, FastifyRequest } from 'fastify'
import { parsePublicId } from '../../../base/ids.ts'
import { RefusedError } from '../../../errors.ts'
import type { Permission } from '../../../identity/roles.ts'
import { findOrder, type Order } from '../../../purchases/order.ts'
import type { PurchaseParts } from '../../../purchases/purchase-parts.ts'
import { permit } from '../../api/caller.ts'
import type { ActPinParts } from '../act-pin.tsx'
import { queryOf, type PageParts, type Say } from '../page-context.ts'
import { ownPath, signedInOf, type SignedInCaller } from '../signed-in.ts'

/** What the pages of buying stand on. */
export type BuyPageParts = PageParts & ActPinParts & { purchases: PurchaseParts }

/** Where buying begins, and where what was bought is listed. */
export const buyPath = '/beli'
export const ordersPath = '/pembelian'
export const refundsPath = '/pengembalian'

type Enter = (request: FastifyRequest, reply: FastifyReply) => Promise<SignedInCaller | undefined>

/** Lets in who signed in and may do this; asks others to sign in first. */
export function enterWith(permission: Permission): Enter {
  return async (request, reply) => {
    const caller = await signedInOf(request, reply)
    if (caller !== undefined) permit(caller, permission)
    return caller
  }
}

/** The order that this page is about; another's and none are `not_found` alike. */
export async function orderOfPage(parts: BuyPageParts, request: FastifyRequest, who: SignedInCaller): Promise<Order> {
  const id = paramOf(request, 'order')
  const uuid = parsePublicId('order', id)
  const order =
    uuid === undefined ? undefined : await findOrder(parts.database.sql, { accountId: who.accountId, id: uuid })
  if (order === undefined) throw new RefusedError({ code: 'not_found', values: { id: id.slice(0, 200) } })
  return order
}

/** A part of the path by its name; empty where there is none. */
export function paramOf(request: FastifyRequest, name: string): string {
  const { params } = request
  const value: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined
  return typeof value === 'string' ? value : ''
}

/** Where the person goes on once it is paid: a path of ours that the address named; undefined where it named none. */
export function wayBack(request: FastifyRequest, typed?: string): string | undefined {
  const wanted = typed || queryOf(request, 'kembali')
  return wanted === undefined || wanted === '' ? undefined : ownPath(wanted)
}

export { rupiahText } from '../../../base/rupiah.ts'

/** How an order is paid, as people call it. */
export function methodText(say: Say, { method, bank }: Pick<Order, 'method' | 'bank'>): string {
  return bank === undefined ? say(`paymentMethods.${method}`) : `${say(`paymentMethods.${method}`)} ${bankText(bank)}`
}

/** BCA, BNI, BRI and CIMB are letters; the others are words. */
export const bankText = (bank: string): string =>
  bank.length <= 4 ? bank.toUpperCase() : `${bank.slice(0, 1).toUpperCase()}${bank.slice(1)}`
