import type { ChosenFile, Hand } from '../../support/hand.ts'

/** What is asked of an affixing: the document, who confirms it, and its number. */
export type AffixAsked = { file: ChosenFile; pin: string; number: string }

/** From the affixing page to the stamped copy; each step is left as it is proposed, but for the number and the place. */
export async function affix(hand: Hand, asked: AffixAsked): Promise<{ name: string; bytes: Buffer }> {
  await hand.arrives(hand.say('home.stampHeading'))
  return hand.mode.scripts ? affixOnDevice(hand, asked) : affixByForms(hand, asked)
}

async function affixOnDevice(hand: Hand, { file, pin, number }: AffixAsked) {
  const { say } = hand
  await hand.attach(say('affix.file'), file)
  await hand.arrives(say('affix.detailsHeading'))
  await hand.select(say('affix.type'), 'Surat Perjanjian')
  await hand.fill(say('affix.number'), number)
  await hand.press(say('parts.continue'))
  await hand.arrives(say('affix.placeHeading'))
  await hand.press(say('affix.presets.left'))
  await hand.drag(6, 9)
  await hand.press(say('affix.toReview'))
  await hand.arrives(say('affix.reviewHeading'))
  await hand.sees(number)
  await hand.press(say('affix.submit'))
  await hand.arrives(say('affix.pinHeading'))
  await hand.fill(say('affix.pin'), pin)
  const copy = await hand.download(() => hand.press(say('affix.submit')))
  await hand.sees(say('affix.done'))
  return copy
}

async function affixByForms(hand: Hand, { file, pin, number }: AffixAsked) {
  const { say } = hand
  await hand.sees(say('affix.sentToUs'))
  await hand.attach(say('affix.file'), file)
  await hand.press(say('parts.continue'))
  await hand.arrives(say('affix.detailsHeading'))
  await hand.select(say('affix.type'), 'Surat Perjanjian')
  await hand.fill(say('affix.number'), number)
  await hand.choose(say('affix.presets.left'))
  await hand.press(say('parts.continue'))
  await hand.arrives(say('affix.reviewHeading'))
  await hand.sees(number)
  await hand.fill(say('affix.pin'), pin)
  await hand.press(say('affix.submit'))
  await hand.arrives(say('affix.doneHeading'))
  return hand.download(() => hand.press(say('affix.download')))
}
