import { banks, type Bank, type Gateway, type PaymentMethod } from '../../../purchases/gateways/gateway.ts'
import { banksOf, quantityMax } from '../../../purchases/price.ts'
import type { PurchaseParts } from '../../../purchases/purchase-parts.ts'
import { RadioCards } from '../components/choices.tsx'
import { wrongOf, type Again } from '../forms.tsx'
import type { PageContext, Say } from '../page-context.ts'
import { bankText, rupiahText } from './buy-parts.ts'
import { qrisRupiahMax } from '../../../limits/purchases.ts'

/** A way to pay as a card's value has it: `qris`, or `va-` and the bank. */
export type WayToPay = { method: PaymentMethod; bank: Bank | undefined }

const prefix = 'va-'

/** The way to pay of a card; undefined where it is none. */
export function wayOf(value: string): WayToPay | undefined {
  if (value === 'qris') return { method: 'qris', bank: undefined }
  const bank = banks.find((name) => `${prefix}${name}` === value)
  return bank === undefined ? undefined : { method: 'virtual_account', bank }
}

/** The ways to pay for so many stamps, each a card; what cannot be chosen says why. */
export function MethodCards(given: {
  context: PageContext
  say: Say
  purchases: PurchaseParts
  gateway: Gateway
  quantity: number
  again: Again | undefined
}) {
  const { context, say, purchases, gateway, quantity, again } = given
  const fitsQris = quantity <= quantityMax('qris')
  const hours = Math.round(purchases.orderMinutes.virtual_account / 60)
  const qris = {
    value: 'qris',
    label: 'QRIS',
    says: fitsQris
      ? say('buy.qrisSays', { minutes: purchases.orderMinutes.qris })
      : say('buy.qrisTooMuch', { most: rupiahText(qrisRupiahMax, context.language) }),
    disabled: !fitsQris,
  }
  const accounts = banksOf(gateway).map((bank) => ({
    value: `${prefix}${bank}`,
    label: `${say('paymentMethods.virtual_account')} ${bankText(bank)}`,
    says: say('buy.accountSays', { hours }),
  }))
  return (
    <RadioCards
      name="pay"
      legend={say('buy.method')}
      value={again?.fields.one('pay') ?? (fitsQris ? 'qris' : '')}
      options={[qris, ...accounts]}
      {...wrongOf(again, 'pay')}
    />
  )
}
