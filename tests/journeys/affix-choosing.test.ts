import type { Browser, Page } from 'playwright-core'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { freshLetter } from '../support/fresh-letter.ts'
import { fileOf, freshPdf } from '../support/fresh-pdf.ts'
import { accessibilityProblems, openRecorder, type Recorder, visit } from '../support/journey.ts'
import { testWeb, type TestWeb } from '../support/web.ts'

// What people do with a document before they spend anything, signed in or not.

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
  await page.click('[data-stage] > .button')
  await page.waitForSelector('#facts-type')
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-stage] form button')])
  expect(download.suggestedFilename()).toBe('b.pdf')
})
