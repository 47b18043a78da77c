import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sheetPhotoBytesMax, sheetPhotosMax } from '../../src/limits/stamping.ts'
import { affixingPeople } from '../support/affixing-people.ts'
import { openBrowser } from '../support/browser.ts'
import { fileOf, freshPdf } from '../support/fresh-pdf.ts'
import { accessibilityProblems, bytesOf } from '../support/journey.ts'
import { lastPagePng, pdfinfoReport, pdfsigReport, qpdfReport } from '../support/judges.ts'
import { goodPin } from '../support/person.ts'
import { exifTurn, pngChunk, pngHeader, pngSignature, sampleJpeg, samplePng } from '../support/photo-samples.ts'
import { quotaOf } from '../support/portal-person.ts'
import { testWeb, type TestWeb } from '../support/web.ts'

let web: TestWeb
let browser: Browser
let people: ReturnType<typeof affixingPeople>
/** A photo as a phone makes it, lying on its side: red above on the left once it is upright, green on the right, blue below. */
let phonePhoto: Buffer
beforeAll(async () => {
  ;[web, browser] = await Promise.all([testWeb(), openBrowser()])
  people = affixingPeople({ web, browser, urls: [web.url] })
  phonePhoto = await makePhonePhoto()
})
afterAll(async () => {
  await browser.close()
  await web.close()
})

async function makePhonePhoto(): Promise<Buffer> {
  const page = await browser.newPage()
  const address = await page.evaluate(() => {
    const canvas = document.createElement('canvas')
    ;[canvas.width, canvas.height] = [400, 300]
    const drawing = canvas.getContext('2d')
    if (drawing === null) throw new Error('nothing to draw on')
    // turned right, the top is the right side and the left side is the top
    const quarters = [
      ['#f00', 0, 150],
      ['#0f0', 0, 0],
      ['#888', 200, 0],
      ['#00f', 200, 150],
    ] as const
    for (const [colour, x, y] of quarters) {
      drawing.fillStyle = colour
      drawing.fillRect(x, y, 200, 150)
    }
    return canvas.toDataURL('image/jpeg', 0.95)
  })
  await page.close()
  const jpeg = Buffer.from(address.replace(/^.*,/, ''), 'base64')
  // a moving picture behind it, as some phones put one
  const video = Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42', 'latin1'), Buffer.alloc(50_000, 7)])
  return Buffer.concat([jpeg.subarray(0, 2), exifTurn(6), jpeg.subarray(2), video])
}

const photo = (name: string, buffer: Buffer) => ({ name, mimeType: 'image/jpeg', buffer })
/** A photo of its own, so that no two documents are the same. */
const freshPng = (name = 'layar.png') => {
  const png = new PNG({ width: 60, height: 40 })
  png.data.set(crypto.getRandomValues(new Uint8Array(60 * 40 * 4)))
  return { name, mimeType: 'image/png', buffer: PNG.sync.write(png) }
}

type Sent = Parameters<Page['setInputFiles']>[1]
async function send(page: Page, files: Sent): Promise<void> {
  await page.goto(`${web.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', files)
  await page.click('form .button')
}
const names = (page: Page) => page.locator('.photo-name').allTextContents()

test('without a script photos become the pages of one document, in the order that is chosen, and it is stamped', async () => {
  const person = await people.personWith(1)
  const { page } = await people.comeAs(person, { scripts: false })
  await send(page, [photo('satu.jpg', phonePhoto), freshPng()])
  expect(await names(page)).toEqual(['Halaman 1: satu.jpg', 'Halaman 2: layar.png'])
  const { page: judgedPage } = await people.comeAs(person)
  await judgedPage.goto(page.url())
  expect(await accessibilityProblems(judgedPage)).toEqual([])
  // one at a time, and in another order
  await page.setInputFiles('input[type=file]', freshPng('terbalik.png'))
  await page.click('form[enctype] .button')
  expect(await names(page)).toEqual(['Halaman 1: satu.jpg', 'Halaman 2: layar.png', 'Halaman 3: terbalik.png'])
  await page.click('button[aria-label="Pindah ke atas: layar.png"]')
  await page.click('button[aria-label="Buang: terbalik.png"]')
  expect(await names(page)).toEqual(['Halaman 1: layar.png', 'Halaman 2: satu.jpg'])
  for (const source of await page
    .locator('.photos img')
    .evaluateAll((all) => all.map((one) => one.getAttribute('src')))) {
    const picture = await page.request.get(web.url + source)
    expect([picture.status(), picture.headers()['content-type']]).toEqual([200, 'image/png'])
  }
  await page.click('main > .button')
  expect(await page.textContent('.notice.good')).toContain('PDF inilah aslinya')
  const [saved] = await Promise.all([page.waitForEvent('download'), page.click('a[href$="asli.pdf"]')])
  expect(saved.suggestedFilename()).toBe('satu.pdf')
  const original = await bytesOf(saved)
  expect(qpdfReport(original).join('\n')).toContain('No syntax or stream encoding errors')
  await page.fill('#number', '7/FOTO')
  await page.click('form .button')
  expect(await page.textContent('.rows')).toContain('satu.pdf (halaman: 2)')
  expect(await page.textContent('.rows')).toContain('Halaman 2')
  await page.fill('#pin', goodPin)
  await page.click('form .button')
  expect(await page.textContent('.verdict')).toContain('Meterai dibubuhkan')
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('main .button')])
  const stamped = await bytesOf(download)
  expect(stamped.subarray(0, original.length).equals(original)).toBe(true)
  expect(pdfsigReport(stamped)).toMatch(/Signature is Valid/)
  const facts = pdfinfoReport(stamped)
  expect(facts).toMatch(/Pages: +2\n/)
  expect(facts).toContain('(A4)')
  expect(cornersOf(lastPagePng(stamped, 2))).toBe('rgb')
  expect(await quotaOf(person)).toBe(0)
})

test('who takes away the page that the stamp was to stand on finds it on the last one', async () => {
  const person = await people.personWith(1)
  const { page } = await people.comeAs(person, { scripts: false })
  await send(page, [freshPng('satu.png'), freshPng('dua.png')])
  await page.click('main > .button')
  await page.fill('#page', '2')
  await page.click('form .button')
  expect(await page.textContent('.rows')).toContain('Halaman 2')
  await page.goto(page.url().replace(/(?=\?|$)/, '/foto'))
  await page.click('button[aria-label="Buang: dua.png"]')

  await page.click('main > .button')
  expect(await page.inputValue('#page')).toBe('')
  await page.click('form .button')
  expect(await page.textContent('.rows')).toContain('Halaman 1')
})

/** The colours in the quarters of what stands in the middle of a page, upright and three by four: left and right above, left below. */
function cornersOf(page: Buffer): string {
  const { width, height, data } = PNG.sync.read(page)
  const colourAt = (x: number, y: number) => {
    const [red = 0, green = 0, blue = 0] = data.subarray((Math.round(y * height) * width + Math.round(x * width)) * 4)
    if (red > 200 && green < 80 && blue < 80) return 'r'
    if (green > 200 && red < 80 && blue < 80) return 'g'
    return blue > 200 && red < 80 && green < 80 ? 'b' : ' '
  }
  return [colourAt(0.3, 0.3), colourAt(0.7, 0.3), colourAt(0.3, 0.6)].join('')
}

test('what is no photo, too large or too much is told by name, and what was there before stays', async () => {
  const person = await people.personWith(1)
  const { page } = await people.comeAs(person, { scripts: false })
  const wrong = () => page.textContent('.summary')
  await send(page, [freshPng(), photo('arsip.jpg', Buffer.from('PK\x03\x04'))])
  expect(await wrong()).toContain('arsip.jpg belum bisa dipakai: bukan JPG atau PNG')
  await send(page, [freshPng(), fileOf(freshPdf())])
  expect(await wrong()).toContain('surat.pdf belum bisa dipakai: bukan JPG atau PNG. Pilih satu PDF')
  await send(page, photo('potong.jpg', sampleJpeg().subarray(0, -2)))
  expect(await wrong()).toContain('potong.jpg belum bisa dipakai: isinya rusak atau terpotong')
  const endless = Buffer.concat([
    pngSignature,
    pngHeader({ width: 60_000, height: 60_000 }, { colour: 6 }),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
  await send(page, photo('raksasa.png', endless))
  expect(await wrong()).toContain('raksasa.png belum bisa dipakai: gambarnya terlalu besar')
  const large = join(await mkdtemp(join(tmpdir(), 'meterai-photo-')), 'besar.jpg')
  await writeFile(large, Buffer.concat([sampleJpeg(), Buffer.alloc(sheetPhotoBytesMax)]))
  await send(page, large)
  await rm(dirname(large), { recursive: true })
  expect(await wrong()).toContain('besar.jpg terlalu besar: satu foto paling besar 20 MB')
  await send(
    page,
    Array.from({ length: sheetPhotosMax + 1 }, () => photo('x.png', samplePng())),
  )
  expect(await wrong()).toContain(`paling banyak ${sheetPhotosMax} foto`)
  await send(page, [photo('a.png', samplePng()), photo('b.png', samplePng())])
  await page.setInputFiles('input[type=file]', photo('rusak.jpg', Buffer.from('GIF89a')))
  await page.click('form[enctype] .button')
  expect(await wrong()).toContain('rusak.jpg belum bisa dipakai')
  expect(await names(page)).toEqual(['Halaman 1: a.png', 'Halaman 2: b.png'])
  expect(page.url()).toMatch(/\/foto\/tambah$/)
  // the page that came back still works
  await page.setInputFiles('input[type=file]', photo('c.png', samplePng()))
  await page.click('form[enctype] .button')
  expect(await names(page)).toHaveLength(3)
})

test('nobody finds another person`s photos, and none are added from another site', async () => {
  const [person, other] = [await people.personWith(1), await people.personWith(1)]
  const { page } = await people.comeAs(person, { scripts: false })
  await send(page, [freshPng(), freshPng()])
  const { pathname } = new URL(page.url())
  const picture = (await page.locator('.photos img').first().getAttribute('src')) ?? ''
  const original = pathname.replace(/foto$/, 'asli.pdf')
  expect((await person.browser.call('GET', picture)).statusCode).toBe(200)
  for (const path of [picture, original]) expect((await other.browser.call('GET', path)).statusCode).toBe(404)
  expect(await other.browser.call('GET', pathname)).toMatchObject({ statusCode: 303 })
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(samplePng())]), 'x.png')
  form.set('formKey', crypto.randomUUID())
  const { cookie } = person.browser
  const add = `${web.url}${pathname}/tambah`
  // the cookie alone is not enough: the form lacks the token that only our own page knows
  const sent = await fetch(add, { method: 'POST', body: form, headers: { cookie, origin: web.url } })
  expect(sent.status).toBe(403)
  const stranger = await fetch(add, { method: 'POST', body: form, headers: { origin: web.url }, redirect: 'manual' })
  expect(stranger.headers.get('location')).toContain('/masuk')
  await page.reload()
  expect(await names(page)).toHaveLength(2)
})
