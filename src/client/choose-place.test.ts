import { expect, test } from 'vitest'
import type { DocumentFacts } from '../stamp/pdf/document-facts.ts'
import { choosePlace, placeBeside, type WantedPlace } from './choose-place.ts'

const order: WantedPlace = { page: 'last', at: undefined, size: undefined, unit: 'pt' }

function documentOf(sizes: [number, number][], signatureBoxes: DocumentFacts['signatureBoxes'] = []): DocumentFacts {
  const pages = sizes.map(([width, height]) => ({ width, height, rotation: 0, userUnit: 1 }) as const)
  return { version: '1.7', pages, signatures: [], stamps: [], signatureBoxes, warnings: [] }
}

test('the place is measured on the last page, or on the page asked for', () => {
  const document = documentOf([
    [595, 842],
    [842, 595],
  ])
  expect(choosePlace(order, document)).toMatchObject({ page: 'last', left: 706, bottom: 36 })
  expect(choosePlace({ ...order, page: 1 }, document)).toMatchObject({ page: 1, left: 459, bottom: 36 })
})

test('a place that was asked for is taken as it is', () => {
  expect(choosePlace({ ...order, at: { left: -5, bottom: 7.5 } }, documentOf([[595, 842]]))).toMatchObject({
    left: -5,
    bottom: 7.5,
  })
})

test('on a page smaller than stamp and margins the stamp still stands inside where it can', () => {
  expect(choosePlace(order, documentOf([[120, 110]]))).toMatchObject({ left: 0, bottom: 10 })
})

test('on a page smaller than a stamp the stamp is as large as the page, unless a size was asked for', () => {
  const small = documentOf([[80, 40]])
  expect(choosePlace(order, small)).toMatchObject({ left: 4, bottom: 0, width: 40, height: 40 })
  expect(choosePlace({ ...order, at: { left: 5, bottom: 0 } }, small)).toMatchObject({ left: 5, width: 40 })
  expect(choosePlace({ ...order, size: 60 }, small)).toMatchObject({ width: 60, height: 60 })
})

test('the stamp moves left past signatures that stand there', () => {
  const taken = { page: 1, left: 400, bottom: 20, width: 190, height: 120 }
  const placement = choosePlace(order, documentOf([[595, 842]], [taken]))
  expect(placement.left + placement.width).toBeLessThanOrEqual(400)
  expect(placement.left).toBeGreaterThan(200)
})

test('in millimetres the stamp has the same margins and never leaves the page', () => {
  const placement = choosePlace({ ...order, unit: 'mm' }, documentOf([[595, 842]]))
  expect(placement).toEqual({ page: 'last', left: 161.93, bottom: 12.7, width: 35.27, height: 35.27, unit: 'mm' })
})

test('beside a text the stamp stands right of it, and elsewhere where the page ends or somebody signed', () => {
  const document = documentOf([[595, 842]])
  const text = { page: 1, left: 100, bottom: 400, width: 50, height: 10 }
  expect(placeBeside(text, order, document)).toMatchObject({ page: 1, left: 156, bottom: 355, width: 100 })
  expect(placeBeside({ ...text, left: 500 }, order, document)).toMatchObject({ left: 394, bottom: 355 })
  const both = documentOf(
    [[595, 842]],
    [
      { page: 1, left: 160, bottom: 390, width: 50, height: 20 },
      { page: 1, left: 40, bottom: 390, width: 50, height: 20 },
    ],
  )
  expect(placeBeside(text, order, both)).toMatchObject({ left: 75, bottom: 416 })
})

test('on a page without room beside the text the stamp stands on it', () => {
  const text = { page: 1, left: 10, bottom: 40, width: 90, height: 20 }
  expect(placeBeside(text, order, documentOf([[110, 100]]))).toMatchObject({ left: 5, bottom: 0, width: 100 })
})
