import { goodPin } from '../../support/person.ts'
import { buy } from './buy-steps.ts'
import type { Journey } from './journey-places.ts'
import { comeHome, somebody } from './people.ts'

export const moneyBack: Journey = {
  name: 'stamps that are not needed are bought, given back for money, and taken back into the quota',
  async walk(place) {
    const { hand, web } = place
    const { say } = hand
    await comeHome(place, await somebody(web, 0))
    await buy(hand, { quantity: 3, way: 'QRIS' })
    await hand.press('Contoh Aminah', 'page')
    await hand.press(say('orders.title'), 'page')
    await hand.arrives(say('orders.title'))
    await hand.press(say('refunds.title'))
    await hand.arrives(say('refunds.title'))
    await hand.press(say('refunds.ask'))
    await hand.arrives(say('refunds.ask'))
    await hand.fill(say('refunds.quantity'), '2')
    await hand.fill(say('refunds.bank'), 'BRI')
    await hand.fill(say('refunds.accountNumber'), '0123 4567 8901')
    await hand.fill(say('refunds.accountName'), 'Contoh Aminah')
    await hand.fill(say('own.actPin'), goodPin)
    await hand.press(say('refunds.send'))
    await hand.sees(say('refunds.state.due'))
    await hand.sees(say('shell.quota', { quota: 1 }))
    await hand.press(say('refunds.cancel', { units: 2 }))
    await hand.sees(say('refunds.next.cancelled'))
    await hand.sees(say('shell.quota', { quota: 3 }))
  },
}
