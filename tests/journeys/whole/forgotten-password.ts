import { lastCode } from '../../support/person.ts'
import type { Journey } from './journey-places.ts'
import { somebody } from './people.ts'

export const forgottenPassword: Journey = {
  name: 'a forgotten password is replaced by a code, then one signs in, out, and in again by a code alone',
  async walk({ hand, web }) {
    const { say } = hand
    const { email } = await somebody(web, 0)
    const password = 'burung kecil di atas genteng'
    await hand.open('/masuk')
    await hand.press(say('signIn.forgot'))
    await hand.arrives(say('forgot.title'))
    await hand.press(say('forgot.passwordGo'))
    await hand.fill(say('signIn.contact'), email)
    await hand.press(say('codes.send'))
    await hand.arrives(say('codes.title'))
    await hand.fill(say('codes.code'), await lastCode(web, email))
    await hand.fill(say('own.newPassword'), password)
    await hand.press(say('forgot.submit'))
    await hand.sees(say('signIn.passwordMade'))
    await hand.fill(say('signIn.contact'), email)
    await hand.fill(say('signIn.password'), password)
    await hand.press(say('signIn.submit'))
    await hand.press('Contoh Aminah', 'page')
    await hand.press(say('own.signOut'), 'page')
    await hand.arrives(say('own.signOutTitle'))
    await hand.press(say('own.signOutHere'))
    await hand.press(say('shell.signIn'), 'page')
    await hand.press(say('signIn.byCode'))
    await hand.arrives(say('signIn.codeTitle'))
    await hand.fill(say('signIn.contact'), email)
    await hand.press(say('codes.send'))
    await hand.arrives(say('codes.title'))
    await hand.fill(say('codes.code'), await lastCode(web, email))
    await hand.press(say('signIn.submit'))
    await hand.sees(say('shell.quota', { quota: 0 }))
  },
}
