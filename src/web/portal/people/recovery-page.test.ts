import { afterAll, beforeAll, expect, test } from 'vitest'
import { formBrowser } from '../../../../tests/support/form-browser.ts'
import { lastMessage, registerPerson } from '../../../../tests/support/person.ts'
import { testSealing, testWeb, type TestWeb } from '../../../../tests/support/web.ts'
import { uuidOf } from '../../api/people-parts.ts'
import { approveRecovery, askRecovery, listRecoveries } from '../../../identity/recovery/recovery.ts'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

test('the link of the message opens a page that changes nothing, and its button ends the way back', async () => {
  const { personId, email } = await registerPerson(web)
  const parts = { database: web.db.database, sealing: testSealing, origin: 'http://localhost:8080' }
  const contact = { kind: 'email', address: 'baru@contoh.example' } as const
  const about = { personId: uuidOf('person', personId), kind: 'contact', contact } as const
  const asked = await askRecovery(parts, { ...about, operator: 'sari' })
  if (!asked.ok) throw new Error(asked.problem)
  await approveRecovery(parts, { recoveryId: asked.recoveryId, operator: 'budi' })
  const open = () => listRecoveries(parts, 10)
  const message = await lastMessage(web, email)
  const { pathname, search, searchParams } = new URL(String(message?.values['link']))
  const browser = formBrowser(web)

  expect((await browser.open(pathname + search)).statusCode).toBe(200)
  expect(await open()).toHaveLength(1)
  const link = { kasus: searchParams.get('kasus') ?? '', kunci: searchParams.get('kunci') ?? '' }
  const wrong = await browser.send('/pemulihan', { ...link, kunci: 'x' })
  expect(wrong.headers.location).toBe('/pemulihan?kabar=gone')
  expect(await open()).toHaveLength(1)

  await browser.open(pathname + search)
  expect((await browser.send('/pemulihan', link)).headers.location).toBe('/pemulihan?kabar=done')

  expect(await open()).toEqual([])
  expect((await browser.open('/pemulihan?kabar=done')).body).toContain('Sudah dibatalkan')
  expect(web.logged.join('')).not.toContain(link.kunci)
})
