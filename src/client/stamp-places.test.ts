import { expect, test } from 'vitest'
import type { DocumentFacts } from '../stamp/pdf/document-facts.ts'
import { firstPlace, keepInside, placeOf, snap } from './stamp-places.ts'

const a4 = { width: 595, height: 842, rotation: 0, userUnit: 1 } as const
function facts(boxes: DocumentFacts['signatureBoxes'] = []): DocumentFacts {
  return { version: '1.7', pages: [a4, a4], signatures: [], stamps: [], signatureBoxes: boxes, warnings: [] }
}

test('without a signature the stamp begins at the lower right of the last page', () => {
  expect(firstPlace(facts())).toEqual({ page: 2, left: 595 - 36 - 100, bottom: 36, side: 100 })
})

test('with a signature the stamp begins beside it and covers none', () => {
  const box = { page: 1, left: 60, bottom: 120, width: 150, height: 60 }
  expect(firstPlace(facts([box]))).toEqual({ page: 1, left: 216, bottom: 100, side: 100 })
})

test('where the right of the signature is taken by another, the stamp goes to its left', () => {
  const other = { page: 1, left: 420, bottom: 100, width: 150, height: 80 }
  const last = { page: 1, left: 250, bottom: 100, width: 150, height: 80 }
  expect(firstPlace(facts([other, last]))).toMatchObject({ page: 1, left: 144 })
})

test('a stamp stays inside its page and is never smaller than what is read in print', () => {
  expect(keepInside({ page: 1, left: 900, bottom: -5, side: 10 }, a4)).toEqual({
    page: 1,
    left: 541,
    bottom: 0,
    side: 54,
  })
})

test('a stamp moved near a margin goes there, and one far from all lines stays', () => {
  expect(snap({ page: 1, left: 39, bottom: 400, side: 100 }, facts())).toEqual({
    place: { page: 1, left: 36, bottom: 400, side: 100 },
    snapped: true,
  })
  expect(snap({ page: 1, left: 200, bottom: 400, side: 100 }, facts()).snapped).toBe(false)
})

test('there is no place beside a signature where nobody signed', () => {
  expect(placeOf('signature', facts(), 1, 100)).toBeUndefined()
})
