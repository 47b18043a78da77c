import type { Browser } from 'playwright-core'
import { photosToPdf } from '../../src/browser/pages/photo-pdf.ts'
import { demoPin } from '../../src/identity/demo-accounts.ts'
import { signInAsDemo } from '../screenshots-plain.ts'
import { openCountingWay } from './counting-way.ts'
import { openSlowPage } from './slow-browser.ts'
import type { WalkedPage } from './walk.ts'

/** Milliseconds until a form can be filled in, and until the stamp on a chosen document can be moved. */
export const usableBudget = { form: 1_500, stamp: 4_000 } as const

/** From the tap that leads to a page until it stands there with its style and its scripts have run, on a slow phone; milliseconds. */
export async function measureUsable(browser: Browser, url: string, { path, cookie }: WalkedPage): Promise<number> {
  const { page, context } = await openSlowPage(browser, { url, cookie })
  try {
    await page.goto(url + path)
    const read = () =>
      page.evaluate(() => {
        const [navigation] = performance.getEntriesByType('navigation')
        const [paint] = performance.getEntriesByName('first-contentful-paint')
        if (paint === undefined || !(navigation instanceof PerformanceNavigationTiming)) return undefined
        return Math.max(paint.startTime, navigation.domContentLoadedEventEnd)
      })
    for (let tries = 0; tries < 100; tries++) {
      const usable = await read()
      if (usable !== undefined) return usable
      await page.waitForTimeout(20)
    }
    throw new Error(`${path} painted nothing`)
  } finally {
    await context.close()
  }
}

/** A scanned letter of a megabyte: one A4 page, 200 dots an inch, as a phone's scanner writes it. */
export async function scannedLetter(browser: Browser): Promise<Buffer> {
  const page = await browser.newPage()
  try {
    const base64 = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(1654, 2339)
      const context = canvas.getContext('2d')
      if (context === null) throw new Error('no canvas')
      // paper has a grain, which is what makes a scan large
      const paper = context.createImageData(canvas.width, canvas.height)
      let seed = 7
      for (let at = 0; at < paper.data.length; at += 4) {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
        paper.data.fill(226 + ((seed >> 16) % 26), at, at + 3)
        paper.data[at + 3] = 255
      }
      context.putImageData(paper, 0, 0)
      context.fillStyle = '#222'
      context.font = '34px serif'
      for (let line = 0; line < 46; line++)
        context.fillText('Dengan ini kami menyatakan bahwa isi surat ini benar adanya dan dapat', 140, 220 + line * 42)
      const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 })
      const bytes = new Uint8Array(await blob.arrayBuffer())
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    })
    return Buffer.from(photosToPdf([{ jpeg: Buffer.from(base64, 'base64'), width: 1654, height: 2339 }]))
  } finally {
    await page.close()
  }
}

/**
 * What affixing one document took: milliseconds until its details could be typed and until its stamp could be moved, and bytes from the
 * front page to the stamped file.
 */
export type Affixed = { details: number; stamp: number; bytes: number }

/** Affixes on a slow phone, from the front page on; the person types nothing, so that only the machines' time is counted. */
export async function measureAffixing(browser: Browser, service: string, letter: Buffer): Promise<Affixed> {
  const way = await openCountingWay(service)
  const { url } = way
  const { page, context } = await openSlowPage(browser, { url })
  try {
    await page.goto(url)
    await signInAsDemo(page, url)
    await page.goto(`${url}/bubuhkan`)
    const chosen = Date.now()
    await page.setInputFiles('input[type=file]', { name: 'Surat.pdf', mimeType: 'application/pdf', buffer: letter })
    await page.waitForSelector('[data-stage] button[type=submit]')
    const details = Date.now() - chosen
    await page.click('[data-stage] button[type=submit]')
    await page.waitForSelector('.sheet canvas[data-drawn]')
    const stamp = Date.now() - chosen
    await page.click('.desk-side > .button')
    await page.waitForSelector('.thumb canvas[data-drawn]')
    await page.click('[data-stage] > .button')
    await page.fill('#pin', demoPin)
    await Promise.all([page.waitForEvent('download'), page.click('[data-stage] form .button[type=submit]')])
    return { details, stamp, bytes: way.received() }
  } finally {
    await context.close()
    await way.close()
  }
}
