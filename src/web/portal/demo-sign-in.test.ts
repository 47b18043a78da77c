import { afterAll, beforeAll, expect, test } from 'vitest'
import { formBrowser } from '../../../tests/support/form-browser.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { demoPin, isDemoPerson, signInAsDemo } from '../../identity/demo-accounts.ts'
import { closeAccount } from '../../identity/account-life.ts'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

async function signIn() {
  const browser = formBrowser(web)
  await browser.open('/masuk?next=/riwayat')
  return { browser, answer: await browser.send('/masuk/contoh', {}) }
}

test('one click signs in as the sample person, who has quota and reads the PIN on every page', async () => {
  const { browser, answer } = await signIn()

  expect([answer.statusCode, answer.headers.location]).toEqual([303, '/riwayat'])
  const page = (await browser.open('/bubuhkan')).body
  expect(page).toContain(demoPin)
  expect(page).toContain('Kuota Anda: 100 meterai')
  expect(page).not.toContain('/masuk/contoh')
})

test('a sample person whose PIN or role was changed has both again after the next click', async () => {
  const { sql } = web.db.owner
  await signIn()
  await sql`update pins set locked_until = now() + interval '1 day', locks = 3`
  await sql`update memberships set role = 'reader'`

  await signIn()

  expect(await sql`select locked_until, locks from pins`).toEqual([{ locked_until: null, locks: 0 }])
  expect(await sql`select role from memberships`).toEqual([{ role: 'owner' }])
})

test('where somebody closed the sample account the next click opens another', async () => {
  const { people } = web.people.web
  const first = await signInAsDemo(people, { device: 'Uji' })
  const [member] = await web.db.owner.sql<{ account_id: string }[]>`
    select account_id from memberships where person_id = ${first.personId}`
  const accountId = member?.account_id ?? ''
  expect(isDemoPerson({ accountId, personId: first.personId })).toBe(true)
  const by = { accountId, keyKind: 'live', keyId: 'person', person: { ...first, role: 'owner' } } as const
  expect(await closeAccount(people, { accountId, by, loseQuota: true })).toEqual({ ok: true })

  const { browser, answer } = await signIn()

  expect(answer.statusCode).toBe(303)
  expect((await browser.open('/beranda')).body).toContain('Kuota Anda: 100 meterai')
})

test('where others reach the demo each visitor is somebody apart, with quota and PIN, and sees nothing of the others', async () => {
  const open = await testWeb(undefined, () => ({ openToOthers: true }))
  try {
    const visitors = [formBrowser(open), formBrowser(open)]
    for (const browser of visitors) {
      await browser.open('/masuk')
      expect((await browser.send('/masuk/contoh', {})).statusCode).toBe(303)
      const page = (await browser.open('/bubuhkan')).body
      expect(page).toContain(demoPin)
      expect(page).toContain('Kuota Anda: 100 meterai')
    }
    const people = await open.db.owner.sql`select account_id, person_id from memberships`
    expect(new Set(people.map((one) => one['account_id'])).size).toBe(2)
    expect(new Set(people.map((one) => one['person_id'])).size).toBe(2)
  } finally {
    await open.close()
  }
})

test('outside the demo there is no such way in, and no page offers it', async () => {
  const other = await testWeb(undefined, () => ({ demo: false }))
  try {
    expect((await other.app.inject({ url: '/masuk' })).body).not.toContain('/masuk/contoh')
    const sent = await other.app.inject({
      method: 'POST',
      url: '/masuk/contoh',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: '',
    })
    expect(sent.statusCode).toBe(404)
  } finally {
    await other.close()
  }
})

test('a page of another site signs nobody in', async () => {
  const browser = formBrowser(web)
  await browser.open('/masuk')
  const answer = await browser.send('/masuk/contoh', {}, { origin: 'https://lain.example' })
  expect(answer.statusCode).toBe(403)
  expect(answer.headers['set-cookie']).toBeUndefined()
})
