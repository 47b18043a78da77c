import type { Job } from '../base/jobs.ts'
import { expireSeconds, lookSeconds, quotaLowSeconds, reconcileSeconds, transferResumeSeconds } from '../limits.ts'
import { checkPayments, type PaymentCheck } from './check-payments.ts'
import { expireOrders } from './expire-orders.ts'
import { lookAtDue } from './look.ts'
import { resumeTransfers } from './quota-transfers/send-quota.ts'
import type { PurchaseParts } from './purchase-parts.ts'
import { tellLowQuota } from './quota-low.ts'

/** What goes on by itself with orders; each is safe in several processes at once. `checked`: told what each comparison found. */
export function purchaseJobs(parts: PurchaseParts, checked: (check: PaymentCheck, at: Date) => void): Job[] {
  return [
    { name: 'payments', everySeconds: lookSeconds, run: async (stopping) => void (await lookAtDue(parts, stopping)) },
    {
      name: 'orders',
      everySeconds: expireSeconds,
      run: async (stopping) => void (await expireOrders(parts, stopping)),
    },
    {
      name: 'quota transfers',
      everySeconds: transferResumeSeconds,
      run: async (stopping) => void (await resumeTransfers(parts.database, stopping)),
    },
    {
      name: 'quota low',
      everySeconds: quotaLowSeconds,
      run: async (stopping) => void (await tellLowQuota(parts.database, stopping)),
    },
    {
      name: 'reconciliation',
      everySeconds: reconcileSeconds,
      run: async () => checked(await checkPayments(parts, { all: false }), await parts.database.now()),
    },
  ]
}
