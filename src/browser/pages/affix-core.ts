import { fetchQuota, type Quota } from '../../client/account.ts'
import type { DocumentDetails } from '../../client/affixing-answer.ts'
import type { Refusal } from '../../errors.ts'
import { openDesk, type Desk } from './affix-desk.ts'
import type { FromAffix, LookedAt, StampedCopy } from './affix-messages.ts'
import { makePasswordForm, makeRefusal } from './affix-refusals.ts'
import { makeDetails, makeDone, makeOffer, makeProgress, makeReview } from './affix-views.ts'
import { chosenFile } from './chosen-file.ts'
import { portalConnection } from './fetch-transport.ts'
import { dropWork, keepWork, type KeptWork } from './kept-work.ts'
import { find, make, makeIcon, makeNotice } from './make.ts'
import { openPagePictures, type PagePictures } from './page-pictures.ts'
import { makePlaceView, makeThumbnail } from './place-view.ts'
import { firstPlace, placementOf, type StampPlace } from '../../client/stamp-places.ts'
import { fetchWords, sayRefusal, type Say } from './words.ts'

/** What the person said and chose so far. */
export type Draft = {
  file: Blob
  name: string
  looked: LookedAt
  password: string | undefined
  facts: DocumentDetails
  place: StampPlace
  sendName: boolean
  shared: boolean
  additional: boolean
  /** Made once for one affixing: sending again asks for the same stamp. */
  key: string
}

const stepNames = ['details', 'place', 'review'] as const
type StepName = (typeof stepNames)[number]

/** The affixing of one document after another on this page. */
export type PageAffixing = { choose(files: readonly File[]): void; offer(work: KeptWork): void }

/** Takes the page over: `desk` is the element that says where everything lies. */
export async function openAffixing(desk: HTMLElement): Promise<PageAffixing> {
  const say = await fetchWords(desk.dataset['words'] ?? '')
  return new Affixing(desk, say)
}

const random = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

class Affixing implements PageAffixing {
  private readonly root: HTMLElement
  private readonly stage: HTMLElement
  private readonly say: Say
  private readonly api: string
  private readonly isSpecimen: boolean
  private worker: Desk | undefined
  private pictures: PagePictures | undefined
  private draft: Draft | undefined
  private quota: Quota | undefined
  /** Between *Bubuhkan* and its end nothing else is shown. */
  private isBusy = false

  constructor(root: HTMLElement, say: Say) {
    this.root = root
    this.stage = find(root, '[data-stage]', HTMLElement)
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
      dropWork().then(
        () => this.startAgain(),
        () => this.startAgain(),
      )
    }
    this.show(makeOffer(this.say, work, { goOn, discard }))
  }

  private async take(files: readonly File[]): Promise<void> {
    this.showLooking()
    const chosen = await chosenFile(files)
    if (chosen === undefined) return this.refuse({ code: 'not_a_pdf' })
    await this.look(chosen.file, chosen.file.name, { isMade: chosen.isMade })
  }

  private showLooking(): void {
    this.show([make('p', { role: 'status' }, makeIcon('wait', 20), ` ${this.say('affix.looking')}`)])
  }

  private async look(
    file: Blob,
    name: string,
    how: { password?: string; isMade?: boolean; work?: KeptWork } = {},
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
    const { looked } = told
    this.draft = {
      file,
      name,
      looked,
      password,
      facts: this.rememberedFacts(),
      place: firstPlace(looked.document),
      sendName: true,
      shared: false,
      additional: looked.document.stamps.length > 0,
      key: random(),
    }
    void this.loadPictures(this.draft)
    if (how.work !== undefined) return this.goOnWith(how.work)
    this.go('details', how.isMade)
  }

  /** The renderer is large and comes while the person types; without it the stamp is placed on an empty sheet. */
  private async loadPictures({ file, password }: Draft): Promise<void> {
    this.pictures?.close()
    this.pictures = undefined
    const places = {
      module: this.root.dataset['renderer'] ?? '',
      worker: this.root.dataset['rendererWorker'] ?? '',
      files: this.root.dataset['rendererFiles'] ?? '',
    }
    this.pictures = await openPagePictures(file, { places, password }).catch(() => undefined)
    if (location.hash === '#place') this.showStep('place')
  }

  private rememberedFacts(): DocumentDetails {
    return { documentType: 'surat-pernyataan' }
  }

  private go(step: StepName, isMade = false): void {
    history.pushState(null, '', `#${step}`)
    this.showStep(step, isMade)
  }

  private showStep(name: string, isMade = false): void {
    const { draft } = this
    const step = stepNames.find((each) => each === name)
    if (this.isBusy) return
    if (draft === undefined || step === undefined) {
      if (name === '') this.startAgain()
      return
    }
    if (step === 'details') this.showDetails(draft, isMade)
    else if (step === 'place') this.showPlace(draft)
    else this.showReview(draft)
  }

  private showDetails(draft: Draft, isMade: boolean): void {
    const done = (facts: DocumentDetails, sendName: boolean) => {
      draft.facts = facts
      draft.sendName = sendName
      this.go('place')
    }
    this.show(makeDetails(this.say, draft, { isMade, done }), 1)
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
      pictures: this.pictures,
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
    this.show(
      [make('h2', { tabindex: -1 }, say('affix.placeHeading')), make('div', { class: 'desk' }, view.sheet, side)],
      2,
    )
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
    this.show(view.nodes, 3)
    this.pictures?.draw(draft.place.page, picture, 320).catch(() => undefined)
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
    const { say } = this
    const facts: DocumentDetails = draft.sendName ? { ...draft.facts, fileName: draft.name } : draft.facts
    const placement = placementOf(draft.place)
    const work: KeptWork = {
      savedAt: Date.now(),
      file: draft.file,
      name: draft.name,
      sha256: draft.looked.sha256,
      facts,
      placement,
      key: draft.key,
      additional: draft.additional,
    }
    const isKept =
      !draft.shared &&
      (await keepWork(work).then(
        () => true,
        () => false,
      ))
    await this.run(draft, work, isKept ? say('affix.kept') : say(draft.shared ? 'affix.keptNothing' : 'affix.notKept'))
  }

  private async run(draft: Draft, work: KeptWork, keeps: string): Promise<void> {
    const view = makeProgress(this.say, keeps)
    this.show(view.nodes, 3)
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
    const document = new Blob([draft.file, copy.tail], { type: 'application/pdf' })
    const name = draft.name.replace(/(?:\.pdf)?$/i, '.bermeterai.pdf')
    const again = () => {
      void dropWork()
      this.startAgain()
    }
    this.draft = undefined
    history.replaceState(null, '', '#done')
    const view = makeDone(this.say, {
      copy,
      address: URL.createObjectURL(document),
      name,
      saved: () => void dropWork(),
      again,
    })
    this.show(view.nodes, 4)
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
    const { page, left, bottom, width } = work.placement
    Object.assign(draft, {
      facts: work.facts,
      key: work.key,
      additional: work.additional,
      place: { page, left, bottom, side: width },
    })
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
        draft.key = random()
        this.go('review')
      },
      rebuild: (affixingId) => void this.rebuild(draft, affixingId),
    })
    this.show(nodes, 3)
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
    this.show(makePasswordForm(this.say, refusal, open))
  }

  private refuse(refusal: Refusal): void {
    const other = make(
      'button',
      { type: 'button', class: 'button', click: () => this.startAgain() },
      this.say('affix.otherFile'),
    )
    this.show([makeNotice('bad', sayRefusal(this.say, refusal)), other])
  }

  private startAgain(): void {
    this.draft = undefined
    this.worker?.close()
    this.worker = undefined
    const input = find(this.root, 'input[type=file]', HTMLInputElement)
    input.value = ''
    if (location.hash !== '') history.pushState(null, '', location.pathname)
    this.stage.replaceChildren()
    for (const element of this.root.querySelectorAll('[data-start]')) element.removeAttribute('hidden')
    this.markStep(0)
    input.focus()
  }

  private show(nodes: readonly Node[], step = 0): void {
    for (const element of this.root.querySelectorAll('[data-start]')) element.setAttribute('hidden', '')
    this.stage.replaceChildren(...nodes)
    this.markStep(step)
    const heading = this.stage.querySelector('h2[tabindex]')
    if (heading instanceof HTMLElement) heading.focus({ preventScroll: true })
    this.root.scrollIntoView({ block: 'start' })
  }

  private markStep(at: number): void {
    this.root.querySelectorAll('.steps li').forEach((item, index) => {
      item.classList.toggle('done', index < at)
      if (index === at) item.setAttribute('aria-current', 'step')
      else item.removeAttribute('aria-current')
    })
  }
}
