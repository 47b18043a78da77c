import { cutMoments, type Cut, type CutMoment } from '../../support/cutting-front.ts'
import type { Page } from 'playwright-core'
import type { Scene } from './scene.ts'
import { comeToAffix, endedOnce, walkToStamp, walkUntil, type Torment } from './torment.ts'

/** Calls of one affixing, in their order; `acts` are those that change something. */
const calls: { step: string; acts: boolean; cut: Omit<Cut, 'moment'> }[] = [
  { step: 'loading the page', acts: false, cut: { path: /\/aset\/affix-core/ } },
  { step: 'loading its sentences', acts: false, cut: { path: /\/aset\/kata-affix/ } },
  { step: 'loading the reader', acts: true, cut: { path: /\/aset\/affix-worker/ } },
  { step: 'loading what these share', acts: false, cut: { path: /\/aset\/part-of-affix/ } },
  { step: 'loading what reads words', acts: false, cut: { path: /\/aset\/affix-text/ } },
  { step: 'loading the review', acts: true, cut: { path: /\/aset\/affix-finish/ } },
  { step: 'loading the stamper', acts: true, cut: { path: /\/aset\/affix-stamper/ } },
  { step: 'loading the renderer', acts: false, cut: { path: /\/aset\/pdf/ } },
  { step: 'asking for the quota', acts: false, cut: { path: /\/v1\/quota/ } },
  { step: 'confirming by PIN', acts: true, cut: { path: /\/v1\/pin-confirmations/ } },
  { step: 'reserving', acts: true, cut: { method: 'POST', path: /\/v1\/affixings$/ } },
  { step: 'signing', acts: true, cut: { method: 'PUT', path: /\/signature$/ } },
]

/** What is lost, in words. */
export const cutWords: Record<CutMoment, string> = {
  unsent: 'the call never arrives',
  unanswered: 'the answer never comes',
  halfway: 'the answer breaks off',
}

/** The network is there again as soon as the page has said that it was gone. */
const healWhenSaid = (scene: Scene) => async (step: string) => {
  if (step === 'said') scene.front.heal()
  return false
}

/** One call is lost once. */
const once = calls.flatMap(({ step, cut }) =>
  cutMoments.map((moment): Torment => ({
    harm: `${cutWords[moment]}, once`,
    step,
    ...(moment === 'unanswered' && cut.method !== undefined ? { isQuick: true } : {}),
    async run(scene) {
      const affixer = await comeToAffix(scene)
      const before = scene.front.cuts()
      scene.front.cut({ ...cut, moment, times: 1 })
      const said = await walkToStamp(affixer)
      if (scene.front.cuts() === before) throw new Error('nothing was lost')
      return endedOnce(affixer, said)
    },
  })),
)

/** Every such call is lost until the page says so. */
const untilSaid = calls
  .filter(({ acts }) => acts)
  .flatMap(({ step, cut }) =>
    cutMoments.map((moment): Torment => ({
      harm: `${cutWords[moment]}, until the page says so`,
      step,
      async run(scene) {
        const affixer = await comeToAffix(scene)
        scene.front.cut({ ...cut, moment })
        const said = await walkToStamp(affixer, {
          at: async (now, page) => {
            if (now === 'pin') await healAtNotice(scene, page)
            return healWhenSaid(scene)(now)
          },
        })
        if (!said.includes('affix.unreachable')) throw new Error(`not said: ${said.join(', ')}`)
        return endedOnce(affixer, said)
      },
    })),
  )

/** Where the PIN itself is lost the page says so beside it. */
async function healAtNotice(scene: Scene, page: Page): Promise<void> {
  void page
    .locator('[data-stage] form .notice.bad')
    .waitFor({ timeout: 60_000 })
    .then(
      () => scene.front.heal(),
      () => undefined,
    )
}

/** The person closes the page while a call is lost, and comes back. */
const closed = calls
  .filter(({ acts }) => acts)
  .flatMap(({ step, cut }) =>
    (['unsent', 'unanswered'] as const).flatMap((moment) =>
      (['closed', 'reloaded', 'left by Back'] as const).map((how): Torment => ({
        harm: `${cutWords[moment]}, and the page is ${how}`,
        step,
        ...(step === 'signing' && moment === 'unanswered' && how === 'closed' ? { isQuick: true } : {}),
        async run(scene) {
          const affixer = await comeToAffix(scene)
          const { page, context, file } = affixer
          const { happened } = scene.front.cut({ ...cut, moment })
          await walkUntil(affixer, happened)
          let next = page
          if (how === 'closed') {
            await page.close({ runBeforeUnload: false })
            next = await context.newPage()
          } else if (how === 'reloaded') await page.reload()
          else await page.goto('about:blank')
          scene.front.heal()
          await next.goto(`${scene.front.url}/bubuhkan`)
          const said = await walkToStamp({ page: next, file })
          return endedOnce(affixer, said)
        },
      })),
    ),
  )

/** The network fails around each call of one affixing. */
export const affixingCuts: readonly Torment[] = [...once, ...untilSaid, ...closed]
