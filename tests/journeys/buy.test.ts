import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { accessibilityProblems, visit, type Visit } from '../support/journey.ts'
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

/** A page of somebody who is signed in, and of nobody who was there before. */
async function signedIn(given: Visit = {}): Promise<Page> {
  const person = await registerPerson(web)
  await web.db.owner.sql`
    update account_holders set proofing = 'proven' where account_id = ${person.accountId.replace('acc_', '')}::uuid`
  const { page, context } = await visit(browser, given)
  const [name = '', value = ''] = person.browser.cookie.split('=')
  await context.addCookies([{ name, value, url: web.url }])
  return page
}

async function act(page: Page, wanted: string): Promise<void> {
  const id = /ord_[0-9a-f]+/.exec(page.url())?.[0] ?? ''
  await web.app.inject({ method: 'POST', url: `/simulator/payments/${id}`, payload: { act: wanted } })
}

const shows = (page: Page, words: string) => page.waitForSelector(`text=${words}`)

test('on a phone the total follows the number, and a payment shows on the open page by itself', async () => {
  const page = await signedIn()
  await page.goto(`${web.url}/beli?kembali=/cek`)
  await page.click('[data-step="1"]')
  await page.click('[data-step="1"]')
  expect(await page.textContent('.total')).toContain('Rp30.000')
  expect(await accessibilityProblems(page)).toEqual([])
  await page.click('main button[type=submit]')
  await shows(page, 'Bagaimana Anda membayar?')
  expect(await accessibilityProblems(page)).toEqual([])
  await page.click('main button[type=submit]')
  await shows(page, 'Bayar Rp30.000')
  expect(await page.textContent('.countdown')).toMatch(/Sisa \d+:\d\d/)
  const wide = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(wide).toBeLessThanOrEqual(360)
  expect(
    await page.evaluate(() => document.querySelector<HTMLImageElement>('.pay-qr img')?.naturalWidth),
  ).toBeGreaterThan(0)
  expect(await accessibilityProblems(page)).toEqual([])

  await act(page, 'pay')

  await shows(page, 'Pembayaran diterima. 3 meterai masuk ke kuota Anda.')
  expect(await accessibilityProblems(page)).toEqual([])
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    (async () => {
      await page.click('text=Lihat kuitansi')
      await page.click('text=Simpan PDF')
    })(),
  ])
  expect(download.suggestedFilename()).toMatch(/^ord_[0-9a-f]+\.pdf$/)
  await page.context().close()
})

test('where news cannot come by themselves the page asks, and finds the payment all the same', async () => {
  const page = await signedIn()
  await page.route('**/kabar*', (route) => route.fulfill({ status: 204 }))
  await page.goto(`${web.url}/beli/cara?jumlah=1`)
  await page.click('main button[type=submit]')
  await shows(page, 'Bayar Rp10.000')
  await act(page, 'pay')
  await shows(page, 'Pembayaran diterima.')
  expect(await page.textContent('h1')).toBe('1 meterai sudah dibayar')
  await page.context().close()
})

test('without a script the same, by forms alone', async () => {
  const page = await signedIn({ scripts: false })
  await page.goto(`${web.url}/beli`)
  await page.fill('input[name=jumlah]', '1200')
  await page.click('main button[type=submit]')
  expect(await page.isDisabled('input[value=qris]')).toBe(true)
  await page.check('input[value=va-bri]')
  await page.click('main button[type=submit]')
  expect(await page.textContent('h1')).toBe('Bayar Rp12.000.000')
  await page.click('text=Saya sudah bayar')
  await shows(page, 'Belum ada kabar pembayaran')
  const [, path = ''] = /^https?:\/\/[^/]+(.*?)\?/.exec(page.url()) ?? []
  await page.click('text=Demo: bayar lewat simulator')
  await page.click('button[value=pay_silently]')
  await web.db.advance(10)
  await page.goto(web.url + path)
  await page.click('text=Saya sudah bayar')
  expect(await page.textContent('.verdict')).toContain('1.200 meterai masuk ke kuota Anda')
  await page.goto(`${web.url}/pembelian`)
  expect(await page.textContent('.table')).toContain('Rp12.000.000')
  await page.context().close()
})

test('every page of buying is accessible and small', async () => {
  const page = await signedIn({ scheme: 'dark', language: 'en' })
  await page.goto(`${web.url}/beli/cara?jumlah=2`)
  await page.check('input[value=va-bri]')
  await page.click('main button[type=submit]')
  await shows(page, 'Pay Rp20,000')
  const path = new URL(page.url()).pathname
  await act(page, 'pay_twice')
  await shows(page, 'This order was paid twice')
  const refund = await page.getAttribute('.notice a', 'href')
  const paths = [
    path,
    `${path}/kuitansi`,
    '/pembelian',
    '/pengembalian',
    refund ?? '',
    '/pengembalian/minta',
    '/beli?jumlah=x',
  ]
  for (const one of paths) {
    const answer = await page.goto(web.url + one)
    expect([one, await accessibilityProblems(page)]).toEqual([one, []])
    expect(gzipSync((await answer?.body()) ?? '').length).toBeLessThan(14 * 1024)
  }
  await page.context().close()
})
