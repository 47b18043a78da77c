import type { Quota } from '../../client/account.ts'
import type { DocumentDetails } from '../../client/affixing-answer.ts'
import { documentTypeName, documentTypes } from '../../stamp/document-types.ts'
import { pointsPerUnit } from '../../stamp/recipe.ts'
import type { Draft } from './affix-draft.ts'
import type { AffixStep, StampedCopy } from './affix-messages.ts'
import type { ChosenFile } from './chosen-file.ts'
import type { KeptWork } from './kept-work.ts'
import { make, makeIcon, makeNotice } from './make.ts'
import { recall, remember } from './remembered.ts'
import type { Say } from './words.ts'

/** A document number as long as the service takes it. */
const numberLengthMax = 255

const sizeText = (say: Say, bytes: number) =>
  bytes < 1024 * 1024
    ? `${new Intl.NumberFormat(say.language).format(Math.ceil(bytes / 1024))} KB`
    : `${new Intl.NumberFormat(say.language, { maximumFractionDigits: 1 }).format(bytes / 1024 / 1024)} MB`

const heading = (words: string) => make('h2', { tabindex: -1 }, words)

/** What was found in the document, and what the person says about it. `done` hears the answers. */
export function makeDetails(
  say: Say,
  draft: Draft,
  on: { chosen: ChosenFile['how']; done(facts: DocumentDetails, sendName: boolean): void },
): Node[] {
  const { document } = draft.looked
  const found = say('affix.found', {
    name: draft.name,
    pages: document.pages.length,
    size: sizeText(say, document.stampedBytes),
  })
  const type = make(
    'select',
    { id: 'facts-type', lang: 'id' },
    ...documentTypes.map(({ slug, name }) =>
      make('option', { value: slug, selected: slug === draft.facts.documentType }, name),
    ),
  )
  const number = make('input', {
    id: 'facts-number',
    maxlength: numberLengthMax,
    value: draft.facts.number ?? '',
    autocomplete: 'off',
  })
  const date = make('input', { id: 'facts-date', type: 'date', value: draft.facts.date ?? '' })
  const sendName = make('input', { id: 'send-name', type: 'checkbox', checked: draft.sendName })
  const field = (id: string, label: string, control: HTMLElement, hint?: string) =>
    make(
      'div',
      { class: 'field' },
      make('label', { for: id }, label),
      hint === undefined ? undefined : make('p', { class: 'hint' }, hint),
      control,
    )
  const limit = makeLimitField(say, document.stampedBytes)
  const form = make(
    'form',
    {},
    field('facts-type', say('affix.type'), type),
    field('facts-number', say('affix.number'), number, say('affix.numberHint')),
    field('facts-date', say('affix.date'), date, say('affix.dateHint')),
    make(
      'label',
      { class: 'choice' },
      sendName,
      make('span', {}, say('affix.sendName'), make('span', { class: 'hint' }, say('affix.sendNameHint'))),
    ),
    limit,
    make('button', { type: 'submit', class: 'button' }, say('parts.continue')),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const slug = documentTypes.find((each) => each.slug === type.value)?.slug ?? 'surat-pernyataan'
    remember('type', slug)
    const typed = number.value.trim()
    on.done(
      {
        documentType: slug,
        ...(typed === '' ? {} : { number: typed }),
        ...(date.value === '' ? {} : { date: date.value }),
      },
      sendName.checked,
    )
  })
  const original = on.chosen === 'made' ? URL.createObjectURL(draft.file) : undefined
  const made =
    original === undefined
      ? []
      : [
          makeNotice(
            'plain',
            make('p', {}, say('affix.made')),
            make(
              'a',
              { class: 'button button-quiet', href: original, download: draft.name },
              say('affix.saveOriginal'),
            ),
          ),
        ]
  return [
    heading(say('affix.detailsHeading')),
    makeNotice('good', make('p', {}, found), make('p', {}, say('affix.stays'))),
    ...made,
    ...(on.chosen === 'first' ? [makeNotice('plain', say('affix.onlyFirst'))] : []),
    ...document.warnings.map((warning) => makeNotice('warn', say(`cli.warning.${warning}`))),
    form,
  ]
}

/** Sizes that institutions take at most, in KB; 0 is none. */
const limitsKilobytes = [0, 300, 500, 800, 1000] as const

/** How large the receiver takes files, with a warning before anything is spent where the stamped one will be larger. */
function makeLimitField(say: Say, bytes: number): HTMLElement {
  const option = (limit: number) =>
    make(
      'option',
      { value: limit, selected: String(limit) === recall('limit') },
      limit === 0 ? say('affix.noLimit') : `${new Intl.NumberFormat(say.language).format(limit)} KB`,
    )
  const select = make('select', { id: 'size-limit' }, ...limitsKilobytes.map(option))
  const warning = make('div', { role: 'status' })
  const warn = () => {
    const limit = Number(select.value)
    const isOver = limit > 0 && bytes > limit * 1024
    warning.replaceChildren(
      ...(isOver ? [makeNotice('warn', say('affix.overLimit', { size: sizeText(say, bytes) }))] : []),
    )
  }
  select.addEventListener('change', () => {
    remember('limit', select.value)
    warn()
  })
  warn()
  return make(
    'div',
    { class: 'field' },
    make('label', { for: 'size-limit' }, say('affix.limit')),
    make('p', { class: 'hint' }, say('affix.limitHint')),
    select,
    warning,
  )
}

/** Everything once more before anything is spent. `affix` hears whether others use this device too. */
export function makeReview(
  say: Say,
  draft: Draft,
  on: {
    thumbnail: HTMLElement
    quota: Quota | undefined
    affix(shared: boolean): void
    change(step: 'details' | 'place'): void
  },
): { nodes: Node[]; showQuota: (quota: Quota) => void } {
  const { facts, place, looked } = draft
  const mm = (points: number) =>
    new Intl.NumberFormat(say.language, { maximumFractionDigits: 1 }).format(points / pointsPerUnit.mm)
  const at = { page: place.page, left: mm(place.left), bottom: mm(place.bottom), side: mm(place.side) }
  const after = make('dd', {}, say('affix.asking'))
  const row = (label: string, value: string | Node, step?: 'details' | 'place') =>
    make(
      'div',
      {},
      make('dt', {}, say(label)),
      value instanceof HTMLElement && value.tagName === 'DD' ? value : make('dd', {}, value),
      step === undefined
        ? undefined
        : make(
            'dd',
            { class: 'rows-act' },
            make(
              'button',
              { type: 'button', class: 'text-button', click: () => on.change(step) },
              say('parts.change'),
              make('span', { class: 'unseen' }, ` ${say(label)}`),
            ),
          ),
    )
  const shared = make('input', { id: 'shared', type: 'checkbox', checked: draft.shared })
  const button = make(
    'button',
    { type: 'button', class: 'button', click: () => on.affix(shared.checked) },
    say('affix.submit'),
  )
  const showQuota = ({ available, specimen }: Quota) => {
    after.textContent = say(specimen ? 'affix.quotaSpecimen' : 'affix.quotaAfter', {
      available,
      after: Math.max(0, available - 1),
    })
  }
  if (on.quota !== undefined) showQuota(on.quota)
  const sent = ['digest', 'length', 'place', 'facts', draft.sendName ? 'name' : 'noName'].map((each) =>
    make('li', {}, say(`affix.sent.${each}`)),
  )
  const nodes = [
    heading(say('affix.reviewHeading')),
    on.thumbnail,
    make(
      'dl',
      { class: 'rows' },
      row('affix.document', `${draft.name} (${say('affix.pages', { pages: looked.document.pages.length })})`),
      row('affix.type', documentTypeName(facts.documentType) ?? facts.documentType, 'details'),
      row('affix.number', facts.number ?? say('affix.none'), 'details'),
      row('affix.date', facts.date ?? say('affix.none'), 'details'),
      row('affix.place', say('affix.placeAt', at), 'place'),
      row('affix.size', sizeText(say, looked.document.stampedBytes)),
      row('affix.price', say('affix.priceValue')),
      row('affix.quota', after),
    ),
    ...(draft.additional ? [makeNotice('warn', say('affix.isAdditional'))] : []),
    make(
      'label',
      { class: 'choice' },
      shared,
      make('span', {}, say('affix.shared'), make('span', { class: 'hint' }, say('affix.sharedHint'))),
    ),
    make(
      'details',
      {},
      make('summary', {}, say('affix.sent')),
      make('ul', {}, ...sent),
      make('p', { class: 'soft' }, say('affix.sentNot')),
    ),
    button,
  ]
  return { nodes, showQuota }
}

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
  return { nodes: [heading(say('affix.progressHeading')), list, make('p', { class: 'soft' }, keeps)], step: show }
}

/** The end: the file first. `saved` hears that it was downloaded. */
export function makeDone(
  say: Say,
  on: { copy: StampedCopy; address: string; name: string; saved(): void; again(): void },
): { nodes: Node[]; download(): void } {
  const { serial, specimen } = on.copy
  const link = make(
    'a',
    { class: 'button', href: on.address, download: on.name, click: () => on.saved() },
    say('affix.download'),
  )
  const halves = [serial.slice(0, 11), serial.slice(11)].map((half) => make('span', {}, half))
  const never = ['compress', 'print', 'merge'].map((each) => make('li', {}, say(`affix.never.${each}`)))
  return {
    nodes: [
      make('p', { class: 'verdict good', role: 'status' }, makeIcon('good', 28), make('strong', {}, say('affix.done'))),
      ...(specimen ? [makeNotice('warn', say('cek.specimenBand'))] : []),
      link,
      make(
        'dl',
        { class: 'rows' },
        make('div', {}, make('dt', {}, say('affix.serial')), make('dd', { class: 'serial' }, ...halves)),
        make('div', {}, make('dt', {}, say('affix.fileName')), make('dd', {}, on.name)),
      ),
      make('p', {}, make('a', { href: `/cek/${serial}` }, say('affix.toCheck'))),
      make('h2', {}, say('affix.neverHeading')),
      make('ul', {}, ...never),
      make('p', { class: 'soft' }, say('affix.keepOriginal')),
      make('button', { type: 'button', class: 'button button-quiet', click: () => on.again() }, say('affix.another')),
    ],
    download: () => link.click(),
  }
}

/** What was begun on this device and is not finished. */
export function makeOffer(say: Say, work: KeptWork, on: { goOn(): void; later(): void; discard(): void }): Node[] {
  return [
    heading(say('affix.offerHeading')),
    makeNotice('plain', make('p', {}, say('affix.offer', { name: work.name })), make('p', {}, say('affix.offerKept'))),
    make(
      'div',
      { class: 'acts' },
      make('button', { type: 'button', class: 'button', click: () => on.goOn() }, say('affix.goOn')),
      make('button', { type: 'button', class: 'button button-quiet', click: () => on.later() }, say('affix.otherFile')),
      make('button', { type: 'button', class: 'button button-bad', click: () => on.discard() }, say('affix.discard')),
    ),
  ]
}
