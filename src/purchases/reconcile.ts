import { reconcileLapseSeconds, reconcileSeconds } from '../limits/purchases.ts'
import { checkPayments, type PaymentFault } from './check-payments.ts'
import type { PurchaseParts } from './purchase-parts.ts'

// One row says when the next comparison is due. Who claims it moves that on, page by page, so that another takes over only from the dead.

/** What the last comparison found. `faults`: only where this process made it just now. */
export type Reconciled = { differences: number; at: Date; faults: readonly PaymentFault[] }

/**
 * Compares purchases with the gateways where that is due, and answers what was found last, by whichever process. Safe in every process at
 * once; one that is stopped leaves the comparison to the next. Undefined: there was none yet.
 */
export async function reconcile(parts: PurchaseParts, stopping: AbortSignal): Promise<Reconciled | undefined> {
  const { database } = parts
  const begun = await database.now()
  const claimed = await database.sql`
    update reconciliation set due_at = ${later(begun, reconcileLapseSeconds)} where due_at <= ${begun} returning 1`
  if (claimed.length > 0) {
    const check = await checkPayments(parts, {
      all: false,
      async goesOn() {
        if (stopping.aborted) return false
        await database.sql`update reconciliation set due_at = ${later(await database.now(), reconcileLapseSeconds)}`
        return true
      },
    })
    if (check.isWhole) {
      const { faults } = check
      await database.sql`
        update reconciliation set due_at = ${later(begun, reconcileSeconds)}, checked_at = ${begun}, differences = ${faults.length}`
      return { differences: faults.length, at: begun, faults }
    }
    await database.sql`update reconciliation set due_at = ${begun}`
  }
  const [last] = await database.sql<{ checked_at: Date | null; differences: number }[]>`
    select checked_at, differences from reconciliation`
  return last?.checked_at == null ? undefined : { differences: last.differences, at: last.checked_at, faults: [] }
}

const later = (at: Date, seconds: number): Date => new Date(at.getTime() + seconds * 1000)
