import { fileOf, freshPdf } from '../../support/fresh-pdf.ts'
import { beginning } from '../../support/hand.ts'
import { goodPin } from '../../support/person.ts'
import { samplePng } from '../../support/photo-samples.ts'
import { affix } from './affix-steps.ts'
import { buy } from './buy-steps.ts'
import { expectStamped, type Journey } from './journey-places.ts'
import { register } from './register-steps.ts'

let strangers = 0

export const firstStamp: Journey = {
  name: 'somebody new registers, buys a stamp by QRIS, puts it on a document and checks it',
  async walk({ hand, web }) {
    const { say } = hand
    await register(hand, web, {
      kind: 'personal',
      fields: [
        [say('register.name.personal'), 'Contoh Dewi'],
        [say('register.field.nik'), '3171015708450001'],
      ],
      photo: { name: 'ktp.png', mimeType: 'image/png', buffer: samplePng() },
      email: `pertama.${++strangers}@contoh.example`,
    })
    await hand.press('Contoh Dewi', 'page')
    await hand.press(say('beranda.title'), 'page')
    await buy(hand, { quantity: 1, way: 'QRIS' })
    await hand.press(say('buy.stampNow'))
    const original = freshPdf(2)
    const copy = await affix(hand, { file: fileOf(original, 'sewa.pdf'), pin: goodPin, number: '17/SEWA/2026' })
    expectStamped(original, copy.bytes, 2)
    await hand.press(say('affix.toCheck'))
    await hand.sees(say('cek.specimen'))
    await hand.press(say('home.checkHeading'), 'page')
    await hand.attach(say('checkFile.label'), fileOf(copy.bytes, copy.name))
    if (!hand.mode.scripts) await hand.press(say('checkFile.submit'))
    await hand.sees(/SPESIMEN|SPECIMEN/)
    await hand.press('Contoh Dewi', 'page')
    await hand.press(say('history.title'), 'page')
    await hand.arrives(say('history.title'))
    await hand.press(beginning('sewa'))
    await hand.sees('17/SEWA/2026')
  },
}
