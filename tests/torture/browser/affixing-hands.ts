import { EventEmitter, once } from 'node:events'
import type { Locator, Page } from 'playwright-core'
import { followPage, type PageStep } from './follow-page.ts'
import { comeToAffix, endedOnce, walkToStamp, walkUntil, type Affixer, type Torment } from './torment.ts'

const onPage: Partial<Record<PageStep, string>> = {
  file: 'choosing the file',
  details: 'details',
  place: 'place',
  review: 'review',
  pin: 'PIN',
  done: 'done',
}
const inForm: Partial<Record<PageStep, string>> = {
  file: 'choosing the file',
  form: 'details',
  pin: 'review and PIN',
  done: 'done',
}

/** Presses twice, as impatient fingers do. */
const pressTwice = (button: Locator) => button.dblclick({ timeout: 10_000 })

/** Happens once, when the person comes to this step. */
const happensAt = (wanted: string, harm: (page: Page) => Promise<unknown>) => async (step: PageStep, page: Page) => {
  if (step !== wanted) return false
  await harm(page)
  return true
}

/** Back; where that leads out of the service, the person opens the page again. */
async function goBack(page: Page): Promise<void> {
  const { href } = new URL('/bubuhkan', page.url())
  await page.goBack()
  if (!page.url().startsWith('http')) await page.goto(href)
}

const waysAway: { harm: string; act: (page: Page) => Promise<unknown> }[] = [
  { harm: 'reload', act: (page) => page.reload() },
  { harm: 'Back', act: goBack },
  { harm: 'Back twice', act: (page) => goBack(page).then(() => goBack(page)) },
]

const disturbed = [true, false].flatMap((scripts) =>
  Object.entries(scripts ? onPage : inForm).flatMap(([step, name]) =>
    waysAway.map(({ harm, act }): Torment => ({
      harm: `${harm}${scripts ? '' : ', without a script'}`,
      step: name,
      ...(harm === 'reload' && step === 'pin' ? { isQuick: true } : {}),
      async run(scene) {
        const affixer = await comeToAffix(scene, { scripts })
        return endedOnce(affixer, await walkToStamp(affixer, { scripts, at: happensAt(step, act) }))
      },
    })),
  ),
)

const pressedTwice = [true, false].map((scripts): Torment => ({
  harm: `everything is pressed twice${scripts ? '' : ', without a script'}`,
  step: 'every step',
  isQuick: !scripts,
  async run(scene) {
    const affixer = await comeToAffix(scene, { scripts })
    return endedOnce(affixer, await walkToStamp(affixer, { scripts, press: pressTwice }))
  },
}))

/** Resolves for each of two once both are there. */
function meeting(): () => Promise<void> {
  let arrived = 0
  const bell = new EventEmitter()
  const both = once(bell, 'both')
  return async () => {
    if (++arrived === 2) bell.emit('both')
    await both
  }
}

/** Both tabs confirm at the same moment. */
const meetAtPin = (meet: () => Promise<void>) => async (step: PageStep) => {
  if (step === 'pin') await meet()
  return false
}

async function walkBoth(tabs: readonly Pick<Affixer, 'page' | 'file'>[], scripts: boolean): Promise<string[]> {
  const at = meetAtPin(meeting())
  return (await Promise.all(tabs.map((tab) => walkToStamp(tab, { scripts, at })))).flat()
}

const twoTabs: Torment[] = [
  {
    harm: 'the same document in two tabs, confirmed at the same moment',
    step: 'PIN',
    isQuick: true,
    async run(scene) {
      const affixer = await comeToAffix(scene)
      const other = await affixer.context.newPage()
      await other.goto(affixer.page.url())
      return endedOnce(affixer, await walkBoth([affixer, { ...affixer, page: other }], true))
    },
  },
  {
    harm: 'the same form in two tabs, sent at the same moment, without a script',
    step: 'PIN',
    async run(scene) {
      const affixer = await comeToAffix(scene, { scripts: false })
      const { page, context } = affixer
      await followPage({ ...affixer, scripts: false, goal: 'pin' })
      const other = await context.newPage()
      await other.goto(page.url())
      return endedOnce(affixer, await walkBoth([affixer, { ...affixer, page: other }], false))
    },
  },
  {
    harm: 'what broke off is gone on with in two tabs',
    step: 'signing',
    async run(scene) {
      const affixer = await comeToAffix(scene)
      const { page, context } = affixer
      const { happened } = scene.front.cut({ method: 'PUT', path: /\/signature$/, moment: 'unsent' })
      await walkUntil(affixer, happened)
      await page.close({ runBeforeUnload: false })
      scene.front.heal()
      const tabs = await Promise.all([context.newPage(), context.newPage()])
      await Promise.all(tabs.map((tab) => tab.goto(`${scene.front.url}/bubuhkan`)))
      return endedOnce(
        affixer,
        await walkBoth(
          tabs.map((tab) => ({ ...affixer, page: tab })),
          true,
        ),
      )
    },
  },
]

/** Impatient hands, going back and forth, and two tabs. */
export const affixingHands: readonly Torment[] = [...pressedTwice, ...disturbed, ...twoTabs]
