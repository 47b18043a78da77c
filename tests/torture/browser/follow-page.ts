import { errors, type Download, type Locator, type Page } from 'playwright-core'
import { sentencesOf } from '../../../src/base/text.ts'
import type { fileOf } from '../../support/fresh-pdf.ts'
import { goodPin } from '../../support/person.ts'

// Somebody who knows nothing but what the pages of buying and affixing show: does what they ask for, presses the first button that they
// offer, and reads what they say. Where that ends in a stamp or in quota, no page was a dead end.

/** What shows where a page stands, and is waiting for the person; the first that does. Each is something to press or to fill in. */
const marks = {
  paid: 'main:has(a[href$="/kuitansi"]) .verdict.good',
  done: 'main:not(:has(a[href$="/kuitansi"])) .verdict.good',
  offline: 'main:has(h1:text-is("Sambungan terputus")) .button',
  pin: 'form:has(button[type=submit]:not([disabled])) #pin',
  details: '#facts-type',
  place: '.desk-side > .button',
  password: '#pdf-password',
  review: '[data-stage] .thumb',
  said: '[data-stage] .acts .button, [data-stage] .notice ~ .button',
  offered: '[data-unfinished] .button',
  form: 'form #type',
  file: 'input[type=file]',
  waiting: 'main .countdown',
  method: 'input[name=pay]',
  quantity: 'input[name=jumlah]',
  orders: 'main table',
} as const

/** Where a page stands, in the words of the person's next act. `said`: something went wrong, and there is a button; `unreached`: the browser's own page says that there is none. */
export type PageStep = keyof typeof marks | 'unreached'

const stepNames = [
  'paid',
  'done',
  'offline',
  'pin',
  'details',
  'place',
  'password',
  'review',
  'said',
  'offered',
  'form',
  'file',
  'waiting',
  'method',
  'quantity',
  'orders',
] as const satisfies readonly (keyof typeof marks)[]
const shown = (page: Page, step: keyof typeof marks) => page.locator(`${marks[step]} >> visible=true`).first()

/** What is chosen: bytes, or the path of a file that is too large to hand over. */
export type ChosenFile = ReturnType<typeof fileOf> | string

/** One way through the pages. */
export type Walk = {
  page: Page
  file?: ChosenFile
  /** Where it ends: by default with the stamped file. */
  goal?: PageStep
  /** False where the browser runs no scripts. */
  scripts?: boolean
  /** What happens at a step before the person acts there, once for each; true where the page has to be looked at again. */
  at?(step: PageStep, page: Page): Promise<boolean>
  /** Presses things; once by default. */
  press?: (button: Locator) => Promise<void>
  /** Pays the order that this page shows; after that the person only says that they did. */
  pay?(page: Page): Promise<void>
  /** Another file, once this one was refused. */
  otherFile?: ChosenFile
  /** What is typed where a file asks for its password, one after another. */
  passwords?: readonly string[]
  /** Ends the walk where it is. */
  until?: Promise<void>
}

/** What came of it: sentences that a way without trouble has not (their text keys), and the stamped file where one was wanted. */
export type Walked = { said: string[]; download: Download | undefined }

/** Shows that the page is at work. */
const working = '[data-stage] :is([role=status], .progress), form:has(button[disabled]) #pin'

/** So long somebody looks at a page that shows nothing to press. */
const blankMilliseconds = 10_000

/** So long they wait for what they pressed; a file of 60 MB takes its time. */
const patienceMilliseconds = 40_000

/** So long somebody looks at a page that says that it changes by itself. */
const newsMilliseconds = 8_000

/** A person who does not give up, but neither goes on for ever. */
const actsMax = 40

const patternOf = (sentence: string) =>
  new RegExp(
    sentence
      .replaceAll(/[.*+?^$()|\\]/g, '\\$&')
      // what stands in brackets is left out where its value is not there
      .replaceAll(/\[[^\]]*\]|\{[a-zA-Z]+\}/g, '.*'),
  )
const patterns = Object.entries(sentencesOf('id', ['affix.', 'errors.', 'offline.', 'buy.', 'forms.', 'checkFile.']))
  .filter(([, sentence]) => sentence.length > 20)
  .map(([key, sentence]) => ({ key, pattern: patternOf(sentence) }))

/** What this page says in its notices and summaries, as text keys. */
async function saidOn(page: Page): Promise<string[]> {
  const notices = page.locator('main :is(.notice, .summary, .lead, [data-unfinished]):visible')
  const texts = await notices.allTextContents()
  const keys = texts.flatMap((text) => patterns.filter(({ pattern }) => pattern.test(text)).map(({ key }) => key))
  return [...new Set(keys)].filter((key) => !smooth.has(key))
}

/** Sentences of a way on which nothing happens. */
const smooth = new Set(['affix.found', 'affix.stays', 'affix.sentToUs', 'checkFile.stays', 'buy.lead'])

/** Where the page stands once it waits for the person. */
async function stepOf(page: Page): Promise<PageStep> {
  for (;;) {
    if (page.url().startsWith('chrome-error:')) return 'unreached'
    const any = stepNames
      .map((step) => page.locator(`${marks[step]} >> visible=true`))
      .reduce((all, one) => all.or(one))
    const isThere = await any
      .first()
      .waitFor({ timeout: blankMilliseconds })
      .then(
        () => true,
        () => page.isClosed(),
      )
    // nothing to press, and nothing that says why: only half of the page came
    if (!isThere && !(await page.locator(working).first().isVisible())) return 'unreached'
    for (const step of stepNames) if (await shown(page, step).isVisible()) return step
  }
}

/** Follows the pages to the goal. Throws where they stand still, or where it was ended before. */
export async function followPage(walk: Walk): Promise<Walked> {
  const { page, goal = 'done' } = walk
  const said: string[] = []
  const downloads: Download[] = []
  page.on('download', (download) => downloads.push(download))
  const person = newPerson(walk)
  const met = new Set<PageStep>()
  for (let acts = 0; acts < actsMax; acts++) {
    const step = await Promise.race([stepOf(page), ...(walk.until === undefined ? [] : [walk.until])])
    if (step === undefined) break
    if (walk.at !== undefined && !met.has(step)) {
      met.add(step)
      if (await walk.at(step, page)) continue
    }
    const heard = step === 'unreached' ? [] : await saidOn(page)
    said.push(...heard)
    if (step === goal) {
      const [download] = goal !== 'done' || downloads.length > 0 ? downloads : await pressForFile(page)
      return { said: [...new Set(said)], download }
    }
    // who finds nothing to press after all loads the page again
    await person.act(step, heard.length > 0).catch(async (error: unknown) => {
      if (!(error instanceof errors.TimeoutError)) throw error
      // what is on its way to another page already need not be
      await page.reload().catch(() => undefined)
    })
  }
  throw new Error(`no end so far: ${page.url()}; said: ${said.join(', ')}`)
}

async function pressForFile(page: Page): Promise<Download[]> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('main .button >> visible=true').first().click(),
  ])
  return [download]
}

/** What the person does at each step. */
function newPerson({
  page,
  scripts = true,
  press = (button) => button.click({ timeout: patienceMilliseconds }),
  ...walk
}: Walk) {
  let { file } = walk
  let isPaid = false
  const passwords = [...(walk.passwords ?? [])]
  const pressFirst = (selector: string) => press(page.locator(`${selector} >> visible=true`).first())
  const pressForPage = (selector: string) => navigated(page, () => pressFirst(selector))

  async function choose(isRefused: boolean): Promise<void> {
    if (isRefused && walk.otherFile !== undefined) file = walk.otherFile
    await page.setInputFiles('input[type=file]', file ?? [])
    if (!scripts) return pressForPage('main form .button')
    await page.locator('[data-stage] > *').first().waitFor()
  }

  async function pay(): Promise<void> {
    if (isPaid || walk.pay === undefined) return pressForPage('main form .button')
    isPaid = true
    await walk.pay(page)
    if (!scripts) return pressForPage('main form .button')
    const { waiting } = marks
    await page
      .locator(waiting)
      .waitFor({ state: 'hidden', timeout: newsMilliseconds })
      .catch(() => undefined)
  }

  async function act(step: PageStep, hasHeard: boolean): Promise<void> {
    if (step === 'unreached') return void (await page.reload().catch(() => undefined))
    if (step === 'file') return choose(hasHeard)
    if (step === 'waiting') return pay()
    if (step === 'password') await page.fill('#pdf-password', passwords.shift() ?? '')
    if (step === 'pin') await page.fill('#pin', goodPin)
    if (step === 'said' && walk.otherFile !== undefined) file = walk.otherFile
    if (step === 'pin' && scripts) return pressFirst('[data-stage] form button[type=submit]')
    if (step === 'details' || step === 'password') return pressFirst('[data-stage] form button[type=submit]')
    if (step === 'place' || step === 'said' || step === 'offered') return pressFirst(marks[step])
    if (step === 'review') return pressFirst('[data-stage] > .button')
    if (step === 'orders') return pressForPage('main table a')
    return pressForPage(step === 'paid' || step === 'offline' ? 'main .button' : 'main form button[type=submit]')
  }
  return { act }
}

/** Presses what leads to another page, and waits until that one is there, or is not to be reached. */
async function navigated(page: Page, pressing: () => Promise<void>): Promise<void> {
  const there = Promise.race([
    page.waitForEvent('load', { timeout: patienceMilliseconds }),
    page.waitForEvent('requestfailed', {
      predicate: (request) => request.isNavigationRequest(),
      timeout: patienceMilliseconds,
    }),
  ])
  await Promise.all([pressing(), there])
}
