import type { Locator, Page } from 'playwright-core'
import { cutMoments, type Cut } from '../../support/cutting-front.ts'
import { fileOf, freshPdf } from '../../support/fresh-pdf.ts'
import type { SimulatorAct } from '../../../src/purchases/simulator/act-as-payer.ts'
import { cutWords } from './affixing-cuts.ts'
import { followPage, type PageStep, type Walk } from './follow-page.ts'
import type { Scene } from './scene.ts'
import { walkToStamp, type Ended, type Torment } from './torment.ts'

const quantity = 3

/** Pays what this page asks for: another device's network, so that nothing here is cut. */
const payBy =
  (scene: Scene, act: SimulatorAct) =>
  async (page: Page): Promise<void> => {
    const reference = /ord_[0-9a-f]+/.exec(page.url())?.[0] ?? ''
    await scene.web.app.inject({ method: 'POST', url: `/simulator/payments/${reference}`, payload: { act } })
    // who asks at once is told to wait a moment
    if (act === 'pay_silently') await scene.web.db.advance(10)
  }

type Buying = { scripts?: boolean; act?: SimulatorAct; quick?: boolean } & Pick<Walk, 'at' | 'press'>

/** Buys three stamps, with what happens on the way; each payment is credited once. */
async function buy(
  scene: Scene,
  { scripts = true, act = 'pay', ...walk }: Buying,
  before?: (page: Page) => Promise<unknown>,
): Promise<Ended> {
  const { person, context } = await scene.newcomer(0, { scripts })
  const page = await context.newPage()
  await page.goto(`${scene.front.url}/beli?jumlah=${quantity}`)
  await before?.(page)
  const { said } = await followPage({ page, scripts, goal: 'paid', pay: payBy(scene, act), ...walk })
  return { person, bought: quantity, stamped: 0, said }
}

/** Calls of one purchase, in their order. */
const calls: { step: string; cut: Omit<Cut, 'moment'>; scripts?: boolean }[] = [
  { step: 'asking how to pay', cut: { method: 'GET', path: /^\/beli\/cara/ } },
  { step: 'placing the order', cut: { method: 'POST', path: /^\/beli\/cara/ } },
  { step: 'the waiting page', cut: { method: 'GET', path: /^\/beli\/ord_[0-9a-f]+(?:\?|$)/ } },
  { step: 'news of the payment', cut: { path: /\/(?:kabar|keadaan)(?:\?|$)/ } },
]

const cuts = calls.flatMap(({ step, cut }) =>
  cutMoments.flatMap((moment) =>
    [true, false]
      .filter((scripts) => scripts || step !== 'news of the payment')
      .map((scripts): Torment => ({
        harm: `${cutWords[moment]}${scripts ? '' : ', without a script'}`,
        step,
        isQuick: step === 'placing the order' && moment === 'unanswered' && scripts,
        run: (scene) => {
          scene.front.cut({ ...cut, moment, times: 1 })
          return buy(scene, { scripts })
        },
      })),
  ),
)

/** The order is placed again from the page before, because no answer came. */
const placedAgain = cutMoments.map((moment): Torment => ({
  harm: `${cutWords[moment]}, and Back`,
  step: 'placing the order',
  run(scene) {
    scene.front.cut({ method: 'POST', path: /^\/beli\/cara/, moment, times: 1 })
    const at = async (step: PageStep, page: Page) => {
      if (step === 'unreached' || step === 'offline') await page.goBack()
      return step === 'unreached' || step === 'offline'
    }
    return buy(scene, { at })
  },
}))

/** What the world does with the payment and its notification. */
const fates = (['pay_silently', 'pay_and_repeat', 'pay_twice', 'pay_late'] as const).map((act): Torment => ({
  harm: {
    pay_silently: 'the notification never comes',
    pay_and_repeat: 'the notification comes five times, in any order',
    pay_twice: 'the order is paid twice',
    pay_late: 'the money comes late',
  }[act],
  step: 'the notification',
  isQuick: act === 'pay_silently',
  run: (scene) => buy(scene, { act }),
}))

const pressedTwice = [true, false].map((scripts): Torment => ({
  harm: `everything is pressed twice${scripts ? '' : ', without a script'}`,
  step: 'every step',
  run: (scene) => buy(scene, { scripts, press: (button: Locator) => button.dblclick({ timeout: 10_000 }) }),
}))

const pages: Partial<Record<PageStep, string>> = {
  quantity: 'how many',
  method: 'asking how to pay',
  waiting: 'the waiting page',
}

const disturbed = Object.entries(pages).flatMap(([wanted, name]) =>
  (['reload', 'Back'] as const).map((harm): Torment => ({
    harm,
    step: name,
    run: (scene) =>
      buy(scene, {
        at: async (step, page) => {
          if (step !== wanted) return false
          await (harm === 'reload' ? page.reload() : page.goBack())
          if (!page.url().startsWith('http')) await page.goto(`${scene.front.url}/beli?jumlah=${quantity}`)
          return true
        },
      }),
  })),
)

/** The page is closed before the payment, and found again where it says that something waits. */
const closed: Torment = {
  harm: 'the page is closed before it is paid',
  step: 'the waiting page',
  async run(scene) {
    const { person, context } = await scene.newcomer(0)
    const page = await context.newPage()
    await page.goto(`${scene.front.url}/beli?jumlah=${quantity}`)
    await followPage({ page, goal: 'waiting' })
    await page.close()
    const again = await context.newPage()
    await again.goto(`${scene.front.url}/pembelian`)
    const { said } = await followPage({ page: again, goal: 'paid', pay: payBy(scene, 'pay') })
    return { person, bought: quantity, stamped: 0, said }
  },
}

const twoTabs: Torment = {
  harm: 'two tabs wait for the same payment',
  step: 'the waiting page',
  async run(scene) {
    const { person, context } = await scene.newcomer(0)
    const page = await context.newPage()
    await page.goto(`${scene.front.url}/beli?jumlah=${quantity}`)
    await followPage({ page, goal: 'waiting' })
    const other = await context.newPage()
    await other.goto(page.url())
    const [first, second] = await Promise.all([
      followPage({ page, goal: 'paid', pay: payBy(scene, 'pay') }),
      followPage({ page: other, goal: 'paid' }),
    ])
    return { person, bought: quantity, stamped: 0, said: [...first.said, ...second.said] }
  },
}

/** One stamp is ordered for one document on the affixing page, paid, and on it. */
const stampsOnPayment = [undefined, ...cutMoments].flatMap((moment) =>
  ([1, Infinity] as const)
    .filter((times) => moment !== undefined || times === 1)
    .map((times): Torment => ({
      harm:
        moment === undefined
          ? 'everything is pressed twice'
          : `${cutWords[moment]}${times === 1 ? ', once' : ', until the page says so'}`,
      step: 'ordering a stamp for one document',
      isQuick: moment === 'unanswered' && times === 1,
      async run(scene) {
        const { person, context } = await scene.newcomer(0)
        const page = await context.newPage()
        await page.goto(`${scene.front.url}/bubuhkan`)
        const press = (button: Locator) =>
          moment === undefined ? button.dblclick({ timeout: 10_000 }) : button.click({ timeout: 10_000 })
        if (moment !== undefined) scene.front.cut({ method: 'POST', path: /\/v1\/orders$/, moment, times })
        const at = async (step: PageStep) => {
          if (step === 'said' || step === 'unreached' || step === 'offline') scene.front.heal()
          return false
        }
        const file = fileOf(freshPdf())
        const said = await walkToStamp({ page, file }, { at, press, pay: payBy(scene, 'pay') })
        return { person, bought: 1, stamped: 1, said }
      },
    })),
)

/** The network fails around each call of buying, and the world around each payment. */
export const paying: readonly Torment[] = [
  ...cuts,
  ...placedAgain,
  ...fates,
  ...pressedTwice,
  ...disturbed,
  closed,
  twoTabs,
  ...stampsOnPayment,
]
