import type { Browser, Page } from 'playwright-core'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { accessibilityProblems, visit, withPasskeys } from '../support/journey.ts'
import { goodPassword, lastCode, registerPerson } from '../support/person.ts'
import { samplePng } from '../support/photo-samples.ts'
import { photoBytesMax } from '../../src/limits/people.ts'
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

/** What is wrong with the page as it stands: for accessibility, its width, or its weight. */
async function problemsOf(page: Page): Promise<string[]> {
  const found = (await accessibilityProblems(page)).map((problem) => `${new URL(page.url()).pathname} ${problem}`)
  const isWide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
  const html = gzipSync(await page.content()).length
  return [
    ...found,
    ...(isWide === true ? [`${page.url()} is wider than its screen`] : []),
    ...(html > 14 * 1024 ? [`${page.url()} weighs ${html} bytes`] : []),
  ]
}

/** Presses the page's own button, and waits for where it leads. */
async function go(page: Page, path: string): Promise<void> {
  await page.click('main form[method=post] .button:not(.button-quiet)')
  await page.waitForURL(`**${path}`)
}

/** The whole registration, from the first page to the PIN; returns what was wrong on the way. */
async function register(page: Page, email: string, isJudged = true): Promise<string[]> {
  const problems: string[] = []
  // the judge is a script itself: where none runs, the same page was judged by the visit before
  const look = async () => void problems.push(...(isJudged ? await problemsOf(page) : []))
  await page.goto(`${web.url}/daftar`)
  await look()
  await go(page, '/daftar/identitas')
  await page.fill('#name', 'Contoh Dewi')
  await page.fill('#nik', '3171015708450001')
  await look()
  await go(page, '/daftar/foto')
  await page.setInputFiles('#photo', { name: 'ktp.png', mimeType: 'image/png', buffer: samplePng() })
  await go(page, '/daftar/foto')
  await page.waitForSelector('.photo')
  await look()
  await page.click('main a.button')
  await page.fill('#contact', email)
  await look()
  await go(page, '/daftar/kode')
  await look()
  await page.fill('#code', '000000')
  await page.click('main form:first-of-type .button')
  await page.waitForSelector('.summary')
  await look()
  await page.fill('#code', await lastCode(web, email))
  await page.click('main form:first-of-type .button')
  await page.waitForURL('**/daftar/kontak')
  await look()
  await page.click('main a.button')
  await page.fill('#newPassword', goodPassword)
  await look()
  await go(page, '/daftar/periksa')
  await page.check('#consent')
  await look()
  await go(page, '/daftar/pin')
  await page.fill('#password', goodPassword)
  await page.fill('#newPin', '840261')
  await page.fill('#newPinAgain', '840261')
  await look()
  await go(page, '/daftar/selesai')
  await look()
  return problems
}

test.each([
  { scripts: true, width: 360, scheme: 'light' },
  { scripts: false, width: 360, scheme: 'dark' },
] as const)('a person registers, has a PIN, signs out and in again on a phone, scripts: $scripts', async (look) => {
  const { page } = await visit(browser, look)
  const email = `contoh.dewi.${look.scripts}@contoh.example`

  expect(await register(page, email, look.scripts)).toEqual([])
  await page.click('.menu summary')
  await page.click('.menu a[href="/keluar"]')
  await go(page, '/')
  expect(await page.textContent('.top-side')).toContain('Masuk')
  await page.goto(`${web.url}/akun/pin`)
  await page.fill('#contact', email)
  await page.fill('#password', goodPassword)
  await go(page, '/akun/pin')

  expect(await page.textContent('.top-side')).toContain('Contoh Dewi')
  await page.context().close()
})

test('a photo of 12 megapixels, larger than may be sent, passes, also for who sends it at once', async () => {
  const { page } = await visit(browser)
  await page.goto(`${web.url}/daftar`)
  await go(page, '/daftar/identitas')
  await page.fill('#name', 'Contoh Dewi')
  await page.fill('#nik', '3171015708450001')
  await go(page, '/daftar/foto')
  const bytes = await page.evaluate(async () => {
    const canvas = document.createElement('canvas')
    ;[canvas.width, canvas.height] = [4000, 3000]
    const drawing = canvas.getContext('2d')
    const grain = drawing?.createImageData(4000, 3000)
    const input = document.querySelector<HTMLInputElement>('#photo')
    if (!drawing || !grain || !input) throw new Error('nothing to draw on')
    // a scene with grain, as cameras make it in the dark
    for (let at = 0; at < grain.data.length; at += 4) {
      const light = ((at >> 14) & 127) + ((at * 2_654_435_761) >>> 25)
      grain.data.set([light, light, light, 255], at)
    }
    drawing.putImageData(grain, 0, 0)
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.95))
    if (blob === null) throw new Error('no picture')
    const list = new DataTransfer()
    list.items.add(new File([blob], 'IMG_0001.jpg', { type: 'image/jpeg' }))
    input.files = list.files
    input.dispatchEvent(new Event('change', { bubbles: true }))
    document.querySelector<HTMLButtonElement>('form[data-photo] button')?.click()
    return blob.size
  })
  expect(bytes).toBeGreaterThan(photoBytesMax)
  await page.waitForSelector('.photo')
  expect(await page.isVisible('.error-summary')).toBe(false)
  const [width] = await page.$eval('.photo', async (picture) => {
    if (!(picture instanceof HTMLImageElement)) throw new Error('no picture')
    await picture.decode()
    return [picture.naturalWidth]
  })
  expect(width).toBe(2600)
})

test('a passkey is added with the password, and signs in where none is typed', async () => {
  const { page, context } = await visit(browser)
  await withPasskeys(context, page, web.url)
  const { browser: known } = await registerPerson(web)
  const [name = '', value = ''] = known.cookie.split('=')
  await context.addCookies([{ name, value, url: 'http://localhost:8080' }])
  await page.goto('http://localhost:8080/akun/autentikator')
  await page.fill('#passkeyPassword', goodPassword)
  await page.click('[data-passkey] .button')
  await page.waitForURL('**/akun/autentikator?kabar=authenticator')
  expect(await page.textContent('main')).toContain('Kunci sandi 1')

  await context.clearCookies()
  await page.goto('http://localhost:8080/masuk?next=/akun/perangkat')
  await page.click('[data-passkey] .button')
  await page.waitForURL((url) => url.pathname === '/akun/perangkat')

  expect(await page.textContent('.top-side')).toContain('Contoh Aminah')
  await context.close()
})
