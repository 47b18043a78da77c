import type { Browser, Page } from 'playwright-core'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { affixingPeople, reviewChosen } from '../support/affixing-people.ts'
import { quotaOf } from '../support/portal-person.ts'
import { openBrowser } from '../support/browser.ts'
import { accessibilityProblems, bytesOf, openRecorder, type Recorder, visit, withPasskeys } from '../support/journey.ts'
import { pdfsigReport } from '../support/judges.ts'
import { leaks } from '../support/leaks.ts'
import { goodPassword, goodPin } from '../support/person.ts'
import { fileOf, freshPdf } from '../support/fresh-pdf.ts'
import { testWeb, type TestWeb } from '../support/web.ts'

let web: TestWeb
let browser: Browser
let recorder: Recorder
let people: ReturnType<typeof affixingPeople>
beforeAll(async () => {
  ;[web, browser] = await Promise.all([testWeb(), openBrowser()])
  recorder = await openRecorder(web.url)
  people = affixingPeople({ web, browser, urls: [web.url, recorder.url] })
})
afterAll(async () => {
  await browser.close()
  await recorder.close()
  await web.close()
})

async function chooseAndReview(page: Page, chosen: Parameters<typeof reviewChosen>[1]): Promise<void> {
  await page.goto(`${recorder.url}/bubuhkan`)
  await reviewChosen(page, chosen)
}
const submit = '[data-stage] > .button'
const confirm = '[data-stage] form .button[type=submit]'

test('signed in on a phone: the PIN confirms, the file stays, and pdfsig accepts what comes out', async () => {
  const person = await people.personWith(2)
  const { page } = await people.comeAs(person)
  const original = freshPdf(2)
  await chooseAndReview(page, fileOf(original))
  await page.waitForSelector('.rows:has-text("Sekarang 2, sesudahnya 1")')
  await page.dblclick(submit)
  await page.waitForSelector('#pin')
  expect(await accessibilityProblems(page)).toEqual([])
  await page.fill('#pin', '111112')
  await page.click(confirm)
  await page.waitForSelector('.notice.bad')
  expect(await page.textContent('.notice.bad')).toMatch(/masih bisa mencoba 4 kali/)
  expect(await quotaOf(person)).toBe(2)
  // no answer: said, and asked of the person again
  await page.route('**/v1/pin-confirmations', (route) => route.abort(), { times: 1 })
  await page.fill('#pin', goodPin)
  await page.click(confirm)
  await page.waitForSelector('.notice.bad:has-text("Sambungan terputus")')
  await page.fill('#pin', goodPin)
  const [download] = await Promise.all([page.waitForEvent('download'), page.dblclick(confirm)])
  const stamped = await bytesOf(download)
  expect(stamped.subarray(0, original.length).equals(original)).toBe(true)
  expect(pdfsigReport(stamped)).toMatch(/Signature is Valid/)
  expect(await quotaOf(person)).toBe(1)
  expect(leaks(original, recorder.sent())).toEqual([])
})

test('a stranger chooses first and signs in then, and is back at the review with everything they said', async () => {
  const person = await people.personWith(1)
  const { page, context } = await visit(browser)
  await page.goto(`${recorder.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', fileOf(freshPdf(), 'sebelum masuk.pdf'))
  await page.selectOption('#facts-type', 'surat-perjanjian')
  await page.fill('#facts-number', '77/2026')
  await page.click('[data-stage] form button[type=submit]')
  await page.click('.desk-side > .button')
  await page.waitForSelector('.thumb')
  expect(await page.textContent(submit)).toContain('Masuk')
  await page.click(submit)
  await page.waitForURL(/\/masuk\?next=/)
  await people.signIn(context, person)
  await page.goto(`${recorder.url}/bubuhkan`)
  await page.waitForSelector('.thumb')
  expect(await page.textContent('.rows')).toContain('77/2026')
  expect(await page.textContent('.rows')).toContain('sebelum masuk.pdf')
  await page.click(submit)
  await page.fill('#pin', goodPin)
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(confirm)])
  expect(pdfsigReport(await bytesOf(download))).toMatch(/Signature is Valid/)
})

test('without quota the way leads to buying what is missing, and goes on from there', async () => {
  const person = await people.personWith(0)
  const { page } = await people.comeAs(person, { width: 1280, language: 'en' })
  await chooseAndReview(page, [fileOf(freshPdf(), 'a.pdf'), fileOf(freshPdf(3), 'b.pdf')])
  await page.waitForSelector('[data-stage] .notice.warn')
  expect(await page.textContent(submit)).toContain('Buy 2 stamps (Rp20,000)')
  await page.click(submit)
  await page.waitForURL(/\/beli\?jumlah=2&kembali=\/bubuhkan$/)
  await people.grant(person, 2)
  await page.goto(`${recorder.url}/bubuhkan`)
  await page.waitForSelector('.rows:has-text("Now 2, afterwards 0")')
  await page.click(submit)
  await page.fill('#pin', goodPin)
  await page.click(confirm)
  await page.waitForSelector('.verdict.good')
  expect(await accessibilityProblems(page)).toEqual([])
  const links = await page.$$('a[download]')
  expect(links).toHaveLength(2)
  for (const link of links) {
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
    expect(pdfsigReport(await bytesOf(download))).toMatch(/Signature is Valid/)
  }
  expect(await quotaOf(person)).toBe(0)
  expect(await page.evaluate(() => indexedDB.databases().then((all) => all.length))).toBe(1)
})

/** Confirms the document on this page for an order of its own, and stops where that is paid. Returns its public id. */
async function orderOne(page: Page): Promise<string> {
  await chooseAndReview(page, fileOf(freshPdf()))
  await page.waitForSelector(`${submit}:has-text("Beli 1 meterai")`)
  await page.click(submit)
  await page.fill('#pin', goodPin)
  await page.click(confirm)
  await page.waitForURL(/\/beli\/ord_[0-9a-f]+\?kembali=/)
  return new URL(page.url()).pathname.split('/')[2] ?? ''
}

const payOrder = (order: string) =>
  web.app.inject({ method: 'POST', url: `/simulator/payments/${order}`, payload: { act: 'pay' } })

test('paid while its payment page waits, the one file comes by itself', async () => {
  const { page } = await people.comeAs(await people.personWith(0))
  const order = await orderOne(page)
  const [download] = await Promise.all([page.waitForEvent('download'), payOrder(order)])
  expect(pdfsigReport(await bytesOf(download))).toMatch(/Signature is Valid/)
  expect(await page.$$('a[download]')).toHaveLength(1)
})

test('one stamp that is missing is confirmed, paid, and on the document: the PIN is asked once', async () => {
  const person = await people.personWith(0)
  const { page } = await people.comeAs(person)
  const order = await orderOne(page)
  // closed before it is paid: the page says what it waits for, and leads back to the payment
  await page.goto(`${recorder.url}/bubuhkan`)
  await page.waitForSelector('[data-stage] .notice.bad:has-text("belum dibayar")')
  const paid = await payOrder(order)
  expect(paid.statusCode).toBeLessThan(300)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.goto(`${recorder.url}/bubuhkan?pesanan=${order}`),
  ])
  expect(pdfsigReport(await bytesOf(download))).toMatch(/Signature is Valid/)
  expect(await quotaOf(person)).toBe(0)
  const shown = await person.browser.call('GET', `/v1/orders/${order}`)
  expect(shown.json()).toMatchObject({ state: 'paid', intent: { state: 'used' } })
})

test('a network cut at any step of a series leaves a list that goes on, and each document is charged once', async () => {
  const person = await people.personWith(3)
  const { page, context } = await people.comeAs(person)
  const originals = [freshPdf(), freshPdf()]
  await chooseAndReview(
    page,
    originals.map((bytes, at) => fileOf(bytes, `${at}.pdf`)),
  )
  await page.click(submit)
  await page.fill('#pin', goodPin)
  // the first is stamped; the second's signature never arrives
  let signatures = 0
  await context.route('**/signature', (route) => (++signatures > 1 ? route.abort() : route.continue()))
  await page.click(confirm)
  await page.waitForRequest(() => signatures > 1)
  await page.close({ runBeforeUnload: false })
  await context.unroute('**/signature')
  const again = await context.newPage()
  await again.goto(`${recorder.url}/bubuhkan`)
  await again.waitForSelector('[data-unfinished] li')
  expect(await accessibilityProblems(again)).toEqual([])
  expect(await again.isVisible('input[type=file]')).toBe(true)
  await again.click('[data-unfinished] > .button')
  await again.waitForSelector('.verdict.good')
  expect(await again.$$('a[download]')).toHaveLength(2)
  expect(await quotaOf(person)).toBe(1)
})

test('what somebody left unfinished on a shared browser is told to nobody else, and goes on once they are back', async () => {
  const [person, next] = [await people.personWith(1), await people.personWith(1)]
  const { page, context } = await people.comeAs(person)
  await chooseAndReview(page, fileOf(freshPdf(), 'Rahasia Saya.pdf'))
  await page.click(submit)
  await page.fill('#pin', goodPin)
  await context.route('**/signature', (route) => route.abort())
  await page.click(confirm)
  await page.waitForRequest('**/signature')
  await page.close({ runBeforeUnload: false })
  await context.unroute('**/signature')
  // the session ends by itself: nobody signs out
  await context.clearCookies()
  const stranger = await context.newPage()
  await stranger.goto(`${recorder.url}/bubuhkan`)
  await stranger.waitForSelector('[data-others]:not([hidden])')
  expect(await stranger.textContent('main')).not.toContain('Rahasia Saya')
  expect(await accessibilityProblems(stranger)).toEqual([])
  await people.signIn(context, next)
  for (const path of ['/bubuhkan', '/beranda']) {
    await stranger.goto(recorder.url + path)
    await stranger.waitForLoadState('networkidle')
    expect(await stranger.textContent('main')).not.toContain('Rahasia Saya')
  }
  await context.clearCookies()
  await people.signIn(context, person)
  await stranger.goto(`${recorder.url}/beranda`)
  await stranger.waitForSelector('[data-kept-work]:has-text("Rahasia Saya.pdf")')
  await stranger.goto(`${recorder.url}/bubuhkan`)
  await stranger.click('[data-unfinished] .acts .button')
  await stranger.waitForSelector('.verdict.good')
  expect(await quotaOf(person)).toBe(0)
})

test('a passkey confirms in the place of a PIN that is locked', async () => {
  const person = await people.personWith(1)
  const { page, context } = await visit(browser)
  await withPasskeys(context, page, web.url)
  const [name = '', value = ''] = person.browser.cookie.split('=')
  await context.addCookies([{ name, value, url: 'http://localhost:8080' }])
  await page.goto('http://localhost:8080/akun/autentikator')
  await page.fill('#passkeyPassword', goodPassword)
  await page.click('[data-passkey] .button')
  await page.waitForURL('**/akun/autentikator?kabar=authenticator')
  await web.db.owner.sql`update pins set locked_until = now() + interval '1 hour'`
  await page.goto('http://localhost:8080/bubuhkan')
  await reviewChosen(page, fileOf(freshPdf()))
  await page.click(submit)
  await page.fill('#pin', goodPin)
  await page.click(confirm)
  await page.waitForSelector('.notice.bad:has-text("PIN Anda terkunci")')
  const byPasskey = '[data-stage] .button:has-text("kunci sandi")'
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(byPasskey)])
  expect(pdfsigReport(await bytesOf(download))).toMatch(/Signature is Valid/)
  expect(await quotaOf(person)).toBe(0)
})

test('a session that ends on the way is said, and nothing is asked twice', async () => {
  const person = await people.personWith(1)
  const { page, context } = await people.comeAs(person)
  await chooseAndReview(page, fileOf(freshPdf()))
  await page.click(submit)
  await context.clearCookies()
  await page.fill('#pin', goodPin)
  await page.click(confirm)
  await page.waitForSelector('[data-stage] .notice.warn')
  expect(await page.textContent('[data-stage] .notice.warn')).toContain('Sesi Anda sudah berakhir')
  await page.click(submit)
  await page.waitForURL(/\/masuk\?next=/)
  expect(await quotaOf(person)).toBe(1)
})

test('signing out takes along what pages kept on this device', async () => {
  const person = await people.personWith(0)
  const { page } = await people.comeAs(person)
  await chooseAndReview(page, [fileOf(freshPdf(), 'a.pdf'), fileOf(freshPdf(), 'b.pdf')])
  await page.click(`${submit}:has-text("Beli")`)
  await page.waitForURL(/\/beli/)
  await page.goto(`${recorder.url}/keluar`)
  const kept = () => page.evaluate(() => indexedDB.databases().then((all) => all.length))
  expect(await kept()).toBe(1)
  await page.click('form[data-leave] .button')
  await page.waitForURL((url) => url.pathname === '/')
  expect(await kept()).toBe(0)
})

test('photos are put in order before they become pages, and the PDF is saved before anything is spent', async () => {
  const { page } = await visit(browser)
  const photo = new PNG({ width: 40, height: 60 })
  photo.data.fill(200)
  const chosen = ['a.png', 'b.png'].map((name) => ({ name, mimeType: 'image/png', buffer: PNG.sync.write(photo) }))
  await page.goto(`${recorder.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', chosen)
  await page.waitForSelector('.photos')
  expect(await accessibilityProblems(page)).toEqual([])
  await page.click('.photos li:last-child button:not([disabled])')
  expect(await page.textContent('.photos li:first-child')).toContain('Halaman 1: b.png')
  await page.click(submit)
  await page.waitForSelector('#facts-type')
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-stage] form button')])
  expect(download.suggestedFilename()).toBe('b.pdf')
})
