import type { Browser, BrowserContext, Page } from 'playwright-core'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parsePublicId } from '../../src/base/ids.ts'
import { onePagePdf } from '../../src/base/one-page-pdf.ts'
import { formDraftsMax } from '../../src/limits/stamping.ts'
import { openBrowser } from '../support/browser.ts'
import {
  accessibilityProblems,
  bytesOf,
  openRecorder,
  type Recorder,
  visit,
  type Visit,
  withPasskeys,
} from '../support/journey.ts'
import { pdfsigReport } from '../support/judges.ts'
import { leaks } from '../support/leaks.ts'
import { goodPassword, lastCode, registerPerson } from '../support/person.ts'
import { fileOf, freshPdf } from '../support/fresh-pdf.ts'
import { testWeb, type TestWeb } from '../support/web.ts'

const pin = '482913'
let web: TestWeb
let browser: Browser
let recorder: Recorder
beforeAll(async () => {
  ;[web, browser] = await Promise.all([testWeb(), openBrowser()])
  recorder = await openRecorder(web.url)
})
afterAll(async () => {
  await browser.close()
  await recorder.close()
  await web.close()
})

type Person = Awaited<ReturnType<typeof registerPerson>>

/** Somebody with a PIN and so many stamps. */
async function personWith(stamps: number): Promise<Person> {
  const person = await registerPerson(web)
  expect((await person.browser.call('PUT', '/v1/pin', { pin, password: goodPassword })).statusCode).toBe(200)
  await grant(person, stamps)
  return person
}

async function grant({ accountId }: Person, stamps: number): Promise<void> {
  if (stamps > 0) await web.grant(parsePublicId('account', accountId) ?? '', stamps)
}

async function signIn(context: BrowserContext, { browser: { cookie } }: Person): Promise<void> {
  const at = cookie.indexOf('=')
  const set = { name: cookie.slice(0, at), value: cookie.slice(at + 1), httpOnly: true, sameSite: 'Lax' as const }
  await context.addCookies([web.url, recorder.url].map((url) => ({ ...set, url })))
}

async function comeAs(person: Person, given: Visit = {}) {
  const visitor = await visit(browser, given)
  await signIn(visitor.context, person)
  return visitor
}

async function quotaOf(person: Person): Promise<number> {
  const answer = await person.browser.call('GET', '/v1/quota')
  return Number(answer.json().available)
}

async function chooseAndReview(
  page: Page,
  chosen: ReturnType<typeof fileOf> | ReturnType<typeof fileOf>[],
): Promise<void> {
  await page.goto(`${recorder.url}/bubuhkan`)
  await reviewChosen(page, chosen)
}

async function reviewChosen(page: Page, chosen: Parameters<typeof page.setInputFiles>[1]): Promise<void> {
  await page.setInputFiles('input[type=file]', chosen)
  await page.click('[data-stage] form button[type=submit]')
  await page.click('.desk-side > .button')
  await page.waitForSelector('.thumb')
}
const submit = '[data-stage] > .button'
const confirm = '[data-stage] form .button[type=submit]'

test('signed in on a phone: the PIN confirms, the file stays, and pdfsig accepts what comes out', async () => {
  const person = await personWith(2)
  const { page } = await comeAs(person)
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
  await page.fill('#pin', pin)
  await page.click(confirm)
  await page.waitForSelector('.notice.bad:has-text("Sambungan terputus")')
  await page.fill('#pin', pin)
  const [download] = await Promise.all([page.waitForEvent('download'), page.dblclick(confirm)])
  const stamped = await bytesOf(download)
  expect(stamped.subarray(0, original.length).equals(original)).toBe(true)
  expect(pdfsigReport(stamped)).toMatch(/Signature is Valid/)
  expect(await quotaOf(person)).toBe(1)
  expect(leaks(original, recorder.sent())).toEqual([])
})

test('a stranger chooses first and signs in then, and is back at the review with everything they said', async () => {
  const person = await personWith(1)
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
  await signIn(context, person)
  await page.goto(`${recorder.url}/bubuhkan`)
  await page.waitForSelector('.thumb')
  expect(await page.textContent('.rows')).toContain('77/2026')
  expect(await page.textContent('.rows')).toContain('sebelum masuk.pdf')
  await page.click(submit)
  await page.fill('#pin', pin)
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(confirm)])
  expect(pdfsigReport(await bytesOf(download))).toMatch(/Signature is Valid/)
})

test('without quota the way leads to buying what is missing, and goes on from there', async () => {
  const person = await personWith(0)
  const { page } = await comeAs(person, { width: 1280, language: 'en' })
  await chooseAndReview(page, [fileOf(freshPdf(), 'a.pdf'), fileOf(freshPdf(3), 'b.pdf')])
  await page.waitForSelector('[data-stage] .notice.warn')
  expect(await page.textContent(submit)).toContain('Buy 2 stamps (Rp20,000)')
  await page.click(submit)
  await page.waitForURL(/\/beli\?jumlah=2&kembali=\/bubuhkan$/)
  await grant(person, 2)
  await page.goto(`${recorder.url}/bubuhkan`)
  await page.waitForSelector('.rows:has-text("Now 2, afterwards 0")')
  await page.click(submit)
  await page.fill('#pin', pin)
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

test('one stamp that is missing is confirmed, paid, and on the document: the PIN is asked once', async () => {
  const person = await personWith(0)
  const { page } = await comeAs(person)
  await chooseAndReview(page, fileOf(freshPdf()))
  await page.waitForSelector(`${submit}:has-text("Beli 1 meterai")`)
  await page.click(submit)
  await page.fill('#pin', pin)
  await page.click(confirm)
  await page.waitForURL(/\/beli\/ord_[0-9a-f]+\?kembali=/)
  const order = new URL(page.url()).pathname.split('/')[2] ?? ''
  // closed before it is paid: the page says what it waits for, and leads back to the payment
  await page.goto(`${recorder.url}/bubuhkan`)
  await page.waitForSelector('[data-stage] .notice.bad:has-text("belum dibayar")')
  const paid = await web.app.inject({ method: 'POST', url: `/simulator/payments/${order}`, payload: { act: 'pay' } })
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
  const person = await personWith(3)
  const { page, context } = await comeAs(person)
  const originals = [freshPdf(), freshPdf()]
  await chooseAndReview(
    page,
    originals.map((bytes, at) => fileOf(bytes, `${at}.pdf`)),
  )
  await page.click(submit)
  await page.fill('#pin', pin)
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

test('a passkey confirms in the place of a PIN that is locked', async () => {
  const person = await personWith(1)
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
  await page.fill('#pin', pin)
  await page.click(confirm)
  await page.waitForSelector('.notice.bad:has-text("PIN Anda terkunci")')
  const byPasskey = '[data-stage] .button:has-text("kunci sandi")'
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(byPasskey)])
  expect(pdfsigReport(await bytesOf(download))).toMatch(/Signature is Valid/)
  expect(await quotaOf(person)).toBe(0)
})

/** A letter that says what it is, from when, and where it is signed. */
const letterLines = ['SURAT PERJANJIAN', 'Nomor: 12/SP/XI/2026', 'Jakarta, 23 November 2026']
function freshLetter() {
  const lines = letterLines.map((line, at) => `/F1 12 Tf 1 0 0 1 72 ${740 - at * 24} Tm (${line}) Tj`)
  const signed = '/F1 12 Tf 1 0 0 1 300 200 Tm (Hormat kami,) Tj'
  const bytes = onePagePdf(`BT\n${[...lines, signed].join('\n')}\nET\n% ${crypto.randomUUID()}\n`)
  return fileOf(Buffer.from(bytes))
}

test('number, day and type are read from the letter, said to be so, and the person clears what is wrong', async () => {
  const { page } = await visit(browser)
  await page.goto(`${recorder.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', freshLetter())
  await page.waitForSelector('#facts-number')
  expect(await page.inputValue('#facts-type')).toBe('surat-perjanjian')
  expect(await page.inputValue('#facts-number')).toBe('12/SP/XI/2026')
  expect(await page.inputValue('#facts-date')).toBe('2026-11-23')
  expect(await accessibilityProblems(page)).toEqual([])
  await page.click('.field:has(#facts-number) .text-button')
  expect(await page.inputValue('#facts-number')).toBe('')
  expect(await page.textContent('.field:has(#facts-number)')).not.toContain('Terbaca')
  await page.selectOption('#facts-type', 'surat-pernyataan')
  await page.click('[data-stage] form button[type=submit]')
  await page.click('.desk-side > .button')
  await page.waitForSelector('.thumb')
  expect(await page.textContent('.rows')).toContain('Surat Pernyataan')
  expect(await page.textContent('.rows')).toContain('23 November 2026')
  expect(await page.textContent('.rows')).not.toContain('12/SP')
  // what was chosen last stands, whatever the next letter says
  await page.goto(`${recorder.url}/bubuhkan?lagi`)
  await page.setInputFiles('input[type=file]', freshLetter())
  await page.waitForSelector('#facts-number')
  expect(await page.inputValue('#facts-type')).toBe('surat-pernyataan')
})

test('without a script the letter suggests the same, and where it is signed', async () => {
  const person = await personWith(0)
  const { page } = await comeAs(person, { scripts: false })
  await page.goto(`${web.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', freshLetter())
  await page.click('form .button')
  expect(await page.inputValue('#number')).toBe('12/SP/XI/2026')
  expect(await page.inputValue('#date')).toBe('2026-11-23')
  expect(await page.isChecked('input[value=spot]')).toBe(true)
  expect(await page.getAttribute('svg image', 'href')).toMatch(/halaman\.png\?1$/)
  await page.fill('#number', '')
  await page.click('form .button')
  expect(await page.textContent('.rows')).not.toContain('12/SP')
  // right of the words, which begin at 105.8 mm
  const [, left] = /Halaman 1, ([\d,]+) mm dari kiri/.exec((await page.textContent('.rows')) ?? '') ?? []
  expect(Number(left?.replace(',', '.'))).toBeGreaterThan(120)
})

test('without a script one stamp that is missing is confirmed, paid, and on the document: the PIN is asked once', async () => {
  const person = await personWith(0)
  const { page } = await comeAs(person, { scripts: false })
  await page.goto(`${web.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', freshLetter())
  await page.click('form .button')
  await page.click('form .button')
  await page.fill('#pin', pin)
  await page.click('form .button:has-text("Beli 1 meterai")')
  const order = new URL(page.url()).pathname.split('/')[2] ?? ''
  expect(order).toMatch(/^ord_/)
  // closed before it is paid: the document says what it waits for, and leads back to the payment
  const draft = new URL(page.url()).searchParams.get('kembali') ?? ''
  await page.goto(web.url + draft)
  expect(await page.textContent('main')).toContain('belum dibayar')
  await page.click(`a[href^="/beli/${order}"]`)
  const paid = await web.app.inject({ method: 'POST', url: `/simulator/payments/${order}`, payload: { act: 'pay' } })
  expect(paid.statusCode).toBeLessThan(300)
  await page.reload()
  await page.click(`a[href*="pesanan=${order}"]`)
  expect(await page.textContent('form')).toContain('sudah dibayar')
  expect(await page.isVisible('#pin')).toBe(false)
  await page.click('form .button')
  expect(await page.textContent('.verdict')).toContain('Meterai dibubuhkan')
  expect(await quotaOf(person)).toBe(0)
})

/** How wide the page lies on the screen, and how far the stamp is from the page's left, in parts of the page. */
function pageOnScreen(page: Page) {
  return page.evaluate(() => {
    const [sheet, stamp] = ['.sheet', '.stamp'].map((each) => document.querySelector(each)?.getBoundingClientRect())
    if (sheet === undefined || stamp === undefined) throw new Error('no page is shown')
    return { width: Math.round(sheet.width), left: Math.round(((stamp.left - sheet.left) / sheet.width) * 100) }
  })
}

test('the page is turned by its numbers and keys, and zoomed by two fingers, a double tap and keys; the stamp stays', async () => {
  const { page, context } = await visit(browser)
  await page.goto(`${recorder.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', fileOf(freshPdf(12)))
  await page.click('[data-stage] form button[type=submit]')
  await page.waitForSelector('.sheet canvas[data-drawn="12"]')
  expect(await accessibilityProblems(page)).toEqual([])
  await page.click('nav[aria-label="Halaman"] button:has-text("11")')
  await page.waitForSelector('.sheet canvas[data-drawn="11"]')
  await page.focus('.stamp')
  await page.keyboard.press('PageUp')
  await page.waitForSelector('.sheet canvas[data-drawn="10"]')
  expect(await page.textContent('nav [aria-current=page]')).toBe('10')
  const whole = await pageOnScreen(page)
  await page.keyboard.press('+')
  expect(await pageOnScreen(page)).toMatchObject({ width: Math.round(whole.width * 1.5), left: whole.left })
  await page.keyboard.press('0')
  await page.dblclick('.sheet', { position: { x: 40, y: 40 } })
  expect(await pageOnScreen(page)).toEqual({ width: whole.width * 2, left: whole.left })
  await page.keyboard.press('0')
  const frame = await page.locator('.sheet-frame').boundingBox()
  const [x, y] = [(frame?.x ?? 0) + 150, (frame?.y ?? 0) + 150]
  const fingers = await context.newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove', apart: number) =>
    fingers.send('Input.dispatchTouchEvent', { type, touchPoints: [-1, 1].map((side) => ({ x: x + side * apart, y })) })
  await touch('touchStart', 20)
  await touch('touchMove', 60)
  await fingers.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  expect(await pageOnScreen(page)).toEqual({ width: whole.width * 3, left: whole.left })
})

test("another app's browser is told so, led out, and may send the file instead", async () => {
  const person = await personWith(1)
  const context = await browser.newContext({
    userAgent: 'Mozilla/5.0 (Linux; Android 8.1.0; wv) Version/4.0 Chrome/90.0 Mobile Safari/537.36 Instagram 280.0',
    viewport: { width: 360, height: 740 },
    locale: 'id-ID',
  })
  await signIn(context, person)
  const page = await context.newPage()
  await page.goto(`${web.url}/bubuhkan`)
  expect(await page.getAttribute('a:has-text("Buka di Chrome")', 'href')).toMatch(/^intent:\/\/127\.0\.0\.1:/)
  expect(await accessibilityProblems(page)).toEqual([])
  await page.click('a:has-text("kirim berkasnya")')
  await page.setInputFiles('input[type=file]', fileOf(freshPdf()))
  await page.click('form[enctype] .button')
  await page.click('form .button')
  await page.fill('#pin', pin)
  await page.click('form .button')
  expect(await page.textContent('.verdict')).toContain('Meterai dibubuhkan')
  expect(await quotaOf(person)).toBe(0)
})

test('a session that ends on the way is said, and nothing is asked twice', async () => {
  const person = await personWith(1)
  const { page, context } = await comeAs(person)
  await chooseAndReview(page, fileOf(freshPdf()))
  await page.click(submit)
  await context.clearCookies()
  await page.fill('#pin', pin)
  await page.click(confirm)
  await page.waitForSelector('[data-stage] .notice.warn')
  expect(await page.textContent('[data-stage] .notice.warn')).toContain('Sesi Anda sudah berakhir')
  await page.click(submit)
  await page.waitForURL(/\/masuk\?next=/)
  expect(await quotaOf(person)).toBe(1)
})

test('signing out takes along what pages kept on this device', async () => {
  const person = await personWith(0)
  const { page } = await comeAs(person)
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

test('without a script: upload, look at the page, change, PIN, and the file comes back; pressed again it is the same stamp', async () => {
  const person = await personWith(2)
  const { page } = await comeAs(person, { scripts: false })
  const original = freshPdf(2)
  await page.goto(`${web.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', fileOf(original))
  await page.click('form .button')
  await page.selectOption('#type', 'surat-perjanjian')
  await page.fill('#number', '99/X')
  await page.click('form summary')
  await page.fill('#tag', 'Legal/SBY')
  await page.click('form .button')
  expect(new URL(page.url()).pathname).toMatch(/^\/bubuhkan\/berkas\/[0-9a-f-]{36}$/)
  // the judge of accessibility needs a script itself
  const { page: judged } = await comeAs(person)
  for (const path of ['', '/ubah', '/cara-lain']) {
    await judged.goto(page.url() + path)
    expect(await accessibilityProblems(judged)).toEqual([])
  }
  const picture = await page.request.get(`${page.url()}/halaman.png`)
  expect([picture.status(), picture.headers()['content-type']]).toEqual([200, 'image/png'])
  expect(await page.textContent('.rows')).toContain('Halaman 2')
  expect(await page.textContent('.rows')).toContain('Legal/SBY')
  await page.click('.rows a >> nth=0')
  await page.check('input[value=left]')
  await page.fill('#page', '9')
  await page.click('form .button')
  expect(await page.textContent('.summary')).toContain('9')
  expect(await page.inputValue('#number')).toBe('99/X')
  await page.fill('#page', '1')
  await page.click('form .button')
  expect(await page.textContent('.rows')).toContain('Halaman 1, 12,7 mm dari kiri')
  const review = page.url()
  await page.fill('#pin', '111112')
  await page.click('form .button')
  expect(await page.textContent('.summary')).toContain('masih bisa mencoba 4 kali')
  await page.fill('#pin', pin)
  await page.click('form .button')
  expect(await page.textContent('.verdict')).toContain('Meterai dibubuhkan')
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('main .button')])
  const stamped = await bytesOf(download)
  expect(stamped.subarray(0, original.length).equals(original)).toBe(true)
  expect(pdfsigReport(stamped)).toMatch(/Signature is Valid/)
  const result = page.url()
  await page.goto(review)
  expect(page.url()).toBe(result)
  expect(await quotaOf(person)).toBe(1)
})

test('nobody finds the document that another person sent, and none is sent from another site', async () => {
  const [person, other] = [await personWith(1), await personWith(1)]
  const { page } = await comeAs(person, { scripts: false })
  await page.goto(`${web.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', fileOf(freshPdf()))
  await page.click('form .button')
  await page.click('form .button')
  const { pathname } = new URL(page.url())
  expect((await person.browser.call('GET', pathname)).statusCode).toBe(200)
  for (const path of [pathname, `${pathname}/ubah`])
    expect(await other.browser.call('GET', path)).toMatchObject({
      statusCode: 303,
      headers: { location: '/bubuhkan?kabar=hilang' },
    })
  expect((await other.browser.call('GET', `${pathname}/halaman.png`)).statusCode).toBe(404)
  const stranger = await fetch(`${web.url}${pathname}`, { redirect: 'manual' })
  expect(stranger.headers.get('location')).toBe('/masuk?next=%2Fbubuhkan')
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(freshPdf())]), 'x.pdf')
  form.set('formKey', crypto.randomUUID())
  // the cookie alone is not enough: the form lacks the token that only our own page knows
  const { cookie } = person.browser
  const sent = await fetch(`${web.url}/bubuhkan`, { method: 'POST', body: form, headers: { cookie, origin: web.url } })
  expect(sent.status).toBe(403)
})

test('of many documents that one person sends without stamping them only the last few wait', async () => {
  const person = await personWith(1)
  const { page } = await comeAs(person, { scripts: false })
  const addresses: string[] = []
  for (let sent = 0; sent <= formDraftsMax; sent++) {
    await page.goto(`${web.url}/bubuhkan`)
    await page.setInputFiles('input[type=file]', fileOf(freshPdf()))
    await page.click('form .button')
    addresses.push(page.url())
  }
  await page.goto(addresses.at(-1) ?? '')
  expect(page.url()).toBe(addresses.at(-1))
  await page.goto(addresses[0] ?? '')
  expect(await page.textContent('.notice.warn')).toContain('sudah kami hapus')
})

test('without a script a PIN that is forgotten is no end: password and code confirm one document', async () => {
  const person = await personWith(1)
  const { page } = await comeAs(person, { scripts: false })
  await page.goto(`${web.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', fileOf(freshPdf()))
  await page.click('form .button')
  await page.click('form .button')
  await page.click('a[href$="/cara-lain"]')
  await page.check('input[value=email]')
  await page.click('form .button')
  await page.fill('#code', '000000')
  await page.fill('#password', goodPassword)
  await page.click('form .button >> nth=0')
  expect(await page.isVisible('.summary')).toBe(true)
  await page.fill('#code', await lastCode(web, person.email))
  await page.fill('#password', goodPassword)
  await page.click('form .button >> nth=0')
  expect(await page.textContent('.verdict')).toContain('Meterai dibubuhkan')
  expect(await quotaOf(person)).toBe(0)
})
