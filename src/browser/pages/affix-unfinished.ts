import type { KeptWork } from './kept-work.ts'
import { make } from './make.ts'
import type { Say } from './words.ts'

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
