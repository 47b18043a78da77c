import type { Hand } from '../../support/hand.ts'
import { beginning } from '../../support/hand.ts'
import { goodPassword, goodPin, lastCode } from '../../support/person.ts'
import type { TestWeb } from '../../support/web.ts'

/** Who registers: a name and numbers by the label of their field. */
export type Registering = {
  kind: 'personal' | 'company'
  fields: readonly (readonly [label: string, typed: string])[]
  photo: Parameters<Hand['attach']>[1]
  email: string
}

/** From the front page to an open account with a PIN; the code is read from the message. */
export async function register(hand: Hand, web: TestWeb, { kind, fields, photo, email }: Registering): Promise<void> {
  const { say } = hand
  await hand.open('/')
  await hand.press(say('shell.signIn'), 'page')
  await hand.arrives(say('signIn.title'))
  await hand.press(say('signIn.register'))
  await hand.arrives(say('register.title'))
  await hand.choose(beginning(say(`register.kind.${kind}`)))
  await hand.press(say('register.next'))
  await hand.arrives(say(kind === 'personal' ? 'register.identityTitle' : 'register.holderTitle'))
  for (const [label, typed] of fields) await hand.fill(label, typed)
  await hand.press(say('register.next'))
  await hand.arrives(say('register.photoTitle'))
  await hand.attach(say('register.photo'), photo)
  await hand.press(say('register.photoSend'))
  await hand.sees(say('register.photoKept'))
  await hand.press(say('register.photoGood'))
  if (kind === 'company') await sendPaper(hand, photo)
  await hand.arrives(say('register.contactTitle'))
  await hand.fill(say('signIn.contact'), email)
  await hand.press(say('codes.send'))
  await hand.arrives(say('codes.title'))
  await hand.fill(say('codes.code'), await lastCode(web, email))
  await hand.press(say('register.next'))
  await hand.sees(say('register.contactProven'))
  await hand.press(say('register.next'))
  await hand.arrives(say('register.passwordTitle'))
  await hand.fill(say('signIn.password'), goodPassword)
  await hand.press(say('register.next'))
  await hand.arrives(say('register.reviewTitle'))
  await hand.choose(beginning(say('register.consent', { version: '2026-11' })))
  await hand.press(say('register.open'))
  await hand.arrives(say('own.pinFirst'))
  await hand.fill(say('signIn.password'), goodPassword)
  await hand.fill(say('own.pinNew'), goodPin)
  await hand.fill(say('own.pinAgain'), goodPin)
  await hand.press(say('own.pinSave'))
  await hand.arrives(say('register.doneTitle'))
}

/** One paper of an organisation; the others may come later. */
async function sendPaper(hand: Hand, file: Registering['photo']): Promise<void> {
  const { say } = hand
  const name = say('paperNames.nib')
  await hand.arrives(say('papers.title'))
  await hand.attach(say('papers.file', { name }), file)
  await hand.press(`${say('papers.send')} ${name}`)
  await hand.sees(say('papers.there'))
  await hand.press(say('register.next'))
}
