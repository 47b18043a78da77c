import type { Tx, Database } from '../database/database.ts'
import type { Gateway, GatewayName, PaymentMethod } from './gateways/gateway.ts'
import type { Order } from './order.ts'
import type { Sealing } from '../base/sealing.ts'

/** The gateways of this installation. */
export type Gateways = {
  /** Where live keys buy. */
  main: Gateway
  /** Where test keys buy; undefined: they cannot. */
  test: Gateway | undefined
  /** Every one that is configured: orders of an earlier main one go on. */
  all: readonly Gateway[]
}

/** How a notification, or a look at a gateway, ended; counted, never with what it said. */
export type PaymentSighting = {
  gateway: GatewayName
  outcome: 'credited' | 'refund_due' | 'known' | 'nothing' | 'forged' | 'unreadable' | 'order_unknown'
}

/** What purchases stand on; joined in the composition root. */
export type PurchaseParts = {
  database: Database
  gateways: Gateways
  /** Minutes an order waits for its money, by method. */
  orderMinutes: Readonly<Record<PaymentMethod, number>>
  sealing: Sealing
  /** Whoever wants to know of a paid order writes a row in the same commit. */
  onPaid?: (tx: Tx, order: Order, at: Date) => Promise<void>
  /** For metrics. */
  observe?: (sighting: PaymentSighting) => void
  /** Something at a gateway that people should look at: told without amounts or names. */
  warn?: (what: { gateway: GatewayName; reference: string; problem: string }) => void
}

/** The configured gateway of this name. */
export function gatewayNamed(gateways: Gateways, name: string): Gateway | undefined {
  return gateways.all.find((gateway) => gateway.name === name)
}
