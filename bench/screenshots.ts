import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { demoPin } from '../src/identity/demo-accounts.ts'
import { startService } from '../src/main.ts'
import { openBrowser } from '../tests/support/browser.ts'
import { sampleLetter } from '../src/cli/sample-letter.ts'
import { shootBuying } from './screenshots-buying.ts'
import { shootHeld } from './screenshots-held.ts'
import { shootPeople } from './screenshots-people.ts'
import { pictureTimeoutMs, shootPlainAffixing, signInAsDemo } from './screenshots-plain.ts'

const usage = `npm run screenshots -- FOLDER

Writes a picture of every page, at 360 and 1280 pixels, light and dark, in both languages, to FOLDER.`

const pages = [
  ['depan', '/'],
  ['periksa', '/cek'],
  ['periksa-salah', '/cek?serial=SALAH'],
  ['status', '/status'],
  ['bantuan', '/bantuan'],
  ['spesimen', '/spesimen'],
  ['luring', '/luring'],
  ['design', '/design'],
  ['tidak-ada', '/tidak-ada'],
  ['beranda', '/beranda'],
  ['riwayat', '/riwayat'],
  ['riwayat-kembali', '/riwayat?cari=refund'],
  ['laporan', '/laporan'],
  ['massal', '/massal'],
  ['kotak-masuk', '/inbox'],
  ['acuan', '/docs/api'],
] as const

const looks = [
  { width: 360, height: 740, scheme: 'light', language: 'id' },
  { width: 360, height: 740, scheme: 'dark', language: 'en' },
  { width: 1280, height: 800, scheme: 'light', language: 'en' },
  { width: 1280, height: 800, scheme: 'dark', language: 'id' },
] as const
type Look = (typeof looks)[number]

async function openPage(browser: Browser, { width, height, scheme, language }: Look): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    locale: language === 'id' ? 'id-ID' : 'en-GB',
    acceptDownloads: true,
  })
  context.setDefaultTimeout(pictureTimeoutMs)
  // a phone hands pictures on to other apps; this browser cannot, and would never show the button for it
  await context.addInitScript('navigator.canShare = () => true')
  return context.newPage()
}

/** The affixing journey with a sample letter: a picture at each of its steps, then the checks of what came out. */
async function shootAffixing(page: Page, url: string, shoot: (name: string) => Promise<void>): Promise<void> {
  const confirm = async () => {
    await page.click('[data-stage] > .button')
    await page.fill('#pin', demoPin)
  }
  const done = '[data-stage] form .button[type=submit]'
  await page.goto(`${url}/bubuhkan`)
  await shoot('bubuhkan-1-berkas')
  // each look stamps a document of its own: the same one twice would be told apart, as it should
  const buffer = Buffer.concat([sampleLetter(), Buffer.from(`% ${randomUUID()}\n`)])
  await page.setInputFiles('input[type=file]', {
    name: 'Surat Perjanjian Contoh.pdf',
    mimeType: 'application/pdf',
    buffer,
  })
  await page.waitForSelector('#facts-type')
  await shoot('bubuhkan-2-rincian')
  await page.click('[data-stage] button[type=submit]')
  await page.waitForSelector('.sheet canvas[data-drawn]')
  await shoot('bubuhkan-3-letak')
  await page.click('.desk-side > .button')
  await page.waitForSelector('.thumb canvas[data-drawn]')
  await shoot('bubuhkan-4-periksa')
  await confirm()
  await shoot('bubuhkan-5-pin')
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(done)])
  await page.waitForSelector('.verdict.good')
  await shoot('bubuhkan-6-selesai')
  await page.goto(`${url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', {
    name: 'Surat Perjanjian Contoh.pdf',
    mimeType: 'application/pdf',
    buffer,
  })
  await page.click('[data-stage] button[type=submit]')
  await page.click('.desk-side > .button')
  await confirm()
  await page.click(done)
  await page.waitForSelector('.notice.bad')
  await shoot('bubuhkan-7-sudah')
  await page.goto(`${url}/cek`)
  await page.setInputFiles('input[type=file]', (await download.path()) ?? '')
  await page.waitForSelector('[data-result] .verdict')
  await shoot('periksa-berkas')
}

async function shootAll(url: string, folder: string): Promise<number> {
  const browser = await openBrowser()
  let count = 0
  try {
    for (const look of looks) {
      const page = await openPage(browser, look)
      const shoot = async (name: string) => {
        const path = join(folder, `${name}-${look.width}-${look.scheme}-${look.language}.png`)
        await page.screenshot({ path, fullPage: true })
        count++
      }
      await page.goto(`${url}/bubuhkan`)
      await shoot('bubuhkan-0-belum-masuk')
      await signInAsDemo(page, url)
      for (const [name, path] of pages) {
        await page.goto(url + path)
        await shoot(name)
      }
      await shootAffixing(page, url, shoot)
      await page.context().clearCookies()
      await shootPeople(page, url, shoot)
      const { width, height, scheme, language } = look
      const plain = { viewport: { width, height }, colorScheme: scheme, locale: language === 'id' ? 'id-ID' : 'en-GB' }
      const picture = (name: string) => join(folder, `${name}-${width}-${scheme}-${language}.png`)
      count += await shootPlainAffixing(browser, { url, look: plain, picture })
      await shootBuying(page, url, shoot)
      await shootHeld(page, { url, pin: '840261', shoot })
      await page.context().close()
    }
  } finally {
    await browser.close()
  }
  return count
}

const [given, ...others] = process.argv.slice(2)
if (given === undefined || others.length > 0) throw new Error(usage)
const folder = resolve(given)
await mkdir(folder, { recursive: true })
const data = await mkdtemp(join(tmpdir(), 'meterai-screenshots-'))
const service = await startService({ METERAI_DATA: data, PORT: '0', METERAI_LOG_LEVEL: 'warn' })
try {
  const count = await shootAll(service.url, folder)
  await writeFile(join(folder, 'README.txt'), `${count} pictures\n`)
  console.log(`${count} pictures in ${folder}`)
} finally {
  await service.stop()
  await rm(data, { recursive: true, force: true })
}
