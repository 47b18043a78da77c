import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyDifference, differenceOf } from './byte-difference.ts'

const pairs = fc.uint8Array({ maxLength: 400 }).chain((pattern) =>
  fc.record({
    pattern: fc.constant(pattern),
    changes: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 40 }),
  }),
)

test('the bytes come back from pattern and difference, whatever differs', () => {
  fc.assert(
    fc.property(pairs, ({ pattern, changes }) => {
      const bytes = Uint8Array.from(pattern)
      for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value
      expect(applyDifference(pattern, differenceOf(pattern, bytes))).toEqual(bytes)
    }),
  )
})

test('a stretch that differs costs its own bytes and two more', () => {
  const pattern = new Uint8Array(1000)
  const bytes = Uint8Array.from(pattern).fill(7, 100, 132)

  expect(differenceOf(pattern, pattern)).toHaveLength(0)
  expect(differenceOf(pattern, bytes)).toHaveLength(34)
})

test('a difference that is cut off or belongs elsewhere is refused', () => {
  const pattern = new Uint8Array(10)
  const difference = differenceOf(pattern, new Uint8Array(10).fill(1))

  expect(() => applyDifference(pattern, difference.subarray(0, 1))).toThrow(RangeError)
  expect(() => applyDifference(pattern, difference.subarray(0, 5))).toThrow(RangeError)
  expect(() => applyDifference(new Uint8Array(4), difference)).toThrow(RangeError)
  expect(() => differenceOf(pattern, new Uint8Array(9))).toThrow(RangeError)
})
