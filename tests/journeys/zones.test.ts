import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { registerPerson } from '../support/person.ts'
import { testWeb, type TestWeb } from '../support/web.ts'

let web: TestWeb
let browser: Browser
beforeAll(async () => {
  ;[web, browser] = await Promise.all([testWeb(), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await web.close()
})

test('moments, within sentences too, are in the zone of the device where it is in Indonesia, else in WIB, and always name it', async () => {
  const person = await registerPerson(web)
  const [name = '', value = ''] = person.browser.cookie.split('=')
  const order = { quantity: 1, method: 'qris' }
  const placed = await person.browser.call('POST', '/v1/orders', order, { 'idempotency-key': 'zones' })
  const { id, expiresAt } = placed.json()
  const shownIn = async (timezoneId: string, javaScriptEnabled = true) => {
    const context = await browser.newContext({ timezoneId, javaScriptEnabled, locale: 'id-ID' })
    await context.addCookies([{ name, value, url: web.url }])
    const page = await context.newPage()
    await page.goto(`${web.url}/beli/${id}`)
    const shown = await page.textContent('.countdown time')
    await context.close()
    return shown
  }
  const hourIn = (timeZone: string) =>
    new Intl.DateTimeFormat('id-ID', { timeZone, hour: '2-digit', minute: '2-digit' }).format(new Date(expiresAt))

  expect(await shownIn('Asia/Makassar')).toContain(`${hourIn('Asia/Makassar')} WITA`)
  expect(await shownIn('Asia/Jayapura')).toContain(`${hourIn('Asia/Jayapura')} WIT`)
  for (const elsewhere of ['Asia/Jakarta', 'Europe/London'])
    expect(await shownIn(elsewhere)).toContain(`${hourIn('Asia/Jakarta')} WIB`)
  expect(await shownIn('Asia/Makassar', false)).toContain(`${hourIn('Asia/Jakarta')} WIB`)
})
