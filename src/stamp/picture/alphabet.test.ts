import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitLine, layOutLine } from './alphabet.ts'

const whole = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

test('every letter and digit is drawn, and no two alike', () => {
  const paths = whole.split('').map((char) => layOutLine(char, 0).path)
  expect(paths.filter((path) => path === '')).toEqual([])
  expect(new Set(paths).size).toBe(36)
})

test('in a serial number no letter passes for a digit', () => {
  expect(layOutLine('0', 0, 'serial').path).not.toBe(layOutLine('0', 0).path)
  expect(layOutLine('I', 0, 'serial').path).not.toBe(layOutLine('I', 0).path)
})

test('a character without a form is refused by name', () => {
  expect(() => layOutLine('Meterai', 20)).toThrow(/no "e"; it has A-Z 0-9 space/)
})

test('tracking stands between letters only', () => {
  expect(layOutLine('HH', 30).width).toBe(2 * layOutLine('H', 30).width + 30)
})

test('any serial fits its span, the widest by shrinking', () => {
  const span = 2210
  const serials = fc.string({ unit: fc.constantFrom(...whole.split('')), minLength: 22, maxLength: 22 })
  fc.assert(
    fc.property(serials, (serial) => {
      const line = fitLine(serial, span, 'serial')
      expect(line.width * line.shrink).toBeLessThanOrEqual(span)
      expect(line.width * line.shrink).toBeGreaterThan(span - 22)
    }),
  )
  expect(fitLine('W'.repeat(22), span, 'serial').shrink).toBeLessThan(1)
})
