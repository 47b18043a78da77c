import { generateKeyPairSync, sign } from 'node:crypto'
import { expect, test } from 'vitest'
import { nodePrimitives } from './primitives-node.ts'
import { rememberingVerify } from './remembered-verify.ts'

function counted() {
  let count = 0
  const primitives = rememberingVerify({
    ...nodePrimitives,
    verify: (...order) => (count++, nodePrimitives.verify(...order)),
  })
  return { primitives, count: () => count }
}

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))
const message = new TextEncoder().encode('sepuluh ribu rupiah')
const signature = new Uint8Array(sign('sha256', message, privateKey))

test('the same signature is verified once, good or bad', () => {
  const { primitives, count } = counted()
  for (let round = 0; round < 3; round++) {
    expect(primitives.verify(spki, 'sha256', message, signature)).toBe(true)
    expect(primitives.verify(spki, 'sha256', message.slice(1), signature)).toBe(false)
  }
  expect(count()).toBe(2)
})

test('where one part ends and the next begins makes another question, as do hash and salt', () => {
  const { primitives, count } = counted()
  primitives.verify(spki, 'sha256', message, signature)
  const [first = 0] = signature
  primitives.verify(spki, 'sha256', Uint8Array.of(...message, first), signature.slice(1))
  primitives.verify(spki, 'sha384', message, signature)
  expect(count()).toBe(3)
})

test('a key that is none throws each time and is not remembered', () => {
  const { primitives } = counted()
  for (let round = 0; round < 2; round++)
    expect(() => primitives.verify(new Uint8Array(3), 'sha256', message, signature)).toThrow(/./)
})

test('what is made of bytes is made once, of a copy, and anew of what is too long to keep', () => {
  const { remembering } = rememberingVerify(nodePrimitives)
  const given: Uint8Array[] = []
  const read = remembering?.((bytes) => {
    given.push(bytes)
    return { length: bytes.length }
  })
  const whole = Uint8Array.of(1, 2, 3, 4)
  expect(read?.(whole.subarray(1))).toBe(read?.(Uint8Array.of(2, 3, 4)))
  expect(given).toHaveLength(1)
  expect(given[0]?.buffer.byteLength).toBe(3)
  const long = new Uint8Array(64 * 1024)
  expect(read?.(long)).not.toBe(read?.(long))
})
