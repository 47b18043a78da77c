import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from './support/browser.ts'
import { testWeb, type TestWeb } from './support/web.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const ask = `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
  .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 200)))`

let web: TestWeb
let browser: Browser
beforeAll(async () => {
  ;[web, browser] = await Promise.all([testWeb(), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await web.close()
})

test.each([
  ['light', 360],
  ['dark', 1280],
] as const)(
  'the API reference in %s at %i pixels is as WCAG 2.2 AA has it, and never wider than the screen',
  async (colorScheme, width) => {
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, javaScriptEnabled: true })
    const page = await context.newPage()
    for (const path of ['/docs/api', '/docs/api/affixing', '/docs/api/webhooks', '/docs/api/errors?lang=id']) {
      await page.goto(web.url + path)
      for (const one of await page.locator('details > summary').all()) await one.click()
      await page.evaluate(axe)
      expect({ path, found: await page.evaluate(ask) }).toEqual({ path, found: [] })
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    }
    await context.close()
  },
)

test('without script every field can still be unfolded', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(`${web.url}/docs/api/affixing`)
  const field = page.locator('#postAffixings').getByText('facts.documentType').first()
  expect(await field.isVisible()).toBe(false)
  await page.locator('#postAffixings summary').first().click()
  expect(await field.isVisible()).toBe(true)
  await context.close()
})
