import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Facts } from './affixing.ts'
import { factsFrom, factsText } from './stored-facts.ts'

const text = fc.string()
const facts: fc.Arbitrary<Facts> = fc.record(
  {
    documentType: fc.constant('surat-pernyataan' as const),
    number: text,
    date: fc.constant('2026-11-24'),
    fileName: text,
    valueRupiah: fc.constant('125000000'),
    identityType: fc.constantFrom('KTP' as const, 'NPWP' as const, 'PASSPORT' as const),
    identityNumber: text,
    payerName: text,
    location: text,
    tag: text,
  },
  { requiredKeys: ['documentType', 'number'] },
)

test('facts come back from their row, those that were not given still absent', () => {
  fc.assert(
    fc.property(facts, (given) => {
      expect(factsFrom(JSON.parse(factsText(given)), given.documentType)).toEqual(given)
    }),
  )
})

test('a row without facts beyond the number holds one value', () => {
  expect(factsText({ documentType: 'surat-pernyataan', number: '0' })).toBe('["0"]')
})

test('facts that an earlier version stored as an object are read as they were', () => {
  const earlier = { number: 'SP/1', payerName: 'Contoh' }

  expect(factsFrom(earlier, 'surat-pernyataan')).toEqual({ documentType: 'surat-pernyataan', ...earlier })
})
