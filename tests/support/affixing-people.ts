import type { Browser, BrowserContext, Page } from 'playwright-core'
import { parsePublicId } from '../../src/base/ids.ts'
import { onePagePdf } from '../../src/base/one-page-pdf.ts'
import { fileOf } from './fresh-pdf.ts'
import { visit, type Visit, type Visitor } from './journey.ts'
import { goodPassword, registerPerson } from './person.ts'
import type { TestWeb } from './web.ts'

export type AffixingPerson = Awaited<ReturnType<typeof registerPerson>>

/** The PIN of everybody here. */
export const pin = '482913'

/** People who affix on pages, in this browser; `urls`: the addresses at which they are signed in. */
export function affixingPeople({ web, browser, urls }: { web: TestWeb; browser: Browser; urls: readonly string[] }) {
  async function grant({ accountId }: AffixingPerson, stamps: number): Promise<void> {
    if (stamps > 0) await web.grant(parsePublicId('account', accountId) ?? '', stamps)
  }
  async function signIn(context: BrowserContext, { browser: { cookie } }: AffixingPerson): Promise<void> {
    const at = cookie.indexOf('=')
    const set = { name: cookie.slice(0, at), value: cookie.slice(at + 1), httpOnly: true, sameSite: 'Lax' as const }
    await context.addCookies(urls.map((url) => ({ ...set, url })))
  }
  return {
    grant,
    signIn,
    /** Somebody with a PIN and so many stamps. */
    async personWith(stamps: number): Promise<AffixingPerson> {
      const person = await registerPerson(web)
      const made = await person.browser.call('PUT', '/v1/pin', { pin, password: goodPassword })
      if (made.statusCode !== 200) throw new Error(`no PIN: ${made.body}`)
      await grant(person, stamps)
      return person
    },
    async comeAs(person: AffixingPerson, given: Visit = {}): Promise<Visitor> {
      const visitor = await visit(browser, given)
      await signIn(visitor.context, person)
      return visitor
    },
  }
}

export async function quotaOf(person: AffixingPerson): Promise<number> {
  const answer = await person.browser.call('GET', '/v1/quota')
  return Number(answer.json().available)
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
