import type { Receiver } from '../base/receiver.ts'
import type { Refusal } from '../errors.ts'
import type { PaymentCheck } from '../purchases/check-payments.ts'
import type { LimitSaid } from '../purchases/credit/credit-line.ts'
import type { LinkProblem } from '../purchases/quota-transfers/family.ts'
import type { Destination, RefundCase } from '../purchases/refunds/refund.ts'

/** A refund as an operator is told of it; `destination`, and `contact` of a closed account, only where it was asked for. */
export type ToldRefund = { refund: RefundCase; destination?: Destination | undefined; contact?: Receiver | undefined }
type Linked = { ok: true } | { ok: false; problem: LinkProblem }
type Worked = { ok: true; refund: RefundCase } | { ok: false; refusal: Refusal }

/** What commands do with purchases on the database itself, in the name of who is logged in; handed in by the composition root. */
export type PurchaseStarters = {
  /** `all`: every order is asked about at its gateway, not only the newest. */
  checkPayments(how: { all: boolean }): Promise<PaymentCheck>
  listRefunds(): Promise<readonly RefundCase[]>
  /** With where the money goes; that it was read is audited. `id`: a UUID. */
  showRefund(id: string): Promise<ToldRefund | undefined>
  approveRefund(id: string): Promise<Worked>
  setCreditLimit(line: { accountId: string; limit: number }): Promise<LimitSaid>
  linkAccounts(link: { childId: string; parentId: string }): Promise<Linked>
  /** Only of a closed account: nobody of it can say so any more. */
  setRefundDestination(id: string, destination: Destination): Promise<Worked>
  payRefund(id: string): Promise<Worked>
}
