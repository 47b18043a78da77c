import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { visit } from '../support/journey.ts'
import { samplePdf } from '../support/pdf-samples.ts'
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

test('the worker of the site keeps the offline page and its looks, whatever was opened: no document, no answer, no own page', async () => {
  const person = await registerPerson(web)
  const { page, context } = await visit(browser)
  const [name = '', value = ''] = person.browser.cookie.split('=')
  await context.addCookies([{ name, value, url: web.url }])
  await page.goto(web.url)
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  for (const path of ['/beranda', '/riwayat', '/akun/data', '/riwayat.csv']) {
    await page.evaluate((url) => fetch(url).then((answer) => answer.text()), path)
    if (!path.endsWith('.csv')) await page.goto(web.url + path)
  }
  for (const path of ['/bubuhkan', '/cek']) {
    await page.goto(web.url + path)
    const file = { name: 'surat.pdf', mimeType: 'application/pdf', buffer: Buffer.from(samplePdf()) }
    await page.setInputFiles('input[type=file]', file)
    await page.waitForLoadState('networkidle')
  }
  const controlled = await page.evaluate(() => navigator.serviceWorker.controller !== null)

  const kept = await page.evaluate(async () => {
    const found: string[] = []
    for (const cache of await caches.keys())
      for (const { url } of await (await caches.open(cache)).keys()) found.push(url)
    return found
  })

  expect(controlled).toBe(true)
  const paths = kept.map((url) => url.replace(web.url, '').replace(/\.[0-9a-f]{16}/, ''))
  expect(paths.toSorted()).toEqual(['/aset/mark.svg', '/aset/portal.css', '/luring?bahasa=id'])
})
