import { expect, test } from 'vitest'
import { latin1Bytes } from '../../base/bytes.ts'
import { contentsInGap, coverageOf } from './byte-range.ts'

test('four numbers from 0 say what is covered', () => {
  expect(coverageOf([0, 10, 20, 5], 25)).toEqual({ gapStart: 10, gapEnd: 20, end: 25 })
})

test.each([
  [[0, 10, 20]],
  [[0, 10, 20, 5, 0]],
  [[1, 10, 20, 5]],
  [[0, 10.5, 20, 5]],
  [[0, -1, 20, 5]],
  [[0, 20, 10, 5]],
  [[0, 10, 20, 0]],
  [[0, 10, 20, 6]],
  [[0, 10, 20, Number.MAX_SAFE_INTEGER]],
  [[0, 10, null, 5]],
])('%j covers nothing', (range) => {
  expect(coverageOf(range, 25)).toBeUndefined()
})

test.each([
  ['ab<01aF>cd', [1, 0xaf]],
  ['ab<01 F>cd', undefined],
  ['ab(01aF>cd', undefined],
  ['ab<01aF)cd', undefined],
  ['ab<0<aF>cd', undefined],
])('the gap in %s holds %j', (text, expected) => {
  const found = contentsInGap(latin1Bytes(text), { gapStart: 2, gapEnd: 8, end: 10 })

  expect(found === undefined ? undefined : [...found]).toEqual(expected)
})
