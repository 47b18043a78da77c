import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  qpdfComplaints,
  qpdfObject,
  rewritten,
  sampleKinds,
  samplePdf,
  sampleRecipe,
  sampleSerial,
  type SampleOptions,
} from '../../../tests/support/pdf-samples.ts'
import { concatBytes, latin1Bytes } from '../../base/bytes.ts'
import { nodePrimitives } from '../../base/primitives-node.ts'
import type { ValidationData } from '../recipe.ts'
import { openDocument, type PdfDocument } from './document.ts'
import { embed } from './embed.ts'
import { isArray, isDict, isStream, latin1Text } from './objects.ts'
import { place, type Prepared } from './place.ts'

const picture = latin1Bytes(`%OpenMeterai ${sampleSerial}\n`)
const cms = Uint8Array.from({ length: 300 }, (_, index) => index & 255)
const validation: ValidationData = {
  certs: [latin1Bytes('certificate one'), latin1Bytes('certificate two')],
  ocsps: [latin1Bytes('ocsp answer')],
  crls: [latin1Bytes('revocation list')],
}
const none: ValidationData = { certs: [], ocsps: [], crls: [] }

type Embedded = { prepared: Prepared; tail: Uint8Array; whole: Uint8Array }

function embedded(original: Uint8Array, options: { password?: string; validation?: ValidationData } = {}): Embedded {
  const recipe = sampleRecipe(original)
  const password = options.password === undefined ? {} : { password: options.password }
  const placed = place({ original, recipe, picture, primitives: nodePrimitives, ...password })
  if (!placed.ok) throw new Error(JSON.stringify(placed.refusal))
  const { prepared } = placed
  const added = options.validation ?? validation
  const { tail } = embed({
    original,
    prepared,
    recipe,
    cms,
    validation: added,
    primitives: nodePrimitives,
    ...password,
  })
  return { prepared, tail, whole: concatBytes([original, tail]) }
}

function opened(bytes: Uint8Array, password?: string): PdfDocument {
  const result = openDocument(bytes, nodePrimitives, { strict: true, password })
  if (!result.ok) throw new Error(JSON.stringify(result.refusal))
  return result.document
}

/** The decoded streams that a list of the store names. */
function stored(document: PdfDocument, list: string): string[] {
  const store = document.lookup(document.catalog(), 'DSS')
  const items = isDict(store) ? document.lookup(store, list) : null
  if (!isArray(items)) return []
  return items.items.map((item) => {
    const stream = document.resolve(item)
    return isStream(stream) ? latin1Text(document.decodeStream(stream)) : 'no stream'
  })
}

test.each(sampleKinds)('with a %s cross-reference the store is found strictly, and qpdf has nothing to say', (kind) => {
  const original = samplePdf({ kind })
  const { whole } = embedded(original)
  expect(qpdfComplaints(whole)).toEqual(qpdfComplaints(original))
  const document = opened(whole)
  expect(stored(document, 'Certs')).toEqual(['certificate one', 'certificate two'])
  expect(stored(document, 'OCSPs')).toEqual(['ocsp answer'])
  expect(stored(document, 'CRLs')).toEqual(['revocation list'])
  expect(document.sections[0]?.kind).toBe(kind === 'hybrid' ? 'table' : kind === 'packed' ? 'stream' : kind)
})

test('the signature fills the contents and changes no other byte of the first update', () => {
  const { prepared, tail } = embedded(samplePdf())
  const first = tail.slice(0, prepared.tail.length)
  const written = first.subarray(prepared.contentsAt, prepared.contentsAt + cms.length * 2)
  expect(latin1Text(written)).toBe(Buffer.from(cms).toString('hex'))
  written.fill(48)
  expect(first).toEqual(prepared.tail)
})

test('the related information is named by the SHA-1 of all of the contents', () => {
  const { whole } = embedded(samplePdf())
  const contents = concatBytes([cms, new Uint8Array(2048 - cms.length)])
  const key = createHash('sha1').update(contents).digest('hex').toUpperCase()
  expect(latin1Text(whole)).toContain(`/VRI <</${key}<</Cert[`.replace('/VRI ', '/VRI'))
})

test('without validation data there is only the first update', () => {
  const { prepared, tail } = embedded(samplePdf(), { validation: none })
  expect(tail.length).toBe(prepared.tail.length)
})

test('a kind of validation data that is missing leaves no empty list', () => {
  const { whole } = embedded(samplePdf(), { validation: { ...validation, ocsps: [] } })
  expect(latin1Text(whole)).not.toContain('OCSP')
})

test.each([
  ['in the catalog', { catalog: '/DSS<</Certs[9 0 R]/VRI<</AB<<>>>>>>' }],
  [
    'as an object',
    { catalog: '/DSS 10 0 R', objects: { 10: '<</Certs 11 0 R/VRI 12 0 R>>', 11: '[9 0 R]', 12: '<</AB<<>>>>' } },
  ],
])('a store that is there already (%s) keeps what it has', (_, options: SampleOptions) => {
  const objects = { ...options.objects, 9: '<</Length 5>>\nstream\nolder\nendstream' }
  const original = samplePdf({ ...options, objects })
  const document = opened(embedded(original).whole)
  expect(stored(document, 'Certs')).toEqual(['older', 'certificate one', 'certificate two'])
  const store = document.lookup(document.catalog(), 'DSS')
  const vri = isDict(store) ? document.lookup(store, 'VRI') : null
  expect(isDict(vri) && [...vri.entries.keys()]).toHaveLength(2)
})

test('the catalog keeps what the first update put into it', () => {
  const { whole } = embedded(samplePdf({ catalog: '/Lang(id-ID)' }))
  const catalog = qpdfObject(whole, 1)
  for (const key of ['/AcroForm', '/DSS', '/Extensions', '/Lang (id-ID)', '/Pages 2 0 R'])
    expect(catalog).toContain(key)
})

test.each([
  ['128', ['--allow-weak-crypto', '--encrypt', 'open', 'own', '128', '--use-aes=y', '--']],
  ['256', ['--object-streams=generate', '--encrypt', 'open', 'own', '256', '--']],
])('in a document locked with AES %s the store is encrypted', (_, options) => {
  const original = rewritten(samplePdf(), options)
  const { whole, tail } = embedded(original, { password: 'open' })
  expect(latin1Text(tail)).not.toContain('certificate one')
  expect(stored(opened(whole, 'own'), 'Certs')).toEqual(['certificate one', 'certificate two'])
  expect(qpdfComplaints(whole, 'open')).toEqual([])
})

test('a damaged file stays repaired after the second update', () => {
  for (const kind of ['table', 'packed'] as const) {
    const original = latin1Bytes(latin1Text(samplePdf({ kind })).replace('startxref', 'startxxxx'))
    const { whole } = embedded(original)
    expect(qpdfComplaints(whole)).toEqual([])
    expect(stored(opened(whole), 'CRLs')).toEqual(['revocation list'])
  }
})

test('the same original, recipe, signature and validation data give the same bytes', () => {
  const original = rewritten(samplePdf(), ['--encrypt', '', 'own', '256', '--'])
  expect(embedded(original).tail).toEqual(embedded(original).tail)
})

test('a signature larger than its room is never cut', () => {
  const original = samplePdf()
  const { prepared } = embedded(original)
  const recipe = sampleRecipe(original)
  const large = new Uint8Array(prepared.contentsBytes + 1)
  expect(() => embed({ original, prepared, recipe, cms: large, validation, primitives: nodePrimitives })).toThrow(
    RangeError,
  )
})

test('another original than the placed one is an error', () => {
  const original = samplePdf()
  const { prepared } = embedded(original)
  const order = { prepared, recipe: sampleRecipe(original), cms, validation, primitives: nodePrimitives }
  expect(() => embed({ ...order, original: samplePdf({ pages: 3 }) })).toThrow('not the one that was placed')
})
