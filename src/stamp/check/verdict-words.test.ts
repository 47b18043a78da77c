import { expect, test } from 'vitest'
import { isTextKey } from '../../base/text.ts'
import { integrities } from './report.ts'
import { standings } from './verdict.ts'
import { verdictWords } from './verdict-words.ts'

const all = standings.flatMap((standing) =>
  [undefined, ...integrities].map((integrity) => ({
    standing,
    reasons: [],
    ...(integrity === undefined ? {} : { integrity }),
  })),
)

test('only an intact stamp is green', () => {
  const green = all.filter((verdict) => verdictWords(verdict).tone === 'good')
  expect(green.map(({ standing, integrity }) => [standing, integrity])).toEqual([
    ['stamp', undefined],
    ['stamp', 'intact'],
  ])
})

test('every verdict is told in sentences that there are', () => {
  const keys = all
    .map(verdictWords)
    .flatMap(({ sentence, further, next }) => [sentence, next, ...(further === undefined ? [] : [further])])
  expect(keys.filter((key) => !isTextKey(key))).toEqual([])
})

test('a changed stamp is first of all changed, and a stamp of another document first of all that', () => {
  expect(verdictWords({ standing: 'stamp', integrity: 'changed', reasons: ['page_changed'] })).toEqual({
    tone: 'bad',
    sentence: 'verdicts.changed',
    further: 'standings.stamp',
    reasons: ['checkReasons.page_changed'],
    next: 'verdicts.changed.next',
  })
  expect(verdictWords({ standing: 'other_document', integrity: 'changed', reasons: [] }).sentence).toBe(
    'standings.other_document',
  )
})
