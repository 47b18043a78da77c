import { fetchQuota, type Quota } from '../../client/account.ts'
import type { DocumentDetails } from '../../client/affixing-answer.ts'
import type { Refusal } from '../../errors.ts'
import { openDesk, type Desk } from './affix-desk.ts'
import type { FromAffix, LookedAt, StampedCopy } from './affix-messages.ts'
import { makeDetails, makeDone, makeOffer, makeProgress, makeReview } from './affix-views.ts'
import { portalConnection } from './fetch-transport.ts'
import { dropWork, keepWork, type KeptWork } from './kept-work.ts'
import { find, make, makeIcon, makeNotice } from './make.ts'
import { openPagePictures, type PagePictures } from './page-pictures.ts'
import { photosToPdf, readPhoto } from './photo-pdf.ts'
import { makePlaceView } from './place-view.ts'
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
    this.show([make('p', { role: 'status' }, makeIcon('wait', 20), ` ${this.say('affix.looking')}`)])
    const pictures = files.filter(({ type }) => type === 'image/jpeg' || type === 'image/png')
    const [first] = files
    if (first === undefined) return
    if (pictures.length === 0) return this.look(first, first.name)
    const photos = await Promise.all(pictures.map(readPhoto)).catch(() => undefined)
    if (photos === undefined) return this.refuse({ code: 'not_a_pdf' })
    const name = first.name.replace(/\.[^.]*$/, '.pdf')
    await this.look(new File([photosToPdf(photos)], name, { type: 'application/pdf' }), name, { made: true })
  }

  private async look(
    file: Blob,
    name: string,
    how: { password?: string; made?: boolean; work?: KeptWork } = {},
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
    if (told.kind === 'refused') return this.refuseFile(told.refusal, file, name, how)
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
    this.go('details', how.made === true)
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
      specimen: this.root.dataset['specimen'] === 'yes',
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
    const thumbnail = make('canvas', { class: 'thumb', role: 'img', 'aria-label': this.say('affix.thumbnail') })
    const affix = (shared: boolean) => {
      draft.shared = shared
      this.affix(draft).catch(() => this.endBusy(() => this.refuse({ code: 'internal' })))
    }
    const view = makeReview(this.say, draft, { thumbnail, affix, change: (step) => this.go(step), quota: this.quota })
    this.show(view.nodes, 3)
    this.pictures?.draw(draft.place.page, thumbnail, 320).catch(() => undefined)
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
    this.show([make('p', { role: 'status' }, makeIcon('wait', 20), ` ${this.say('affix.looking')}`)])
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
    const { say } = this
    const act = (key: string, click: () => void, look = 'button') =>
      make('button', { type: 'button', class: look, click }, say(key))
    const again = act('affix.again', () => void this.affix(draft))
    const acts: Node[] = []
    const { affixingId } = refusal.values ?? {}
    if (refusal.code === 'already_stamped' || refusal.code === 'already_reserved') {
      if (refusal.code === 'already_stamped' && typeof affixingId === 'string')
        acts.push(act('affix.rebuild', () => void this.rebuild(draft, affixingId)))
      acts.push(
        act(
          'affix.oneMore',
          () => {
            draft.additional = true
            draft.key = random()
            this.go('review')
          },
          'button button-quiet',
        ),
      )
    } else if (refusal.code.startsWith('box_') || refusal.code === 'page_out_of_range')
      acts.push(act('affix.changePlace', () => this.go('place')))
    else acts.push(again)
    acts.push(act('affix.otherFile', () => this.startAgain(), 'button button-quiet'))
    this.show(
      [
        makeNotice('bad', make('p', {}, sayRefusal(say, refusal)), make('p', {}, say('affix.nothingLost'))),
        make('div', { class: 'acts' }, ...acts),
      ],
      3,
    )
  }

  private async rebuild(draft: Draft, affixingId: string): Promise<void> {
    const told = await this.worker?.ask({ kind: 'rebuild', api: this.api, affixingId })
    this.showOutcome(draft, told)
  }

  /** A locked file asks for its password; whatever else is wrong with a file is said, and another may be chosen. */
  private refuseFile(refusal: Refusal, file: Blob, name: string, how: { work?: KeptWork }): void {
    const isLocked = refusal.code === 'password_needed' || refusal.code === 'password_wrong'
    if (!isLocked) return this.refuse(refusal)
    const { say } = this
    const field = make('input', { id: 'pdf-password', type: 'password', autocomplete: 'off' })
    const form = make(
      'form',
      { class: 'card' },
      make('label', { for: 'pdf-password' }, say('affix.password')),
      make('p', { class: 'hint' }, say('affix.passwordHint')),
      field,
      make('button', { type: 'submit', class: 'button' }, say('affix.open')),
    )
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.look(file, name, { ...how, password: field.value }).catch(() => this.refuse({ code: 'internal' }))
    })
    this.show([makeNotice('warn', sayRefusal(say, refusal)), form])
    field.focus()
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
