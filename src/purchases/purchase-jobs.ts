import type { Job } from '../base/jobs.ts'
import {
  expireSeconds,
  lookSeconds,
  quotaLowSeconds,
  reconcileLookSeconds,
  transferResumeSeconds,
} from '../limits/purchases.ts'
import { expireOrders } from './expire-orders.ts'
import { lookAtDue } from './look.ts'
import { resumeTransfers } from './quota-transfers/send-quota.ts'
import type { PurchaseParts } from './purchase-parts.ts'
import { tellLowQuota } from './quota-low.ts'
import { reconcile, type Reconciled } from './reconcile.ts'

/** What goes on by itself with orders; each is safe in several processes at once. `checked`: told again and again what the last comparison found. */
export function purchaseJobs(parts: PurchaseParts, checked: (found: Reconciled) => void): Job[] {
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
      everySeconds: reconcileLookSeconds,
      async run(stopping) {
        const found = await reconcile(parts, stopping)
        if (found !== undefined) checked(found)
      },
    },
  ]
}
