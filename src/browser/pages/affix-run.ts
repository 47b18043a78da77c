import type { Refusal } from '../../errors.ts'
import { makeDone, stampedName } from './affix-done.ts'
import type { Draft } from './affix-draft.ts'
import { makeFailure } from './affix-failures.ts'
import type { FromAffix, StampedCopy } from './affix-messages.ts'
import type { AffixPage } from './affix-page.ts'
import { isLostSession } from './affix-pin.ts'
import { makeProgress } from './affix-progress.ts'
import { makeRefusal } from './affix-refusals.ts'
import { affixSeries, makeSeriesDone, makeSeriesProgress, type SeriesEnd } from './affix-series.ts'
import { worksOf } from './affix-works.ts'
import { dropWork, isDone, keepWork, type KeptWork } from './kept-work.ts'

/** What comes of the act. */
type RunnerHeard = {
  goOn(works: readonly KeptWork[]): void
  finished(): void
  lost(draft: Draft): void
  /** To the payment page of the order that was placed for this. */
  pay(draft: Draft): void
}

/** From *Bubuhkan* to the file, or to what stands in the way and how to go on. */
export type Runner = {
  affix(draft: Draft): Promise<void>
  /** Goes on with what was begun before; `isKept`: this device has it. */
  run(draft: Draft, works: readonly KeptWork[], isKept: boolean): Promise<void>
  /** Between *Bubuhkan* and its end nothing else is shown. */
  isBusy(): boolean
  /** Lets go of the stamped copies, once they are not shown any more. */
  forget(): void
}

/** One for the page. */
export function openRunner(page: AffixPage, on: RunnerHeard): Runner {
  const { root, stage, say, way } = page
  let isBusy = false
  /** Where stamped copies lie for their download. */
  let addresses: string[] = []

  async function affix(draft: Draft): Promise<void> {
    if (isBusy) return
    const works = worksOf(draft, Date.now())
    isBusy = true
    const isKept = !draft.shared && (await isDone(Promise.all(works.map(keepWork))))
    await run(draft, works, isKept)
  }

  async function run(draft: Draft, works: readonly KeptWork[], isKept: boolean): Promise<void> {
    isBusy = true
    const keeps = say(draft.shared ? 'affix.keptNothing' : isKept ? 'affix.kept' : 'affix.notKept')
    const [work, ...others] = works
    try {
      if (work === undefined || others.length > 0) await runSeries(draft, works, { keeps, isKept })
      else await runOne(draft, work, { keeps, isKept })
    } finally {
      isBusy = false
    }
  }

  async function runOne(draft: Draft, work: KeptWork, how: { keeps: string; isKept: boolean }): Promise<void> {
    const view = makeProgress(say, how.keeps)
    stage.show(view.nodes, 3)
    const { facts, placement, key, additional } = work
    const { authorization } = draft
    const told = await page.worker?.ask(
      { kind: 'affix', way, facts, placement, key, additional, authorization, intent: work.intent },
      (onTheWay) => {
        if (onTheWay.kind === 'step') view.step(onTheWay.step)
        else if (how.isKept) void keepWork({ ...work, affixingId: onTheWay.affixingId }).catch(() => undefined)
      },
    )
    isBusy = false
    showOutcome(draft, told)
  }

  async function runSeries(
    draft: Draft,
    works: readonly KeptWork[],
    { keeps, isKept }: { keeps: string; isKept: boolean },
  ): Promise<void> {
    const view = makeSeriesProgress(say, works, keeps)
    stage.show(view.nodes, 3)
    const { worker = '' } = root.dataset
    const given = { worker, parts: page.workerParts, way, authorization: draft.authorization, keeps: isKept }
    const ends = await affixSeries(works, given, (so) => view.show(so))
    isBusy = false
    if (ends.some(({ copy }) => copy !== undefined)) return showSeries(ends)
    refuse(draft, ends[0]?.refusal ?? { code: 'internal' })
  }

  function showSeries(ends: readonly SeriesEnd[]): void {
    on.finished()
    history.replaceState(null, '', '#done')
    const view = makeSeriesDone(say, ends, {
      saved: ({ key }) => void dropWork(key),
      goOn: (work) => on.goOn([work]),
      again: () => page.startAgain(),
    })
    addresses = view.addresses
    stage.show(view.nodes, 4)
  }

  function showOutcome(draft: Draft, told: FromAffix | undefined): void {
    if (told?.kind === 'stamped') return showDone(draft, told.copy)
    if (told?.kind === 'refused') return refuse(draft, told.refusal)
    stage.show(makeFailure(say, { code: 'internal' }, () => page.startAgain()))
  }

  function showDone(draft: Draft, copy: StampedCopy): void {
    const key = draft.asked?.key ?? ''
    const isInApp = root.dataset['inApp'] === 'yes'
    const drop = () => void dropWork(key)
    const address = URL.createObjectURL(new Blob([draft.file, copy.tail], { type: 'application/pdf' }))
    on.finished()
    addresses = [address]
    history.replaceState(null, '', '#done')
    const again = () => {
      drop()
      page.startAgain()
    }
    const view = makeDone(say, {
      copy,
      address,
      name: stampedName(draft.name),
      isInApp,
      saved: isInApp ? () => undefined : drop,
      again,
    })
    stage.show(view.nodes, 4)
    // it starts by itself; the button stays for browsers that do not let it
    view.download()
  }

  function refuse(draft: Draft, refusal: Refusal): void {
    if (isLostSession(refusal)) return on.lost(draft)
    // what was confirmed lapsed, or was never asked for: a stamp that was begun long ago needs the PIN again
    if (refusal.code === 'authorization_missing' || refusal.code === 'authorization_unusable') return page.go('pin')
    // the order was used, or is for something else by now: the PIN confirms instead
    if (['intent_used', 'intent_lapsed', 'intent_differs'].includes(refusal.code) && draft.asked !== undefined) {
      delete draft.asked.intent
      return page.go('pin')
    }
    const shown = makeRefusal(say, refusal, {
      tryAgain: () => page.attempt(affix(draft)),
      otherFile: () => page.startAgain(),
      changePlace: () => page.go('place'),
      oneMore: () => {
        draft.additional = true
        page.go('review')
      },
      rebuild: (affixingId) => page.attempt(rebuild(draft, affixingId)),
      review: () => page.go('review'),
      pay: () => on.pay(draft),
    })
    stage.show(shown, 3)
  }

  async function rebuild(draft: Draft, affixingId: string): Promise<void> {
    showOutcome(draft, await page.worker?.ask({ kind: 'rebuild', way, affixingId }))
  }

  return {
    affix,
    run,
    isBusy: () => isBusy,
    forget() {
      for (const address of addresses) URL.revokeObjectURL(address)
      addresses = []
    },
  }
}
