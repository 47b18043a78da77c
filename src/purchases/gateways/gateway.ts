import type { IncomingHttpHeaders } from 'node:http'

/** Who takes the money. `simulator` plays bank and wallet for the demo. */
export const gatewayNames = ['simulator', 'midtrans', 'xendit'] as const
export type GatewayName = (typeof gatewayNames)[number]

/** Ways to pay. */
export const paymentMethods = ['qris', 'virtual_account'] as const
export type PaymentMethod = (typeof paymentMethods)[number]

/** Banks that a virtual account may be of; which of them a gateway has it says itself. */
export const banks = ['bca', 'bni', 'bri', 'cimb', 'mandiri', 'permata'] as const
export type Bank = (typeof banks)[number]

/** An order as a gateway needs it. `reference` is its public id: the gateway's name for it too. */
export type GatewayOrder = {
  reference: string
  method: PaymentMethod
  bank: Bank | undefined
  amountRupiah: bigint
  /** The gateway takes no payment later, as far as it can keep others from paying. */
  expiresAt: Date
  now: Date
}

/** How an order is paid, one of the two; `gatewayId` is the gateway's own id of it. */
export type Instructions = { gatewayId: string; qrText?: string; accountNumber?: string }

/** A payment that the gateway vouches for. Amounts are whole rupiah, or another currency's whole units. */
export type ReportedPayment = { transactionId: string; amountRupiah: bigint; currency: string }

/** What a gateway knows of an order: `ended` is cancelled, denied or run out; `refunded`: the gateway gave the money back by itself. */
export type GatewayState = 'waiting' | 'paid' | 'ended' | 'refunded'
export type StatusReport = { state: GatewayState; payments: readonly ReportedPayment[] }

/** A notification whose signature is right. It says less than it seems where `mustConfirm`: then the gateway is asked. */
export type Notification = { reference: string; transactionId: string; report: StatusReport }
/** `notification` undefined: what is signed is about no payment. */
export type NotificationRead =
  | { ok: true; notification: Notification | undefined }
  | { ok: false; reason: 'forged' | 'unreadable' }

/** What is asked about: the order, or one payment that a notification named. */
export type StatusQuestion = { reference: string; gatewayId: string; transactionId?: string }

/** One way to take money. Every call may be repeated; none keeps more than it is given. */
export type Gateway = {
  name: GatewayName
  /** Virtual accounts it has; empty: none. */
  banks: readonly Bank[]
  /** Its signature does not cover all it says, or proves the sender alone: nothing is credited before `status` says the same. */
  mustConfirm: boolean
  /** Makes the order known; the same reference again gives the same. Throws GatewayUnavailable, GatewayRefused. */
  create(order: GatewayOrder): Promise<Instructions>
  /** Judges a notification by its signature, over the body as it came. */
  readNotification(received: { headers: IncomingHttpHeaders; body: Buffer }): NotificationRead
  /** Asks what became of it. Throws GatewayUnavailable. */
  status(question: StatusQuestion): Promise<StatusReport>
  /** Asks the gateway to take no money for it any more; a payment on its way may come all the same. Throws GatewayUnavailable. */
  close(question: StatusQuestion): Promise<void>
}

/** The gateway did not answer, or not usefully: whatever was asked may have happened. Asking again is safe. */
export class GatewayUnavailable extends Error {
  override readonly name = 'GatewayUnavailable'
}

/** The gateway will not take this order, however often it is asked. The message holds what it said, for the log. */
export class GatewayRefused extends Error {
  override readonly name = 'GatewayRefused'
}
