import type { PurchaseStarters } from '../cli/purchase-starters.ts'
import { openRefundsShownMax } from '../limits.ts'
import { checkPayments } from '../purchases/check-payments.ts'
import { setCreditLimit } from '../purchases/credit/credit-line.ts'
import type { PurchaseParts } from '../purchases/purchase-parts.ts'
import { linkAccounts } from '../purchases/quota-transfers/family.ts'
import { approveRefund, payRefund, readDestination } from '../purchases/refunds/pay-refund.ts'
import { listOpenRefunds } from '../purchases/refunds/refund.ts'

/** The commands of purchases, each on purchases opened for it alone. */
export function purchaseStarters(
  withPurchases: <T>(work: (parts: PurchaseParts) => Promise<T>) => Promise<T>,
): PurchaseStarters {
  return {
    checkPayments: (how) => withPurchases((parts) => checkPayments(parts, how)),
    listRefunds: () => withPurchases((parts) => listOpenRefunds(parts.database.sql, openRefundsShownMax)),
    showRefund: (act) => withPurchases((parts) => readDestination(parts, act)),
    approveRefund: (act) => withPurchases((parts) => approveRefund(parts, act)),
    setCreditLimit: (line) => withPurchases(({ database }) => setCreditLimit(database, line)),
    linkAccounts: (link) => withPurchases(({ database }) => linkAccounts(database, link)),
    payRefund: (act) => withPurchases((parts) => payRefund(parts, act)),
  }
}
