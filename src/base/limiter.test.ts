import { expect, test } from 'vitest'
import { openLimiter } from './limiter.ts'

function limiter(quota: number, windowSeconds: number, bucketsMax = 10) {
  let seconds = 0
  return {
    ...openLimiter({ quota, windowSeconds }, { bucketsMax, now: () => seconds }),
    wait: (more: number) => void (seconds += more),
  }
}

test('so many calls pass at once, the next one is told when to come back', () => {
  const { take, wait } = limiter(3, 6)
  expect([1, 2, 3].map(() => take('a').remaining)).toEqual([2, 1, 0])
  expect(take('a')).toEqual({ ok: false, remaining: 0, resetSeconds: 6, waitSeconds: 2 })
  wait(1.9)
  expect(take('a').ok).toBe(false)
  wait(0.2)
  expect(take('a').ok).toBe(true)
})

test('a refused call takes nothing, and a bucket is never fuller than its quota', () => {
  const { take, wait } = limiter(2, 2)
  for (let i = 0; i < 50; i++) take('a')
  wait(1)
  expect(take('a').ok).toBe(true)
  wait(1_000)
  expect([1, 2, 3].map(() => take('a').ok)).toEqual([true, true, false])
})

test('one key never takes from another', () => {
  const { take } = limiter(1, 60)
  expect([take('a').ok, take('a').ok, take('b').ok]).toEqual([true, false, true])
})

test('keys that go on being used are remembered, however many others come', () => {
  const { take } = limiter(1, 60, 4)
  take('a')
  for (let i = 0; i < 100; i++) {
    take(`other ${i}`)
    expect(take('a').ok).toBe(false)
  }
})
