import type { Browser, Page } from 'playwright-core'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { demoPin, openDemoAccount } from '../../src/identity/demo-accounts.ts'
import { openBrowser } from '../support/browser.ts'
import { jsonOf } from '../support/fetch-transport.ts'
import { accessibilityProblems, bytesOf, openRecorder, type Recorder, visit, visitAsDemo } from '../support/journey.ts'
import { pdfsigReport } from '../support/judges.ts'
import { leaks } from '../support/leaks.ts'
import { fileOf, freshPdf } from '../support/fresh-pdf.ts'
import { testWeb, type TestWeb } from '../support/web.ts'

let web: TestWeb
let browser: Browser
let recorder: Recorder
let demoKey: string
beforeAll(async () => {
  ;[web, browser] = await Promise.all([testWeb(), openBrowser()])
  demoKey = (await openDemoAccount(web.db.database, undefined)).liveKey
  recorder = await openRecorder(web.url)
})
afterAll(async () => {
  await browser.close()
  await recorder.close()
  await web.close()
})

async function quota(): Promise<number> {
  const answer = await fetch(`${web.url}/v1/quota`, { headers: { authorization: `Bearer ${demoKey}` } })
  const { available } = await jsonOf(answer)
  return Number(available)
}

async function chooseAndReview(page: Page, chosen: ReturnType<typeof fileOf>): Promise<void> {
  await page.goto(`${web.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', chosen)
  await page.click('[data-stage] form button[type=submit]')
  await page.click('.desk-side > .button')
  await page.waitForSelector('.thumb')
}
const submit = '[data-stage] > .button'
const confirm = '[data-stage] form .button[type=submit]'

/** From the review to the PIN, which is filled in. */
async function fillPin(page: Page): Promise<void> {
  await page.click(submit)
  await page.fill('#pin', demoPin)
}

async function affix(page: Page): Promise<Buffer> {
  await fillPin(page)
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(confirm)])
  return bytesOf(download)
}

test('on a phone the file stays there, and what comes out is a document that pdfsig accepts', async () => {
  const { page, hosts } = await visitAsDemo(browser, recorder.url)
  const original = freshPdf(3)
  const before = await quota()
  await page.goto(`${recorder.url}/bubuhkan`)
  expect(await accessibilityProblems(page)).toEqual([])
  await page.setInputFiles('input[type=file]', fileOf(original, 'Surat Rahasia.pdf'))
  await page.waitForSelector('#facts-type')
  expect(await accessibilityProblems(page)).toEqual([])
  await page.selectOption('#size-limit', '300')
  expect(await page.isVisible('[data-stage] .notice.warn')).toBe(false)
  await page.selectOption('#facts-type', 'surat-perjanjian')
  await page.fill('#facts-number', '12/2026')
  await page.click('[data-stage] summary')
  await page.fill('#facts-tag', 'Legal/SBY')
  await page.uncheck('#send-name')
  await page.click('[data-stage] form button[type=submit]')
  await page.waitForSelector('.sheet canvas[data-drawn="3"]')
  expect(await accessibilityProblems(page)).toEqual([])
  await page.fill('#place-page', '2')
  await page.press('#place-page', 'Tab')
  await page.waitForSelector('.sheet canvas[data-drawn="2"]')
  await page.focus('.stamp')
  await page.keyboard.press('Shift+ArrowUp')
  await page.click('.desk-side > .button')
  await page.waitForSelector('.thumb canvas[data-drawn]')
  expect(await page.textContent('.rows')).toContain('Halaman 2')
  expect(await page.textContent('.rows')).toContain('22,7 mm dari bawah')
  expect(await page.textContent('.rows')).toContain('Pusat biayaLegal/SBY')
  expect(await accessibilityProblems(page)).toEqual([])
  // twice, as impatient fingers do
  await page.dblclick(submit)
  expect(await page.textContent('#pin-hint')).toContain(demoPin)
  await page.fill('#pin', demoPin)
  const [download] = await Promise.all([page.waitForEvent('download'), page.dblclick(confirm)])
  await page.waitForSelector('.verdict.good')
  expect(await accessibilityProblems(page)).toEqual([])
  const stamped = await bytesOf(download)
  expect(stamped.subarray(0, original.length).equals(original)).toBe(true)
  expect(pdfsigReport(stamped)).toMatch(/Signature is Valid/)
  expect(await quota()).toBe(before - 1)
  await page.waitForSelector(`.top-quota:has-text("${before - 1} meterai")`)
  const sent = recorder.sent()
  expect(sent.some((one) => one.includes('/signature'))).toBe(true)
  expect(leaks(original, sent)).toEqual([])
  expect(sent.some((one) => one.includes('Surat Rahasia'))).toBe(false)
  expect([...hosts]).toEqual([new URL(recorder.url).host])
})

test('once another file was chosen nothing leads back to the one before, even where the other cannot be stamped', async () => {
  const { page } = await visitAsDemo(browser, web.url)
  await chooseAndReview(page, fileOf(freshPdf()))
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File(['no PDF'], 'lain.pdf', { type: 'application/pdf' }))
    document.dispatchEvent(new DragEvent('drop', { dataTransfer }))
  })
  await page.waitForSelector('[data-stage] .notice.bad')
  await page.goBack()

  expect(page.url()).toMatch(/#place$/)
  expect(await page.isVisible('[data-stage] .notice.bad')).toBe(true)
  expect(await page.isVisible('.sheet')).toBe(false)
})

test('an affixing that breaks off is offered again after a reload, and ends in the same stamp, charged once', async () => {
  const { page, context } = await visitAsDemo(browser, web.url, { width: 1280, language: 'en' })
  const before = await quota()
  await chooseAndReview(page, fileOf(freshPdf()))
  await context.route('**/signature', (route) => route.abort())
  const reserved = page.waitForResponse((answer) => answer.url().endsWith('/v1/affixings'))
  await fillPin(page)
  await page.click(confirm)
  const { serial } = await (await reserved).json()
  await page.waitForRequest('**/signature')
  await page.close({ runBeforeUnload: false })
  await context.unroute('**/signature')
  const again = await context.newPage()
  await again.goto(`${web.url}/bubuhkan`)
  await again.waitForSelector('[data-unfinished] .acts')
  expect(await again.textContent('[data-unfinished]')).toContain('not finished')
  const [download] = await Promise.all([again.waitForEvent('download'), again.click('[data-unfinished] .acts .button')])
  expect(await again.textContent('[data-stage] .serial')).toBe(serial)
  expect(pdfsigReport(await bytesOf(download))).toMatch(/Signature is Valid/)
  expect(await quota()).toBe(before - 1)
  await again.goto(`${web.url}/bubuhkan`)
  await again.waitForSelector('[data-with-script]:not([hidden])')
  expect(await again.textContent('[data-stage]')).toBe('')
})

test('a connection that fails at every call loses nothing: the same page finishes one stamp', async () => {
  const { page, context } = await visitAsDemo(browser, web.url)
  const before = await quota()
  await chooseAndReview(page, fileOf(freshPdf()))
  const cut = new Set<string>()
  // what was asked arrives, and its answer does not; the second time it does
  await context.route(/\/v1\/affixings/, async (route) => {
    const call = `${route.request().method()} ${route.request().url()}`
    if (cut.has(call)) return route.continue()
    cut.add(call)
    await route.fetch()
    await route.abort()
  })
  const stamped = await affix(page)
  expect(cut.size).toBe(2)
  expect(pdfsigReport(stamped)).toMatch(/Signature is Valid/)
  expect(await quota()).toBe(before - 1)
})

test('what comes after the place and cannot be had is said and asked for again; from the review on nothing has to be loaded', async () => {
  const { page, context } = await visitAsDemo(browser, web.url)
  await context.route(/\/aset\/affix-(?:finish|stamper)/, (route) => route.abort())
  await page.goto(`${web.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', fileOf(freshPdf()))
  await page.click('[data-stage] form button[type=submit]')
  await page.waitForSelector('.sheet canvas[data-drawn]')
  await page.click('.desk-side > .button')
  expect(await page.textContent('[data-stage] .notice.bad')).toContain('Sambungan terputus')
  expect(await accessibilityProblems(page)).toEqual([])
  await context.unroute(/\/aset\/affix-(?:finish|stamper)/)
  await page.click('[data-stage] .acts .button')
  await page.waitForSelector('.thumb')
  await context.route('**/aset/**', (route) => route.abort())
  expect(pdfsigReport(await affix(page))).toMatch(/Signature is Valid/)
})

test('a stamped original that is chosen again gives the same copy, byte for byte and free of charge', async () => {
  const { page } = await visitAsDemo(browser, web.url)
  const original = fileOf(freshPdf())
  await chooseAndReview(page, original)
  const first = await affix(page)
  const before = await quota()
  await chooseAndReview(page, original)
  await fillPin(page)
  await page.click(confirm)
  await page.waitForSelector('.notice.bad')
  expect(await accessibilityProblems(page)).toEqual([])
  const [second] = await Promise.all([page.waitForEvent('download'), page.click('.acts .button')])
  expect((await bytesOf(second)).equals(first)).toBe(true)
  expect(await quota()).toBe(before)
})

test('photos become a PDF on the device and are stamped', async () => {
  const { page } = await visitAsDemo(browser, web.url)
  const photo = new PNG({ width: 40, height: 60 })
  photo.data.fill(200)
  const chosen = ['a.png', 'b.png'].map((name) => ({ name, mimeType: 'image/png', buffer: PNG.sync.write(photo) }))
  await page.goto(`${web.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', chosen)
  await page.click(submit)
  await page.waitForSelector('#facts-type')
  expect(await page.textContent('[data-stage] .notice')).toContain('Jumlah halaman: 2')
  await page.click('[data-stage] form button[type=submit]')
  await page.click('.desk-side > .button')
  await page.waitForSelector('.thumb')
  await fillPin(page)
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(confirm)])
  expect(download.suggestedFilename()).toBe('a.bermeterai.pdf')
  expect(pdfsigReport(await bytesOf(download))).toMatch(/Signature is Valid/)
})

test('a file that cannot be stamped is refused in words before anything is asked of the service', async () => {
  const { page } = await visit(browser)
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(`${web.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', fileOf(Buffer.from('Ini bukan PDF'), 'catatan.pdf'))
  expect(await page.textContent('[data-stage] .notice.bad')).toContain('Berkas ini bukan PDF')
  expect(asked.filter((one) => one.includes('/v1/'))).toEqual([])
  await page.click('[data-stage] .button')
  expect(await page.isVisible('input[type=file]')).toBe(true)
})

test('without a script the form is sent, looked at once more, and the file comes back; a second time it is the same stamp', async () => {
  const { page } = await visitAsDemo(browser, recorder.url, { scripts: false })
  const original = freshPdf()
  const before = await quota()
  await page.goto(`${recorder.url}/bubuhkan`)
  expect(await page.textContent('form')).toContain('berkas dikirim ke layanan kami')
  await page.setInputFiles('input[type=file]', fileOf(original))
  await page.click('form .button')
  await page.selectOption('#type', 'surat-perjanjian')
  await page.check('input[value=left]')
  await page.click('form .button')
  expect(await page.textContent('.rows')).toContain('12,7 mm dari kiri')
  expect(await page.textContent('#pin-hint')).toContain(demoPin)
  await page.fill('#pin', demoPin)
  await page.click('form .button')
  expect(await page.textContent('.verdict')).toContain('Meterai dibubuhkan')
  const result = page.url()
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('main .button')])
  const stamped = await bytesOf(download)
  expect(stamped.subarray(0, original.length).equals(original)).toBe(true)
  expect(pdfsigReport(stamped)).toMatch(/Signature is Valid/)
  // this way it does leave, so the other test would have found it
  expect(leaks(original, recorder.sent())).not.toEqual([])
  // the same file again, even as a new form, leads to the stamp that it has
  await page.goto(`${recorder.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', fileOf(original))
  for (let step = 0; step < 2; step++) await page.click('form .button')
  await page.fill('#pin', demoPin)
  await page.click('form .button')
  expect(page.url()).toBe(result)
  expect(await quota()).toBe(before - 1)
})

test('without a script a file that cannot be stamped is refused in words, before anything is asked about it', async () => {
  const { page } = await visitAsDemo(browser, web.url, { scripts: false, language: 'en' })
  await page.goto(`${web.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', fileOf(Buffer.from('nothing')))
  await page.click('form .button')
  expect(await page.textContent('.summary')).toContain('not a PDF')
})

test('no page of another site affixes', async () => {
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(freshPdf())]), 'x.pdf')
  for (const headers of [{ origin: 'https://lain.example' }, { 'sec-fetch-site': 'cross-site' }]) {
    // fetch says of itself what it likes, which a browser never lets a page do
    const answer = await fetch(`${web.url}/bubuhkan`, { method: 'POST', body: form, headers })
    expect(answer.status).toBe(403)
  }
})
