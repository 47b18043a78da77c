import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { affixingPeople, freshLetter } from '../support/affixing-people.ts'
import { goodPin } from '../support/person.ts'
import { quotaOf } from '../support/portal-person.ts'
import { openBrowser } from '../support/browser.ts'
import { accessibilityProblems, visit } from '../support/journey.ts'
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

/** How wide the page lies on the screen, and how far the stamp is from the page's left, in parts of the page. */
function pageOnScreen(page: Page) {
  return page.evaluate(() => {
    const [sheet, stamp] = ['.sheet', '.stamp'].map((each) => document.querySelector(each)?.getBoundingClientRect())
    if (sheet === undefined || stamp === undefined) throw new Error('no page is shown')
    return { width: Math.round(sheet.width), left: Math.round(((stamp.left - sheet.left) / sheet.width) * 100) }
  })
}

test('number, day and type are read from the letter, said to be so, and the person clears what is wrong', async () => {
  const { page } = await visit(browser)
  await page.goto(`${web.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', freshLetter())
  // where reading takes long, the form is there before
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('#facts-number')?.value === '12/SP/XI/2026')
  expect(await page.inputValue('#facts-type')).toBe('surat-perjanjian')
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
  await page.goto(`${web.url}/bubuhkan?lagi`)
  await page.setInputFiles('input[type=file]', freshLetter())
  await page.waitForSelector('#facts-number')
  expect(await page.inputValue('#facts-type')).toBe('surat-pernyataan')
})

/** Chooses a letter whose words are read only once `read` is called. */
async function chooseUnread() {
  const { page, context } = await visit(browser)
  let release: () => void = () => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  await context.route('**/aset/affix-text*', (route) => released.then(() => route.continue()))
  await page.addInitScript(() => {
    globalThis.Worker = class extends Worker {
      constructor(address: string | URL, options?: WorkerOptions) {
        super(address, options)
        this.addEventListener('message', ({ data }: MessageEvent<{ kind: string }>) => {
          if (data.kind === 'suggested') document.documentElement.dataset['isRead'] = 'yes'
        })
      }
    }
  })
  await page.goto(`${web.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', freshLetter())
  await page.waitForSelector('#facts-number')
  const read = async () => {
    release()
    await page.waitForSelector('[data-is-read]')
  }
  return { page, read }
}

test('the form waits for no reading: what is read late fills in one that nobody has begun with', async () => {
  const { page, read } = await chooseUnread()
  expect(await page.inputValue('#facts-number')).toBe('')
  await read()
  await page.waitForSelector('.field:has(#facts-number) .text-button')
  expect(await page.inputValue('#facts-number')).toBe('12/SP/XI/2026')
  expect(await page.inputValue('#facts-date')).toBe('2026-11-23')
})

test('what is read late changes nothing in a form that was begun', async () => {
  const { page, read } = await chooseUnread()
  await page.fill('#facts-date', '2026-11-01')
  await read()
  await page.click('[data-stage] form button[type=submit]')
  // what the stamp would cover is read with the same part
  await page.waitForSelector('.sheet canvas[data-drawn]')
  await page.goBack()
  expect(await page.inputValue('#facts-number')).toBe('')
  expect(await page.inputValue('#facts-date')).toBe('2026-11-01')
})

test('the stamp stays where it was shown, however late the letter is read', async () => {
  const { page, read } = await chooseUnread()
  await page.click('[data-stage] form button[type=submit]')
  await page.click('.desk-side > .button')
  await page.waitForSelector('.thumb')
  const place = () => page.locator('.rows').getByText('Halaman', { exact: false }).allTextContents()
  const shown = await place()
  await read()
  await page.goBack()
  await page.click('.desk-side > .button')
  await page.waitForSelector('.thumb')

  expect(await place()).toEqual(shown)
})

test('the page is turned by its numbers and keys, and zoomed by two fingers, a double tap and keys; the stamp stays', async () => {
  const { page, context } = await visit(browser)
  await page.goto(`${web.url}/bubuhkan`)
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
  const person = await people.personWith(1)
  const context = await browser.newContext({
    userAgent: 'Mozilla/5.0 (Linux; Android 8.1.0; wv) Version/4.0 Chrome/90.0 Mobile Safari/537.36 Instagram 280.0',
    viewport: { width: 360, height: 740 },
    locale: 'id-ID',
  })
  await people.signIn(context, person)
  const page = await context.newPage()
  await page.goto(`${web.url}/bubuhkan`)
  expect(await page.getAttribute('a:has-text("Buka di Chrome")', 'href')).toMatch(/^intent:\/\/127\.0\.0\.1:/)
  expect(await accessibilityProblems(page)).toEqual([])
  await page.click('a:has-text("kirim berkasnya")')
  await page.setInputFiles('input[type=file]', fileOf(freshPdf()))
  await page.click('form[enctype] .button')
  await page.click('form .button')
  await page.fill('#pin', goodPin)
  await page.click('form .button')
  expect(await page.textContent('.verdict')).toContain('Meterai dibubuhkan')
  expect(await quotaOf(person)).toBe(0)
})
