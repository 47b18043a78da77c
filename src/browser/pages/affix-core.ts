import type { Quota } from '../../client/account.ts'
import { placementOf } from '../../client/stamp-places.ts'
import type { Refusal } from '../../errors.ts'
import { openDesk, type Desk } from './affix-desk.ts'
import { documentsOf, type Draft, worksOf } from './affix-draft.ts'
import { lookAtFiles, openKept, type LookedFiles } from './affix-look.ts'
import { makePhotoOrder } from './affix-photos.ts'
import { isLostSession, makePinStep } from './affix-pin.ts'
import { makeFailure, makeLeaving, makePasswordForm, makeUnreachable } from './affix-refusals.ts'
import { payPath, placeOrder } from './affix-order.ts'
import { makeReview, sayAct, sayBuying } from './affix-review.ts'
import { openRunner, type Runner } from './affix-run.ts'
import { openStage, type Stage } from './affix-stage.ts'
import { makeDetails, makeUnfinished, type LeftOut } from './affix-views.ts'
import { isPhoto, pdfOfPhotos } from './chosen-file.ts'
import { portalConnection, type Way } from './fetch-transport.ts'
import { dropWork, isDone, keepWork, type KeptWork } from './kept-work.ts'
import { find, make, makeIcon, makeNotice } from './make.ts'
import { readQuota } from './own-quota.ts'
import { openPagePictures, type PagePictures } from './page-pictures.ts'
import { makePlaceStep } from './place-step.ts'
import { makeThumbnail } from './place-view.ts'
import { knowsPasskeys } from './passkey-proof.ts'
import { noteReturn } from './remembered.ts'
import { fetchWords, type Say } from './words.ts'

const stepNames = ['details', 'place', 'review', 'pin'] as const
type StepName = (typeof stepNames)[number]

/** The affixing of documents on this page. `offer`: what this device keeps, and the keys of what the person comes back to. */
export type PageAffixing = {
  choose(files: readonly File[]): void
  offer(works: readonly KeptWork[], returning: readonly string[]): void
}

/** Takes the page over: `desk` is the element that says where everything lies. */
export async function openAffixing(desk: HTMLElement): Promise<PageAffixing> {
  const say = await fetchWords(desk.dataset['words'] ?? '')
  return new Affixing(desk, say)
}

class Affixing implements PageAffixing {
  private readonly root: HTMLElement
  private readonly stage: Stage
  private readonly say: Say
  private readonly way: Way
  private readonly isSignedIn: boolean
  private readonly isSpecimen: boolean
  private worker: Desk | undefined
  /** Counts what was chosen or taken up: what an earlier choice still does comes to nothing. */
  private turn = 0
  /** What shows pages of this document, where they are awaited. */
  private redraw: () => void = () => undefined
  private readonly runner: Runner
  private pictures: PagePictures | undefined
  private draft: Draft | undefined
  private isMade = false
  private leftOut: readonly LeftOut[] = []
  private quota: Quota | undefined

  constructor(root: HTMLElement, say: Say) {
    this.root = root
    this.stage = openStage(root)
    this.say = say
    this.way = { csrf: root.dataset['csrf'] ?? '' }
    this.isSignedIn = root.dataset['signedIn'] === 'yes'
    this.isSpecimen = root.dataset['specimen'] === 'yes'
    const { stage, way } = this
    this.runner = openRunner({
      root,
      stage,
      say,
      way,
      worker: () => this.worker,
      go: (step) => this.go(step),
      goOn: (works) => this.attempt(this.goOn(works)),
      finished: () => {
        this.draft = undefined
        void this.showQuota()
      },
      lost: (draft) => this.showLost(draft),
      pay: ({ asked }) => location.assign(payPath(asked?.intent ?? '')),
      startAgain: () => this.startAgain(),
      attempt: (work) => this.attempt(work),
    })
    addEventListener('popstate', () => this.showStep(location.hash.slice(1)))
    // leaving in the middle loses nothing, but the person should know that it is not done
    addEventListener('beforeunload', (event) => {
      if (this.runner.isBusy()) event.preventDefault()
    })
  }

  choose(files: readonly File[]): void {
    if (this.runner.isBusy()) return
    this.attempt(this.take(files))
  }

  offer(works: readonly KeptWork[], returning: readonly string[]): void {
    // in the order they were chosen
    const isBack = ({ key, step, intent }: KeptWork, noted: string) =>
      (step === 'review' && key === noted) || (intent !== undefined && intent === noted)
    // an order that was paid is noted in this tab and named by the address
    const back = new Set(returning.flatMap((noted) => works.filter((work) => isBack(work, noted))))
    if (back.size > 0) return this.attempt(this.goOn([...back]))
    const place = find(this.root, '[data-unfinished]', HTMLElement)
    const show = (left: readonly KeptWork[]) => {
      const discard = (work: KeptWork) => {
        void dropWork(work.key)
        show(left.filter((each) => each !== work))
      }
      const goOn = (chosen: readonly KeptWork[]) => this.attempt(this.goOn(chosen))
      place.replaceChildren(...makeUnfinished(this.say, left, { goOn, discard }))
    }
    show(works)
  }

  /** What fails by a mistake of ours ends in words too. */
  private attempt(work: Promise<void>): void {
    work.catch(() => this.refuse({ code: 'internal' }))
  }

  private async take(files: readonly File[]): Promise<void> {
    const photos = files.filter(isPhoto)
    const others = files.filter((file) => !isPhoto(file))
    if (photos.length < 2) return this.takeAll(others, photos)
    const done = (ordered: readonly File[]) => this.attempt(this.takeAll(others, ordered))
    this.stage.show(makePhotoOrder(this.say, photos, done))
  }

  private async takeAll(files: readonly File[], photos: readonly File[]): Promise<void> {
    this.showLooking()
    const turn = ++this.turn
    const made = photos.length === 0 ? [] : [await pdfOfPhotos(photos)]
    if (made.includes(undefined)) return this.refuse({ code: 'not_a_pdf' })
    const chosen = [...made.filter((file) => file !== undefined), ...files]
    await this.look(turn, chosen, made.length > 0)
  }

  private showLooking(): void {
    this.showWaiting('affix.looking')
  }

  private showWaiting(words: string, step = 0): void {
    this.stage.show([make('p', { role: 'status' }, makeIcon('wait', 20), ` ${this.say(words)}`)], step)
  }

  private openWorker(): Desk {
    this.worker?.close()
    this.worker = openDesk(this.root.dataset['worker'] ?? '')
    return this.worker
  }

  private async look(turn: number, files: readonly File[], isMade: boolean, password?: string): Promise<void> {
    const verifier = this.root.dataset['verifier'] ?? ''
    const looked = await lookAtFiles(this.openWorker(), files, { verifier, password })
    // another file was chosen meanwhile
    if (turn !== this.turn) return
    this.begin(looked, files, isMade)
  }

  private begin(looked: LookedFiles, files: readonly File[], isMade: boolean): void {
    const { draft, leftOut } = looked
    if (draft === undefined) {
      const refusal = firstRefusal(leftOut)
      const open = (password: string) => {
        this.showLooking()
        this.attempt(this.look(++this.turn, files, isMade, password))
      }
      return this.refuseFile(refusal, files.length === 1 ? open : undefined)
    }
    this.isMade = isMade
    this.leftOut = leftOut
    this.hold(draft)
    this.go('details')
  }

  private hold(draft: Draft): void {
    this.draft = draft
    void this.loadPictures(draft)
  }

  /** The renderer is large and comes while the person types; without it the stamp is placed on an empty sheet. */
  private async loadPictures(draft: Draft): Promise<void> {
    this.pictures?.close()
    this.pictures = undefined
    const places = {
      module: this.root.dataset['renderer'] ?? '',
      worker: this.root.dataset['rendererWorker'] ?? '',
      files: this.root.dataset['rendererFiles'] ?? '',
    }
    const pictures = await openPagePictures(draft.file, { places, password: draft.password }).catch(() => undefined)
    if (this.draft !== draft) return pictures?.close()
    this.pictures = pictures
    this.redraw()
  }

  private go(step: StepName): void {
    history.pushState(null, '', `#${step}`)
    this.showStep(step)
  }

  private showStep(name: string): void {
    const { draft } = this
    const step = stepNames.find((each) => each === name)
    if (this.runner.isBusy()) return
    if (draft === undefined || step === undefined) {
      if (name === '') this.startAgain()
      return
    }
    this.redraw = () => undefined
    if (step === 'details') this.showDetails(draft)
    else if (step === 'place') this.showPlace(draft)
    else if (step === 'review') this.showReview(draft)
    else this.showPin(draft)
  }

  private showDetails(draft: Draft): void {
    const { isMade, leftOut } = this
    const nodes = makeDetails(this.say, draft, {
      isMade,
      leftOut,
      done: (facts, sendName) => {
        draft.facts = facts
        draft.sendName = sendName
        this.go('place')
      },
    })
    this.stage.show(nodes, 1)
  }

  private showPlace(draft: Draft): void {
    const step = makePlaceStep(this.say, draft, {
      pictures: () => this.pictures,
      specimen: this.isSpecimen,
      rulePicture: this.root.dataset['rule'] ?? '',
      look: (place) => this.worker?.ask({ kind: 'place', placement: placementOf(place) }) ?? Promise.resolve(undefined),
      next: () => this.go('review'),
    })
    this.stage.show(step.nodes, 2)
    this.redraw = () => step.draw()
    step.draw()
  }

  private showReview(draft: Draft): void {
    const picture = make('canvas')
    const size = draft.looked.document.pages[draft.place.page - 1] ?? { width: 595, height: 842 }
    const { place } = draft
    const says = this.say('affix.thumbnail')
    const thumbnail = makeThumbnail(picture, { place, size, specimen: this.isSpecimen, says })
    const leave = (path: string) => (shared: boolean) => {
      draft.shared = shared
      this.attempt(this.leave(draft, path))
    }
    const view = makeReview(this.say, draft, {
      thumbnail,
      quota: this.quota,
      isSignedIn: this.isSignedIn,
      change: (step) => this.go(step),
      affix: (shared) => {
        draft.shared = shared
        draft.isBuying = false
        this.go('pin')
      },
      signIn: leave(this.signInPath()),
      buy: (stamps, shared) => {
        if (stamps > 1 || draft.others.length > 0) return leave(`/beli?jumlah=${stamps}&kembali=/bubuhkan`)(shared)
        draft.shared = shared
        draft.isBuying = true
        this.go('pin')
      },
    })
    this.stage.show(view.nodes, 3)
    this.redraw = () => void this.pictures?.draw(draft.place.page, picture, 320).catch(() => undefined)
    this.redraw()
    if (this.isSignedIn) void this.showQuota(view.showQuota)
  }

  /** The quota comes when it comes; the review stands without it. */
  private async showQuota(show?: (quota: Quota) => void): Promise<void> {
    this.quota = (await readQuota(this.way, this.say)) ?? this.quota
    if (this.quota !== undefined) show?.(this.quota)
  }

  private showPin(draft: Draft): void {
    const documents = documentsOf(draft)
    const { demoPin, passkey } = this.root.dataset
    const nodes = makePinStep({
      say: this.say,
      connection: portalConnection(this.way),
      sourceSha256s: documents.map(({ looked }) => looked.sha256),
      hasPasskey: passkey === 'yes' && knowsPasskeys(),
      hint: demoPin === undefined ? this.say('affix.pinHint') : this.say('demo.pin', { pin: demoPin }),
      act: draft.isBuying === true ? sayBuying(this.say, 1) : sayAct(this.say, documents.length),
      confirmed: (authorization) => {
        draft.authorization = authorization
        this.attempt(draft.isBuying === true ? this.order(draft) : this.runner.affix(draft))
      },
      leave: (path) => this.attempt(this.leave(draft, path)),
      lost: () => this.showLost(draft),
    })
    this.stage.show(nodes, 3)
  }

  /** The session is over: what was chosen waits on this device until the person is back. */
  private showLost(draft: Draft): void {
    const goOn = () => this.attempt(this.leave(draft, this.signInPath()))
    const words = [make('p', {}, this.say('affix.lostSession')), make('p', {}, this.say('affix.nothingLost'))]
    const button = make('button', { type: 'button', class: 'button', click: goOn }, this.say('affix.signInAgain'))
    this.stage.show([makeNotice('warn', ...words), button], 3)
  }

  /** Orders the one stamp that is missing, for just this document, and goes to pay it: once it is paid no other confirmation is needed. */
  private async order(draft: Draft): Promise<void> {
    const [work] = worksOf(draft, Date.now())
    const { authorization, looked } = draft
    if (work === undefined || authorization === undefined) return this.showReview(draft)
    this.showWaiting('affix.ordering', 3)
    const ordered = await placeOrder(portalConnection(this.way), { work, looked, authorization })
    if (!ordered.ok && ordered.refusal.code === 'service_unreachable')
      return this.stage.show(
        makeUnreachable(this.say, {
          tryAgain: () => this.attempt(this.order(draft)),
          otherFile: () => this.startAgain(),
        }),
        3,
      )
    if (!ordered.ok && isLostSession(ordered.refusal)) return this.showLost(draft)
    // what keeps the order from being placed, the page that sells stamps says better
    if (!ordered.ok) return this.leave(draft, '/beli?jumlah=1&kembali=/bubuhkan')
    const { orderId } = ordered
    if (draft.asked !== undefined) draft.asked.intent = orderId
    if (!draft.shared) await isDone(keepWork({ ...work, intent: orderId }))
    noteReturn([orderId])
    location.assign(payPath(orderId))
  }

  private signInPath(): string {
    return `${this.root.dataset['signIn'] ?? '/masuk'}?next=/bubuhkan`
  }

  /** Leaves for another page of ours with everything kept, so that the person comes back to where they were. */
  private async leave(draft: Draft, path: string): Promise<void> {
    const works = worksOf(draft, Date.now())
    // a password is never kept, and on a shared device nothing is
    const mayKeep = !draft.shared
    const isKept = mayKeep && (await isDone(Promise.all(works.map((work) => keepWork({ ...work, step: 'review' })))))
    const go = () => location.assign(path)
    if (isKept) {
      noteReturn(works.map(({ key }) => key))
      return go()
    }
    this.stage.show(makeLeaving(this.say, draft.shared, { go, back: () => this.showReview(draft) }), 3)
  }

  /** Takes up what this device keeps: at the review where nothing was asked yet, else where it broke off. */
  private async goOn(works: readonly KeptWork[], password?: string): Promise<void> {
    this.showLooking()
    const turn = ++this.turn
    const verifier = this.root.dataset['verifier'] ?? ''
    const { draft, leftOut } = await openKept(this.openWorker(), works, { verifier, password })
    if (turn !== this.turn) return
    if (draft === undefined) {
      const open = (typed: string) => this.attempt(this.goOn(works, typed))
      return this.refuseFile(firstRefusal(leftOut), works.length === 1 ? open : undefined)
    }
    this.isMade = false
    this.leftOut = leftOut
    this.hold(draft)
    if (works.some(({ step }) => step === 'review')) return this.go('review')
    await this.runner.run(draft, works, true)
  }

  /** A locked file asks for its password; whatever else is wrong with a file is said, and another may be chosen. */
  private refuseFile(refusal: Refusal, open: ((password: string) => void) | undefined): void {
    const isLocked = refusal.code === 'password_needed' || refusal.code === 'password_wrong'
    if (!isLocked || open === undefined) return this.refuse(refusal)
    this.stage.show(makePasswordForm(this.say, refusal, open))
  }

  private refuse(refusal: Refusal): void {
    this.stage.show(makeFailure(this.say, refusal, () => this.startAgain()))
  }

  private startAgain(): void {
    this.draft = undefined
    this.worker?.close()
    this.worker = undefined
    this.redraw = () => undefined
    this.runner.forget()
    if (location.hash !== '') history.pushState(null, '', location.pathname)
    this.stage.clear()
  }
}

/** Why nothing of what was chosen can be stamped. */
function firstRefusal(leftOut: readonly LeftOut[]): Refusal {
  const [first] = leftOut
  return first !== undefined && 'refusal' in first ? first.refusal : { code: 'file_empty' }
}
