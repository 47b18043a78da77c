import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodePrimitives } from '../../src/base/primitives-node.ts'
import { parsePublicId } from '../../src/base/ids.ts'
import { openZip } from '../../src/client/bulk/zip.ts'
import { demoPin, openDemoAccount } from '../../src/identity/demo-accounts.ts'
import { openBrowser } from '../support/browser.ts'
import { jsonOf } from '../support/fetch-transport.ts'
import { accessibilityProblems, bytesOf, visit, visitAsDemo } from '../support/journey.ts'
import { pdfsigReport } from '../support/judges.ts'
import { samplePdf } from '../support/pdf-samples.ts'
import { goodPassword, registerPerson } from '../support/person.ts'
import { testWeb, type TestWeb } from '../support/web.ts'

let web: TestWeb
let browser: Browser
let demoKey: string
beforeAll(async () => {
  ;[web, browser] = await Promise.all([testWeb(), openBrowser()])
  demoKey = (await openDemoAccount(web.db.database, undefined)).liveKey
})
afterAll(async () => {
  await browser.close()
  await web.close()
})

/** Documents that nobody stamped before. */
function freshPdfs(count: number) {
  return Array.from({ length: count }, (_, at) => {
    const text = `% ${randomBytes(200).toString('base64')}`
    const buffer = Buffer.from(samplePdf({ objects: { 3: `<</Length ${text.length}>>\nstream\n${text}\nendstream` } }))
    return { name: `surat ${String(at + 1).padStart(2, '0')}.pdf`, mimeType: 'application/pdf', buffer }
  })
}
type Pdfs = ReturnType<typeof freshPdfs>

/** A table of them as Excel writes it, with a day that no calendar has, and a document that was not chosen. */
function tableOf(pdfs: Pdfs) {
  const rows = pdfs.map(({ name }, at) => `${name};surat-perjanjian;${at + 1}/CONTOH;23/11/2026`)
  const wrong = ['lain.pdf;surat-perjanjian;21/CONTOH;31/02/2026', 'hilang.pdf;surat-perjanjian;22/CONTOH;23/11/2026']
  const text = `\u{feff}Berkas;Jenis dokumen;Nomor;Tanggal\r\n${[...rows, ...wrong].join('\r\n')}\r\n`
  return { name: 'November.csv', mimeType: 'text/csv', buffer: Buffer.from(text) }
}

async function look(page: Page, table: ReturnType<typeof tableOf> | undefined, pdfs: Pdfs): Promise<void> {
  await page.goto(`${web.url}/massal`)
  await page.waitForSelector('[data-bulk] form:visible')
  if (table !== undefined) await page.setInputFiles('#table', table)
  await page.setInputFiles('#documents', pdfs)
  if (table === undefined) await page.selectOption('#type', 'surat-pernyataan')
  await page.click('[data-bulk] form .button')
  await page.waitForSelector('[data-stage] .rows')
}

async function quota(): Promise<number> {
  const answer = await fetch(`${web.url}/v1/quota`, { headers: { authorization: `Bearer ${demoKey}` } })
  const { available } = await jsonOf(answer)
  return Number(available)
}

const start = '[data-stage] form .button'

/** What is in the archive that the page offers. */
async function copiesOf(page: Page) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-stage] a[download$=".zip"]')])
  const archive = openZip(await bytesOf(download), nodePrimitives)
  return new Map((archive?.names ?? []).map((name) => [name, Buffer.from(archive?.read(name) ?? [])]))
}

test('twenty documents, the page closed midway and opened again: twenty stamps, twenty charges, the same files', async () => {
  const { page, context } = await visitAsDemo(browser, web.url, { width: 1280 })
  const before = await quota()
  const pdfs = freshPdfs(20)
  const table = tableOf(pdfs)
  await look(page, table, pdfs)
  expect(await page.textContent('[data-stage] .rows')).toMatch(/Dapat dibubuhi20.*Tidak dibubuhi2.*diperlukan 20/)
  const problems = await page.textContent('[data-stage] .table')
  expect(problems).toContain('kolom Tanggal')
  expect(problems).toContain('31/02/2026')
  expect(problems).toContain('hilang.pdf tidak ada di antara yang dipilih')
  expect(await accessibilityProblems(page)).toEqual([])
  expect(await quota()).toBe(before)

  let signed = 0
  await context.route('**/signature', (route) => (++signed > 7 ? route.abort() : route.continue()))
  await page.fill('#pin', demoPin)
  await page.click(start)
  await page.waitForFunction(() => document.querySelector('progress')?.value === 7)
  await page.close({ runBeforeUnload: false })
  await context.unroute('**/signature')

  const again = await context.newPage()
  await again.goto(`${web.url}/massal`)
  await again.waitForSelector('[data-unfinished]:not([hidden])')
  expect(await again.textContent('[data-unfinished]')).toContain('November.csv belum selesai: 7 dari 20')
  await look(again, table, pdfs)
  expect(await again.textContent('[data-stage] .rows')).toMatch(/Dapat dibubuhi13.*Sudah dibubuhi sebelumnya7/)
  expect(await again.isVisible('#pin')).toBe(false)
  await again.click(start)
  await again.waitForSelector('[data-stage] .verdict.good')
  expect(await again.textContent('[data-stage] .verdict')).toContain('Selesai: 20 dokumen bermeterai')
  expect(await accessibilityProblems(again)).toEqual([])
  expect(await quota()).toBe(before - 20)

  const copies = await copiesOf(again)
  expect([...copies.keys()]).toEqual(pdfs.map(({ name }) => name.replace('.pdf', '.bermeterai.pdf')))
  for (const { name, buffer } of pdfs) {
    const copy = copies.get(name.replace('.pdf', '.bermeterai.pdf'))
    expect(copy?.subarray(0, buffer.length).equals(buffer)).toBe(true)
  }
  for (const at of [0, 6, 7, 19])
    expect(pdfsigReport([...copies.values()][at] ?? Buffer.alloc(0))).toMatch(/Signature is Valid/)
  const [report] = await Promise.all([again.waitForEvent('download'), again.click('[data-stage] a[download$=".csv"]')])
  const lines = (await readFile(await report.path(), 'utf8')).trim().split('\r\n')
  expect(lines).toHaveLength(23)
  expect(new Set(lines.flatMap((line) => /SPESIMEN\w{14}/.exec(line)?.[0] ?? [])).size).toBe(20)
  // the copies were taken: nothing of the batch stays on the device
  await again.goto(`${web.url}/massal`)
  await again.waitForSelector('[data-bulk] form:visible')
  expect(await again.isVisible('[data-unfinished]')).toBe(false)
}, 60_000)

/** A page of somebody who signed in, with a PIN and this many stamps. */
async function visitAsMember(units: number) {
  const person = await registerPerson(web)
  const accountId = parsePublicId('account', person.accountId) ?? ''
  await web.grant(accountId, units)
  const pin = { pin: '482915', password: goodPassword }
  expect((await person.browser.call('PUT', '/v1/pin', pin)).statusCode).toBe(200)
  const { page, context } = await visit(browser)
  const [name = '', value = ''] = person.browser.cookie.split('=')
  await context.addCookies([{ name, value, url: web.url }])
  const quotaOf = async () => {
    const { available, spent } = (await person.browser.call('GET', '/v1/quota')).json()
    return [available, spent]
  }
  /** What the PIN confirmed so far. */
  const confirmed = () => web.db.owner.sql`
    select detail->>'purpose' as purpose, (detail->>'count')::int as count from audit
    where account_id = ${accountId} and action = 'confirmation.made' order by id`
  return { page, context, accountId, quotaOf, confirmed }
}

test('a member signs in, types the PIN once, a wrong one first, and without a table all have one type', async () => {
  const { page, quotaOf, confirmed } = await visitAsMember(3)
  await look(page, undefined, freshPdfs(3))
  expect(await accessibilityProblems(page)).toEqual([])
  await page.fill('#pin', '111112')
  await page.click(start)
  await page.waitForSelector('[data-stage] .notice.bad')
  expect(await page.textContent('[data-stage] .notice.bad')).toContain('PIN tidak cocok')
  await page.fill('#pin', '482915')
  await page.click(start)
  await page.waitForSelector('[data-stage] .verdict.good')
  expect((await copiesOf(page)).size).toBe(3)
  expect(await quotaOf()).toEqual([0, 3])
  expect(await confirmed()).toEqual([{ purpose: 'batch', count: 3 }])
})

/** Confirms and begins, loses every signature but the first, and closes the page. */
async function breakOffAfterOne(page: Page): Promise<void> {
  const context = page.context()
  let signed = 0
  await context.route('**/signature', (route) => (++signed > 1 ? route.abort() : route.continue()))
  await page.fill('#pin', '482915')
  await page.click(start)
  await page.waitForFunction(() => document.querySelector('progress')?.value === 1)
  await page.close({ runBeforeUnload: false })
  await context.unroute('**/signature')
}

test('a member goes on with a batch that they confirmed: no PIN is asked again', async () => {
  const { page, context, quotaOf, confirmed } = await visitAsMember(5)
  const pdfs = freshPdfs(5)
  await look(page, undefined, pdfs)
  await breakOffAfterOne(page)
  const again = await context.newPage()
  await again.goto(`${web.url}/massal`)
  await again.waitForSelector('[data-unfinished]:not([hidden])')
  // somebody of another account at the same device is not told of it
  const own = await context.cookies()
  const [name = '', value = ''] = (await registerPerson(web)).browser.cookie.split('=')
  await context.addCookies([{ name, value, url: web.url }])
  await again.goto(`${web.url}/massal`)
  await again.waitForSelector('[data-bulk] form:visible')
  await again.waitForLoadState('networkidle')
  expect(await again.isVisible('[data-unfinished]')).toBe(false)
  await context.addCookies(own)
  await look(again, undefined, pdfs)
  expect(await again.isVisible('#pin')).toBe(false)
  await again.click(start)
  await again.waitForSelector('[data-stage] .verdict.good')
  expect((await copiesOf(again)).size).toBe(5)
  expect(await quotaOf()).toEqual([0, 5])
  expect(await confirmed()).toEqual([{ purpose: 'batch', count: 5 }])
})

test('a batch that was cancelled meanwhile is made anew, by the PIN, for what is left of it; and has its cost centre', async () => {
  const { page, context, accountId, quotaOf, confirmed } = await visitAsMember(4)
  const pdfs = freshPdfs(4)
  await page.goto(`${web.url}/massal`)
  await page.click('[data-bulk] summary')
  await page.fill('#tag', 'Legal/SBY')
  await page.setInputFiles('#documents', pdfs)
  await page.selectOption('#type', 'surat-pernyataan')
  await page.click('[data-bulk] form .button')
  await breakOffAfterOne(page)
  const [batch] = await web.db.owner.sql`
    update batches set state = 'cancelled', ended_at = now() where account_id = ${accountId} returning tag`
  expect(batch?.['tag']).toBe('Legal/SBY')
  const again = await context.newPage()
  await look(again, undefined, pdfs)
  await again.fill('#pin', '482915')
  await again.click(start)
  await again.waitForSelector('[data-stage] .verdict.good')
  expect(await quotaOf()).toEqual([0, 4])
  expect((await confirmed()).map(({ purpose }) => purpose)).toEqual(['batch', 'batch'])
})

test('a batch that is cancelled after the look at it is asked for again, with the PIN', async () => {
  const { page, context, accountId, quotaOf } = await visitAsMember(2)
  const pdfs = freshPdfs(2)
  await look(page, undefined, pdfs)
  await breakOffAfterOne(page)
  const again = await context.newPage()
  await look(again, undefined, pdfs)
  expect(await again.isVisible('#pin')).toBe(false)
  await web.db.owner.sql`update batches set state = 'cancelled', ended_at = now() where account_id = ${accountId}`
  await again.click(start)
  await again.fill('#pin', '482915')
  await again.click(start)
  await again.waitForSelector('[data-stage] .verdict.good')
  expect(await quotaOf()).toEqual([0, 2])
})

test('without a script the page says what does the same', async () => {
  const { page } = await visitAsDemo(browser, web.url, { scripts: false, language: 'en' })
  await page.goto(`${web.url}/massal`)
  expect(await page.textContent('main')).toContain('meterai bulk TABLE.xlsx --dry-run')
  expect(await page.isVisible('#documents')).toBe(false)
})
