import { expect } from 'vitest'
import { samplePdf } from '../../support/pdf-samples.ts'
import { fileOf, freshPdf } from '../../support/fresh-pdf.ts'
import type { Journey } from './journey-places.ts'
import { comeHome, somebody, stampByKey } from './people.ts'

export const copyAgain: Journey = {
  name: 'a stamped copy is found in the history, fetched, and made again from its original, byte for byte',
  async walk(place) {
    const { hand, web } = place
    const { say } = hand
    const person = await somebody(web, 1)
    const original = fileOf(freshPdf(), 'sewa.pdf')
    const { stamped } = await stampByKey(web, person, original)
    await comeHome(place, person)
    await hand.press(say('beranda.all'))
    await hand.arrives(say('history.title'))
    await hand.fill(say('history.search'), 'sewa')
    await hand.select(say('cek.state'), say('history.affixed'))
    await hand.press(say('history.show'))
    await hand.press('sewa.pdf')
    await hand.arrives(say('history.copyHeading'))
    const kept = await hand.download(() => hand.press(say('affix.download')))
    expect(kept.bytes.equals(stamped)).toBe(true)

    const other = fileOf(Buffer.from(samplePdf({ pages: 2 })), 'lain.pdf')
    const send = async (file: typeof original) => {
      await hand.attach(say('history.original'), file)
      if (!hand.mode.scripts) await hand.press(say('history.rebuild'))
    }
    await send(other)
    await hand.sees(say('rebuild.otherFile'))
    const again = await hand.download(() => send(original))
    expect(again.bytes.equals(stamped)).toBe(true)

    await hand.press(say('history.help'))
    await hand.arrives(say('found.heading'))
    await hand.sees(say('found.affixedKept'))
  },
}
