import { randomBytes } from 'node:crypto'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parsePublicId } from '../../src/base/ids.ts'
import { openBrowser } from '../support/browser.ts'
import { accessibilityProblems, bytesOf, openRecorder, visit } from '../support/journey.ts'
import { leaks } from '../support/leaks.ts'
import { samplePdf } from '../support/pdf-samples.ts'
import { registerPerson } from '../support/person.ts'
import { testWeb, type TestWeb } from '../support/web.ts'

let web: TestWeb
let browser: Browser
beforeAll(async () => {
  ;[web, browser] = await Promise.all([
    testWeb(undefined, () => ({ help: { whatsapp: '+62 812 0000 0000', phone: '021 000 0000' } })),
    openBrowser(),
  ])
})
afterAll(async () => {
  await browser.close()
  await web.close()
})

/** Somebody with stamps; `enter` signs a browser in as them, at this address of the service. */
async function somebody(units: number) {
  const person = await registerPerson(web)
  const accountId = parsePublicId('account', person.accountId) ?? ''
  await web.grant(accountId, units)
  const [name = '', value = ''] = person.browser.cookie.split('=')
  const enter = (context: BrowserContext, url: string) => context.addCookies([{ name, value, url }])
  return { enter, accountId, key: await web.addKey(accountId) }
}

/** A document stamped by the server way, kept there. */
async function stampKept(key: string, fileName: string): Promise<{ original: Buffer; stamped: Buffer; id: string }> {
  const text = `% ${randomBytes(300).toString('base64')}`
  const original = Buffer.from(samplePdf({ objects: { 3: `<</Length ${text.length}>>\nstream\n${text}\nendstream` } }))
  const form = new FormData()
  const placement = { page: 1, left: 400, bottom: 40, width: 100, height: 100, unit: 'pt' }
  form.set('facts', JSON.stringify({ facts: { documentType: 'surat-perjanjian', fileName }, placement }))
  form.set('file', new Blob([new Uint8Array(original)]), fileName)
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': fileName }
  const answer = await fetch(`${web.url}/v1/stampings`, { method: 'POST', body: form, headers })
  expect(answer.status).toBe(200)
  return {
    original,
    stamped: Buffer.from(await answer.arrayBuffer()),
    id: answer.headers.get('affixing-id') ?? '',
  }
}

async function expectFits(page: Page): Promise<void> {
  expect(await accessibilityProblems(page)).toEqual([])
  const width = await page.locator('html').evaluate((html) => html.scrollWidth)
  expect(width).toBeLessThanOrEqual(360)
}

test('from home over the history to a copy made again on the phone, byte for byte, and to help that knows', async () => {
  const { enter, accountId, key } = await somebody(2)
  const { original, stamped, id } = await stampKept(key, 'sewa.pdf')
  const recorder = await openRecorder(web.url)
  const { page, context } = await visit(browser)
  await enter(context, recorder.url)
  await page.goto(`${recorder.url}/beranda`)
  expect(await page.textContent('[data-available]')).toBe('1')
  await expectFits(page)
  // what is bought elsewhere shows by itself
  await web.grant(accountId, 4)
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await page.waitForFunction(() => document.querySelector('[data-available]')?.textContent === '5')
  await page.click('text=Seluruh riwayat')
  await expectFits(page)
  await page.fill('#cari', 'sewa')
  await page.press('#cari', 'Enter')
  await page.click('.history-name a')
  await page.waitForSelector('#original:visible')
  await expectFits(page)
  const other = { name: 'lain.pdf', mimeType: 'application/pdf', buffer: Buffer.from(samplePdf({ pages: 2 })) }
  await page.setInputFiles('#original', other)
  await page.waitForSelector('[data-stage] .notice.bad')
  expect(await page.textContent('[data-stage]')).toContain('bukan berkas asli')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.setInputFiles('#original', { name: 'sewa.pdf', mimeType: 'application/pdf', buffer: original }),
  ])
  expect(download.suggestedFilename()).toBe('sewa.bermeterai.pdf')
  expect((await bytesOf(download)).equals(stamped)).toBe(true)
  expect(leaks(original, recorder.sent())).toEqual([])
  await expectFits(page)
  await page.click('text=Butuh bantuan dengan pembubuhan ini?')
  expect(await page.textContent('.verdict')).toContain('Berhasil: meterai dibubuhkan pada')
  expect(await page.getAttribute('main a[href^="https://wa.me/"]', 'href')).toContain(id)
  await expectFits(page)
  await context.close()
  await recorder.close()
})

test('without a script the same way ends in the kept file, and a phrase people type leads to what came back', async () => {
  const { enter, key } = await somebody(2)
  const { stamped, original, id } = await stampKept(key, 'sewa.pdf')
  const { page, context } = await visit(browser, { scripts: false, language: 'en' })
  await enter(context, web.url)
  await page.goto(`${web.url}/beranda`)
  await page.click('text=The whole history')
  await page.fill('#cari', 'kuota hilang')
  await page.click('.filter .button')
  expect(await page.textContent('main')).toContain('always comes back by itself')
  expect(await page.inputValue('#cari')).toBe('kuota hilang')
  expect(await page.inputValue('#keadaan')).toBe('dikembalikan')
  await page.fill('#cari', '')
  await page.selectOption('#keadaan', 'berhasil')
  await page.click('.filter .button')
  await page.click('.history-name a')
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#salinan .button')])
  expect((await bytesOf(download)).equals(stamped)).toBe(true)
  // once it is not kept any more, the original makes it again
  await fetch(`${web.url}/v1/affixings/${id}/document`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${key}` },
  })
  await page.reload()
  const send = async (buffer: Buffer) => {
    await page.setInputFiles('#sent', { name: 'sewa.pdf', mimeType: 'application/pdf', buffer })
    await page.click('#salinan form .button')
  }
  await send(Buffer.from(samplePdf({ pages: 2 })))
  expect(await page.textContent('.summary')).toContain('not the original of this affixing')
  const [rebuilt] = await Promise.all([page.waitForEvent('download'), send(original)])
  expect((await bytesOf(rebuilt)).equals(stamped)).toBe(true)
  await page.click('text=Need help with this affixing?')
  expect(await page.textContent('.verdict')).toContain('Done: stamped on')
})
