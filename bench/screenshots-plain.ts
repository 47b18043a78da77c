import { randomUUID } from 'node:crypto'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { sampleLetter } from '../src/cli/sample-letter.ts'

/** Affixing without a script in the demo, step by step; `shoot` takes the picture that `page` shows. */
export async function shootPlainAffixing(
  browser: Browser,
  on: { url: string; look: BrowserContextOptions; picture(name: string): string },
): Promise<number> {
  const context = await browser.newContext({ ...on.look, javaScriptEnabled: false })
  const page = await context.newPage()
  let count = 0
  const shoot = async (name: string) => {
    await page.screenshot({ path: on.picture(`bubuhkan-polos-${++count}-${name}`), fullPage: true })
  }
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
  await page.click('form .button')
  await shoot('selesai')
  await context.close()
  return count
}
