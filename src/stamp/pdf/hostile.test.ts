import { expect, test } from 'vitest'
import { latin1Bytes } from '../../base/bytes.ts'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { samplePdf, sampleRecipe, type SampleOptions } from '../../../tests/support/pdf-samples.ts'
import { stampPicture } from '../picture/picture.ts'
import { Effort } from './effort.ts'
import { PdfProblem } from './objects.ts'
import { place } from './place.ts'
import { preflight } from './preflight.ts'

// Each of these files once hung the reader, crashed it, or was stamped so that nobody could read the stamp.

function refusal(bytes: Uint8Array): string {
  const read = preflight(bytes, nodePrimitives)
  if (!read.ok) return read.refusal.code
  const recipe = sampleRecipe(bytes)
  const placed = place({ original: bytes, recipe, picture: stampPicture(recipe), primitives: nodePrimitives })
  return placed.ok ? 'stamped' : placed.refusal.code
}

const refusalOf = (options: SampleOptions) => refusal(samplePdf(options))
/** A file without a cross-reference: every reader looks through it for objects. */
const searched = (text: string) => latin1Bytes(`%PDF-1.7\n${text}\ntrailer\n<</Root 1 0 R>>\nstartxref\n7\n%%EOF\n`)
const many = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join('')

test('a table that names itself as its hybrid stream is refused', () => {
  expect(refusal(latin1Bytes('%PDF-1.7\nxref\n0 0\ntrailer\n<</XRefStm 9/Root 1 0 R>>\nstartxref\n9\n%%EOF\n'))).toBe(
    'structure_damaged',
  )
})

test('stream lengths that lead from object to object end in a refusal, not in a full stack', () => {
  const objects = Object.fromEntries(
    Array.from({ length: 5000 }, (_, index) => [20 + index, `<</Length ${21 + index} 0 R>>\nstream\nx\nendstream`]),
  )
  expect(refusalOf({ objects, catalog: '/AcroForm 20 0 R' })).toBe('structure_damaged')
})

test.each([
  ['strings', '('],
  ['hexadecimal strings', '<'],
  ['streams', '<<>>stream\n'],
  ['comments', '%'],
])('%s without an end are searched for it only so often', (_, opening) => {
  expect(refusal(searched(many(40_000, (index) => `${index} 0 obj${opening}`)))).toBe('too_complex')
})

test('a cross-reference stream of a few bytes has no millions of entries', () => {
  const rows = `<</Type/XRef/W[0 1 0]/Index[0 8388600]/Root 1 0 R/Filter/RunLengthDecode/Length 120000>>\nstream\n`
  const packed = '\x81\x01'.repeat(60_000)
  const bytes = latin1Bytes(`%PDF-1.7\n1 0 obj\n${rows}${packed}\nendstream\nendobj\nstartxref\n9\n%%EOF\n`)
  expect(refusal(bytes)).toBe('too_complex')
})

test('fields that share their kids are refused when there are too many of both', () => {
  const fields = Array.from({ length: 3000 }, (_, index) => 20 + index)
  const objects = Object.fromEntries(fields.map((number) => [number, '<</FT/Tx/Kids 19 0 R>>']))
  objects[19] = `[${'4 0 R '.repeat(3000)}]`
  expect(
    refusalOf({ objects, catalog: `/AcroForm<</Fields[${fields.map((number) => `${number} 0 R`).join(' ')}]>>` }),
  ).toBe('too_complex')
})

test('numbers at the end of what a PDF may have leave no room for a stamp', () => {
  expect(refusal(latin1Bytes(Buffer.from(samplePdf()).toString('latin1').replace('/Size 5', '/Size 8388607')))).toBe(
    'too_complex',
  )
})

test('an encryption dictionary that is missing does not make the file a plain one', () => {
  expect(refusalOf({ trailer: '/Encrypt 90 0 R' })).toBe('structure_damaged')
})

test('object 0, the head of the free list, is no page', () => {
  expect(refusalOf({ objects: { 0: '<</Type/Page>>', 2: '<</Type/Pages/Kids[0 0 R]/Count 1>>' } })).toBe(
    'structure_damaged',
  )
})

test('an object that is form and catalog at once cannot get two new texts', () => {
  expect(refusalOf({ catalog: '/AcroForm 1 0 R' })).toBe('structure_damaged')
  expect(refusalOf({ catalog: '/AcroForm 1 0 R/Extensions<</ESIC<<>>>>' })).toBe('structure_damaged')
  expect(refusalOf({ catalog: '/DSS 1 0 R' })).toBe('structure_damaged')
})

test('a catalog whose last key has no value would take the form for it', () => {
  expect(refusalOf({ catalog: '/Lang' })).toBe('structure_damaged')
})

test('damaged validation data is refused before anything is signed', () => {
  expect(refusalOf({ catalog: '/DSS 20 0 R', objects: { 20: '<</Certs 21 0 R>>', 21: '[' } })).toBe('structure_damaged')
})

test('objects before the header are found, but no cross-reference can name them', () => {
  const whole = Buffer.from(samplePdf()).toString('latin1')
  const moved = whole
    .replace('startxref\n', 'startxref\n9')
    .replace('%PDF-1.7\n', '')
    .replace('4 0 obj', '%PDF-1.7\n4 0 obj')
  expect(refusal(latin1Bytes(moved))).toBe('structure_damaged')
})

test('effort is used up by reading, decoding and looking, and grows with the file', () => {
  const small = new Effort(0)
  const large = new Effort(100_000_000)
  const spend = (effort: Effort) => {
    effort.decode(8 * 1024 * 1024)
    effort.visit(500_000)
    effort.enter()
    effort.parse(3 * 1024 * 1024)
  }
  expect(() => spend(small)).toThrow(PdfProblem)
  expect(() => spend(large)).not.toThrow()
})

test('an object that stands where the header should be is refused: no cross-reference can name it', () => {
  const text = Buffer.from(samplePdf({})).toString('latin1')
  const headless = text.slice(text.indexOf('1 0 obj')).replace(/startxref\n\d+/, 'startxref\n7')
  const read = preflight(new Uint8Array(Buffer.from(headless, 'latin1')), nodePrimitives)
  expect(read).toMatchObject({ ok: false, refusal: { code: 'structure_damaged' } })
})
