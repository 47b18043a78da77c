import type { AffixStep } from './affix-messages.ts'
import { make, makeHeading, makeIcon } from './make.ts'
import type { Say } from './words.ts'

const progressSteps = ['reserving', 'placing', 'signing', 'embedding'] as const

/** What goes on, in words; `step` moves on. */
export function makeProgress(say: Say, keeps: string): { nodes: Node[]; step(step: AffixStep): void } {
  const list = make('ol', { class: 'progress', 'aria-live': 'polite' })
  const show = (step: AffixStep) => {
    const now = progressSteps.findIndex((each) => each === (step === 'waiting' ? 'signing' : step))
    list.replaceChildren(
      ...progressSteps.map((each, at) => {
        const words = at === now && step === 'waiting' ? say('affix.progress.waiting') : say(`affix.progress.${each}`)
        const state = at < now ? 'done' : at === now ? 'now' : 'later'
        return make('li', { class: state }, makeIcon(at < now ? 'good' : 'wait', 20), words)
      }),
    )
  }
  show('reserving')
  return { nodes: [makeHeading(say('affix.progressHeading')), list, make('p', { class: 'soft' }, keeps)], step: show }
}
