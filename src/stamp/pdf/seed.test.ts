import { hkdfSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { expandKey, extractKey, seedOf } from './seed.ts'

test('derives what an independent HKDF derives', () => {
  const seed = Uint8Array.from({ length: 32 }, (_, index) => index)
  const expected = new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(0), 'a label', 32))
  expect(expandKey(extractKey(seed, nodePrimitives), 'a label', nodePrimitives)).toEqual(expected)
})

test('both updates agree on the first identifier and differ in the second', () => {
  const first = seedOf('00'.repeat(32), 1, nodePrimitives)
  const second = seedOf('00'.repeat(32), 2, nodePrimitives)
  expect(first.idElement('first')).toBe(second.idElement('first'))
  expect(first.idElement('second')).not.toBe(second.idElement('second'))
  expect(first.vector(1, 0)).not.toEqual(second.vector(1, 0))
})
