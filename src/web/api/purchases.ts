import type { FastifyInstance } from 'fastify'
import type { PurchaseParts } from '../../purchases/purchase-parts.ts'
import type { SimulatorParts } from '../../purchases/simulator/act-as-payer.ts'
import type { Callers } from '../../identity/callers.ts'
import type { Site } from '../portal/page-context.ts'
import { creditRoutes } from './credit.ts'
import { orderRoutes } from './orders.ts'
import { notificationRoutes } from './payment-notifications.ts'
import { quotaTransferRoutes } from './quota-transfers.ts'
import { refundRoutes } from './refunds.ts'
import { simulatorRoutes } from './simulator.ts'
import { statementRoutes } from './statements.ts'

/** What buying stands on; `simulator` only where it is one of the gateways. */
export type PurchaseWeb = { purchases: PurchaseParts; simulator: SimulatorParts | undefined }

/** Every way in to purchases over HTTP. */
export async function purchaseRoutes(
  app: FastifyInstance,
  parts: PurchaseWeb & { callers: Callers; site: Site },
): Promise<void> {
  orderRoutes(app, parts)
  refundRoutes(app, parts)
  quotaTransferRoutes(app, parts)
  statementRoutes(app, parts)
  creditRoutes(app, parts)
  await notificationRoutes(app, parts.purchases)
  if (parts.simulator !== undefined) simulatorRoutes(app, parts.simulator, parts.site)
}
