import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formDraftsMax } from '../../src/limits/stamping.ts'
import { affixingPeople, freshLetter } from '../support/affixing-people.ts'
import { quotaOf } from '../support/portal-person.ts'
import { openBrowser } from '../support/browser.ts'
import { accessibilityProblems, bytesOf } from '../support/journey.ts'
import { pdfsigReport } from '../support/judges.ts'
import { goodPassword, goodPin, lastCode } from '../support/person.ts'
import { fileOf, freshPdf } from '../support/fresh-pdf.ts'
import { testWeb, type TestWeb } from '../support/web.ts'

let web: TestWeb
let browser: Browser
let people: ReturnType<typeof affixingPeople>
beforeAll(async () => {
  ;[web, browser] = await Promise.all([testWeb(), openBrowser()])
  people = affixingPeople({ web, browser, urls: [web.url] })
})
afterAll(async () => {
  await browser.close()
  await web.close()
})

test('without a script the letter suggests the same, and where it is signed', async () => {
  const person = await people.personWith(0)
  const { page } = await people.comeAs(person, { scripts: false })
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
  const person = await people.personWith(0)
  const { page } = await people.comeAs(person, { scripts: false })
  await page.goto(`${web.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', freshLetter())
  await page.click('form .button')
  await page.click('form .button')
  await page.fill('#pin', goodPin)
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

test('without a script: upload, look at the page, change, PIN, and the file comes back; pressed again it is the same stamp', async () => {
  const person = await people.personWith(2)
  const { page } = await people.comeAs(person, { scripts: false })
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
  const { page: judged } = await people.comeAs(person)
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
  await page.fill('#pin', goodPin)
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
  const [person, other] = [await people.personWith(1), await people.personWith(1)]
  const { page } = await people.comeAs(person, { scripts: false })
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
  const person = await people.personWith(1)
  const { page } = await people.comeAs(person, { scripts: false })
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
  const person = await people.personWith(1)
  const { page } = await people.comeAs(person, { scripts: false })
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
