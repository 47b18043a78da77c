import fc from 'fast-check'
import { expect, test } from 'vitest'
import { amountOf, dayOf, identityNumberOf, lengthOf } from './sheet-values.ts'

test.each([
  ['1.234.567,00', '1234567'],
  ['1.234.567', '1234567'],
  ['1,234,567.00', '1234567'],
  ['1.500', '1500'],
  ['1,500', '1500'],
  ['Rp 5.000.001', '5000001'],
  ['Rp5.000.001,-', '5000001'],
  ['0005000001', '5000001'],
  [7_500_000, '7500000'],
] as const)('the amount %j is %s rupiah', (cell, rupiah) => {
  expect(amountOf(cell)).toEqual({ ok: true, value: rupiah })
})

test.each([
  ['1.234.567,50', 'amountFraction'],
  [1.5, 'amountFraction'],
  ['1.23.456', 'amount'],
  ['12.3456', 'amount'],
  ['-5', 'amount'],
  [-5, 'amount'],
  ['lima juta', 'amount'],
  ['1234567890123456', 'amount'],
  ['5,0E+06', 'amount'],
] as const)('the amount %j is refused as %s', (cell, problem) => {
  expect(amountOf(cell)).toEqual({ ok: false, problem })
})

test('every amount comes back from the way Indonesians and English write it', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 999_999_999_999_999n }), fc.constantFrom('id', 'en'), (rupiah, language) => {
      const written = new Intl.NumberFormat(language, { minimumFractionDigits: 2 }).format(rupiah)
      expect(amountOf(written)).toEqual({ ok: true, value: String(rupiah) })
    }),
  )
})

test.each([
  ['23/11/2026', '2026-11-23'],
  ['3-1-2026', '2026-01-03'],
  ['23.11.2026', '2026-11-23'],
  ['2026-11-23', '2026-11-23'],
  ['2026-11-23 00:00:00', '2026-11-23'],
  ['23 Nopember 2026', '2026-11-23'],
  ['1 Agu 2026', '2026-08-01'],
  ['29/02/2028', '2028-02-29'],
  [{ day: '2026-11-23' }, '2026-11-23'],
] as const)('the date %j is %s', (cell, day) => {
  expect(dayOf(cell)).toEqual({ ok: true, value: day })
})

test.each([
  ['11/23/2026', 'date'],
  ['29/02/2026', 'date'],
  ['31/04/2026', 'date'],
  ['23/11/26', 'dateYear'],
  [46_349, 'date'],
  ['besok', 'date'],
  ['00/00/2026', 'date'],
] as const)('the date %j is refused as %s', (cell, problem) => {
  expect(dayOf(cell)).toEqual({ ok: false, problem })
})

test('an identity number that a spreadsheet has rounded is refused, never guessed', () => {
  expect(identityNumberOf('3171 0101 0190 0001')).toEqual({ ok: true, value: '3171010101900001' })
  expect(identityNumberOf(3_171_010_101_900_000)).toEqual({ ok: false, problem: 'rounded' })
  expect(identityNumberOf('3,17101E+15')).toEqual({ ok: false, problem: 'rounded' })
  expect(identityNumberOf(123_456_789_012_345)).toEqual({ ok: true, value: '123456789012345' })
})

test('lengths take a comma or a point', () => {
  expect([lengthOf('36,5'), lengthOf('36.5'), lengthOf(-2)]).toEqual(
    [36.5, 36.5, -2].map((value) => ({ ok: true, value })),
  )
  expect(lengthOf('1.234,5')).toEqual({ ok: false, problem: 'length' })
})
