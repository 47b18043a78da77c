import { expect } from 'vitest'
import { nodePrimitives } from '../../../src/base/primitives-node.ts'
import { openZip } from '../../../src/client/bulk/zip.ts'
import { fileOf, freshPdf } from '../../support/fresh-pdf.ts'
import { beginning } from '../../support/hand.ts'
import { goodPin } from '../../support/person.ts'
import { expectStamped, type Journey } from './journey-places.ts'
import { comeHome, somebody } from './people.ts'

export const manyDocuments: Journey = {
  name: 'three documents are stamped at once from the portal, and come back as one archive',
  unfit: ({ scripts }) =>
    scripts
      ? undefined
      : 'three thousand files stay on the device, which a script reads; the page names the command that does the same',
  async walk(place) {
    const { hand, web } = place
    const { say } = hand
    const person = await somebody(web, 3)
    const files = ['a.pdf', 'b.pdf', 'c.pdf'].map((name) => fileOf(freshPdf(), name))
    await comeHome(place, person)
    await hand.press(beginning(say('massal.title')))
    await hand.arrives(say('massal.title'))
    await hand.attach(say('massal.documents'), files)
    await hand.select(say('massal.type'), 'Surat Perjanjian')
    await hand.press(say('massal.look'))
    await hand.arrives(say('massal.planHeading'))
    await hand.fill('PIN', goodPin)
    const rupiah = `Rp${new Intl.NumberFormat(hand.mode.language).format(30_000)}`
    await hand.press(say('massal.start', { ready: 3, rupiah }))
    await hand.sees(say('massal.done', { count: 3 }))
    const archive = openZip((await hand.download(() => hand.press(say('massal.zip')))).bytes, nodePrimitives)
    expect(archive?.names).toHaveLength(3)
    for (const { name, buffer } of files) {
      const copy = archive?.read(name.replace('.pdf', '.bermeterai.pdf'))
      expectStamped(buffer, Buffer.from(copy ?? []), 1)
    }
  },
}
