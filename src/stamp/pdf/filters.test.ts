import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { undoFilter } from './filters.ts'
import { isDict, latin1Text, type PdfDict } from './objects.ts'
import { Parser } from './parser.ts'

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'))

function parmsOf(text: string): PdfDict | undefined {
  const value = new Parser({ bytes: bytesOf(text), packed: false }, 0).readObject()
  return isDict(value) ? value : undefined
}

function undo(name: string, bytes: Uint8Array, parms?: string): Uint8Array {
  return undoFilter(name, { bytes, parms: parms === undefined ? undefined : parmsOf(parms) }, nodePrimitives)
}

test('hexadecimal skips space and pads an odd digit with zero', () => {
  expect(latin1Text(undo('ASCIIHexDecode', bytesOf('4 1 42 7>zz')))).toBe('ABp')
})

test('base 85 knows z and a short last group', () => {
  expect(latin1Text(undo('ASCII85Decode', bytesOf('87cURD]i,"Ebo7~>')))).toBe('Hello World'.slice(0, 11))
  expect([...undo('A85', bytesOf('z~>'))]).toEqual([0, 0, 0, 0])
})

test('run lengths repeat and copy', () => {
  expect(latin1Text(undo('RunLengthDecode', Uint8Array.of(2, 65, 66, 67, 254, 68, 128, 9)))).toBe('ABCDDD')
})

test('the LZW example of ISO 32000-1 7.4.4.2 decodes', () => {
  const encoded = Uint8Array.of(0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01)
  expect([...undo('LZWDecode', encoded)]).toEqual([45, 45, 45, 45, 45, 65, 45, 45, 45, 66])
})

/** Packs 9 to 12 bit codes the way an encoder does that never looks for repeats: clear often, literals only. */
function lzwLiterals(bytes: Uint8Array): Uint8Array {
  let bits = ''
  const clear = (256).toString(2).padStart(9, '0')
  bytes.forEach((byte, index) => {
    if (index % 200 === 0) bits += clear
    bits += byte.toString(2).padStart(9, '0')
  })
  bits += (257).toString(2).padStart(9, '0')
  const out: number[] = []
  for (let at = 0; at < bits.length; at += 8) out.push(Number.parseInt(bits.slice(at, at + 8).padEnd(8, '0'), 2))
  return Uint8Array.from(out)
}

test('LZW forgets its table at every clear code', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, index) => (index * 7) & 255)
  expect(undo('LZW', lzwLiterals(bytes))).toEqual(bytes)
})

test('each PNG predictor gives the rows back', () => {
  const rows = [
    [0, 1, 2, 3],
    [1, 10, 1, 1],
    [2, 1, 1, 1],
    [3, 10, 10, 10],
    [4, 1, 1, 1],
  ]
  const decoded = undo(
    'FlateDecode',
    Uint8Array.from(deflateSync(Uint8Array.from(rows.flat()))),
    '<</Predictor 15/Columns 3>>',
  )
  const expected = [1, 2, 3, 10, 11, 12, 11, 12, 13, 15, 23, 28, 16, 24, 29]
  expect([...decoded]).toEqual(expected)
})

test('a row that says it is longer than the data takes no more memory than the data', () => {
  const packed = Uint8Array.from(deflateSync(Uint8Array.of(2, 7, 8, 9)))
  const decoded = undo('FlateDecode', packed, '<</Predictor 15/Columns 67000000>>')
  expect([...decoded]).toEqual([7, 8, 9])
  expect(decoded.buffer.byteLength).toBe(3)
})

test('the TIFF predictor adds the sample to its left', () => {
  const decoded = undo(
    'Fl',
    Uint8Array.from(deflateSync(Uint8Array.of(1, 1, 1, 5, 1, 1))),
    '<</Predictor 2/Columns 3>>',
  )
  expect([...decoded]).toEqual([1, 2, 3, 5, 6, 7])
})

test('damage and filters that structure never uses are refused with their name', () => {
  expect(() => undo('FlateDecode', bytesOf('not zlib'))).toThrow('Flate')
  expect(() => undo('DCTDecode', bytesOf(''))).toThrow('DCTDecode')
  expect(() => undo('constructor', bytesOf(''))).toThrow('constructor')
})

test('a stream that grows without end is stopped', () => {
  const bomb = Uint8Array.from(deflateSync(new Uint8Array(65 * 1024 * 1024)))
  expect(() => undo('FlateDecode', bomb)).toThrow('too long')
})
