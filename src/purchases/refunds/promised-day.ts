import { refundWorkingDays } from '../../limits/purchases.ts'

/** Why money goes back. */
export const refundReasons = [
  'paid_twice',
  'wrong_amount',
  'order_replaced',
  'account_closed',
  'quota_returned',
] as const
export type RefundReason = (typeof refundReasons)[number]

/** Jakarta is seven hours ahead, all year. */
const jakartaMilliseconds = 7 * 60 * 60 * 1000

/** The day by which the money is promised back, YYYY-MM-DD in Jakarta: so many working days on; holidays are not known here. */
export function promisedDay(from: Date, workingDays: number = refundWorkingDays): string {
  const day = new Date(from.getTime() + jakartaMilliseconds)
  for (let left = workingDays; left > 0;) {
    day.setUTCDate(day.getUTCDate() + 1)
    if (day.getUTCDay() !== 0 && day.getUTCDay() !== 6) left--
  }
  return day.toISOString().slice(0, 10)
}
