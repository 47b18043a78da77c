import type { Refusal } from '../../errors.ts'
import { makeUnreachable } from './affix-failures.ts'
import { make, makeNotice } from './make.ts'
import { sayRefusal, type Say } from './words.ts'

/** What can be done after a refusal; each leads on, so that none is a dead end. */
export type RefusalWays = {
  tryAgain(): void
  otherFile(): void
  changePlace(): void
  oneMore(): void
  rebuild(affixingId: string): void
  /** Back to the review, which says what is missing and where to get it. */
  review(): void
  /** To the payment page, where the order is not paid yet. */
  pay(): void
}

/** Why an affixing ended without a stamp, what that means for the quota, and the ways on. */
export function makeRefusal(say: Say, refusal: Refusal, ways: RefusalWays): Node[] {
  const act = (key: string, click: () => void, look = 'button') =>
    make('button', { type: 'button', class: look, click }, say(key))
  const otherFile = act('affix.otherFile', () => ways.otherFile(), 'button button-quiet')
  const oneMore = act('affix.oneMore', () => ways.oneMore(), 'button button-quiet')
  const { code, values = {} } = refusal
  const { affixingId } = values
  const shown = (sentence: string, ...acts: HTMLElement[]) => [
    makeNotice('bad', make('p', {}, sentence), make('p', {}, say('affix.nothingLost'))),
    make('div', { class: 'acts' }, ...acts),
  ]
  if (code === 'already_stamped') {
    const rebuild = typeof affixingId === 'string' ? [act('affix.rebuild', () => ways.rebuild(affixingId))] : []
    return shown(say('affix.alreadyStamped', values), ...rebuild, oneMore, otherFile)
  }
  if (code === 'already_reserved')
    return shown(
      say('affix.alreadyReserved'),
      act('affix.again', () => ways.tryAgain()),
      oneMore,
      otherFile,
    )
  if (code === 'service_unreachable') return makeUnreachable(say, ways)
  if (code === 'intent_unpaid')
    return shown(
      say('affix.notPaid'),
      act('affix.toPay', () => ways.pay()),
      act('affix.again', () => ways.tryAgain(), 'button button-quiet'),
    )
  if (code === 'quota_empty')
    return shown(
      say('affix.quotaEmpty'),
      act('affix.toReviewAgain', () => ways.review()),
      otherFile,
    )
  if (code.startsWith('box_') || code === 'page_out_of_range')
    return shown(
      sayRefusal(say, refusal),
      act('affix.changePlace', () => ways.changePlace()),
      otherFile,
    )
  return shown(
    sayRefusal(say, refusal),
    act('affix.again', () => ways.tryAgain()),
    otherFile,
  )
}

/** Before somebody leaves with nothing kept: said, and up to them. */
export function makeLeaving(say: Say, isShared: boolean, on: { go(): void; back(): void }): Node[] {
  const button = (words: string, look: string, click: () => void) =>
    make('button', { type: 'button', class: look, click }, say(words))
  return [
    makeNotice('warn', say(isShared ? 'affix.leaveShared' : 'affix.leaveNotKept')),
    make(
      'div',
      { class: 'acts' },
      button('parts.continue', 'button', () => on.go()),
      button('parts.back', 'button button-quiet', () => on.back()),
    ),
  ]
}
