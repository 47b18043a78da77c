import { expect, test } from 'vitest'
import { digitsTyped } from './typed-number.ts'

test.each([
  ['1000', '1000'],
  [' 1.000 ', '1000'],
  ['Rp10.000.000', '10000000'],
  ['rp 500', '500'],
  ['0', '0'],
  ['', ''],
  ['  ', ''],
])('%j is read as the number that people mean', (typed, digits) => {
  expect(digitsTyped(typed)).toBe(digits)
})

test.each(['1e3', '0x10', '1.5', '1,5', '1.00', '10.00.000', '-2', '+2', '1 000', 'seribu', '١٠٠'])(
  '%j is no whole number',
  (typed) => {
    expect(digitsTyped(typed)).toBeUndefined()
  },
)
