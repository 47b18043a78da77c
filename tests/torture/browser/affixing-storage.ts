import type { Page } from 'playwright-core'
import { text } from '../../../src/base/text.ts'
import { fileOf, freshPdf } from '../../support/fresh-pdf.ts'
import { visit } from '../../support/journey.ts'
import { personWith, signInOn } from '../../support/portal-person.ts'
import { followPage } from './follow-page.ts'
import { comeToAffix, endedOnce, walkToStamp, type Torment } from './torment.ts'

/** Nothing may be kept: whatever is asked for throws, as in a browser whose owner forbade it. */
const forbid = `for (const name of ['indexedDB', 'localStorage', 'sessionStorage', 'caches'])
  Object.defineProperty(globalThis, name, { get() { throw new DOMException('forbidden', 'SecurityError') } })`
/** The store neither opens nor says why, as after a crash of the browser's own. */
const silence = 'IDBFactory.prototype.open = IDBFactory.prototype.deleteDatabase = () => new EventTarget()'

/** A page that finds its device so; what it may write is bounded in bytes. */
async function spoil(page: Page, how: { script: string } | { bytes: number }): Promise<void> {
  if ('script' in how) await page.addInitScript(how.script)
  else {
    const session = await page.context().newCDPSession(page)
    const { origin } = new URL(page.url())
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: how.bytes })
  }
  await page.reload()
}

const devices = [
  { harm: 'storage is forbidden', isQuick: true, how: { script: forbid } },
  { harm: 'storage never answers', isQuick: false, how: { script: silence } },
  { harm: 'storage is full', isQuick: false, how: { bytes: 1 } },
]

/** The page says that this device keeps nothing, while it affixes; the first signature is lost on its way back. */
const onPage = devices.map(({ harm, how, isQuick }): Torment => ({
  harm: `${harm}, and an answer is lost`,
  step: 'signing',
  isQuick,
  async run(scene) {
    const affixer = await comeToAffix(scene)
    await spoil(affixer.page, how)
    scene.front.cut({ method: 'PUT', path: /\/signature$/, moment: 'unanswered', times: 1 })
    // looked for in each frame: the page may be done within a blink
    const warned = affixer.page.waitForFunction(
      (words) => document.body.textContent?.includes(words),
      text('id', 'affix.notKept'),
    )
    const [said] = await Promise.all([walkToStamp(affixer), warned])
    return endedOnce(affixer, ['affix.notKept', ...said])
  },
}))

/** What broke off where nothing was kept is found again by the same file. */
const gone = devices.map(({ harm, how }): Torment => ({
  harm: `${harm}, and the page is closed`,
  step: 'signing',
  async run(scene) {
    const affixer = await comeToAffix(scene)
    const { page, context } = affixer
    await spoil(page, how)
    const { happened } = scene.front.cut({ method: 'PUT', path: /\/signature$/, moment: 'unanswered' })
    await Promise.all([happened, followPage({ ...affixer, until: happened }).catch(() => undefined)])
    await page.close({ runBeforeUnload: false })
    scene.front.heal()
    const again = await context.newPage()
    await again.goto(`${scene.front.url}/bubuhkan`)
    return endedOnce(affixer, await walkToStamp({ ...affixer, page: again }))
  },
}))

/** A stranger chooses first: before they leave to sign in the page says that the file has to be chosen again. */
const strangers = devices.map(({ harm, how }): Torment => ({
  harm,
  step: 'leaving to sign in',
  async run(scene) {
    const person = await personWith(scene.web, 2)
    const { page, context } = await visit(scene.browser)
    await page.goto(`${scene.front.url}/bubuhkan`)
    await spoil(page, how)
    const file = fileOf(freshPdf())
    await followPage({ page, file, goal: 'review' })
    await page.click('[data-stage] > .button')
    await page.getByText(text('id', 'affix.leaveNotKept')).waitFor()
    await page.click('[data-stage] .acts .button')
    await page.waitForURL(/\/masuk/)
    await signInOn(context, person, [scene.front.url])
    await page.goto(`${scene.front.url}/bubuhkan`)
    const said = await walkToStamp({ page, file })
    await context.close()
    return { person, bought: 2, stamped: 1, said: ['affix.leaveNotKept', ...said] }
  },
}))

/** Devices that keep nothing. */
export const affixingStorage: readonly Torment[] = [...onPage, ...gone, ...strangers]
