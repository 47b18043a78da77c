import { sweepOverdue } from '../../../src/affixing/sweep.ts'
import { beginning } from '../../support/hand.ts'
import type { Journey } from './journey-places.ts'
import { comeHome, reserveByKey, somebody } from './people.ts'

/** No reservation lives so long. */
const dayMinutes = 24 * 60

export const returned: Journey = {
  name: 'a stamp that was not finished is taken back, another comes back by itself, and help knows of both',
  async walk(place) {
    const { hand, web } = place
    const { say } = hand
    const person = await somebody(web, 2)
    await reserveByKey(web, person, 'ditinggalkan.pdf')
    await reserveByKey(web, person, 'dibatalkan.pdf')
    await comeHome(place, person)
    await hand.arrives(say('beranda.unfinished'))
    await hand.press(beginning('dibatalkan.pdf'))
    await hand.press(say('cancel.link'))
    await hand.arrives(say('cancel.title'))
    await hand.press(say('cancel.submit'))
    await hand.sees(say('history.released'))
    await web.db.advance(dayMinutes)
    await sweepOverdue(web.affixing)
    await comeHome(place, person)
    await hand.sees(say('shell.quota', { quota: 2 }))
    await hand.press(say('beranda.all'))
    await hand.arrives(say('history.title'))
    await hand.fill(say('history.search'), 'kuota hilang')
    await hand.press(say('history.show'))
    await hand.sees(say('history.meantReleased'))
    await hand.press(beginning('ditinggalkan.pdf'))
    await hand.sees(say('history.releasedMeans', { reason: 'expired' }))
    await hand.press(say('history.help'))
    await hand.arrives(say('found.heading'))
    await hand.sees(say('found.releasedMeans', { reason: 'expired' }))
  },
}
