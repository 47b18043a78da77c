import { fileOf, freshPdf } from '../../support/fresh-pdf.ts'
import { beginning } from '../../support/hand.ts'
import { goodPassword, goodPin } from '../../support/person.ts'
import { samplePng } from '../../support/photo-samples.ts'
import { affix } from './affix-steps.ts'
import { buy } from './buy-steps.ts'
import { expectStamped, type Journey } from './journey-places.ts'
import { somebody } from './people.ts'
import { register } from './register-steps.ts'

let companies = 0

export const company: Journey = {
  name: 'a company registers, buys by virtual account, and a member whom it invited spends its quota',
  async walk({ hand, web }) {
    const { say } = hand
    const name = 'PT Contoh Makmur'
    await register(hand, web, {
      kind: 'company',
      fields: [
        [say('register.name.organisation'), name],
        [say('register.field.npwp'), '0123456789012345'],
        [say('register.field.nib'), '1234567890123'],
        [say('register.field.personInCharge'), 'Contoh Eka'],
        [say('register.field.nik'), '3171015708450001'],
      ],
      photo: { name: 'ktp.png', mimeType: 'image/png', buffer: samplePng() },
      email: `perusahaan.${++companies}@contoh.example`,
    })
    await hand.press(name, 'page')
    await hand.press(say('beranda.title'), 'page')
    await buy(hand, { quantity: 2, way: `${say('paymentMethods.virtual_account')} BRI` })
    const member = await somebody(web, 0)
    await hand.press(name, 'page')
    await hand.press(say('own.title'), 'page')
    await hand.press(beginning(say('own.page.anggota')))
    await hand.arrives(say('own.page.anggota'))
    await hand.fill(say('signIn.contact'), member.email)
    await hand.fill(say('own.actPin'), goodPin)
    await hand.press(say('own.inviteSend'))
    await hand.arrives(say('own.invitationsSent'))
    await hand.press(name, 'page')
    await hand.press(say('own.signOut'), 'page')
    await hand.arrives(say('own.signOutTitle'))
    await hand.press(say('own.signOutHere'))
    await hand.press(say('shell.signIn'), 'page')
    await hand.fill(say('signIn.contact'), member.email)
    await hand.fill(say('signIn.password'), goodPassword)
    await hand.press(say('signIn.submit'))
    await hand.press('Contoh Aminah', 'page')
    await hand.press(say('own.switch'), 'page')
    await hand.press(say('own.invitationAccept'))
    await hand.press(name, 'page')
    await hand.press(say('beranda.title'), 'page')
    await hand.sees(say('shell.quota', { quota: 2 }))
    await hand.press(beginning(say('home.stampHeading')))
    const original = freshPdf()
    const copy = await affix(hand, { file: fileOf(original, 'kontrak.pdf'), pin: goodPin, number: '3/PT/2026' })
    expectStamped(original, copy.bytes, 1)
    await hand.open('/beranda')
    await hand.sees(say('shell.quota', { quota: 1 }))
  },
}
