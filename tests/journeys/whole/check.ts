import { fileOf, freshPdf } from '../../support/fresh-pdf.ts'
import type { Journey } from './journey-places.ts'
import { somebody, stampByKey } from './people.ts'

export const check: Journey = {
  name: 'a stranger checks a stamp by its number, then by its file, then a file that was changed',
  async walk({ hand, web }) {
    const { say } = hand
    const { stamped, serial } = await stampByKey(web, await somebody(web, 1), fileOf(freshPdf(), 'sewa.pdf'))
    await hand.open('/')
    await hand.fill(say('cek.serial'), serial.toLowerCase())
    await hand.press(say('cek.submit'))
    await hand.sees(say('cek.specimen'))
    await hand.press(say('checkFile.toForm'))
    const send = async (bytes: Buffer) => {
      await hand.arrives(say('cek.heading'))
      await hand.attach(say('checkFile.label'), fileOf(bytes, 'sewa.bermeterai.pdf'))
      if (!hand.mode.scripts) await hand.press(say('checkFile.submit'))
    }
    await send(stamped)
    await hand.sees(say('verdicts.intact'))
    const changed = Buffer.from(stamped)
    changed.write('%%%%', stamped.indexOf('% ') + 10, 'latin1')
    await hand.press(say('home.checkHeading'), 'page')
    await send(changed)
    await hand.sees(say('verdicts.changed'))
  },
}
