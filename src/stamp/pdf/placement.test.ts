import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Page } from './pages.ts'
import { boxText, numberText, overlap, pictureBox, placementBox, rectOf, seenBoxOf, seenSize } from './placement.ts'

function page(rotation: Page['rotation'], userUnit = 1): Page {
  const source = { bytes: new Uint8Array(0), packed: false }
  const dict = { kind: 'dict', entries: new Map(), spans: new Map(), repeated: [], start: 0, end: 0, source } as const
  return { ref: undefined, dict, visible: [10, 20, 210, 320], rotation, userUnit }
}

const corner = { left: 5, bottom: 7, width: 50, height: 60 }

test.each([
  [0, [15, 27, 65, 87]],
  [90, [143, 25, 203, 75]],
  [180, [155, 253, 205, 313]],
  [270, [17, 265, 77, 315]],
] as const)('on a page turned by %i the bottom-left corner as seen is %j', (rotation, rect) => {
  expect(rectOf(page(rotation), corner)).toEqual(rect)
})

test('a page turned by 90 is seen as wide as it is high', () => {
  expect(seenSize(page(90))).toEqual({ width: 300, height: 200 })
})

test('with UserUnit 2 the page is twice as large and the rectangle half', () => {
  expect(seenSize(page(0, 2))).toEqual({ width: 400, height: 600 })
  expect(rectOf(page(0, 2), { left: 20, bottom: 40, width: 100, height: 100 })).toEqual([20, 40, 70, 90])
})

test('what goes to user space comes back', () => {
  const box = fc.record({
    left: fc.double({ min: 0, max: 500, noNaN: true }),
    bottom: fc.double({ min: 0, max: 500, noNaN: true }),
    width: fc.double({ min: 1, max: 500, noNaN: true }),
    height: fc.double({ min: 1, max: 500, noNaN: true }),
  })
  fc.assert(
    fc.property(box, fc.constantFrom(0, 90, 180, 270), fc.constantFrom(1, 2, 0.5), (seen, rotation, userUnit) => {
      const back = seenBoxOf(page(rotation, userUnit), rectOf(page(rotation, userUnit), seen))
      for (const key of ['left', 'bottom', 'width', 'height'] as const) expect(back[key]).toBeCloseTo(seen[key], 6)
    }),
  )
})

test('millimetres become points', () => {
  const box = placementBox({ page: 1, left: 25.4, bottom: 0, width: 50.8, height: 25.4, unit: 'mm' })
  expect(box.left).toBeCloseTo(72)
  expect(box.width).toBeCloseTo(144)
})

test('the picture keeps its aspect: the box grows on both sides', () => {
  expect(pictureBox({ left: 0, bottom: 0, width: 200, height: 100 })).toEqual([-50, -0, 150, 100])
  expect(boxText(pictureBox({ left: 0, bottom: 0, width: 100, height: 150 }))).toBe('[0 -25 100 125]')
})

test('boxes that share an edge do not overlap', () => {
  const left = { left: 0, bottom: 0, width: 10, height: 10 }
  expect(overlap(left, { ...left, left: 10 })).toBe(false)
  expect(overlap(left, { ...left, left: 9.9 })).toBe(true)
})

test.each([
  [1, '1'],
  [100, '100'],
  [-0.00001, '0'],
  [0.25, '0.25'],
  [1e-7, '0'],
])('%d is written %s', (value, text) => {
  expect(numberText(value)).toBe(text)
})
