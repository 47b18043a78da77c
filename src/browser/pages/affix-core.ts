import { placementOf } from '../../client/stamp-places.ts'
import type { Suggestions } from '../../client/suggestions.ts'
import type { Refusal } from '../../errors.ts'
import { openDesk, type Desk } from './affix-desk.ts'
import { makeDetails, type DetailsStep } from './affix-details.ts'
import { takeSuggestions, type Draft } from './affix-draft.ts'
import { makeFailure, makePasswordForm, makeUnreachable } from './affix-failures.ts'
import type * as FinishPart from './affix-finish.ts'
import { firstRefusal, foresee, lookAtFiles, type LeftOut, type LookedFiles } from './affix-look.ts'
import type { WorkerParts } from './affix-messages.ts'
import { stepNames, type AffixPage, type StepName } from './affix-page.ts'
import type * as PhotosPart from './affix-photos.ts'
import { openStage, type Stage } from './affix-stage.ts'
import { isPhoto } from './chosen-file.ts'
import type { Way } from './fetch-transport.ts'
import type { KeptWork } from './kept-work.ts'
import { fetchPart, loadOnce } from './load-part.ts'
import { make, makeIcon } from './make.ts'
import { openPagePictures, type PagePictures } from './page-pictures.ts'
import { makePlaceStep } from './place-step.ts'
import { fetchWords, type Say } from './words.ts'

// What the affixing page loads when a file is chosen: it looks at it, asks for its details and lets the stamp be placed. All from the
// review to the stamped copy is affix-finish.ts, which is fetched while the person types.

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

class Affixing implements PageAffixing, AffixPage {
  readonly root: HTMLElement
  readonly stage: Stage
  readonly say: Say
  readonly way: Way
  readonly workerParts: WorkerParts
  worker: Desk | undefined
  pictures: PagePictures | undefined
  redraw: () => void = () => undefined
  private turn = 0
  private draft: Draft | undefined
  private step: StepName | undefined
  private details: DetailsStep | undefined
  private isMade = false
  private leftOut: readonly LeftOut[] = []
  private finish: FinishPart.Finish | undefined
  private readonly loadFinish: () => Promise<FinishPart.Finish>
  private readonly loadPhotos: () => Promise<typeof PhotosPart>
  private readonly readying = new WeakMap<Draft, Promise<Refusal | undefined>>()

  constructor(root: HTMLElement, say: Say) {
    const { csrf = '', verifier = '', text = '', stamper = '', finish = '', photos = '' } = root.dataset
    this.root = root
    this.stage = openStage(root)
    this.say = say
    this.way = { csrf }
    this.workerParts = { verifier, text, stamper }
    this.loadFinish = loadOnce(async () => {
      const part: typeof FinishPart = await import(await fetchPart(finish))
      this.finish = part.openFinish(this)
      return this.finish
    })
    this.loadPhotos = loadOnce(async (): Promise<typeof PhotosPart> => import(await fetchPart(photos)))
    addEventListener('popstate', () => this.showStep(location.hash.slice(1)))
    // leaving in the middle loses nothing, but the person should know that it is not done
    addEventListener('beforeunload', (event) => {
      if (this.isBusy()) event.preventDefault()
    })
  }

  choose(files: readonly File[]): void {
    if (this.isBusy()) return
    this.attempt(this.take(files))
  }

  offer(works: readonly KeptWork[], returning: readonly string[]): void {
    this.loadFinish().then(
      (finish) => finish.offer(works, returning),
      () => this.showUnreachable(() => this.offer(works, returning)),
    )
  }

  private isBusy(): boolean {
    return this.finish?.isBusy() === true
  }

  attempt(work: Promise<void>): void {
    work.catch(() => this.refuse({ code: 'internal' }))
  }

  private async take(files: readonly File[]): Promise<void> {
    const photos = files.filter(isPhoto)
    const others = files.filter((file) => !isPhoto(file))
    if (photos.length === 0) return this.look(others, false)
    const turn = this.showLooking()
    const part = await this.loadPhotos().catch(() => undefined)
    if (!this.isTurn(turn)) return
    if (part === undefined) return this.showUnreachable(() => this.choose(files))
    const join = async (ordered: readonly File[]) => {
      const joining = this.showLooking()
      const made = await part.pdfOfPhotos(ordered)
      if (!this.isTurn(joining)) return
      if (made === undefined) this.refuse({ code: 'not_a_pdf' })
      else await this.look([made, ...others], true)
    }
    if (photos.length === 1) return join(photos)
    this.stage.show(part.makePhotoOrder(this.say, photos, (ordered) => this.attempt(join(ordered))))
  }

  showLooking(): number {
    this.showWaiting('affix.looking')
    return ++this.turn
  }

  isTurn(turn: number): boolean {
    return turn === this.turn
  }

  showWaiting(words: string, step = 0): void {
    this.stage.show([make('p', { role: 'status' }, makeIcon('wait', 20), ` ${this.say(words)}`)], step)
  }

  openWorker(): Desk {
    // whoever comes back to a document of before would have another one stamped
    this.draft = undefined
    this.worker?.close()
    this.worker = openDesk(this.root.dataset['worker'] ?? '')
    return this.worker
  }

  private async look(files: readonly File[], isMade: boolean, password?: string): Promise<void> {
    const turn = this.showLooking()
    const opening = { parts: this.workerParts, password, isWhole: false }
    const looked = await lookAtFiles(this.openWorker(), files, opening)
    // another file was chosen meanwhile
    if (!this.isTurn(turn)) return
    const again = (typed = password) => this.attempt(this.look(files, isMade, typed))
    if (this.takeUp(looked, { count: files.length, again }) === undefined) return
    this.isMade = isMade
    this.go('details')
  }

  takeUp(
    { draft, leftOut, late }: LookedFiles,
    on: { count: number; again(password?: string): void },
  ): Draft | undefined {
    if (draft === undefined) {
      this.refuseFiles(firstRefusal(leftOut), on)
      return undefined
    }
    this.isMade = false
    this.leftOut = leftOut
    this.draft = draft
    this.details = undefined
    const { facts, place } = draft
    void late?.then((suggested) => this.readSince(draft, suggested, { facts, place }))
    this.attempt(this.readyAhead(draft))
    return draft
  }

  /** What the document says of itself comes late: it changes nothing that the person has begun with. */
  private readSince(draft: Draft, suggested: Suggestions, first: Pick<Draft, 'facts' | 'place'>): void {
    if (this.draft !== draft) return
    const { details } = this
    const isDescribed = draft.facts !== first.facts || details?.hasBegun() === true
    // who has seen where it stands is past the details
    const isPlaced = draft.place !== first.place || this.step !== 'details'
    takeSuggestions(draft, suggested, { isDescribed, isPlaced })
    if (!isDescribed) details?.readSince()
  }

  /** What draws the pages is large and comes first, as it shows next; without it the stamp is placed on an empty sheet. */
  private async readyAhead(draft: Draft): Promise<void> {
    await this.loadPictures(draft)
    // the worker holds another one by now
    if (this.draft !== draft) return
    const refusal = await this.ready(draft)
    if (this.draft !== draft) return
    if (refusal === undefined) this.details?.foreseenSince()
    // what could not be had is asked for again where it is needed
    else if (refusal.code !== 'service_unreachable' && !this.isBusy()) this.refuse(refusal)
  }

  private async loadPictures(draft: Draft): Promise<void> {
    this.pictures?.close()
    this.pictures = undefined
    const { renderer = '', rendererWorker = '', rendererFiles = '' } = this.root.dataset
    const places = { module: renderer, worker: rendererWorker, files: rendererFiles }
    const pictures = await openPagePictures(draft.file, { places, password: draft.password }).catch(() => undefined)
    if (this.draft !== draft) return pictures?.close()
    this.pictures = pictures
    this.redraw()
  }

  /** All that stamping needs is there, and its writing was tried; a refusal where that is not so. */
  private ready(draft: Draft): Promise<Refusal | undefined> {
    const readying = this.readying.get(draft) ?? this.makeReady(draft)
    this.readying.set(draft, readying)
    return readying
  }

  private async makeReady(draft: Draft): Promise<Refusal | undefined> {
    const { worker } = this
    const [finish, refusal] = await Promise.all([
      this.loadFinish().catch(() => undefined),
      draft.foreseen === undefined && worker !== undefined ? foresee(worker, draft) : undefined,
    ])
    const found = refusal ?? (finish === undefined ? { code: 'service_unreachable' as const } : undefined)
    if (found !== undefined) this.readying.delete(draft)
    return found
  }

  go(step: StepName): void {
    history.pushState(null, '', `#${step}`)
    this.showStep(step)
  }

  private showStep(name: string): void {
    const { draft } = this
    const step = stepNames.find((each) => each === name)
    if (this.isBusy()) return
    if (draft === undefined || step === undefined) {
      if (name === '') this.startAgain()
      return
    }
    this.redraw = () => undefined
    this.step = step
    if (step === 'details') this.showDetails(draft)
    else if (step === 'place') this.showPlace(draft)
    else this.attempt(this.showWhenReady(draft, step))
  }

  private showDetails(draft: Draft): void {
    const { isMade, leftOut } = this
    this.details = makeDetails(this.say, draft, {
      isMade,
      leftOut,
      done: (facts, sendName) => {
        draft.facts = facts
        draft.sendName = sendName
        this.go('place')
      },
    })
    this.stage.show(this.details.nodes, 1)
  }

  private showPlace(draft: Draft): void {
    const step = makePlaceStep(this.say, draft, {
      pictures: () => this.pictures,
      // until it can be drawn its place is a frame
      drawStamp: (canvas) => {
        this.loadFinish().then(
          (finish) => finish.drawStamp(canvas),
          () => undefined,
        )
      },
      rulePicture: this.root.dataset['rule'] ?? '',
      look: (place) => this.worker?.ask({ kind: 'place', placement: placementOf(place) }) ?? Promise.resolve(undefined),
      next: () => this.go('review'),
    })
    this.stage.show(step.nodes, 2)
    this.redraw = () => step.draw()
    step.draw()
  }

  private async showWhenReady(draft: Draft, step: 'review' | 'pin'): Promise<void> {
    if (this.finish !== undefined && draft.foreseen !== undefined) return this.finish[step](draft)
    this.showWaiting('affix.looking', 3)
    const refusal = await this.ready(draft)
    if (this.draft !== draft || this.step !== step) return
    if (refusal === undefined) this.finish?.[step](draft)
    else if (refusal.code === 'service_unreachable') this.showUnreachable(() => this.showStep(step), 3)
    else this.refuse(refusal)
  }

  /** A locked file asks for its password; whatever else is wrong with a file is said, and another may be chosen. */
  private refuseFiles(refusal: Refusal, on: { count: number; again(password?: string): void }): void {
    if (refusal.code === 'service_unreachable') return this.showUnreachable(() => on.again())
    const isLocked = refusal.code === 'password_needed' || refusal.code === 'password_wrong'
    if (!isLocked || on.count > 1) return this.refuse(refusal)
    this.stage.show(makePasswordForm(this.say, refusal, (password) => on.again(password)))
  }

  private showUnreachable(tryAgain: () => void, step = 0): void {
    this.stage.show(makeUnreachable(this.say, { tryAgain, otherFile: () => this.startAgain() }), step)
  }

  private refuse(refusal: Refusal): void {
    this.stage.show(makeFailure(this.say, refusal, () => this.startAgain()))
  }

  finished(): void {
    this.draft = undefined
  }

  startAgain(): void {
    this.draft = undefined
    this.turn++
    this.worker?.close()
    this.worker = undefined
    this.redraw = () => undefined
    this.finish?.forget()
    if (location.hash !== '') history.pushState(null, '', location.pathname)
    this.stage.clear()
  }
}
