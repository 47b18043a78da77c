import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sampleLetter } from '../../src/cli/sample-letter.ts'
import { openBrowser } from '../support/browser.ts'
import { visit } from '../support/journey.ts'
import { ageBrowser } from '../support/older-browser.ts'
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

/** What a browser makes of a letter: the picture of its page, and what was wrong on the way. */
async function drawLetter(age?: (context: BrowserContext) => Promise<void>) {
  const { page, context } = await visit(browser)
  await age?.(context)
  const wrong: string[] = []
  page.on('pageerror', ({ message }) => wrong.push(message))
  await page.goto(`${web.url}/bubuhkan`)
  const buffer = Buffer.from(sampleLetter())
  await page.setInputFiles('input[type=file]', { name: 'Surat.pdf', mimeType: 'application/pdf', buffer })
  await page.click('[data-stage] form button')
  await page.waitForSelector('.sheet canvas[data-drawn]')
  // asked beside the page's own world, whose globals are gone
  const session = await context.newCDPSession(page)
  const ask = async (expression: string): Promise<unknown> => {
    const { result } = await session.send('Runtime.evaluate', { expression, returnByValue: true })
    return result.value
  }
  const picture = await ask("document.querySelector('.sheet canvas').toDataURL()")
  const isPoor = await ask('!("randomUUID" in crypto) && !("union" in Set.prototype) && !("Iterator" in globalThis)')
  await context.close()
  return { picture, wrong, isPoor }
}

test('a browser of five years ago shows a document as today`s does', async () => {
  const workers: string[] = []
  const [today, then] = [
    await drawLetter(),
    await drawLetter(async (context) => {
      await ageBrowser(context, /\/aset\/[\w-]*worker\.[^/]*\.js$/)
      context.on('requestfinished', (request) => workers.push(new URL(request.url()).pathname))
    }),
  ]

  expect([today.isPoor, then.isPoor]).toEqual([false, true])
  expect(workers.some((path) => path.includes('pdf-worker'))).toBe(true)
  expect(then.wrong).toEqual([])
  expect(String(today.picture).length).toBeGreaterThan(5_000)
  expect(then.picture).toBe(today.picture)
})
