import { expect, test } from 'vitest'
import { jakartaMonth } from './jakarta.ts'

test('a month of Jakarta begins seven hours before that of UTC', () => {
  const lastSecond = new Date('2026-11-30T16:59:59Z')
  expect(jakartaMonth(lastSecond)).toEqual({ from: new Date('2026-10-31T17:00:00Z'), secondsLeft: 1 })
  const firstSecond = new Date('2026-12-31T17:00:00Z')
  expect(jakartaMonth(firstSecond)).toEqual({ from: firstSecond, secondsLeft: 31 * 86_400 })
})
