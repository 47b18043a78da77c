import type { PurchaseStarters } from '../cli/purchase-starters.ts'
import { openRefundsShownMax } from '../limits/purchases.ts'
import { checkPayments } from '../purchases/check-payments.ts'
import { setCreditLimit } from '../purchases/credit/credit-line.ts'
import type { PurchaseParts } from '../purchases/purchase-parts.ts'
import { linkAccounts } from '../purchases/quota-transfers/family.ts'
import { approveRefund, payRefund, readDestination, setDestinationOfClosed } from '../purchases/refunds/pay-refund.ts'
import { listOpenRefunds } from '../purchases/refunds/refund.ts'

/** The commands of purchases, each on purchases opened for it alone. `operator`: who acts, by their login. */
export function purchaseStarters(
  withPurchases: <T>(work: (parts: PurchaseParts) => Promise<T>) => Promise<T>,
  operator: () => string,
): PurchaseStarters {
  const by = (id: string) => ({ id, operator: operator() })
  return {
    checkPayments: (how) => withPurchases((parts) => checkPayments(parts, how)),
    listRefunds: () => withPurchases((parts) => listOpenRefunds(parts.database.sql, openRefundsShownMax)),
    showRefund: (id) => withPurchases((parts) => readDestination(parts, by(id))),
    approveRefund: (id) => withPurchases((parts) => approveRefund(parts, by(id))),
    setRefundDestination: (id, destination) =>
      withPurchases((parts) => setDestinationOfClosed(parts, { ...by(id), destination })),
    payRefund: (id) => withPurchases((parts) => payRefund(parts, by(id))),
    setCreditLimit: (line) =>
      withPurchases(({ database }) => setCreditLimit(database, { ...line, operator: operator() })),
    linkAccounts: (link) => withPurchases(({ database }) => linkAccounts(database, { ...link, operator: operator() })),
  }
}
