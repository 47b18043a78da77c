import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { fingerprintOf } from '../../affixing/fingerprint.ts'
import { placementRefusal } from '../../affixing/placement-refusal.ts'
import { intentFingerprint } from '../../affixing/reserve-intended.ts'
import { parsePublicId, publicId } from '../../base/ids.ts'
import { RefusedError } from '../../errors.ts'
import type { Caller } from '../../identity/api-keys.ts'
import type { Callers } from '../../identity/callers.ts'
import { approveOrder, cancelOrder } from '../../purchases/approve-order.ts'
import { GatewayUnavailable, paymentMethods } from '../../purchases/gateways/gateway.ts'
import { lookNow } from '../../purchases/look.ts'
import { findIntents, type IntentWish, type OrderIntent } from '../../purchases/order-intents.ts'
import { findOrder, listOrders, type Order } from '../../purchases/order.ts'
import { placeOrder, replaceOrder } from '../../purchases/place-order.ts'
import { banksOf, priceOf, quantityMax } from '../../purchases/price.ts'
import type { PurchaseParts } from '../../purchases/purchase-parts.ts'
import { qrSvg } from '../../purchases/qr-drawing.ts'
import { findReceipt, type Receipt } from '../../purchases/receipt.ts'
import { receiptPdf } from '../../purchases/receipt-pdf.ts'
import { languageOf } from '../problems.ts'
import { callerOf, callerSecurity, idempotencyKeyOf, permit, proveSettled } from './caller.ts'
import {
  approveBody,
  methodsAnswer,
  orderBody,
  orderList,
  orderQuery,
  orderSchema,
  receiptSchema,
  replaceBody,
} from './order-schemas.ts'
import { unwrap } from './people-parts.ts'
import { intentContent, problemSchema, type intentBody } from './schemas.ts'

const tags = ['Purchases']
const security = callerSecurity
const idParams = z.object({ id: z.string().describe('ord_...') })

/** What the calls of purchases stand on. */
export type OrderParts = { purchases: PurchaseParts; callers: Callers }

type OrderNow = { ok: true; order: Order }

function notFound(id: string): RefusedError {
  return new RefusedError({ code: 'not_found', values: { id: id.slice(0, 200) } })
}

/** An order as the API shows it. */
export function orderJson(order: Order): z.output<typeof orderSchema> {
  const { bank, tag, qrText, accountNumber, madeBy, approvedBy, endedAt, replaces, replacedBy } = order
  const id = publicId('order', order.id)
  return {
    id,
    state: order.state,
    version: order.version,
    ledger: order.ledger,
    quantity: order.quantity,
    priceRupiah: Number(order.priceRupiah),
    feeRupiah: Number(order.feeRupiah),
    totalRupiah: Number(order.totalRupiah),
    paysFor: order.paysFor,
    ...(tag === undefined ? {} : { tag }),
    method: order.method,
    ...(bank === undefined ? {} : { bank }),
    payment:
      qrText === undefined && accountNumber === undefined
        ? null
        : {
            ...(qrText === undefined ? {} : { qrText, qrPath: `/v1/orders/${id}/qr.svg` }),
            ...(accountNumber === undefined ? {} : { accountNumber }),
          },
    ...(madeBy === undefined ? {} : { madeBy }),
    ...(approvedBy === undefined ? {} : { approvedBy }),
    createdAt: order.createdAt.toISOString(),
    expiresAt: order.expiresAt.toISOString(),
    ...(endedAt === undefined ? {} : { endedAt: endedAt.toISOString() }),
    ...(replaces === undefined ? {} : { replaces: publicId('order', replaces) }),
    ...(replacedBy === undefined ? {} : { replacedBy: publicId('order', replacedBy) }),
  }
}

/** What the order is for, as the purchase keeps it; refuses a placement that could not be reserved. */
export function intentOf(caller: Caller, sent: z.output<typeof intentBody>): IntentWish {
  const { authorization, ...content } = sent
  const refusal = placementRefusal(content.placement, content.pageCount)
  if (refusal !== undefined) throw new RefusedError(refusal)
  return {
    bound: intentFingerprint(content),
    content: JSON.stringify(content),
    sourceSha256: content.sourceSha256,
    authorization: caller.person === undefined ? undefined : authorization,
  }
}

function intentJson({ content, state, usableUntil, affixingId }: OrderIntent) {
  return {
    ...intentContent.parse(JSON.parse(content)),
    state,
    ...(usableUntil === undefined ? {} : { usableUntil: usableUntil.toISOString() }),
    ...(affixingId === undefined ? {} : { affixing: publicId('affixing', affixingId) }),
  }
}

/** Buying quota: orders, how they are paid, and what came of them. */
export function orderRoutes(app: FastifyInstance, { purchases, callers }: OrderParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { sql } = purchases.database

  async function orderOf(caller: Caller, id: string): Promise<Order> {
    const uuid = parsePublicId('order', id)
    const order = uuid === undefined ? undefined : await findOrder(sql, { accountId: caller.accountId, id: uuid })
    if (order === undefined) throw notFound(id)
    return order
  }

  /** One order, with what it is for. */
  async function whole(order: Order): Promise<z.output<typeof orderSchema>> {
    const intent = (await findIntents(purchases, [order])).get(order.id)
    return intent === undefined ? orderJson(order) : { ...orderJson(order), intent: intentJson(intent) }
  }

  api.get(
    '/v1/payment-methods',
    {
      schema: {
        tags,
        security,
        summary: 'Price, and the ways to pay with their bounds',
        response: { 200: methodsAnswer, default: problemSchema },
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'read')
      const gateway = caller.keyKind === 'live' ? purchases.gateways.main : purchases.gateways.test
      const { priceRupiah, feeRupiah } = priceOf(1)
      const open = gateway === undefined ? [] : paymentMethods
      return {
        priceRupiah: Number(priceRupiah),
        feeRupiah: Number(feeRupiah),
        items: open.map((method) => ({
          method,
          quantityMax: quantityMax(method),
          minutes: purchases.orderMinutes[method],
          banks: method === 'qris' || gateway === undefined ? [] : banksOf(gateway),
        })),
      }
    },
  )

  api.post(
    '/v1/orders',
    {
      schema: {
        tags,
        security,
        summary: 'Order quota: what it costs and how to pay it',
        headers: z.object({ 'idempotency-key': z.string().optional() }),
        body: orderBody,
        response: { 201: orderSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'buy')
      const key = idempotencyKeyOf(request)
      const { intent: sent, ...wish } = request.body
      const intent = sent === undefined ? undefined : intentOf(permit(caller, 'affix'), sent)
      const fingerprint = fingerprintOf(intent === undefined ? wish : { ...wish, intent: intent.bound })
      const { quantity, method, bank, paysFor, tag } = wish
      const asked = { caller, key, fingerprint, quantity, method, bank, paysFor, tag, intent }
      const placed = await placeOrder(purchases, asked)
      if (!placed.ok) throw new RefusedError(placed.refusal)
      const answer = await whole(placed.order)
      request.log.info({ orderId: answer.id, repeated: placed.repeated }, 'ordered')
      void reply.code(201).header('location', `/v1/orders/${answer.id}`)
      return answer
    },
  )

  api.get(
    '/v1/orders',
    {
      schema: {
        tags,
        security,
        summary: "An account's orders, newest first",
        querystring: orderQuery,
        response: { 200: orderList, default: problemSchema },
      },
    },
    async (request) => {
      const { accountId } = permit(await callerOf(callers, request), 'read')
      const { cursor, limit, state } = request.query
      const before = cursor === undefined ? undefined : parsePublicId('order', cursor)
      if (cursor !== undefined && before === undefined) throw notFound(cursor)
      const items = await listOrders(sql, { accountId, limit: limit + 1, before, state })
      const page = items.slice(0, limit)
      const last = page.at(-1)
      const nextCursor = items.length > limit && last !== undefined ? publicId('order', last.id) : null
      return { items: page.map(orderJson), nextCursor }
    },
  )

  api.get(
    '/v1/orders/:id',
    {
      schema: {
        tags,
        security,
        summary: 'One order, with how it is paid',
        params: idParams,
        response: { 200: orderSchema, default: problemSchema },
      },
    },
    async (request) => whole(await orderOf(permit(await callerOf(callers, request), 'read'), request.params.id)),
  )

  api.post(
    '/v1/orders/:id/replace',
    {
      schema: {
        tags,
        security,
        summary: 'Another way to pay: a new order in the place of one that is not paid',
        params: idParams,
        body: replaceBody,
        response: { 201: orderSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'buy')
      const order = await orderOf(caller, request.params.id)
      const { method, bank } = request.body
      const replaced = await replaceOrder(purchases, { caller, order, method, bank })
      if (!replaced.ok) throw new RefusedError(replaced.refusal)
      const answer = await whole(replaced.order)
      void reply.code(201).header('location', `/v1/orders/${answer.id}`)
      return answer
    },
  )

  const oneOrder = { params: idParams, response: { 200: orderSchema, default: problemSchema } }
  api.post(
    '/v1/orders/:id/approve',
    {
      schema: {
        tags,
        security,
        summary: 'Lets an order pass that waits for a second member: another member, or another key, than placed it',
        body: approveBody,
        ...oneOrder,
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'buy')
      await proveSettled(sql, caller)
      const order = await orderOf(caller, request.params.id)
      return whole(unwrap<OrderNow>(await approveOrder(purchases, { caller, order, ...request.body })).order)
    },
  )

  api.delete(
    '/v1/orders/:id',
    {
      schema: {
        tags,
        security,
        summary: 'Takes back, or refuses, an order that waits for a second member',
        ...oneOrder,
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'buy')
      const order = await orderOf(caller, request.params.id)
      return whole(unwrap<OrderNow>(await cancelOrder(purchases, { caller, order })).order)
    },
  )

  api.post(
    '/v1/orders/:id/look',
    {
      schema: {
        tags,
        security,
        summary: '"I have paid": asks the payment provider now, at most every few seconds',
        params: idParams,
        response: { 200: orderSchema, default: problemSchema },
      },
    },
    async (request) => {
      const caller = permit(await callerOf(callers, request), 'read')
      const order = await orderOf(caller, request.params.id)
      try {
        return await whole(await lookNow(purchases, order))
      } catch (error) {
        if (!(error instanceof GatewayUnavailable)) throw error
        throw new RefusedError({ code: 'gateway_unavailable', values: { seconds: 5 } })
      }
    },
  )

  async function receiptOf(request: FastifyRequest, id: string): Promise<Receipt> {
    const order = await orderOf(permit(await callerOf(callers, request), 'read'), id)
    const receipt = await findReceipt(purchases, order)
    if (receipt === undefined) throw new RefusedError({ code: 'order_unpaid', values: { id } })
    return receipt
  }

  api.get(
    '/v1/orders/:id/receipt',
    {
      schema: {
        tags,
        security,
        summary: 'The receipt of a paid order',
        params: idParams,
        response: { 200: receiptSchema, default: problemSchema },
      },
    },
    async (request) => receiptOf(request, request.params.id),
  )

  api.get(
    '/v1/orders/:id/receipt.pdf',
    { schema: { tags, security, summary: 'The same as a PDF', params: idParams, produces: ['application/pdf'] } },
    async (request, reply) => {
      const receipt = await receiptOf(request, request.params.id)
      void reply.type('application/pdf').header('content-disposition', `attachment; filename="${receipt.number}.pdf"`)
      return reply.send(Buffer.from(receiptPdf(receipt, languageOf(request))))
    },
  )

  api.get(
    '/v1/orders/:id/qr.svg',
    {
      schema: {
        tags,
        security,
        summary: "The order's QRIS as a picture",
        params: idParams,
        produces: ['image/svg+xml'],
      },
    },
    async (request, reply) => {
      const order = await orderOf(permit(await callerOf(callers, request), 'read'), request.params.id)
      if (order.qrText === undefined) throw notFound(request.params.id)
      return reply.type('image/svg+xml').header('cache-control', 'private, max-age=3600').send(qrSvg(order.qrText))
    },
  )
}
