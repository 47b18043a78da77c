import { encode } from 'uqr'
import { expect, test } from 'vitest'
import { qrSymbol } from './qr-symbol.ts'

const characters = 'abcdefghijklmnopqrstuvwxyz0123456789/:.-_ABCé'

test('every length that a version holds gives the modules that another encoder gives', () => {
  for (let length = 1; length <= 213; length++) {
    const text = Array.from({ length }, (_, at) => characters[(at * 7 + length) % 44] ?? '').join('')
    const { data, size } = encode(text, { ecc: 'M', border: 0, minVersion: 4, maxVersion: 10, maskPattern: 2 })
    const symbol = qrSymbol(text)
    expect(symbol?.size).toBe(size)
    expect(Array.from(symbol?.modules ?? [])).toEqual(data.flat().map(Number))
  }
})

test('text is counted in bytes of UTF-8: what needs more than 213 has no symbol', () => {
  expect(qrSymbol('x'.repeat(213))?.size).toBe(57)
  expect(qrSymbol('x'.repeat(214))).toBeUndefined()
  expect(qrSymbol('é'.repeat(107))).toBeUndefined()
})
