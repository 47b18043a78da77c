import { expect, test } from 'vitest'
import { offeredPages } from './page-chips.ts'

test('short documents offer every page, long ones the first, the last and those around', () => {
  expect(offeredPages(5, 3)).toEqual([1, 2, 3, 4, 5])
  expect(offeredPages(1, 1)).toEqual([1])
  expect(offeredPages(100_000, 50)).toEqual([1, undefined, 48, 49, 50, 51, 52, undefined, 100_000])
  expect(offeredPages(9, 1)).toEqual([1, 2, 3, undefined, 9])
})
