import { costCentrePattern } from '../../base/cost-centre.ts'
import type { DocumentDetails } from '../../client/affixing-answer.ts'
import { costCentreLengthMax } from '../../limits/stamping.ts'
import { documentTypes } from '../../stamp/document-types.ts'
import { documentsOf, rememberedType, type Draft, type DraftDocument } from './affix-draft.ts'
import type { LeftOut } from './affix-look.ts'
import { make, makeHeading, makeNotice } from './make.ts'
import { remember } from './remembered.ts'
import { sayRefusal, type Say } from './words.ts'

/** A document number as long as the service takes it. */
const numberLengthMax = 255

/** A size in KB or MB, as people say it. */
export const sizeText = (say: Say, bytes: number) =>
  bytes < 1024 * 1024
    ? `${new Intl.NumberFormat(say.language).format(Math.ceil(bytes / 1024))} KB`
    : `${new Intl.NumberFormat(say.language, { maximumFractionDigits: 1 }).format(bytes / 1024 / 1024)} MB`

const sayLeftOut = (say: Say, left: LeftOut): string =>
  say('affix.leftOut', {
    name: left.name,
    reason: 'refusal' in left ? sayRefusal(say, left.refusal) : say(`affix.because.${left.because}`),
  })

/** The step where a document is described. What is read and foreseen while it shows, it is told. */
export type DetailsStep = { nodes: Node[]; readSince(): void; foreseenSince(): void; hasBegun(): boolean }

/** What was found in the documents, and what the person says about them. `done` hears the answers. */
export function makeDetails(
  say: Say,
  draft: Draft,
  on: { isMade: boolean; leftOut: readonly LeftOut[]; done(facts: DocumentDetails, sendName: boolean): void },
): DetailsStep {
  const all = documentsOf(draft)
  const warnings = new Set(all.flatMap(({ looked }) => looked.document.warnings))
  const found = make('div')
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
  const limit = makeLimitField(say, draft)
  const foreseenSince = () => {
    found.replaceChildren(...all.map((document) => make('p', {}, sayFound(say, document))))
    limit.show()
  }
  foreseenSince()
  const notes = [
    guessNote(say, type, () => (rememberedType() === undefined ? draft.guess.documentType : undefined)),
    guessNote(say, number, () => draft.guess.number),
    guessNote(say, date, () => draft.guess.date),
  ] as const
  const form = make(
    'form',
    {},
    field('facts-type', say('affix.type'), type, undefined, notes[0].element),
    // a number is of one document
    all.length === 1
      ? field('facts-number', say('affix.number'), number, say('affix.numberHint'), notes[1].element)
      : '',
    field('facts-date', say('affix.date'), date, say('affix.dateHint'), notes[2].element),
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
    limit.element,
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
  let hasBegun = false
  form.addEventListener('input', () => (hasBegun = true))
  return {
    nodes: [
      makeHeading(say('affix.detailsHeading')),
      makeNotice(
        'good',
        found,
        make('p', {}, say(all.length === 1 ? 'affix.stays' : 'affix.stayAll', { count: all.length })),
      ),
      ...(saveMade === undefined ? [] : [makeNotice('plain', make('p', {}, say('affix.made')), saveMade)]),
      ...on.leftOut.map((left) => makeNotice('warn', sayLeftOut(say, left))),
      ...[...warnings].map((warning) => makeNotice('warn', say(`cli.warning.${warning}`))),
      form,
    ],
    foreseenSince,
    hasBegun: () => hasBegun,
    readSince() {
      type.value = draft.facts.documentType
      number.value = draft.facts.number ?? ''
      date.value = draft.facts.date ?? ''
      for (const note of notes) note.show()
    },
  }
}

/** How large the largest stamped copy will be; undefined as long as that is not known of all. */
export function largestOf(draft: Draft): number | undefined {
  const sizes = documentsOf(draft).flatMap(({ foreseen }) => (foreseen === undefined ? [] : [foreseen.stampedBytes]))
  return sizes.length < documentsOf(draft).length ? undefined : Math.max(...sizes)
}

function sayFound(say: Say, { name, looked, foreseen }: DraftDocument): string {
  const size = foreseen === undefined ? {} : { size: sizeText(say, foreseen.stampedBytes) }
  return say('affix.found', { name, pages: looked.document.pages.length, ...size })
}

/** Says that a field's value was read from the file, for as long as it is that; what was typed may be emptied by one press. */
function guessNote(
  say: Say,
  field: HTMLInputElement | HTMLSelectElement,
  guess: () => string | undefined,
): { element: HTMLElement; show(): void } {
  const note = make('p', { class: 'hint', role: 'status' })
  const clear = () => {
    field.value = ''
    field.focus()
    show()
  }
  const show = () => {
    if (field.value === '' || field.value !== guess()) return note.replaceChildren()
    const button = make('button', { type: 'button', class: 'text-button', click: clear }, say('affix.guessClear'))
    note.replaceChildren(say('affix.guessed'), ...(field instanceof HTMLInputElement ? [' ', button] : []))
  }
  field.addEventListener('input', show)
  show()
  return { element: note, show }
}

/** Sizes that institutions take at most, in KB; 0 is none. */
const limitsKilobytes = [0, 300, 500, 800, 1000] as const

/** Where the stamped copy is larger than the person says that its receiver takes: that, while nothing is spent. */
export function makeLimitWarning(say: Say, draft: Draft): HTMLElement | undefined {
  const bytes = largestOf(draft)
  const isOver = draft.limitKilobytes > 0 && bytes !== undefined && bytes > draft.limitKilobytes * 1024
  return isOver ? makeNotice('warn', say('affix.overLimit', { size: sizeText(say, bytes) })) : undefined
}

/** How large the receiver takes files; `show` hears that the size is known. */
function makeLimitField(say: Say, draft: Draft): { element: HTMLElement; show(): void } {
  const option = (limit: number) =>
    make(
      'option',
      { value: limit, selected: limit === draft.limitKilobytes },
      limit === 0 ? say('affix.noLimit') : `${new Intl.NumberFormat(say.language).format(limit)} KB`,
    )
  const select = make('select', { id: 'size-limit' }, ...limitsKilobytes.map(option))
  const warning = make('div', { role: 'status' })
  const show = () => {
    const shown = makeLimitWarning(say, draft)
    warning.replaceChildren(...(shown === undefined ? [] : [shown]))
  }
  select.addEventListener('change', () => {
    draft.limitKilobytes = Number(select.value)
    remember('limit', select.value)
    show()
  })
  const element = make(
    'div',
    { class: 'field' },
    make('label', { for: 'size-limit' }, say('affix.limit')),
    make('p', { class: 'hint' }, say('affix.limitHint')),
    select,
    warning,
  )
  return { element, show }
}
