import type { Desk } from './affix-desk.ts'
import type { Draft } from './affix-draft.ts'
import type { LookedFiles } from './affix-look.ts'
import type { WorkerParts } from './affix-messages.ts'
import type { Stage } from './affix-stage.ts'
import type { Way } from './fetch-transport.ts'
import type { PagePictures } from './page-pictures.ts'
import type { Say } from './words.ts'

export const stepNames = ['details', 'place', 'review', 'pin'] as const
export type StepName = (typeof stepNames)[number]

/** What the steps of the affixing page share, whichever part of its scripts they are in. */
export type AffixPage = {
  readonly root: HTMLElement
  readonly stage: Stage
  readonly say: Say
  readonly way: Way
  /** Holds the first document. */
  readonly worker: Desk | undefined
  readonly workerParts: WorkerParts
  readonly pictures: PagePictures | undefined
  /** Shows pages of this document anew, once they can be drawn. */
  redraw: () => void
  openWorker(): Desk
  go(step: StepName): void
  startAgain(): void
  /** The draft is stamped. */
  finished(): void
  /** What fails by a mistake of ours ends in words too. */
  attempt(work: Promise<void>): void
  showWaiting(words: string, step?: number): void
  /** Begins with something: what was begun before is not of this turn any more. */
  showLooking(): number
  isTurn(turn: number): boolean
  /** Takes up what can be stamped; else says why nothing can, and how to go on: `again` may have a password. */
  takeUp(looked: LookedFiles, on: { count: number; again(password?: string): void }): Draft | undefined
}
