import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatNumber } from './number.ts'

test('numbers lose what says nothing', () => {
  const written = [0, -0.001, 0.5, -0.5, 3, 3.1, 3.14159, -12.3456, 1e-9, 100].map((value) => formatNumber(value))
  expect(written).toEqual(['0', '0', '.5', '-.5', '3', '3.1', '3.14', '-12.35', '0', '100'])
})

test('matrices keep four decimals', () => {
  expect([0.04567, -0.00004, 1.72727].map((value) => formatNumber(value, 4))).toEqual(['.0457', '0', '1.7273'])
})

test('what is written reads back within half a unit of the last place', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (value) => {
      const text = formatNumber(value)
      expect(text).toMatch(/^-?(?:\d+|\d*\.\d{1,2})$/)
      expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(0.005001)
    }),
  )
})
