import { moneyText } from '../../../base/rupiah.ts'
import type { Language } from '../../../base/text.ts'
import type { RefundCase } from '../../../purchases/refunds/refund.ts'
import { dayText } from '../components/moment.tsx'

/** A promised day (YYYY-MM-DD, of Jakarta) in words. */
export function promisedText(promisedOn: string, language: Language): string {
  return dayText(new Date(`${promisedOn}T12:00:00+07:00`), language)
}

/** The money of a refund, in its own currency. */
export function refundText({ amountRupiah, currency }: RefundCase, language: Language): string {
  return moneyText(amountRupiah, currency, language)
}

/** How a refund stands, as a text's key: without a bank account it waits for its owner, and nobody can approve it. */
export function refundState({ state, destination }: RefundCase) {
  return state === 'due' && destination === undefined
    ? ('refunds.needsDestination' as const)
    : (`refunds.state.${state}` as const)
}
