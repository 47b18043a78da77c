import { expect, test } from 'vitest'
import { promisedDay } from './promised-day.ts'

test('a promise counts working days, in Jakarta', () => {
  // a Friday
  expect(promisedDay(new Date('2026-11-27T03:00:00Z'), 1)).toBe('2026-11-30')
  expect(promisedDay(new Date('2026-11-27T03:00:00Z'), 7)).toBe('2026-12-08')
  // Thursday in London, Friday in Jakarta already
  expect(promisedDay(new Date('2026-11-26T17:30:00Z'), 1)).toBe('2026-11-30')
})
