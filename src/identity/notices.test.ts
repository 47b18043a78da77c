import { afterAll, beforeAll, expect, test } from 'vitest'
import { lastMessage, registerPerson } from '../../tests/support/person.ts'
import { testSealing, testWeb, type TestWeb } from '../../tests/support/web.ts'
import { parsePublicId } from '../base/ids.ts'
import { tellEverywhere, tellMembers, tellPerson } from './notices.ts'
import { closePerson, readPerson, setContact } from './people.ts'

let web: TestWeb
let numbers = 0
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

/** Somebody with an e-mail address and a phone, signed in. */
async function somebody() {
  const { browser, email, ...ids } = await registerPerson(web)
  const accountId = parsePublicId('account', ids.accountId) ?? ''
  const personId = parsePublicId('person', ids.personId) ?? ''
  const phone = `+62812000009${++numbers + 10}`
  await web.db.database.transaction((tx) =>
    setContact(tx, testSealing, { personId, contact: { kind: 'phone', address: phone } }),
  )
  return { browser, email, phone, accountId, personId }
}
type Somebody = Awaited<ReturnType<typeof somebody>>

const settings = '/v1/notice-settings'
const choose = async ({ browser }: Somebody, choices: object) => (await browser.call('PATCH', settings, choices)).json()

/** Tells it in a transaction; the templates that came by e-mail and by WhatsApp. */
async function toldBy(
  { email, phone, personId, accountId }: Somebody,
  template: 'refund_due' | 'sign_in_alert' | 'batch_finished',
  tell = tellPerson,
) {
  await web.db.owner.sql`delete from messages`
  await web.db.database.transaction(async (tx) => {
    const person = await readPerson(tx, testSealing, personId)
    if (person === undefined) throw new Error('nobody')
    await tell(tx, testSealing, { person, accountId, template, at: await web.db.database.now(tx) })
  })
  const [mail, chat] = [await lastMessage(web, email), await lastMessage(web, phone)]
  return [mail?.template, chat?.template]
}

test('who chose nothing hears by e-mail', async () => {
  const person = await somebody()
  const answer = await person.browser.call('GET', settings)

  expect(answer.json()).toEqual({
    purchases: ['email'],
    batches: ['email'],
    identity: ['email'],
    webhooks: ['email'],
  })
  expect(await toldBy(person, 'refund_due')).toEqual(['refund_due', undefined])
})

test('a topic goes by the contacts that were chosen for it, by none where none was, and the others as before', async () => {
  const person = await somebody()
  const chosen = await choose(person, { purchases: ['whatsapp', 'email'], batches: [] })

  expect(chosen).toEqual({ purchases: ['email', 'whatsapp'], batches: [], identity: ['email'], webhooks: ['email'] })
  expect(await toldBy(person, 'refund_due')).toEqual(['refund_due', 'refund_due'])
  expect(await toldBy(person, 'batch_finished')).toEqual([undefined, undefined])
})

test('notices about security come whatever was chosen', async () => {
  const person = await somebody()
  await choose(person, { purchases: [], batches: [], identity: [], webhooks: [] })

  expect(await toldBy(person, 'sign_in_alert')).toEqual(['sign_in_alert', undefined])
  expect(await toldBy(person, 'sign_in_alert', tellEverywhere)).toEqual(['sign_in_alert', 'sign_in_alert'])
})

test('no other topic and no other way can be named', async () => {
  const { browser } = await somebody()
  const answers = [
    await browser.call('PATCH', settings, { security: [] }),
    await browser.call('PATCH', settings, { purchases: ['sms'] }),
  ]

  expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400])
})

test('a way whose contact is gone silences nobody', async () => {
  const person = await somebody()
  await choose(person, { purchases: ['whatsapp'] })
  await web.db.owner.sql`update people set sealed_phone = null, phone_index = null where person_id = ${person.personId}`

  expect(await toldBy(person, 'refund_due')).toEqual(['refund_due', undefined])
})

test('an account’s notice goes to those of its members whose role allows it', async () => {
  const [owner, reader] = [await somebody(), await somebody()]
  const { accountId } = owner
  await web.db.owner.sql`
    insert into memberships (account_id, person_id, role, created_at) values (${accountId}, ${reader.personId}, 'reader', now())`
  await web.db.owner.sql`delete from messages`
  await web.db.database.transaction(async (tx) => {
    const at = await web.db.database.now(tx)
    const values = (language: string) => ({ amount: `Rp1 ${language}` })
    await tellMembers(tx, testSealing, { accountId, permission: 'buy', template: 'refund_due', values, at })
  })

  expect(await lastMessage(web, owner.email)).toMatchObject({ template: 'refund_due', values: { amount: 'Rp1 id' } })
  expect(await lastMessage(web, reader.email)).toBeUndefined()
})

test('choices end with their person', async () => {
  const person = await somebody()
  await choose(person, { purchases: [] })
  await web.db.database.transaction((tx) => closePerson(tx, { personId: person.personId, at: new Date() }))

  const left = await web.db.owner.sql`select 1 from notice_choices where person_id = ${person.personId}`
  expect(left.length).toBe(0)
})
