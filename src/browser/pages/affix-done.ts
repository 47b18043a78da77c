import type { StampedCopy } from './affix-messages.ts'
import { make, makeIcon, makeNotice } from './make.ts'
import type { Say } from './words.ts'

/** What a stamped copy is called. */
export const stampedName = (name: string): string => name.replace(/(?:\.pdf)?$/i, '.bermeterai.pdf')

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
