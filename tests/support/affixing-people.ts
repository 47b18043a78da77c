import type { Browser, BrowserContext, Page } from 'playwright-core'
import { onePagePdf } from '../../src/base/one-page-pdf.ts'
import { fileOf } from './fresh-pdf.ts'
import { visit, type Visit, type Visitor } from './journey.ts'
import { grantTo, personWith, signInOn, type PortalPerson } from './portal-person.ts'
import type { TestWeb } from './web.ts'

/** People who affix on pages, in this browser; `urls`: the addresses at which they are signed in. */
export function affixingPeople({ web, browser, urls }: { web: TestWeb; browser: Browser; urls: readonly string[] }) {
  const signIn = (context: BrowserContext, person: PortalPerson) => signInOn(context, person, urls)
  return {
    signIn,
    grant: (person: PortalPerson, stamps: number) => grantTo(web, person, stamps),
    personWith: (stamps: number) => personWith(web, stamps),
    async comeAs(person: PortalPerson, given: Visit = {}): Promise<Visitor> {
      const visitor = await visit(browser, given)
      await signIn(visitor.context, person)
      return visitor
    },
  }
}

/** From the chosen files to the review, with everything as the page suggests it. */
export async function reviewChosen(page: Page, chosen: Parameters<Page['setInputFiles']>[1]): Promise<void> {
  await page.setInputFiles('input[type=file]', chosen)
  await page.click('[data-stage] form button[type=submit]')
  await page.click('.desk-side > .button')
  await page.waitForSelector('.thumb')
}

/** A letter that says what it is, from when, and where it is signed. */
const letterLines = ['SURAT PERJANJIAN', 'Nomor: 12/SP/XI/2026', 'Jakarta, 23 November 2026']
export function freshLetter() {
  const lines = letterLines.map((line, at) => `/F1 12 Tf 1 0 0 1 72 ${740 - at * 24} Tm (${line}) Tj`)
  const signed = '/F1 12 Tf 1 0 0 1 300 200 Tm (Hormat kami,) Tj'
  const bytes = onePagePdf(`BT\n${[...lines, signed].join('\n')}\nET\n% ${crypto.randomUUID()}\n`)
  return fileOf(Buffer.from(bytes))
}
