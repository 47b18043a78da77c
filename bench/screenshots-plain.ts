import { randomUUID } from 'node:crypto'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { samplePhoto } from '../src/cli/demo-people/sample-photo.ts'
import { sampleLetter } from '../src/cli/sample-letter.ts'
import { demoPin } from '../src/identity/demo-accounts.ts'

/** How long a step may take: pictures say nothing of speed, and a busy machine shall make them too. */
export const pictureTimeoutMs = 180_000

/** The page is the demo's own person's from then on. */
export async function signInAsDemo(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/masuk`)
  await page.click('form[action^="/masuk/contoh"] button')
  await page.waitForURL('**/beranda')
}

/** Affixing without a script in the demo, step by step; `shoot` takes the picture that `page` shows. */
export async function shootPlainAffixing(
  browser: Browser,
  on: { url: string; look: BrowserContextOptions; picture(name: string): string },
): Promise<number> {
  const context = await browser.newContext({ ...on.look, javaScriptEnabled: false })
  context.setDefaultTimeout(pictureTimeoutMs)
  const page = await context.newPage()
  let count = 0
  const shoot = async (name: string) => {
    await page.screenshot({ path: on.picture(`bubuhkan-polos-${++count}-${name}`), fullPage: true })
  }
  await signInAsDemo(page, on.url)
  await page.goto(`${on.url}/bubuhkan`)
  await shoot('berkas')
  const buffer = Buffer.concat([sampleLetter(), Buffer.from(`% ${randomUUID()}\n`)])
  await page.setInputFiles('input[type=file]', { name: 'Surat Contoh.pdf', mimeType: 'application/pdf', buffer })
  await page.click('form .button')
  await shoot('rincian')
  const drawn = page.waitForResponse((answer) => answer.url().includes('/halaman.png'))
  await page.click('form .button')
  await (await drawn).finished()
  await shoot('periksa')
  await page.fill('#pin', demoPin)
  await page.click('form .button')
  await shoot('selesai')
  await page.goto(`${on.url}/bubuhkan`)
  const photos = [1, 2, 3].map((at) => ({
    name: `halaman-${at}.jpg`,
    mimeType: 'image/png',
    buffer: Buffer.from(samplePhoto()),
  }))
  await page.setInputFiles('input[type=file]', photos)
  await page.click('form .button')
  await page.waitForLoadState('networkidle')
  await shoot('foto')
  await page.click('main > .button')
  await shoot('foto-rincian')
  await page.goBack()
  await page.setInputFiles('input[type=file]', {
    name: 'catatan.jpg',
    mimeType: 'image/jpeg',
    buffer: Buffer.from('PK'),
  })
  await page.click('form[enctype] .button')
  await shoot('foto-ditolak')
  await context.close()
  const userAgent =
    'Mozilla/5.0 (Linux; Android 8.1.0; wv) Version/4.0 Chrome/90.0 Mobile Safari/537.36 Instagram 280.0'
  const inApp = await browser.newContext({ ...on.look, userAgent })
  inApp.setDefaultTimeout(pictureTimeoutMs)
  const shown = await inApp.newPage()
  await shown.goto(`${on.url}/bubuhkan`)
  await shown.screenshot({ path: on.picture(`bubuhkan-polos-${++count}-dalam-aplikasi`), fullPage: true })
  await inApp.close()
  return count
}
