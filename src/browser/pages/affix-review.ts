import type { Quota } from '../../client/account.ts'
import { documentTypeName, dutyRupiah } from '../../stamp/document-types.ts'
import { pointsPerUnit } from '../../stamp/recipe.ts'
import { documentsOf, type Draft } from './affix-draft.ts'
import { largestOf, makeLimitWarning, sizeText } from './affix-details.ts'
import { make, makeHeading, makeNotice } from './make.ts'
import type { Say } from './words.ts'

/** What the act is called, with its price. */
export function sayAct(say: Say, stamps: number): string {
  return stamps === 1 ? say('affix.submit') : say('affix.submitMany', { stamps, price: price(say, stamps) })
}

/** What buying is called, with its price. */
export function sayBuying(say: Say, missing: number): string {
  return say('affix.buyMissing', { missing, price: price(say, missing) })
}

const price = (say: Say, stamps: number) =>
  `Rp${new Intl.NumberFormat(say.language).format(BigInt(stamps) * dutyRupiah)}`

type ReviewGiven = {
  thumbnail: HTMLElement
  quota: Quota | undefined
  isSignedIn: boolean
  /** Hears whether others use this device too. */
  affix(shared: boolean): void
  signIn(shared: boolean): void
  buy(stamps: number, shared: boolean): void
  change(step: 'details' | 'place'): void
}

/** Everything once more before anything is spent; its one button leads on, whatever is still missing. */
export function makeReview(
  say: Say,
  draft: Draft,
  on: ReviewGiven,
): { nodes: Node[]; showQuota: (quota: Quota) => void } {
  const stamps = documentsOf(draft).length
  const after = make('dd', {}, say(on.isSignedIn ? 'affix.asking' : 'affix.quotaUnknown'))
  const shared = make('input', { id: 'shared', type: 'checkbox', checked: draft.shared })
  let act = () => (on.isSignedIn ? on.affix(shared.checked) : on.signIn(shared.checked))
  const words = on.isSignedIn ? sayAct(say, stamps) : say('affix.signInToAffix')
  const button = make('button', { type: 'button', class: 'button', click: () => act() }, words)
  const missingNote = make('div', { role: 'status' })
  const showQuota = ({ available, specimen }: Quota) => {
    after.textContent = say(specimen ? 'affix.quotaSpecimen' : 'affix.quotaAfter', {
      available,
      after: Math.max(0, available - stamps),
    })
    const missing = stamps - available
    if (missing <= 0) return
    missingNote.replaceChildren(
      makeNotice('warn', say(stamps === 1 ? 'affix.quotaMissingOne' : 'affix.quotaMissing', { missing })),
    )
    button.textContent = sayBuying(say, missing)
    act = () => on.buy(missing, shared.checked)
  }
  if (on.quota !== undefined) showQuota(on.quota)
  const sent = ['digest', 'length', 'place', 'facts', draft.sendName ? 'name' : 'noName'].map((each) =>
    make('li', {}, say(`affix.sent.${each}`)),
  )
  const overLimit = makeLimitWarning(say, draft)
  const nodes = [
    makeHeading(say('affix.reviewHeading')),
    on.thumbnail,
    reviewRows(say, draft, { after, change: (step) => on.change(step) }),
    ...(documentsOf(draft).some(({ additional }) => additional) ? [makeNotice('warn', say('affix.isAdditional'))] : []),
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
    ...(overLimit === undefined ? [] : [overLimit]),
    missingNote,
    button,
  ]
  return { nodes, showQuota }
}

/** A day (YYYY-MM-DD) as people write it. */
function dayText(say: Say, day: string): string {
  const locale = say.language === 'en' ? 'en-GB' : 'id-ID'
  const form = { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' } as const
  return new Date(`${day}T00:00:00Z`).toLocaleDateString(locale, form)
}

function reviewRows(
  say: Say,
  draft: Draft,
  on: { after: HTMLElement; change(step: 'details' | 'place'): void },
): HTMLElement {
  const { facts, place } = draft
  const all = documentsOf(draft)
  const mm = (points: number) =>
    new Intl.NumberFormat(say.language, { maximumFractionDigits: 1 }).format(points / pointsPerUnit.mm)
  const at = { page: place.page, left: mm(place.left), bottom: mm(place.bottom), side: mm(place.side) }
  const row = (label: string, value: string | HTMLElement, step?: 'details' | 'place') =>
    make(
      'div',
      {},
      make('dt', {}, say(label)),
      typeof value === 'string' ? make('dd', {}, value) : value,
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
  const named = all.map(({ name, looked }) =>
    make('p', {}, `${name} (${say('affix.pages', { pages: looked.document.pages.length })})`),
  )
  return make(
    'dl',
    { class: 'rows' },
    row(all.length === 1 ? 'affix.document' : 'affix.documents', make('dd', {}, ...named)),
    row('affix.type', documentTypeName(facts.documentType) ?? facts.documentType, 'details'),
    all.length === 1 ? row('affix.number', facts.number ?? say('affix.none'), 'details') : '',
    row('affix.date', facts.date === undefined ? say('affix.none') : dayText(say, facts.date), 'details'),
    facts.tag === undefined ? '' : row('tag.label', facts.tag, 'details'),
    row('affix.place', say(all.length === 1 ? 'affix.placeAt' : 'affix.placeAtAll', at), 'place'),
    row(all.length === 1 ? 'affix.size' : 'affix.sizeLargest', sizeText(say, largestOf(draft) ?? 0)),
    row('affix.price', price(say, all.length)),
    row('affix.quota', on.after),
  )
}
