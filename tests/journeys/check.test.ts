import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { accessibilityProblems, openRecorder, visit } from '../support/journey.ts'
import { leaks } from '../support/leaks.ts'
import { samplePdf } from '../support/pdf-samples.ts'
import { testWeb, type TestWeb } from '../support/web.ts'

let web: TestWeb
let browser: Browser
const original = samplePdf()
let stamped: Buffer
let serial: string
beforeAll(async () => {
  ;[web, browser] = await Promise.all([testWeb(), openBrowser()])
  const { liveKey } = await web.openAccount(1)
  const facts = { documentType: 'surat-perjanjian' }
  const placement = { page: 1, left: 400, bottom: 40, width: 100, height: 100, unit: 'pt' }
  const form = new FormData()
  form.set('facts', JSON.stringify({ facts, placement }))
  form.set('file', new Blob([new Uint8Array(original)]), 'x.pdf')
  const headers = { authorization: `Bearer ${liveKey}`, 'idempotency-key': 'check' }
  const answer = await fetch(`${web.url}/v1/stampings`, { method: 'POST', body: form, headers })
  stamped = Buffer.from(await answer.arrayBuffer())
  serial = answer.headers.get('serial-number') ?? ''
})
afterAll(async () => {
  await browser.close()
  await web.close()
})

const file = (buffer: Buffer) => ({ name: 'surat.pdf', mimeType: 'application/pdf', buffer })

/** The same file with one letter of its content changed. */
function changed(): Buffer {
  const bytes = Buffer.from(stamped)
  bytes.write('0.8 g', bytes.indexOf('0.9 g'), 'latin1')
  return bytes
}

test('a stamped file is judged on the device, and none of it leaves', async () => {
  const { page, hosts } = await visit(browser)
  const recorder = await openRecorder(web.url)
  await page.goto(`${recorder.url}/cek`)
  expect(await accessibilityProblems(page)).toEqual([])
  await page.setInputFiles('input[type=file]', file(stamped))
  expect(await page.textContent('[data-result] .verdict')).toContain(
    `Ini SPESIMEN dari lingkungan uji: tidak sah sebagai meterai: ${serial}`,
  )
  expect(await page.textContent('[data-result]')).toContain('Isi dokumen utuh')
  expect(await accessibilityProblems(page)).toEqual([])
  const sent = recorder.sent()
  expect(sent.some((one) => one.includes('/v1/checks'))).toBe(true)
  // the stamp's own update carries number and digest, which are what is asked about
  expect(leaks(stamped.subarray(0, original.length), sent)).toEqual([])
  expect([...hosts]).toEqual([new URL(recorder.url).host])
  await page.setInputFiles('input[type=file]', file(changed()))
  await page.waitForSelector('[data-result] .verdict.bad')
  expect(await page.textContent('[data-result] .verdict')).toContain('berubah')
  await page.context().close()
  await recorder.close()
})

test('without a script the file is sent, gets the same verdict, and is deleted', async () => {
  const { page } = await visit(browser, { scripts: false, language: 'en', width: 1280 })
  await page.goto(`${web.url}/cek`)
  await page.setInputFiles('input[type=file]', file(stamped))
  await page.click('form[method=post] .button')
  expect(await page.textContent('.verdict')).toContain('SPECIMEN')
  await page.goBack()
  await page.setInputFiles('input[type=file]', file(changed()))
  await page.click('form[method=post] .button')
  expect(await page.textContent('.verdict')).toContain('changed')
})

test('what is no PDF is told in words, with the form still there', async () => {
  const { page } = await visit(browser, { scripts: false })
  await page.goto(`${web.url}/cek`)
  await page.setInputFiles('input[type=file]', file(Buffer.alloc(0)))
  await page.click('form[method=post] .button')
  expect(await page.textContent('.summary')).toContain('kosong')
  expect(await page.isVisible('input[type=file]')).toBe(true)
})

test('a number leads to its page from the front page, by keyboard alone', async () => {
  const { page } = await visit(browser)
  await page.goto(web.url)
  await page.focus('#serial')
  await page.keyboard.type(serial.toLowerCase())
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/cek/${serial}`)
  expect(await page.textContent('.verdict')).toContain('SPESIMEN')
})

test('when nothing is reached the installed page says that nothing is lost', async () => {
  const { page, context } = await visit(browser)
  await page.goto(web.url)
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await page.reload()
  await context.setOffline(true)
  await page.goto(`${web.url}/status`)
  expect(await page.textContent('h1')).toBe('Sambungan terputus')
})
