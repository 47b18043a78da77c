import { costCentrePattern } from '../../base/cost-centre.ts'
import type { DocumentDetails } from '../../client/affixing-answer.ts'
import type { Refusal } from '../../errors.ts'
import { costCentreLengthMax } from '../../limits/stamping.ts'
import { documentTypes } from '../../stamp/document-types.ts'
import { documentsOf, rememberedType, type Draft } from './affix-draft.ts'
import type { AffixStep } from './affix-messages.ts'
import type { KeptWork } from './kept-work.ts'
import { make, makeIcon, makeNotice } from './make.ts'
import { recall, remember } from './remembered.ts'
import { sayRefusal, type Say } from './words.ts'

/** A document number as long as the service takes it. */
const numberLengthMax = 255

/** A size in KB or MB, as people say it. */
export const sizeText = (say: Say, bytes: number) =>
  bytes < 1024 * 1024
    ? `${new Intl.NumberFormat(say.language).format(Math.ceil(bytes / 1024))} KB`
    : `${new Intl.NumberFormat(say.language, { maximumFractionDigits: 1 }).format(bytes / 1024 / 1024)} MB`

/** What a step is about; it is read out when the step shows. */
export const heading = (words: string) => make('h2', { tabindex: -1 }, words)

/** A file that was chosen with others and does not go along: it is refused, is there twice, or is one too many. */
export type LeftOut = { name: string } & ({ refusal: Refusal } | { because: 'same' | 'many' })

const sayLeftOut = (say: Say, left: LeftOut): string =>
  say('affix.leftOut', {
    name: left.name,
    reason: 'refusal' in left ? sayRefusal(say, left.refusal) : say(`affix.because.${left.because}`),
  })

/** What was found in the documents, and what the person says about them. `done` hears the answers. */
export function makeDetails(
  say: Say,
  draft: Draft,
  on: { isMade: boolean; leftOut: readonly LeftOut[]; done(facts: DocumentDetails, sendName: boolean): void },
): Node[] {
  const all = documentsOf(draft)
  const warnings = new Set(all.flatMap(({ looked }) => looked.document.warnings))
  const largest = Math.max(...all.map(({ looked }) => looked.document.stampedBytes))
  const found = all.map(({ name, looked }) => {
    const { pages, stampedBytes } = looked.document
    return make('p', {}, say('affix.found', { name, pages: pages.length, size: sizeText(say, stampedBytes) }))
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
  const tag = make('input', {
    id: 'facts-tag',
    maxlength: costCentreLengthMax,
    pattern: costCentrePattern,
    value: draft.facts.tag ?? '',
    autocomplete: 'off',
  })
  const sendName = make('input', { id: 'send-name', type: 'checkbox', checked: draft.sendName })
  const field = (id: string, label: string, control: HTMLElement, hint?: string, note?: Node) =>
    make(
      'div',
      { class: 'field' },
      make('label', { for: id }, label),
      hint === undefined ? undefined : make('p', { class: 'hint' }, hint),
      control,
      note,
    )
  const { guess } = draft
  const limit = makeLimitField(say, largest)
  const form = make(
    'form',
    {},
    field(
      'facts-type',
      say('affix.type'),
      type,
      undefined,
      guessNote(say, type, rememberedType() ? '' : guess.documentType),
    ),
    // a number is of one document
    all.length === 1
      ? field(
          'facts-number',
          say('affix.number'),
          number,
          say('affix.numberHint'),
          guessNote(say, number, guess.number),
        )
      : '',
    field('facts-date', say('affix.date'), date, say('affix.dateHint'), guessNote(say, date, guess.date)),
    make(
      'details',
      { open: tag.value !== '' },
      make('summary', {}, say('tag.more')),
      field('facts-tag', say('tag.label'), tag, say('tag.hint')),
    ),
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
    // the PDF that was made of photos is nowhere else yet: it is saved before anything is spent on it
    saveMade?.click()
    const slug = documentTypes.find((each) => each.slug === type.value)?.slug ?? 'surat-pernyataan'
    remember('type', slug)
    const costCentre = tag.value.trim()
    const typed = number.value.trim()
    on.done(
      {
        documentType: slug,
        ...(typed === '' || all.length > 1 ? {} : { number: typed }),
        ...(date.value === '' ? {} : { date: date.value }),
        ...(costCentre === '' ? {} : { tag: costCentre }),
      },
      sendName.checked,
    )
  })
  const saveMade = on.isMade
    ? make(
        'a',
        { class: 'button button-quiet', href: URL.createObjectURL(draft.file), download: draft.name },
        say('affix.saveOriginal'),
      )
    : undefined
  return [
    heading(say('affix.detailsHeading')),
    makeNotice(
      'good',
      ...found,
      make('p', {}, say(all.length === 1 ? 'affix.stays' : 'affix.stayAll', { count: all.length })),
    ),
    ...(saveMade === undefined ? [] : [makeNotice('plain', make('p', {}, say('affix.made')), saveMade)]),
    ...on.leftOut.map((left) => makeNotice('warn', sayLeftOut(say, left))),
    ...[...warnings].map((warning) => makeNotice('warn', say(`cli.warning.${warning}`))),
    form,
  ]
}

/** Says that a field's value was read from the file, for as long as it is that; what was typed may be emptied by one press. */
function guessNote(say: Say, field: HTMLInputElement | HTMLSelectElement, guess = ''): HTMLElement {
  const note = make('p', { class: 'hint', role: 'status' })
  const clear = () => {
    field.value = ''
    field.focus()
    show()
  }
  const show = () => {
    if (guess === '' || field.value !== guess) return note.replaceChildren()
    const button = make('button', { type: 'button', class: 'text-button', click: clear }, say('affix.guessClear'))
    note.replaceChildren(say('affix.guessed'), ...(field instanceof HTMLInputElement ? [' ', button] : []))
  }
  field.addEventListener('input', show)
  show()
  return note
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

const unfinishedText = ({ step, intent, affixingId }: KeptWork) =>
  step === 'review'
    ? 'affix.unfinishedReview'
    : intent !== undefined && affixingId === undefined
      ? 'affix.unfinishedBuying'
      : 'affix.unfinishedBegun'

/** What was begun on this device and is not finished, above the form that begins something new. */
export function makeUnfinished(
  say: Say,
  works: readonly KeptWork[],
  on: { goOn(works: readonly KeptWork[]): void; discard(work: KeptWork): void },
): Node[] {
  if (works.length === 0) return []
  const button = (words: string, look: string, click: () => void, name?: string) =>
    make('button', { type: 'button', class: look, 'aria-label': name, click }, words)
  const begun = works.filter(({ step }) => step === undefined)
  const look = works.length === 1 ? 'button' : 'button button-quiet'
  const rows = works.map((work) => {
    // whose it is nobody knows: neither does a name say it to whoever comes next
    const name = work.owner ? work.name : say('affix.unfinishedNobody')
    return make(
      'li',
      { class: 'card' },
      make('p', {}, make('strong', {}, name)),
      make('p', { class: 'soft' }, say(unfinishedText(work))),
      make(
        'div',
        { class: 'acts' },
        button(say('affix.goOn'), look, () => on.goOn([work]), `${say('affix.goOn')}: ${name}`),
        button(say('affix.discard'), 'button button-quiet', () => on.discard(work), `${say('affix.discard')}: ${name}`),
      ),
    )
  })
  return [
    make('h2', {}, say('affix.offerHeading')),
    make('p', {}, say('affix.offerKept')),
    make('ul', { class: 'plain-list' }, ...rows),
    ...(begun.length > 1
      ? [button(say('affix.goOnAll', { count: begun.length }), 'button', () => on.goOn(begun))]
      : []),
  ]
}
