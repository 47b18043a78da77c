import type { Quota } from '../../client/account.ts'
import { documentsOf, type Draft } from './affix-draft.ts'
import { makeUnreachable } from './affix-failures.ts'
import { payPath, placeOrder } from './affix-order.ts'
import type { AffixPage } from './affix-page.ts'
import { isLostSession, makePinStep } from './affix-pin.ts'
import { makeLeaving } from './affix-refusals.ts'
import { makeReview, sayAct, sayBuying } from './affix-review.ts'
import { openRunner } from './affix-run.ts'
import { makeUnfinished } from './affix-unfinished.ts'
import { openKept, worksOf } from './affix-works.ts'
import { portalConnection } from './fetch-transport.ts'
import { dropWork, isDone, keepWork, type KeptWork } from './kept-work.ts'
import { find, make, makeNotice } from './make.ts'
import { readQuota } from './own-quota.ts'
import { knowsPasskeys } from './passkey-proof.ts'
import { noteReturn } from './remembered.ts'
import { drawStamp, expectedStamp } from './stamp-drawing.ts'
import { makeThumbnail } from './thumbnail.ts'

/** The steps from the review on; each is shown only once all of this is there, so that nothing has to be loaded after anything is spent. */
export type Finish = {
  review(draft: Draft): void
  pin(draft: Draft): void
  /** What this device keeps, and the keys of what the person comes back to. */
  offer(works: readonly KeptWork[], returning: readonly string[]): void
  /** Draws the stamp to come. */
  drawStamp(canvas: HTMLCanvasElement): void
  /** Between *Bubuhkan* and its end nothing else is shown. */
  isBusy(): boolean
  /** Lets go of the stamped copies, once they are not shown any more. */
  forget(): void
}

/** One for the page. */
export function openFinish(page: AffixPage): Finish {
  const { root, stage, say, way } = page
  const isSignedIn = root.dataset['signedIn'] === 'yes'
  const isSpecimen = root.dataset['specimen'] === 'yes'
  const signInPath = `${root.dataset['signIn'] ?? '/masuk'}?next=/bubuhkan`
  let quota: Quota | undefined
  const runner = openRunner(page, {
    goOn: (works) => page.attempt(goOn(works)),
    finished: () => {
      page.finished()
      void showQuota()
    },
    lost: showLost,
    pay: ({ asked }) => location.assign(payPath(asked?.intent ?? '')),
  })

  function offer(works: readonly KeptWork[], returning: readonly string[]): void {
    // in the order they were chosen
    const isBack = ({ key, step, intent }: KeptWork, noted: string) =>
      (step === 'review' && key === noted) || (intent !== undefined && intent === noted)
    // an order that was paid is noted in this tab and named by the address
    const back = new Set(returning.flatMap((noted) => works.filter((work) => isBack(work, noted))))
    if (back.size > 0) return page.attempt(goOn([...back]))
    const place = find(root, '[data-unfinished]', HTMLElement)
    const show = (left: readonly KeptWork[]) => {
      const discard = (work: KeptWork) => {
        void dropWork(work.key)
        show(left.filter((each) => each !== work))
      }
      const goOnWith = (chosen: readonly KeptWork[]) => page.attempt(goOn(chosen))
      place.replaceChildren(...makeUnfinished(say, left, { goOn: goOnWith, discard }))
    }
    show(works)
  }

  /** Takes up what this device keeps: at the review where nothing was asked yet, else where it broke off. */
  async function goOn(works: readonly KeptWork[], password?: string): Promise<void> {
    const turn = page.showLooking()
    const looked = await openKept(page.openWorker(), works, { parts: page.workerParts, password })
    if (!page.isTurn(turn)) return
    const again = (typed = password) => page.attempt(goOn(works, typed))
    const draft = page.takeUp(looked, { count: works.length, again })
    if (draft === undefined) return
    if (works.some(({ step }) => step === 'review')) return page.go('review')
    await runner.run(draft, works, true)
  }

  function review(draft: Draft): void {
    const picture = make('canvas')
    const { place, looked, others } = draft
    const size = looked.document.pages[place.page - 1] ?? { width: 595, height: 842 }
    const thumbnail = makeThumbnail(picture, { place, size, specimen: isSpecimen, says: say('affix.thumbnail') })
    const goTo = (step: 'pin', shared: boolean, isBuying: boolean) => {
      draft.shared = shared
      draft.isBuying = isBuying
      page.go(step)
    }
    const leaveFor = (path: string) => (shared: boolean) => {
      draft.shared = shared
      page.attempt(leave(draft, path))
    }
    const view = makeReview(say, draft, {
      thumbnail,
      quota,
      isSignedIn,
      change: (step) => page.go(step),
      affix: (shared) => goTo('pin', shared, false),
      signIn: leaveFor(signInPath),
      buy: (stamps, shared) => {
        const isMany = stamps > 1 || others.length > 0
        if (isMany) leaveFor(`/beli?jumlah=${stamps}&kembali=/bubuhkan`)(shared)
        else goTo('pin', shared, true)
      },
    })
    stage.show(view.nodes, 3)
    page.redraw = () => void page.pictures?.draw(place.page, picture, 320).catch(() => undefined)
    page.redraw()
    if (isSignedIn) void showQuota(view.showQuota)
  }

  /** The quota comes when it comes; the review stands without it. */
  async function showQuota(show?: (quota: Quota) => void): Promise<void> {
    quota = (await readQuota(way, say)) ?? quota
    if (quota !== undefined) show?.(quota)
  }

  function pin(draft: Draft): void {
    const documents = documentsOf(draft)
    const { demoPin, passkey } = root.dataset
    const nodes = makePinStep({
      say,
      connection: portalConnection(way),
      sourceSha256s: worksOf(draft, Date.now()).map(({ sha256 }) => sha256),
      hasPasskey: passkey === 'yes' && knowsPasskeys(),
      hint: demoPin === undefined ? say('affix.pinHint') : say('demo.pin', { pin: demoPin }),
      act: draft.isBuying === true ? sayBuying(say, 1) : sayAct(say, documents.length),
      confirmed: (authorization) => {
        draft.authorization = authorization
        page.attempt(draft.isBuying === true ? order(draft) : runner.affix(draft))
      },
      leave: (path) => page.attempt(leave(draft, path)),
      lost: () => showLost(draft),
    })
    stage.show(nodes, 3)
  }

  /** The session is over: what was chosen waits on this device until the person is back. */
  function showLost(draft: Draft): void {
    const signIn = () => page.attempt(leave(draft, signInPath))
    const words = [make('p', {}, say('affix.lostSession')), make('p', {}, say('affix.nothingLost'))]
    const button = make('button', { type: 'button', class: 'button', click: signIn }, say('affix.signInAgain'))
    stage.show([makeNotice('warn', ...words), button], 3)
  }

  /** Orders the one stamp that is missing, for just this document, and goes to pay it: once it is paid no other confirmation is needed. */
  async function order(draft: Draft): Promise<void> {
    const [work] = worksOf(draft, Date.now())
    const { authorization, looked } = draft
    if (work === undefined || authorization === undefined) return review(draft)
    page.showWaiting('affix.ordering', 3)
    const ordered = await placeOrder(portalConnection(way), { work, looked, authorization })
    if (!ordered.ok && ordered.refusal.code === 'service_unreachable') {
      const tryAgain = () => page.attempt(order(draft))
      return stage.show(makeUnreachable(say, { tryAgain, otherFile: () => page.startAgain() }), 3)
    }
    if (!ordered.ok && isLostSession(ordered.refusal)) return showLost(draft)
    // what keeps the order from being placed, the page that sells stamps says better
    if (!ordered.ok) return leave(draft, '/beli?jumlah=1&kembali=/bubuhkan')
    const { orderId } = ordered
    if (draft.asked !== undefined) draft.asked.intent = orderId
    if (!draft.shared) await isDone(keepWork({ ...work, intent: orderId }))
    noteReturn([orderId])
    location.assign(payPath(orderId))
  }

  /** Leaves for another page of ours with everything kept, so that the person comes back to where they were. */
  async function leave(draft: Draft, path: string): Promise<void> {
    const works = worksOf(draft, Date.now())
    // a password is never kept, and on a shared device nothing is
    const mayKeep = !draft.shared
    const isKept = mayKeep && (await isDone(Promise.all(works.map((work) => keepWork({ ...work, step: 'review' })))))
    const go = () => location.assign(path)
    if (isKept) {
      noteReturn(works.map(({ key }) => key))
      return go()
    }
    stage.show(makeLeaving(say, draft.shared, { go, back: () => review(draft) }), 3)
  }

  return {
    review,
    pin,
    offer,
    drawStamp: (canvas) => drawStamp(canvas, expectedStamp(isSpecimen)),
    isBusy: () => runner.isBusy(),
    forget: () => runner.forget(),
  }
}
