import { afterAll, beforeAll, expect, test } from 'vitest'
import { formBrowser, type FormBrowser } from '../../../../tests/support/form-browser.ts'
import { goodPassword, lastCode, registerPerson } from '../../../../tests/support/person.ts'
import { testWeb, type TestWeb } from '../../../../tests/support/web.ts'
import { text } from '../../../base/text.ts'
import { signInTriesFree } from '../../../limits/people.ts'
import { ownPath } from '../signed-in.ts'

let web: TestWeb
let email: string
beforeAll(async () => {
  web = await testWeb()
  email = (await registerPerson(web)).email
})
afterAll(() => web.close())

const signIn = async (browser: FormBrowser, contact: string, password: string) => {
  await browser.open('/masuk?next=/status')
  return browser.send('/masuk', { contact, password })
}

test('a person signs in by password, comes back to where they wanted, and their name stands on every page', async () => {
  const browser = formBrowser(web)

  const answer = await signIn(browser, email, goodPassword)

  expect([answer.statusCode, answer.headers.location]).toEqual([303, '/status'])
  expect((await browser.open('/bantuan')).body).toContain('Contoh Aminah')
})

test('a wrong password and an unknown contact have the same page, what was typed is kept, and no password comes back', async () => {
  const pages = []
  for (const contact of [email, 'contoh.nihil@contoh.example']) {
    const answer = await signIn(formBrowser(web), contact, 'bukan kata sandinya')
    expect(answer.statusCode).toBe(422)
    expect(answer.body).not.toContain('bukan kata sandinya')
    expect(answer.body).toContain(contact)
    pages.push(answer.body.replaceAll(contact, '').replaceAll(/[0-9a-f-]{36}/g, ''))
  }

  expect(pages[0]).toBe(pages[1])
})

test('who mistyped may correct it; who has to wait is asked to correct nothing', async () => {
  const { email: another } = await registerPerson(web)
  const browser = formBrowser(web)
  const pages = []
  for (let tries = 0; tries <= signInTriesFree; tries++)
    pages.push((await signIn(browser, another, 'bukan kata sandinya')).body)

  expect(pages[0]).toContain(text('id', 'forms.wrongHeading'))
  expect(pages.at(-1)).toContain(text('id', 'forms.laterHeading'))
  expect(pages.at(-1)).not.toContain(text('id', 'forms.wrongHeading'))
})

test('a code signs in, and an unknown number is told the same', async () => {
  const browser = formBrowser(web)
  await browser.open('/masuk/kode?next=/status')
  expect((await browser.send('/masuk/kode', { contact: email })).headers.location).toBe('/masuk/kode/isi')
  const wait = (await browser.open('/masuk/kode/isi')).body
  const stranger = formBrowser(web)
  await stranger.open('/masuk/kode')
  await stranger.send('/masuk/kode', { contact: '081234567899', route: 'whatsapp' })
  expect((await stranger.open('/masuk/kode/isi')).body).toContain('WhatsApp')

  const answer = await browser.send('/masuk/kode/isi', { code: await lastCode(web, email) })

  expect(wait).not.toContain(email)
  expect(answer.headers.location).toBe('/status')
  expect((await browser.open('/')).body).toContain('Contoh Aminah')
})

test('a form sent twice acts once; one that was refused may be corrected and sent again', async () => {
  const browser = formBrowser(web)
  await browser.open('/masuk')
  const form = browser.guard()
  expect((await browser.send('/masuk', { ...form, contact: email, password: 'salah sekali ini' })).statusCode).toBe(422)
  const once = await browser.send('/masuk', { ...form, contact: email, password: goodPassword })
  const sessions = () => web.db.database.sql`select 1 from sessions`
  const before = (await sessions()).length

  const again = await browser.send('/masuk', { ...form, contact: email, password: goodPassword })

  expect([once.statusCode, again.statusCode]).toEqual([303, 303])
  expect(await sessions()).toHaveLength(before)
})

test('signing out takes our page: another site, or a form without its token, changes nothing', async () => {
  const browser = formBrowser(web)
  await signIn(browser, email, goodPassword)
  await browser.open('/keluar')
  const form = browser.guard()

  const foreign = await browser.send('/keluar', form, { origin: 'https://other.example' })
  const blind = await browser.send('/keluar', { formKey: form.formKey ?? '' }, {}, false)
  const signedIn = (await browser.open('/')).body
  const own = await browser.send('/keluar', form)

  expect([foreign.statusCode, blind.statusCode, own.statusCode]).toEqual([403, 403, 303])
  expect(signedIn).toContain('Contoh Aminah')
  expect((await browser.open('/')).body).not.toContain('Contoh Aminah')
})

test('who is not signed in is asked to, and brought back', async () => {
  const answer = await formBrowser(web).open('/keluar')
  expect(answer.headers.location).toBe('/masuk?next=%2Fkeluar')
})

test.each([
  '//other.example',
  '/\\other.example',
  'https://other.example',
  '/v1/account',
  '/keluar',
  '/a b',
  '\t//x',
  '',
])('nobody is sent to %j after signing in', (next) => {
  expect(ownPath(next)).toBe('/beranda')
})

test('a forgotten password is replaced by a code, and the old one is good no more', async () => {
  const { email: own } = await registerPerson(web)
  const browser = formBrowser(web)
  await browser.open('/lupa/sandi')
  await browser.send('/lupa/sandi', { contact: own })
  await browser.open('/lupa/sandi/isi')
  const code = await lastCode(web, own)
  const weak = await browser.send('/lupa/sandi/isi', { code, newPassword: 'pendek' })

  const made = await browser.send('/lupa/sandi/isi', { code, newPassword: 'payung biru di teras' })

  expect([weak.statusCode, made.headers.location]).toEqual([422, '/masuk?kabar=sandi'])
  expect((await signIn(formBrowser(web), own, goodPassword)).statusCode).toBe(422)
  expect((await signIn(formBrowser(web), own, 'payung biru di teras')).statusCode).toBe(303)
})
