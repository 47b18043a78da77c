import { expect, test } from 'vitest'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { verifyingOnce } from './verify-once.ts'

function counted(answer: () => boolean) {
  const seen = { count: 0 }
  const verify = () => {
    seen.count++
    return answer()
  }
  return { seen, primitives: verifyingOnce({ ...nodePrimitives, verify }) }
}

const bytes = (...values: number[]) => Uint8Array.from(values)

test('the same signature is verified once, and one that differs anywhere again', () => {
  const { seen, primitives } = counted(() => true)
  for (let i = 0; i < 3; i++) expect(primitives.verify(bytes(1), 'sha256', bytes(2), bytes(3))).toBe(true)
  expect(seen.count).toBe(1)
  primitives.verify(bytes(1, 2), 'sha256', bytes(), bytes(3))
  primitives.verify(bytes(1), 'sha384', bytes(2), bytes(3))
  primitives.verify(bytes(1), 'sha256', bytes(2), bytes(3), { saltLength: 32 })
  primitives.verify(bytes(1), 'sha256', bytes(2), bytes(3), { saltLength: 20 })
  expect(seen.count).toBe(5)
})

test('a key that is none has signed nothing', () => {
  const { primitives } = counted(() => {
    throw new Error('no key')
  })
  expect(primitives.verify(bytes(1), 'sha256', bytes(2), bytes(3))).toBe(false)
})

test('beyond its bounds nothing new is verified, and at last nothing is good', () => {
  const { seen, primitives } = counted(() => true)
  const of = (number: number) => primitives.verify(bytes(1), 'sha256', bytes(number >> 8, number), bytes(3))
  for (let number = 0; number < 3000; number++) of(number)
  expect(seen.count).toBe(2000)
  expect(of(0)).toBe(true)
  expect(of(3001)).toBe(false)
  for (let times = 0; times < 20_000; times++) of(0)
  expect(of(0)).toBe(false)
})
