import type { Refusal } from '../../errors.ts'
import { openDesk } from './affix-desk.ts'
import type { StampedCopy, WorkerParts } from './affix-messages.ts'
import { makeNever, stampedName } from './affix-done.ts'
import { isLostSession } from './affix-pin.ts'
import type { Way } from './fetch-transport.ts'
import { keepWork, type KeptWork } from './kept-work.ts'
import { make, makeHeading, makeIcon, makeNotice } from './make.ts'
import { sayRefusal, type Say } from './words.ts'

/** What became of one document; neither a copy nor a refusal where it was not begun. */
export type SeriesEnd = { work: KeptWork; copy?: StampedCopy; refusal?: Refusal }

/** Where scripts lie, how the service is reached, what was confirmed, and whether this device keeps anything. */
export type SeriesGiven = {
  worker: string
  parts: WorkerParts
  way: Way
  authorization: string | undefined
  keeps: boolean
}

/** After these the next document would only hear the same. */
const endsAll = (refusal: Refusal) =>
  isLostSession(refusal) ||
  ['service_unreachable', 'quota_empty', 'authorization_missing', 'authorization_unusable', 'account_frozen'].includes(
    refusal.code,
  )

/** Stamps documents one after another, so that a phone holds one of them at a time. `ended` hears each. */
export async function affixSeries(
  works: readonly KeptWork[],
  given: SeriesGiven,
  ended: (ends: readonly SeriesEnd[]) => void,
): Promise<SeriesEnd[]> {
  const ends: SeriesEnd[] = []
  for (const work of works) {
    const last = ends.at(-1)?.refusal
    const isOver = last !== undefined && endsAll(last)
    // what was not begun keeps the reason of the one before it
    ends.push(isOver ? { work, refusal: last } : await affixOne(work, given))
    ended(ends)
  }
  return ends
}

async function affixOne(work: KeptWork, given: SeriesGiven): Promise<SeriesEnd> {
  const desk = openDesk(given.worker)
  try {
    const looked = await desk.ask({ kind: 'look', file: work.file, parts: given.parts })
    if (looked.kind === 'refused') return { work, refusal: looked.refusal }
    const { facts, placement, key, additional } = work
    const { way, authorization } = given
    const told = await desk.ask(
      { kind: 'affix', way, facts, placement, key, additional, authorization, intent: work.intent },
      (onTheWay) => {
        if (onTheWay.kind === 'note' && given.keeps)
          void keepWork({ ...work, affixingId: onTheWay.affixingId }).catch(() => undefined)
      },
    )
    if (told.kind === 'stamped') return { work, copy: told.copy }
    return { work, refusal: told.kind === 'refused' ? told.refusal : { code: 'internal' } }
  } finally {
    desk.close()
  }
}

/** Where a series stands, document by document, in words. */
export function makeSeriesProgress(
  say: Say,
  works: readonly KeptWork[],
  keeps: string,
): { nodes: Node[]; show(ends: readonly SeriesEnd[]): void } {
  const list = make('ol', { class: 'progress', 'aria-live': 'polite' })
  const show = (ends: readonly SeriesEnd[]) => {
    list.replaceChildren(
      ...works.map(({ name }, at) => {
        const end = ends[at]
        const state = end === undefined ? (at === ends.length ? 'now' : 'later') : 'done'
        const shape = end === undefined ? 'wait' : end.copy === undefined ? 'bad' : 'good'
        return make('li', { class: state }, makeIcon(shape, 20), ` ${name}`)
      }),
    )
  }
  show([])
  return { nodes: [makeHeading(say('affix.progressHeading')), list, make('p', { class: 'soft' }, keeps)], show }
}

/** The end of a series: each file with its download, and what is left with its reason and a way on. */
export function makeSeriesDone(
  say: Say,
  ends: readonly SeriesEnd[],
  on: { saved(work: KeptWork): void; goOn(work: KeptWork): void; again(): void },
): { nodes: Node[]; addresses: string[] } {
  const addresses: string[] = []
  const done = ends.filter(({ copy }) => copy !== undefined).length
  const links: HTMLAnchorElement[] = []
  const rows = ends.map(({ work, copy, refusal }) => {
    const name = make('p', {}, make('strong', {}, work.name))
    if (copy === undefined)
      return make(
        'li',
        { class: 'card' },
        name,
        make(
          'p',
          { class: 'state bad' },
          makeIcon('bad', 16),
          ` ${refusal === undefined ? '' : sayRefusal(say, refusal)}`,
        ),
        make('button', { type: 'button', class: 'button button-quiet', click: () => on.goOn(work) }, say('affix.goOn')),
      )
    const address = URL.createObjectURL(new Blob([work.file, copy.tail], { type: 'application/pdf' }))
    addresses.push(address)
    const link = make(
      'a',
      { class: 'button button-quiet', href: address, download: stampedName(work.name), click: () => on.saved(work) },
      say('affix.download'),
    )
    links.push(link)
    return make(
      'li',
      { class: 'card' },
      name,
      make('p', { class: 'state good' }, makeIcon('good', 16), ` ${say('affix.doneWord')} `),
      make('p', { class: 'serial' }, make('a', { href: `/cek/${copy.serial}` }, copy.serial)),
      link,
    )
  })
  const all = () => {
    for (const link of links) link.click()
  }
  const verdict =
    done === ends.length
      ? make(
          'p',
          { class: 'verdict good', role: 'status' },
          makeIcon('good', 28),
          make('strong', {}, say('affix.doneAll', { done })),
        )
      : makeNotice('warn', say('affix.donePart', { done, count: ends.length }), make('p', {}, say('affix.nothingLost')))
  const nodes = [
    verdict,
    ...(links.length > 1
      ? [
          make(
            'button',
            { type: 'button', class: 'button', click: all },
            say('affix.downloadAll', { count: links.length }),
          ),
        ]
      : []),
    make('ul', { class: 'plain-list' }, ...rows),
    ...makeNever(say),
    make('p', { class: 'soft' }, say('affix.keepOriginal')),
    make('button', { type: 'button', class: 'button button-quiet', click: () => on.again() }, say('affix.another')),
  ]
  return { nodes, addresses }
}
