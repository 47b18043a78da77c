import type { Job } from '../base/jobs.ts'
import { expireSeconds, lookSeconds } from '../limits.ts'
import { expireOrders } from './expire-orders.ts'
import { lookAtDue } from './look.ts'
import type { PurchaseParts } from './purchase-parts.ts'

/** What goes on by itself with orders; each is safe in several processes at once. */
export function purchaseJobs(parts: PurchaseParts): Job[] {
  return [
    { name: 'payments', everySeconds: lookSeconds, run: async (stopping) => void (await lookAtDue(parts, stopping)) },
    {
      name: 'orders',
      everySeconds: expireSeconds,
      run: async (stopping) => void (await expireOrders(parts, stopping)),
    },
  ]
}
