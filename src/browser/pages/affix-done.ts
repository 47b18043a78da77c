import type { StampedCopy } from './affix-messages.ts'
import { make, makeIcon, makeNotice } from './make.ts'
import { drawStamp } from './stamp-drawing.ts'
import type { Say } from './words.ts'

/** What a stamped copy is called. */
export const stampedName = (name: string): string => name.replace(/(?:\.pdf)?$/i, '.bermeterai.pdf')

/** What not to do with a stamped file. */
export const makeNever = (say: Say): Node[] => [
  make('h2', {}, say('affix.neverHeading')),
  make('ul', {}, ...['compress', 'print', 'merge'].map((each) => make('li', {}, say(`affix.never.${each}`)))),
]

/** The stamp as it stands on the document, with its own number. */
function makeStamp({ serial, specimen }: StampedCopy): HTMLElement {
  const canvas = make('canvas', { width: 240, height: 240, class: 'done-stamp', 'aria-hidden': 'true' })
  const checkUrl = `${location.origin}/cek/${serial}`
  drawStamp(canvas, { serial, checkUrl, specimen, pictureVersion: 1, artworkSha256: null })
  return canvas
}

type DoneGiven = {
  copy: StampedCopy
  address: string
  name: string
  /** In another app's browser nobody knows whether the download came about. */
  isInApp: boolean
  saved(): void
  again(): void
}

/** The end: the file first. `saved` hears that it was downloaded. */
export function makeDone(say: Say, on: DoneGiven): { nodes: Node[]; download(): void } {
  const { serial, specimen } = on.copy
  const link = make(
    'a',
    { class: 'button', href: on.address, download: on.name, click: () => on.saved() },
    say('affix.download'),
  )
  const halves = [serial.slice(0, 11), serial.slice(11)].map((half) => make('span', {}, half))
  return {
    nodes: [
      make('p', { class: 'verdict good', role: 'status' }, makeIcon('good', 28), make('strong', {}, say('affix.done'))),
      ...(specimen ? [makeNotice('warn', say('cek.specimenBand'))] : []),
      link,
      ...(on.isInApp ? [makeNotice('warn', say('affix.inAppDone'))] : []),
      makeStamp(on.copy),
      make(
        'dl',
        { class: 'rows' },
        make('div', {}, make('dt', {}, say('affix.serial')), make('dd', { class: 'serial' }, ...halves)),
        make('div', {}, make('dt', {}, say('affix.fileName')), make('dd', {}, on.name)),
      ),
      make(
        'ul',
        { class: 'plain-list' },
        make('li', {}, make('a', { href: `/cek/${serial}` }, say('affix.toCheck'))),
        make('li', {}, make('a', { href: `/riwayat/${on.copy.affixingId}` }, say('affix.toStory'))),
      ),
      ...makeNever(say),
      make('p', { class: 'soft' }, say('affix.keepOriginal')),
      make('button', { type: 'button', class: 'button button-quiet', click: () => on.again() }, say('affix.another')),
    ],
    download: () => link.click(),
  }
}
