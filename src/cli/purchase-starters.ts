import type { Refusal } from '../errors.ts'
import type { PaymentCheck } from '../purchases/check-payments.ts'
import type { LinkProblem } from '../purchases/quota-transfers/family.ts'
import type { Destination, RefundCase } from '../purchases/refunds/refund.ts'

/** A refund as an operator is told of it; `destination` only where it was asked for. */
export type ToldRefund = { refund: RefundCase; destination?: Destination | undefined }
type Linked = { ok: true } | { ok: false; problem: LinkProblem }
type Worked = { ok: true; refund: RefundCase } | { ok: false; refusal: Refusal }

/** What commands do with purchases on the database itself; handed in by the composition root. */
export type PurchaseStarters = {
  /** `all`: every order is asked about at its gateway, not only the newest. */
  checkPayments(how: { all: boolean }): Promise<PaymentCheck>
  listRefunds(): Promise<readonly RefundCase[]>
  /** With where the money goes; that it was read is audited. `id`: a UUID. */
  showRefund(act: { id: string; operator: string }): Promise<ToldRefund | undefined>
  approveRefund(act: { id: string; operator: string }): Promise<Worked>
  setCreditLimit(line: { accountId: string; limit: number; operator: string }): Promise<boolean>
  linkAccounts(link: { childId: string; parentId: string; operator: string }): Promise<Linked>
  payRefund(act: { id: string; operator: string }): Promise<Worked>
}
