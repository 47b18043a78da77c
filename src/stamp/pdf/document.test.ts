import { expect, test } from 'vitest'
import * as fc from 'fast-check'
import { rewritten, sampleKinds, samplePdf, type SampleOptions } from '../../../tests/support/pdf-samples.ts'
import { latin1Bytes } from '../../base/bytes.ts'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { openDocument, type OpenOptions, type PdfDocument } from './document.ts'
import { isDict, isStream, latin1Text, PdfProblem } from './objects.ts'

function opened(bytes: Uint8Array, options: OpenOptions = {}): PdfDocument {
  const result = openDocument(bytes, nodePrimitives, options)
  if (!result.ok) throw new Error(JSON.stringify(result.refusal))
  return result.document
}

function refusal(bytes: Uint8Array, options: OpenOptions = {}): string {
  const result = openDocument(bytes, nodePrimitives, options)
  return result.ok ? 'opened' : result.refusal.code
}

/** The sample with a byte sequence replaced by one of the same length. */
function broken(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = latin1Text(bytes)
  expect(to.length).toBe(from.length)
  expect(text).toContain(from)
  return new Uint8Array(Buffer.from(text.replace(from, to), 'latin1'))
}

test.each(sampleKinds)('a file with a %s cross-reference opens, strictly too, without repair', (kind) => {
  const bytes = samplePdf({ kind, pages: 3 })
  expect(opened(bytes).repaired).toBe(false)
  expect(opened(bytes).pages()).toHaveLength(3)
  expect(opened(bytes, { strict: true }).pages()).toHaveLength(3)
})

test.each([['--object-streams=generate'], ['--linearize'], ['--object-streams=generate', '--linearize']])(
  'a file that qpdf rewrote with %s opens without repair',
  (...options) => {
    const document = opened(rewritten(samplePdf({ pages: 5 }), options))
    expect(document.repaired).toBe(false)
    expect(document.pages()).toHaveLength(5)
  },
)

test('pages inherit boxes and rotation through the tree', () => {
  const tree = '/MediaBox[10 20 210 320]/CropBox[20 30 120 230]/Rotate -90'
  const [page] = opened(samplePdf({ tree })).pages()
  expect(page).toMatchObject({ visible: [20, 30, 120, 230], rotation: 270, userUnit: 1 })
})

test('a reversed media box and a crop box that reaches beyond it give what is seen', () => {
  const [page] = opened(samplePdf({ page: '/MediaBox[600 800 0 0]/CropBox[-50 -50 300 900]' })).pages()
  expect(page?.visible).toEqual([0, 0, 300, 800])
})

test('offsets count from a header that stands after garbage', () => {
  const document = opened(samplePdf({ before: 'From a mail server\r\n\r\n' }))
  expect(document.repaired).toBe(false)
  expect(document.base).toBe(22)
  expect(document.pages()).toHaveLength(1)
})

test('one wrong offset makes the whole file be looked through, but never when strict', () => {
  const text = latin1Text(samplePdf())
  const [entry = ''] = /\d{10} 00000 n/.exec(text) ?? []
  const wrong = broken(samplePdf(), entry, `0000000003${entry.slice(10)}`)
  expect(opened(wrong).repaired).toBe(true)
  expect(opened(wrong).pages()).toHaveLength(1)
  expect(refusal(wrong, { strict: true })).toBe('structure_damaged')
})

test('objects in object streams are found again in a damaged file', () => {
  const document = opened(broken(samplePdf({ kind: 'packed', pages: 2 }), 'startxref', 'startxxxx'))
  expect(document.repaired).toBe(true)
  expect(document.pages()).toHaveLength(2)
})

test('an earlier revision opens as if the file ended there', () => {
  const bytes = samplePdf()
  const longer = new Uint8Array([...bytes, ...Buffer.from('\nmore')])
  expect(refusal(longer, { strict: true })).toBe('structure_damaged')
  expect(opened(longer, { strict: true, end: bytes.length }).bytes.length).toBe(bytes.length)
})

test('sections say where they stand and what they define', () => {
  const document = opened(samplePdf({ kind: 'hybrid' }))
  const [section] = document.sections
  expect(section?.kind).toBe('table')
  expect(section?.hybrid?.kind).toBe('stream')
  expect(latin1Text(document.bytes.subarray(section?.offset, (section?.offset ?? 0) + 4))).toBe('xref')
  expect(section?.entries.has(3)).toBe(true)
  expect(section?.hybrid?.entries.get(1)).toMatchObject({ kind: 'packed' })
})

test('an object range covers the object from its number to endobj', () => {
  const document = opened(samplePdf())
  const range = document.objectRange(3)
  const text = latin1Text(document.bytes.subarray(range?.start, range?.end))
  expect(text).toMatch(/^3 0 obj\n[^]*endstream\nendobj$/)
})

test.each([
  ['a page tree that leads in a circle', { 2: '<</Type/Pages/Kids[2 0 R]/Count 1>>' }],
  ['a missing page', { 2: '<</Type/Pages/Kids[4 0 R 99 0 R]/Count 2/MediaBox[0 0 9 9]>>' }],
  ['no page tree', { 1: '<</Type/Catalog>>' }],
])('%s is damage', (_, objects) => {
  const document = opened(samplePdf({ objects }))
  expect(() => document.pages()).toThrow(PdfProblem)
})

test('a reference to itself resolves to nothing instead of for ever', () => {
  const document = opened(samplePdf({ objects: { 9: '9 0 R' } }))
  expect(() => document.resolve({ kind: 'ref', number: 9, generation: 0 })).toThrow('circle')
})

test('a cross-reference that names itself as the one before is not followed for ever', () => {
  const text = latin1Text(samplePdf({ trailer: '/Prev 000000' }))
  const at = /startxref\n(\d+)/.exec(text)?.[1] ?? ''
  const looping = Buffer.from(text.replace('/Prev 000000', `/Prev ${at.padStart(6, '0')}`), 'latin1')
  expect(refusal(looping, { strict: true })).toBe('structure_damaged')
  expect(opened(looping).repaired).toBe(true)
})

test('deep nesting is refused before the stack ends', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const document = opened(samplePdf({ objects: { 9: deep } }))
  expect(() => document.resolve({ kind: 'ref', number: 9, generation: 0 })).toThrow('nested deeper')
})

test.each([
  ['no bytes', new Uint8Array(0), 'file_empty'],
  ['another format', new TextEncoder().encode('PK\u0003\u0004 a word processor document'), 'not_a_pdf'],
  ['a header alone', new TextEncoder().encode('%PDF-1.7\n'), 'structure_damaged'],
])('%s: %s', (_, bytes, code) => {
  expect(refusal(bytes)).toBe(code)
})

test.each([
  ['rc4 40', ['--allow-weak-crypto', '--encrypt', 'open', 'own', '40', '--']],
  ['rc4 128', ['--allow-weak-crypto', '--encrypt', 'open', 'own', '128', '--use-aes=n', '--']],
  ['aes 128', ['--allow-weak-crypto', '--encrypt', 'open', 'own', '128', '--use-aes=y', '--']],
  ['aes 256', ['--encrypt', 'open', 'own', '256', '--']],
  ['aes 256, revision 5', ['--allow-weak-crypto', '--encrypt', 'open', 'own', '256', '--force-R5', '--']],
])('%s opens with either password and says which way out there is without', (_, options) => {
  const bytes = rewritten(samplePdf({ catalog: '/Lang(id-ID)' }), options)
  for (const password of ['open', 'own']) {
    const document = opened(bytes, { password })
    expect(document.lookup(document.catalog(), 'Lang')).toMatchObject({ bytes: Uint8Array.from(Buffer.from('id-ID')) })
    const page = document.pages()[0]
    const stream = page === undefined ? null : document.lookup(page.dict, 'Contents')
    expect(isStream(stream) && latin1Text(document.decodeStream(stream))).toContain('200 200 re f')
  }
  expect(refusal(bytes)).toBe('password_needed')
  expect(refusal(bytes, { password: 'guess' })).toBe('password_wrong')
})

const lock = (user: string, owner: string) =>
  rewritten(samplePdf(), ['--allow-weak-crypto', '--encrypt', user, owner, '128', '--use-aes=y', '--'])

test('an empty user password and an empty owner password both open without being asked', () => {
  expect(opened(lock('', 'own')).pages()).toHaveLength(1)
  expect(opened(lock('', '')).pages()).toHaveLength(1)
})

test('another security handler than passwords is named', () => {
  const trailer = '/Encrypt<</Filter/Adobe.PubSec/V 4>>'
  const result = openDocument(samplePdf({ trailer }), nodePrimitives)
  expect(result).toMatchObject({ ok: false, refusal: { code: 'encryption_unsupported' } })
  expect(JSON.stringify(result)).toContain('Adobe.PubSec')
})

test('damaged bytes anywhere end in a document or a refusal, never in another error', () => {
  const samples = sampleKinds.map((kind) => samplePdf({ kind, pages: 2 }))
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(fc.constantFrom(...samples), damage, fc.boolean(), (sample, hits, strict) => {
      const bytes = sample.slice()
      for (const [at, byte] of hits) bytes[at % bytes.length] = byte
      const result = openDocument(bytes, nodePrimitives, { strict })
      if (!result.ok) return
      try {
        for (const page of result.document.pages()) expect(isDict(page.dict)).toBe(true)
      } catch (cause) {
        if (!(cause instanceof PdfProblem)) throw cause
      }
    }),
    { numRuns: 2000 },
  )
})

const cutOff = (text: string, options: SampleOptions = {}) => {
  const whole = latin1Text(samplePdf({ trailer: '/Size 9', ...options }))
  return latin1Bytes(whole.slice(0, whole.indexOf('xref')) + text)
}

test('a file that breaks off within a stream is refused: an update would become its data', () => {
  const refused = openDocument(cutOff('trailer<</Root 1 0 R>>\n9 0 obj\n<</Length 900>>\nstream\nabc'), nodePrimitives)
  expect(refused).toMatchObject({
    ok: false,
    refusal: { code: 'structure_damaged', values: { problem: expect.stringContaining('breaks off') } },
  })
  const whole = cutOff('trailer<</Root 1 0 R>>\n9 0 obj\n<</Length 900>>\nstream\nabc\nendstream')
  expect(openDocument(whole, nodePrimitives)).toMatchObject({ ok: true, document: { repaired: true } })
})

test('a file without a trailer that names its catalog is refused: which of several a reader takes nobody can tell', () => {
  const refused = openDocument(cutOff(''), nodePrimitives)
  expect(refused).toMatchObject({ ok: false, refusal: { values: { problem: 'the catalog is missing' } } })
})
