import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { text } from '../../src/base/text.ts'
import { openBrowser } from '../support/browser.ts'
import { fileOf, freshPdf } from '../support/fresh-pdf.ts'
import { openRecorder, visit, type Recorder } from '../support/journey.ts'
import { leaks, requestsIn } from '../support/leaks.ts'
import { goodPin } from '../support/person.ts'
import { personWith, signInOn } from '../support/portal-person.ts'
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

/** Ways out of a page that are no request: whoever opens one is told. */
const otherWaysOut = `globalThis.waysOut = []
for (const name of ['RTCPeerConnection', 'WebSocket', 'WebTransport', 'EventSource'])
  globalThis[name] = class { constructor() { globalThis.waysOut.push(name) } }`

/** Affixes on the private way with all that leaves the browser recorded; what was listed, and what was sent. */
async function affixRecorded(recorder: Recorder, { sendName }: { sendName: boolean }) {
  const person = await personWith(web, 1)
  const { page, context, hosts } = await visit(browser)
  await signInOn(context, person, [recorder.url])
  await context.addInitScript(otherWaysOut)
  // the page's own worker is there from the second page on
  await page.goto(`${recorder.url}/`)
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await page.goto(`${recorder.url}/bubuhkan`)
  const original = freshPdf(3)
  await page.setInputFiles('input[type=file]', fileOf(original, 'Surat Rahasia.pdf'))
  await page.fill('#facts-number', '12/2026')
  await page.fill('#facts-date', '2026-11-27')
  if (!sendName) await page.uncheck('#send-name')
  await page.click('[data-stage] form button')
  await page.waitForSelector('.sheet canvas[data-drawn]')
  await page.click('.desk-side > .button')
  await page.waitForSelector('.thumb canvas[data-drawn]')
  const listed = await page.locator('[data-stage] details li').allTextContents()
  await page.click('[data-stage] > .button')
  await page.fill('#pin', goodPin)
  const downloading = page.waitForEvent('download')
  await page.click('[data-stage] form .button[type=submit]')
  await downloading
  await page.waitForSelector('.verdict.good')
  const waysOut = await page.evaluate(() => Reflect.get(globalThis, 'waysOut'))
  // what a page sends as it is left is part of it
  await page.goto('about:blank')
  await context.close()
  return { original, listed, hosts, waysOut, sent: recorder.sent() }
}

/** What the page calls each thing that is sent. */
const nameOf: Record<string, string> = {
  sourceSha256: 'digest',
  sourceLength: 'length',
  pageCount: 'length',
  placement: 'place',
  facts: 'facts',
}

test.each([true, false])(
  'on the private way nothing of the file leaves, and the page lists what does (name: %s)',
  async (sendName) => {
    const recorder = await openRecorder(web.url)
    const { original, listed, hosts, waysOut, sent } = await affixRecorded(recorder, { sendName })
    await recorder.close()

    expect(leaks(original, sent)).toEqual([])
    expect([...hosts]).toEqual([new URL(recorder.url).host])
    expect(waysOut).toEqual([])
    expect(sent.some((one) => one.includes('Surat Rahasia'))).toBe(sendName)
    const requests = requestsIn(sent)
    // all of it: what workers ask for too
    for (const path of ['/sw.js', '/aset/affix-worker.', '/aset/pdf-worker.'])
      expect(requests.filter((one) => one.path.startsWith(path))).not.toEqual([])
    expect(requests.filter(({ method, body }) => method === 'GET' && body.length > 0)).toEqual([])
    const acts = requests.filter(({ method }) => method !== 'GET')
    const bodies = acts.map(({ method, path, body }): [string, Record<string, unknown>] => [
      `${method} ${path.replace(/afx_[0-9a-f]+/, ':id')}`,
      JSON.parse(body.toString()),
    ])
    expect(bodies.map(([call]) => call)).toEqual([
      'POST /v1/pin-confirmations',
      'POST /v1/affixings',
      'PUT /v1/affixings/:id/signature',
    ])
    const [confirmed = {}, reserved = {}, signed = {}] = bodies.map(([, body]) => body)
    expect(Object.keys(confirmed).toSorted()).toEqual(['pin', 'purpose', 'sourceSha256s'])
    expect(Object.keys(signed)).toEqual(['digest'])
    const { authorization, additional, ...about } = reserved
    expect([typeof authorization, additional]).toEqual(['string', false])
    expect(reserved['facts']).toEqual({
      documentType: 'surat-pernyataan',
      number: '12/2026',
      date: '2026-11-27',
      ...(sendName ? { fileName: 'Surat Rahasia.pdf' } : {}),
    })
    const keys = [...Object.keys(about).map((field) => nameOf[field] ?? field), sendName ? 'name' : 'noName']
    const sentences = ['digest', 'length', 'place', 'facts', 'name', 'noName'] as const
    const said = sentences.filter((key) => listed.includes(text('id', `affix.sent.${key}`)))
    expect(said.toSorted()).toEqual([...new Set(keys)].toSorted())
    expect(listed).toHaveLength(said.length)
  },
)
