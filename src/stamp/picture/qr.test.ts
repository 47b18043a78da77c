import { encode } from 'uqr'
import { expect, test } from 'vitest'
import { latin1Text } from '../pdf/objects.ts'
import { qrPath } from './qr.ts'

const url = 'http://localhost:8080/cek/SPESIMEN0XYZ123456789A'

test('the merged rectangles cover exactly the dark modules, each once', () => {
  const { data, size } = encode(url, { ecc: 'M', border: 0, maskPattern: 2 })
  const qr = qrPath(url)
  const covered = Array.from({ length: size }, () => Array.from({ length: size }, () => 0))
  for (const line of latin1Text(qr.path).trim().split('\n')) {
    const [left = -1, bottom = -1, width = 0, height = 0] = line.split(' ').map(Number)
    for (const row of covered.slice(size - bottom - height, size - bottom)) {
      for (let column = left; column < left + width; column++) row[column] = (row[column] ?? 0) + 1
    }
  }
  expect(qr.size).toBe(size)
  expect(covered).toEqual(data.map((row) => row.map(Number)))
})

test('the usual check addresses need 33 modules, shorter ones no fewer', () => {
  expect(qrPath(url).size).toBe(33)
  expect(qrPath('https://meterai.example/cek/M02QK7Z81J4GD8W3UIV5OH').size).toBe(33)
  expect(qrPath('https://a.id/cek/M').size).toBe(33)
})

test('a URL that would make the modules too small is refused with the URL', () => {
  expect(() => qrPath(`https://meterai.example/${'x'.repeat(190)}`)).toThrow(/too long for a stamp: https:\/\/meterai/)
})
