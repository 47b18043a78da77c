import { afterAll, beforeAll, expect, test } from 'vitest'
import { secretsIn } from '../../../tests/support/secrets-in-logs.ts'
import { testSealing, testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { newUuid } from '../../base/ids.ts'
import { type Receiver, routes } from '../../base/receiver.ts'
import { requestCode } from '../../identity/codes.ts'
import { readInbox } from '../../notices/messages/inbox.ts'
import { queueMessage } from '../../notices/messages/queue.ts'
import { inboxRoutes } from './inbox-page.tsx'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(async () => {
  await web.close()
})

async function askFor(receiver: Receiver): Promise<string> {
  const parts = { database: web.db.database, sealing: testSealing }
  const subject = newUuid(new Date())
  const made = await requestCode(parts, { purpose: 'sign_in', subject, receiver, language: 'id' })
  if (!made.ok) throw new Error(made.refusal.code)
  return made.codeId
}

const get = (url: string, accept = 'text/html') => web.app.inject({ method: 'GET', url, headers: { accept } })

test('a program finds the code that was sent to a number, however the number is written', async () => {
  await askFor({ route: 'sms', address: '+6281200000001' })
  await askFor({ route: 'whatsapp', address: '+6281200000002' })
  for (const path of ['/v1/inbox', '/inbox.json']) {
    const { items } = (await get(`${path}?to=${encodeURIComponent('0812 0000 0001')}`)).json()
    expect(items).toHaveLength(1)
    expect(items[0]).toMatchObject({ to: '+6281200000001', route: 'sms', template: 'code' })
    expect(items[0].code).toMatch(/^\d{6}$/)
    expect(items[0].text).toContain(`@localhost #${items[0].code}`)
  }
})

test('the page shows the newest first, in both languages and without script', async () => {
  await askFor({ route: 'email', address: 'lama@contoh.example' })
  await askFor({ route: 'email', address: 'baru@contoh.example' })
  const page = await get('/inbox')
  expect(page.statusCode).toBe(200)
  expect(page.body.indexOf('baru@contoh.example')).toBeLessThan(page.body.indexOf('lama@contoh.example'))
  expect(page.body.indexOf('baru@contoh.example')).toBeGreaterThan(0)
  expect(page.body).not.toMatch(/<script|\son\w+=/)
  expect((await get('/inbox?lang=en')).body).toContain('Test inbox')
  const filtered = await get('/inbox?to=lama%40contoh.example')
  expect(filtered.body).not.toContain('baru@contoh.example')
})

test('what stands in a message is never read as markup', async () => {
  await web.db.database.transaction(async (tx) => {
    const at = await web.db.database.now(tx)
    const values = { code: '<script>alert(1)</script>', purpose: 'sign_in' }
    const receiver: Receiver = { route: 'sms', address: '+6281200000003' }
    await queueMessage(tx, testSealing, { accountId: null, receiver, template: 'code', values, language: 'id', at })
  })
  const page = await get('/inbox?to=081200000003')
  expect(page.body).toContain('&lt;script')
  expect(page.body).not.toContain('<script')
})

test('what is no receiver is named, and the field keeps it', async () => {
  const page = await get(`/inbox?to=${encodeURIComponent('"><b>')}`)
  expect(page.statusCode).toBe(400)
  expect(page.body).toContain('aria-invalid="true"')
  expect(page.body).not.toContain('<b>')
  expect((await get('/v1/inbox?to=nobody')).json()).toMatchObject({ code: 'receiver_malformed', status: 422 })
})

test('the log tells neither whom the inbox was asked for nor what stands in it', async () => {
  await askFor({ route: 'sms', address: '+6281200000009' })
  const { items } = (await get('/v1/inbox?to=081200000009')).json()
  await get('/inbox?to=081200000009')
  await get('/v1/inbox?to=bukan-penerima')
  expect(web.logged.length).toBeGreaterThan(2)
  expect(secretsIn(web.logged, ['81200000009', 'bukan-penerima', items[0].code])).toEqual([])
})

test('an installation without simulated senders has no inbox', () => {
  const added: string[] = []
  const app = new Proxy(web.app, {
    get: (target, name) => {
      if (name === 'get') return (path: string) => void added.push(path)
      if (name === 'withTypeProvider') return () => app
      return Reflect.get(target, name)
    },
  })
  const parts = { demo: false, openToOthers: false, version: '0', help: {} }
  const { database } = web.db
  inboxRoutes(app, parts)
  inboxRoutes(app, { ...parts, inbox: { database, sealing: testSealing, routes: [], host: 'x' } })
  expect(added).toEqual([])
  inboxRoutes(app, { ...parts, inbox: { database, sealing: testSealing, routes, host: 'x' } })
  expect(added).toEqual(['/v1/inbox', '/inbox.json', '/inbox'])
})

test('messages of a real sender are shown to nobody', async () => {
  await askFor({ route: 'email', address: 'sungguh@contoh.example' })

  const wanted = { routes: ['sms'], host: 'x', address: 'sungguh@contoh.example' } as const
  expect(await readInbox(web.db.database.sql, testSealing, wanted)).toEqual([])
})
