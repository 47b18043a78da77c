import type { Hand } from '../../support/hand.ts'
import { beginning } from '../../support/hand.ts'

/** How many stamps, and how they are paid, as the card says it. */
export type Wanted = { quantity: number; way: string }

/** From home to the quota that came of the payment; the money is moved on the simulator's own page. */
export async function buy(hand: Hand, { quantity, way }: Wanted): Promise<void> {
  const { say } = hand
  const total = `Rp${new Intl.NumberFormat(hand.mode.language).format(quantity * 10_000)}`
  await hand.press(beginning(say('home.buyHeading')))
  await hand.arrives(say('buy.title'))
  await hand.fill(say('buy.quantity'), String(quantity))
  await hand.press(say('buy.next'))
  await hand.arrives(say('buy.methodTitle'))
  await hand.choose(beginning(way))
  await hand.press(say('buy.pay', { total }))
  await hand.arrives(say('buy.payTitle', { total }))
  const order = hand.page.url()
  await hand.press(say('buy.simulator'))
  await hand.press(say('simulator.act.pay'))
  await hand.arrives(say('simulator.heading'))
  await hand.open(order)
  await hand.sees(say('buy.paid', { units: quantity }))
  await hand.press(say('buy.showReceipt'))
  await hand.arrives(say('receipt.heading'))
  const receipt = await hand.download(() => hand.press(say('buy.savePdf')))
  if (!receipt.bytes.subarray(0, 5).equals(Buffer.from('%PDF-'))) throw new Error('the receipt is no PDF')
  await hand.press(say('orders.show'))
}
