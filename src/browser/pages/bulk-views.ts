import { refusalsOf, reportText } from '../../client/bulk/report.ts'
import type { RowResult, RowState } from '../../client/bulk/bulk-row.ts'
import type { Refusal } from '../../errors.ts'
import type { PlanTold, RunTold } from './bulk-messages.ts'
import { make, makeIcon, makeNotice } from './make.ts'
import { sayRefusal, type Say } from './words.ts'

/** Rows named on the page; the report names all. */
const rowsShownMax = 50

const heading = (words: string) => make('h2', { tabindex: -1 }, words)

const countOf = (results: readonly RowResult[], state: RowState) =>
  results.filter((result) => result.state === state).length

function makeRows(rows: readonly (readonly [string, string])[]): HTMLElement {
  return make(
    'dl',
    { class: 'rows' },
    ...rows.map(([label, value]) => make('div', {}, make('dt', {}, label), make('dd', {}, value))),
  )
}

/** What goes on, as a bar and in words. */
export function makeBar(say: Say, key: string): { nodes: Node[]; show(done: number, total: number): void } {
  const words = make('p', { role: 'status' })
  const bar = make('progress', { max: 1, value: 0, 'aria-label': say(`massal.${key}Label`) })
  return {
    nodes: [words, bar],
    show(done, total) {
      bar.max = Math.max(1, total)
      bar.value = done
      // every row read aloud would be noise
      const step = Math.max(1, Math.floor(total / 20))
      if (done % step === 0 || done === total) words.textContent = say(`massal.${key}`, { done, total })
    },
  }
}

/** Why a row is not stamped: what is not there was not chosen on this page. */
function sayRow(say: Say, file: string, refusal: Refusal): string {
  return refusal.code === 'not_found' ? say('massal.notChosen', { file }) : sayRefusal(say, refusal)
}

/** Rows that cannot be stamped, each with its cell or reason; some of them. */
function makeProblems(say: Say, results: readonly RowResult[]): Node[] {
  const lines = results
    .filter(({ state }) => state === 'refused')
    .flatMap((result) => refusalsOf(result).map((refusal) => ({ ...result, refusal })))
  if (lines.length === 0) return []
  const heads = ['row', 'file', 'why'].map((each) => say(`massal.head.${each}`))
  const rows = lines.slice(0, rowsShownMax).map(({ row, file, refusal }) => {
    const cells = [String(row), file, sayRow(say, file, refusal)]
    return make('tr', {}, ...cells.map((cell, at) => make('td', { 'data-head': heads[at] }, cell)))
  })
  return [
    make(
      'table',
      { class: 'table' },
      make('caption', {}, say('massal.problems', { count: lines.length })),
      make('thead', {}, make('tr', {}, ...heads.map((head) => make('th', { scope: 'col' }, head)))),
      make('tbody', {}, ...rows),
    ),
    ...(lines.length > rowsShownMax ? [make('p', {}, say('massal.more', { count: lines.length - rowsShownMax }))] : []),
  ]
}

function reportLink(say: Say, results: readonly RowResult[], look: string): HTMLElement {
  const text = reportText(results, (refusal, { file }) => sayRow(say, file, refusal))
  const href = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  return make('a', { class: look, href, download: 'laporan-meterai.csv' }, say('massal.report'))
}

/** What would be done, what would not and why, and the one button. */
export function makePlan(
  say: Say,
  plan: PlanTold,
  on: {
    buyPath: string | undefined
    wrong?: Refusal | undefined
    run(pin: string | undefined): void
    again(): void
  },
): Node[] {
  const { ready, settled, quota, ignored, asksPin } = plan
  const before = countOf(settled, 'stamped_before')
  const rows = makeRows([
    [say('massal.ready'), String(ready)],
    ...(before === 0 ? [] : [[say('massal.before'), String(before)] as const]),
    [say('massal.refused'), String(settled.length - before)],
    [say('massal.quota'), say('massal.quotaOf', quota)],
  ])
  const again = make(
    'button',
    { type: 'button', class: 'button button-quiet', click: () => on.again() },
    say('massal.again'),
  )
  return [
    heading(say('massal.planHeading')),
    ...(plan.isResumed ? [makeNotice('plain', make('p', {}, say('massal.resumed')))] : []),
    ...(plan.isKept ? [] : [makeNotice('warn', make('p', {}, say('massal.notKept')))]),
    ...(ignored.length === 0
      ? []
      : [make('p', {}, say('massal.ignored', { columns: ignored.slice(0, 20).join(', ') }))]),
    rows,
    ...makeProblems(say, settled),
    ...(settled.length === 0 ? [] : [make('p', {}, reportLink(say, settled, 'tall'))]),
    ...(quota.missing > 0 ? [makeMissing(say, quota.missing, on.buyPath)] : []),
    ...(ready + before === 0 ? [] : [makeStart(say, { ready, isShort: quota.missing > 0, asksPin }, on)]),
    again,
  ]
}

function makeMissing(say: Say, missing: number, buyPath: string | undefined): HTMLElement {
  const buy =
    buyPath === undefined
      ? undefined
      : make(
          'p',
          {},
          make('a', { href: `${buyPath}?jumlah=${missing}&kembali=/massal` }, say('massal.buy', { missing })),
        )
  return makeNotice('warn', make('p', {}, say('massal.missing', { missing })), buy)
}

function makeStart(
  say: Say,
  { ready, isShort, asksPin }: { ready: number; isShort: boolean; asksPin: boolean },
  on: Parameters<typeof makePlan>[2],
): HTMLElement {
  const pin = make('input', {
    id: 'pin',
    name: 'pin',
    class: 'code',
    type: 'password',
    inputmode: 'numeric',
    autocomplete: 'off',
    pattern: '[0-9]{6}',
    maxlength: 6,
    required: true,
    'aria-describedby': 'pin-hint',
  })
  const key = ready === 0 ? 'massal.fetch' : isShort ? 'massal.startPart' : 'massal.start'
  const start = make('button', { type: 'submit', class: 'button' }, say(key, { ready, rupiah: rupiahText(say, ready) }))
  const form = make(
    'form',
    {},
    ...(on.wrong === undefined ? [] : [makeNotice('bad', make('p', {}, sayRefusal(say, on.wrong)))]),
    ...(asksPin
      ? [make('label', { for: 'pin' }, 'PIN'), make('p', { class: 'hint', id: 'pin-hint' }, say('massal.pinHint')), pin]
      : []),
    start,
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    on.run(asksPin ? pin.value : undefined)
  })
  return form
}

/** Ten thousand a stamp (UU 10/2020 art. 5). */
const rupiahText = (say: Say, stamps: number) => `Rp${new Intl.NumberFormat(say.language).format(stamps * 10_000)}`

/** How it ended: the copies first. `taken` hears that they were downloaded. */
export function makeEnd(say: Say, run: RunTold, on: { goOn(): void; again(): void; taken(): void }): Node[] {
  const { results, archives, ended } = run
  const [stamped, before] = [countOf(results, 'stamped'), countOf(results, 'stamped_before')]
  const [refused, left] = [countOf(results, 'refused'), countOf(results, 'left')]
  const isWhole = ended === undefined && left === 0
  const links = archives.map((archive, at) =>
    make(
      'a',
      {
        class: 'button',
        href: URL.createObjectURL(archive),
        download: `bermeterai${at === 0 ? '' : `-${at + 1}`}.zip`,
        click: () => on.taken(),
      },
      say('massal.zip', archives.length === 1 ? {} : { part: at + 1, parts: archives.length }),
    ),
  )
  return [
    make(
      'p',
      { class: `verdict ${isWhole ? 'good' : 'warn'}`, role: 'status', tabindex: -1 },
      makeIcon(isWhole ? 'good' : 'warn', 28),
      make('strong', {}, say(isWhole ? 'massal.done' : 'massal.stopped', { count: stamped + before, left })),
    ),
    ...(ended === undefined ? [] : [make('p', {}, sayRefusal(say, ended))]),
    ...(isWhole
      ? []
      : [make('button', { type: 'button', class: 'button', click: () => on.goOn() }, say('massal.goOn'))]),
    ...links,
    makeRows([
      [say('massal.stamped'), String(stamped)],
      ...(before === 0 ? [] : [[say('massal.before'), String(before)] as const]),
      [say('massal.refused'), String(refused)],
      ...(left === 0 ? [] : [[say('massal.left'), String(left)] as const]),
    ]),
    make('p', {}, reportLink(say, results, 'button button-quiet')),
    ...makeProblems(say, results),
    make('p', { class: 'soft' }, say('massal.keepOriginals')),
    make('button', { type: 'button', class: 'button button-quiet', click: () => on.again() }, say('massal.another')),
  ]
}
