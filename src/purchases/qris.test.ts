import { PNG } from 'pngjs'
import { expect, test } from 'vitest'
import { readQrCodes } from '../../tests/support/read-qr.ts'
import { qrLines, qrSvg } from './qr-drawing.ts'
import { qrisChecksum, qrisObject, qrisText, readQris } from './qris.ts'

const plain = [
  ['00', '01'],
  ['01', '12'],
  ['26', '0014ID.CO.CONTOH.WW0115936000000000000'],
  ['51', '0014ID.CO.QRIS.WWW0215ID1020000000000'],
  ['52', '9399'],
  ['53', '360'],
  ['54', '30000'],
  ['58', 'ID'],
  ['59', 'PT CONTOH'],
  ['60', 'JAKARTA'],
] as const
const change = (tag: string, value: string) =>
  qrisText(plain.map(([name, held]) => [name, name === tag ? value : held]))

test('the checksum is CRC-16/CCITT-FALSE: its published check value', () => {
  expect(qrisChecksum('123456789')).toBe('29B1')
})

test('a QRIS text is read with its amount and merchant', () => {
  const read = readQris(qrisText(plain))
  expect(read).toMatchObject({ ok: true, qris: { isDynamic: true, amountRupiah: 30_000n, merchantName: 'PT CONTOH' } })
  expect(readQris(change('54', '30000.00'))).toMatchObject({ qris: { amountRupiah: 30_000n } })
})

test('one changed letter anywhere is noticed', () => {
  const text = qrisText(plain)
  for (let at = 0; at < text.length; at++) {
    const changed = text.slice(0, at) + (text[at] === '7' ? '8' : '7') + text.slice(at + 1)
    expect(readQris(changed)).toMatchObject({ ok: false })
  }
})

test('what is cut short, repeats a tag, or is not in rupiah is refused by name', () => {
  const text = qrisText(plain)
  expect(readQris('')).toEqual({ ok: false, problem: 'malformed' })
  expect(readQris(text.slice(0, -3))).toEqual({ ok: false, problem: 'malformed' })
  expect(readQris(qrisText([...plain, ['60', 'BANDUNG']]))).toEqual({ ok: false, problem: 'malformed' })
  expect(readQris(change('53', '840'))).toEqual({ ok: false, problem: 'not_rupiah' })
  expect(readQris(change('54', '30000.50'))).toEqual({ ok: false, problem: 'malformed' })
  expect(readQris(`${text.slice(0, -4)}0000`)).toEqual({ ok: false, problem: 'checksum_wrong' })
})

test('a value that its length cannot tell is no object', () => {
  expect(() => qrisObject('59', '')).toThrow(RangeError)
  expect(() => qrisObject('59', 'x'.repeat(100))).toThrow(RangeError)
})

/** Dark where a path or a block says so, ten pixels a module, as a phone sees it. */
function pictureOf(size: number, isDark: (x: number, y: number) => boolean): Buffer {
  const scale = 6
  const png = new PNG({ width: size * scale, height: size * scale })
  for (let y = 0; y < size * scale; y++)
    for (let x = 0; x < size * scale; x++) {
      const shade = isDark(Math.floor(x / scale), Math.floor(y / scale)) ? 0 : 255
      png.data.set([shade, shade, shade, 255], (y * size * scale + x) * 4)
    }
  return PNG.sync.write(png)
}

test('the drawing and its version for terminals are read back as the text, however long', async () => {
  const text = qrisText([...plain, ['62', '01'.repeat(40)], ['61', '10110']])
  const svg = qrSvg(text)
  const size = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1])
  const dark = new Set<string>()
  for (const [, x = '', y = '', width = ''] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
    for (let i = 0; i < Number(width); i++) dark.add(`${Number(x) + i} ${y}`)
  expect(await readQrCodes(pictureOf(size, (x, y) => dark.has(`${x} ${y}`)))).toEqual([text])

  const lines = qrLines(text)
  const isLight = (x: number, y: number) => {
    const block = lines[Math.floor(y / 2)]?.[x] ?? ' '
    return block === '█' || block === (y % 2 === 0 ? '▀' : '▄')
  }
  expect(await readQrCodes(pictureOf(size, (x, y) => !isLight(x, y)))).toEqual([text])
})
