import type { FastifyInstance } from 'fastify'
import { acceptForms } from '../forms.tsx'
import type { BuyPageParts } from './buy-parts.ts'
import { methodRoute, replaceRoute } from './method-pages.tsx'
import { orderFileRoutes } from './order-files.ts'
import { orderRoute } from './order-page.tsx'
import { ordersRoute } from './orders-page.tsx'
import { quantityRoute } from './quantity-page.tsx'
import { receiptRoutes } from './receipt-page.tsx'
import { refundRoutes } from './refund-pages.tsx'

/** Buying: how many, how, paying, what came of it; and money that goes back. In a scope of their own: forms are for pages alone. */
export async function buyPages(app: FastifyInstance, parts: BuyPageParts): Promise<void> {
  await app.register(async (pages) => {
    acceptForms(pages)
    quantityRoute(pages, parts)
    methodRoute(pages, parts)
    replaceRoute(pages, parts)
    orderRoute(pages, parts)
    orderFileRoutes(pages, parts)
    receiptRoutes(pages, parts)
    ordersRoute(pages, parts)
    refundRoutes(pages, parts)
  })
}
