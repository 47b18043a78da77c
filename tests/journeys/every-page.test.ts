import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { accessibilityProblems, visit } from '../support/journey.ts'
import { everyLook, lookName, type Look } from '../support/looks.ts'
import { isWholeMatrix } from '../support/matrix.ts'
import { focusProblems, printProblems, reflowProblems, targetProblems } from '../support/page-judges.ts'
import { printedRoutes } from '../support/registered-routes.ts'
import { testWeb, type TestWeb } from '../support/web.ts'
import { everyPage, noPages, otherPages } from './pages/every-page.ts'
import { makeEverything, type Made, type Standing } from './pages/page-owner.ts'

let web: TestWeb
let browser: Browser
let made: Made
beforeAll(async () => {
  ;[web, browser] = await Promise.all([testWeb(), openBrowser()])
  made = await makeEverything(web, browser)
})
afterAll(async () => {
  await browser.close()
  await web.close()
})

test('every page that is registered is looked at', () => {
  const isPage = (path: string) => !/^\/(?:v1|demo|aset)\//.test(path)
  const registered = printedRoutes(web.app).flatMap((route) => {
    const [method, path = ''] = route.split(' ')
    return method === 'GET' && isPage(path) ? [path] : []
  })
  expect(registered.toSorted()).toEqual([...Object.keys(everyPage), ...noPages].toSorted())
})

/** A browser that stands there, and looks so. The page's own scripts stay away where it has none; those of judges come through the debugger. */
async function stand(standing: Standing, look: Look): Promise<Page> {
  const { context, page } = await visit(browser, { ...look, scripts: true })
  const cookies = [...made.cookies[standing]].map(([name, value]) => ({ name, value, url: web.url }))
  await context.addCookies(cookies)
  if (!look.scripts)
    await context.route('**/*', (route) =>
      route.request().resourceType() === 'script' ? route.abort() : route.continue(),
    )
  return page
}

/** What is wrong with the page at this address, each with the judge that found it. */
async function problemsAt(page: Page, path: string, status: number): Promise<string[]> {
  const answer = await page.goto(web.url + path)
  const at = new URL(page.url())
  const arrived = `${at.pathname}${at.search}`
  const problems = [
    ...(arrived === path ? [] : [`led on to ${arrived}`]),
    ...(answer?.status() === status ? [] : [`answered ${answer?.status()}`]),
    ...(await accessibilityProblems(page)),
    ...(await reflowProblems(page)),
    ...(await targetProblems(page)),
    ...(await printProblems(page)),
    ...(await focusProblems(page)),
  ]
  return problems.map((problem) => `${path}: ${problem}`)
}

const shownPages = [...Object.values(everyPage).flat(), ...otherPages]

/** Each page in each look where everything is gone; otherwise each in one, the looks taking turns. */
test.each(everyLook.map((look, turn) => [lookName(look), look, turn] as const))(
  'no judge finds anything on any page: %s',
  async (_, look, turn) => {
    const problems: string[] = []
    const pages = new Map<Standing, Page>()
    const mine = shownPages.filter((__, at) => isWholeMatrix || at % everyLook.length === turn)
    for (const { as, at, status = 200 } of mine) {
      const page = pages.get(as) ?? (await stand(as, look))
      pages.set(as, page)
      for (const path of at(made)) problems.push(...(await problemsAt(page, path, status)))
    }
    for (const page of pages.values()) await page.context().close()
    expect(problems).toEqual([])
  },
  600_000,
)
