import { fetchQuota, type Quota } from '../../client/account.ts'
import type { DocumentDetails } from '../../client/affixing-answer.ts'
import type { Refusal } from '../../errors.ts'
import { openDesk, type Desk } from './affix-desk.ts'
import { newDraft, takeUp, workOf, type Draft } from './affix-draft.ts'
import type { FromAffix, StampedCopy } from './affix-messages.ts'
import { makePasswordForm, makeRefusal } from './affix-refusals.ts'
import { openStage, type Stage } from './affix-stage.ts'
import { makeDetails, makeDone, makeOffer, makeProgress, makeReview } from './affix-views.ts'
import { chosenFile, type ChosenFile } from './chosen-file.ts'
import { portalConnection } from './fetch-transport.ts'
import { dropWork, keepWork, type KeptWork } from './kept-work.ts'
import { make, makeIcon, makeNotice } from './make.ts'
import { openPagePictures, type PagePictures } from './page-pictures.ts'
import { makePlaceView, makeThumbnail } from './place-view.ts'
import { placementOf } from '../../client/stamp-places.ts'
import { fetchWords, sayRefusal, type Say } from './words.ts'

const stepNames = ['details', 'place', 'review'] as const
type StepName = (typeof stepNames)[number]

/** The affixing of one document after another on this page. */
export type PageAffixing = { choose(files: readonly File[]): void; offer(work: KeptWork): void }

/** Takes the page over: `desk` is the element that says where everything lies. */
export async function openAffixing(desk: HTMLElement): Promise<PageAffixing> {
  const say = await fetchWords(desk.dataset['words'] ?? '')
  return new Affixing(desk, say)
}

class Affixing implements PageAffixing {
  private readonly root: HTMLElement
  private readonly stage: Stage
  private readonly say: Say
  private readonly api: string
  private readonly isSpecimen: boolean
  private worker: Desk | undefined
  /** Counts the files that were chosen. */
  private turn = 0
  /** What shows pages of this document, where they are awaited. */
  private redraw: () => void = () => undefined
  /** Where the stamped copy lies for its download. */
  private address = ''
  private pictures: PagePictures | undefined
  private draft: Draft | undefined
  private quota: Quota | undefined
  /** Between *Bubuhkan* and its end nothing else is shown. */
  private isBusy = false

  constructor(root: HTMLElement, say: Say) {
    this.root = root
    this.stage = openStage(root)
    this.say = say
    this.api = root.dataset['api'] ?? ''
    this.isSpecimen = root.dataset['specimen'] === 'yes'
    addEventListener('popstate', () => this.showStep(location.hash.slice(1)))
    // leaving in the middle loses nothing, but the person should know that it is not done
    addEventListener('beforeunload', (event) => {
      if (this.isBusy) event.preventDefault()
    })
  }

  choose(files: readonly File[]): void {
    if (this.isBusy) return
    this.take(files).catch(() => this.refuse({ code: 'internal' }))
  }

  offer(work: KeptWork): void {
    const goOn = () => {
      this.resume(work).catch(() => this.refuse({ code: 'internal' }))
    }
    const discard = () => {
      void dropWork(work.key)
      this.startAgain()
    }
    this.stage.show(makeOffer(this.say, work, { goOn, discard, later: () => this.startAgain() }))
  }

  private async take(files: readonly File[]): Promise<void> {
    this.showLooking()
    const turn = ++this.turn
    const chosen = await chosenFile(files)
    // another file was chosen meanwhile
    if (turn !== this.turn) return
    if (chosen === undefined) return this.refuse({ code: 'not_a_pdf' })
    await this.look(chosen.file, chosen.file.name, { chosen: chosen.how })
  }

  private showLooking(): void {
    this.stage.show([make('p', { role: 'status' }, makeIcon('wait', 20), ` ${this.say('affix.looking')}`)])
  }

  private async look(
    file: Blob,
    name: string,
    how: { password?: string; chosen?: ChosenFile['how']; work?: KeptWork } = {},
  ): Promise<void> {
    this.worker?.close()
    this.worker = openDesk(this.root.dataset['worker'] ?? '')
    const verifier = this.root.dataset['verifier'] ?? ''
    const { password } = how
    const told = await this.worker.ask({
      kind: 'look',
      file,
      verifier,
      ...(password === undefined ? {} : { password }),
    })
    if (told.kind === 'refused') return this.refuseFile(told.refusal, file, { name, ...how })
    if (told.kind !== 'looked') return
    this.draft = newDraft({ file, name, looked: told.looked, password })
    void this.loadPictures(this.draft)
    if (how.work !== undefined) return this.goOnWith(how.work)
    this.go('details', how.chosen)
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

  private go(step: StepName, chosen: ChosenFile['how'] = 'alone'): void {
    history.pushState(null, '', `#${step}`)
    this.showStep(step, chosen)
  }

  private showStep(name: string, chosen: ChosenFile['how'] = 'alone'): void {
    const { draft } = this
    const step = stepNames.find((each) => each === name)
    if (this.isBusy) return
    if (draft === undefined || step === undefined) {
      if (name === '') this.startAgain()
      return
    }
    if (step === 'details') this.showDetails(draft, chosen)
    else if (step === 'place') this.showPlace(draft)
    else this.showReview(draft)
  }

  private showDetails(draft: Draft, chosen: ChosenFile['how']): void {
    const done = (facts: DocumentDetails, sendName: boolean) => {
      draft.facts = facts
      draft.sendName = sendName
      this.go('place')
    }
    this.stage.show(makeDetails(this.say, draft, { chosen, done }), 1)
  }

  private showPlace(draft: Draft): void {
    const { say } = this
    const warnings = make('div', { role: 'status' })
    const next = make('button', { type: 'button', class: 'button' }, say('affix.toReview'))
    let turn = 0
    const look = async () => {
      const mine = ++turn
      const told = await this.worker?.ask({ kind: 'place', placement: placementOf(draft.place) })
      if (mine !== turn || told?.kind !== 'placed') return
      const refused = told.refusal === undefined ? [] : [makeNotice('bad', sayRefusal(say, told.refusal))]
      warnings.replaceChildren(
        ...refused,
        ...told.warnings.map((each) => makeNotice('warn', say(`cli.warning.${each}`))),
      )
      next.disabled = told.refusal !== undefined
    }
    let timer = 0
    const view = makePlaceView({
      say,
      document: draft.looked.document,
      pictures: () => this.pictures,
      specimen: this.isSpecimen,
      place: draft.place,
      changed: (place) => {
        draft.place = place
        clearTimeout(timer)
        timer = window.setTimeout(() => void look(), 200)
      },
    })
    next.addEventListener('click', () => this.go('review'))
    const side = make('div', { class: 'desk-side' }, make('p', {}, say('affix.rule')), view.tools, warnings, next)
    this.stage.show(
      [make('h2', { tabindex: -1 }, say('affix.placeHeading')), make('div', { class: 'desk' }, view.sheet, side)],
      2,
    )
    this.redraw = () => view.draw()
    view.draw()
    void look()
  }

  private showReview(draft: Draft): void {
    const picture = make('canvas')
    const size = draft.looked.document.pages[draft.place.page - 1] ?? { width: 595, height: 842 }
    const thumbnail = makeThumbnail(picture, {
      place: draft.place,
      size,
      specimen: this.isSpecimen,
      says: this.say('affix.thumbnail'),
    })
    const affix = (shared: boolean) => {
      draft.shared = shared
      this.affix(draft).catch(() => this.endBusy(() => this.refuse({ code: 'internal' })))
    }
    const view = makeReview(this.say, draft, { thumbnail, affix, change: (step) => this.go(step), quota: this.quota })
    this.stage.show(view.nodes, 3)
    this.redraw = () => void this.pictures?.draw(draft.place.page, picture, 320).catch(() => undefined)
    this.redraw()
    void this.showQuota(view.showQuota)
  }

  /** The quota comes when it comes; the review stands without it. */
  private async showQuota(show: (quota: Quota) => void): Promise<void> {
    const found = await fetchQuota(portalConnection(this.api)).catch(() => undefined)
    if (found?.ok !== true) return
    this.quota = found.quota
    show(found.quota)
  }

  private async affix(draft: Draft): Promise<void> {
    if (this.isBusy) return
    this.isBusy = true
    const work = workOf(draft, Date.now())
    const isKept = !draft.shared && (await isDone(keepWork(work)))
    const keeps = draft.shared ? 'affix.keptNothing' : isKept ? 'affix.kept' : 'affix.notKept'
    await this.run(draft, work, this.say(keeps))
  }

  private async run(draft: Draft, work: KeptWork, keeps: string): Promise<void> {
    const view = makeProgress(this.say, keeps)
    this.stage.show(view.nodes, 3)
    const { facts, placement, key, additional } = work
    const told = await this.worker?.ask(
      { kind: 'affix', api: this.api, facts, placement, key, additional },
      (onTheWay) => {
        if (onTheWay.kind === 'step') view.step(onTheWay.step)
        else if (!draft.shared) void keepWork({ ...work, affixingId: onTheWay.affixingId }).catch(() => undefined)
      },
    )
    this.endBusy(() => this.showOutcome(draft, told))
  }

  private endBusy(then: () => void): void {
    this.isBusy = false
    then()
  }

  private showOutcome(draft: Draft, told: FromAffix | undefined): void {
    if (told?.kind === 'stamped') return this.showDone(draft, told.copy)
    if (told?.kind === 'refused') return this.refuseAffixing(draft, told.refusal)
    this.refuse({ code: 'internal' })
  }

  private showDone(draft: Draft, copy: StampedCopy): void {
    const key = draft.asked?.key ?? ''
    const document = new Blob([draft.file, copy.tail], { type: 'application/pdf' })
    const name = draft.name.replace(/(?:\.pdf)?$/i, '.bermeterai.pdf')
    const drop = () => void dropWork(key)
    this.draft = undefined
    this.address = URL.createObjectURL(document)
    history.replaceState(null, '', '#done')
    const again = () => {
      drop()
      this.startAgain()
    }
    const view = makeDone(this.say, { copy, address: this.address, name, saved: drop, again })
    this.stage.show(view.nodes, 4)
    // it starts by itself; the button stays for browsers that do not let it
    view.download()
  }

  private async resume(work: KeptWork): Promise<void> {
    this.showLooking()
    await this.look(work.file, work.name, { work })
  }

  private async goOnWith(work: KeptWork): Promise<void> {
    const { draft } = this
    if (draft === undefined) return
    takeUp(draft, work)
    this.isBusy = true
    await this.run(draft, work, this.say('affix.kept'))
  }

  private refuseAffixing(draft: Draft, refusal: Refusal): void {
    const nodes = makeRefusal(this.say, refusal, {
      tryAgain: () => void this.affix(draft),
      otherFile: () => this.startAgain(),
      changePlace: () => this.go('place'),
      oneMore: () => {
        draft.additional = true
        this.go('review')
      },
      rebuild: (affixingId) => void this.rebuild(draft, affixingId),
    })
    this.stage.show(nodes, 3)
  }

  private async rebuild(draft: Draft, affixingId: string): Promise<void> {
    const told = await this.worker?.ask({ kind: 'rebuild', api: this.api, affixingId })
    this.showOutcome(draft, told)
  }

  /** A locked file asks for its password; whatever else is wrong with a file is said, and another may be chosen. */
  private refuseFile(refusal: Refusal, file: Blob, how: { name: string; work?: KeptWork }): void {
    if (refusal.code !== 'password_needed' && refusal.code !== 'password_wrong') return this.refuse(refusal)
    const open = (password: string) => {
      this.look(file, how.name, { ...how, password }).catch(() => this.refuse({ code: 'internal' }))
    }
    this.stage.show(makePasswordForm(this.say, refusal, open))
  }

  private refuse(refusal: Refusal): void {
    const other = make(
      'button',
      { type: 'button', class: 'button', click: () => this.startAgain() },
      this.say('affix.otherFile'),
    )
    this.stage.show([makeNotice('bad', sayRefusal(this.say, refusal)), other])
  }

  private startAgain(): void {
    this.draft = undefined
    this.worker?.close()
    this.worker = undefined
    this.redraw = () => undefined
    URL.revokeObjectURL(this.address)
    if (location.hash !== '') history.pushState(null, '', location.pathname)
    this.stage.clear()
  }
}

/** Whether a promise kept its word. */
function isDone(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  )
}
