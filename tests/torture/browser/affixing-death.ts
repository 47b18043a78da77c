import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKeepingBrowser } from '../../support/browser.ts'
import { fileOf, freshPdf } from '../../support/fresh-pdf.ts'
import { personWith, signInOn, type PortalPerson } from '../../support/portal-person.ts'
import { followPage, type PageStep } from './follow-page.ts'
import type { Scene } from './scene.ts'
import { walkToStamp, type Torment } from './torment.ts'

async function openPhone(scene: Scene, person: PortalPerson, folder: string) {
  const phone = await openKeepingBrowser(folder)
  await signInOn(phone.context, person, [scene.front.url])
  const page = await phone.context.newPage()
  await page.goto(`${scene.front.url}/bubuhkan`)
  return { ...phone, page }
}

const calls = [
  { step: 'reserving', cut: { method: 'POST', path: /\/v1\/affixings$/ } },
  { step: 'signing', cut: { method: 'PUT', path: /\/signature$/ } },
]

/** The phone dies while it affixes, before or after the service has acted; switched on again it offers to go on. */
export const affixingDeath: readonly Torment[] = calls.flatMap(({ step, cut }) =>
  (['unsent', 'unanswered'] as const).map((moment): Torment => ({
    harm: `the phone dies ${moment === 'unsent' ? 'before the service acts' : 'after the service acted'}`,
    step,
    async run(scene) {
      const person = await personWith(scene.web, 2)
      const folder = await mkdtemp(join(tmpdir(), 'openmeterai-phone-'))
      try {
        const file = fileOf(freshPdf(2))
        const { happened } = scene.front.cut({ ...cut, moment })
        const dying = await openPhone(scene, person, folder)
        const walking = followPage({ page: dying.page, file, until: happened }).catch(() => undefined)
        await happened
        await dying.kill()
        await walking
        scene.front.heal()
        const { context, page } = await openPhone(scene, person, folder)
        // it comes a moment after the form for something new, with the part of the page that goes on
        await page.locator('[data-unfinished] .button').first().waitFor()
        const met: PageStep[] = []
        const at = async (now: PageStep) => {
          met.push(now)
          return false
        }
        const said = await walkToStamp({ page, file }, { at })
        await context.close()
        if (met[0] !== 'offered') throw new Error(`not offered again, but ${met.join(', ')}`)
        return { person, bought: 2, stamped: 1, said: ['affix.offerKept', ...said] }
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  })),
)
