import { expect, test } from 'vitest'
import {
  rewritten,
  sampleKinds,
  samplePdf,
  sampleSerial,
  signedSample,
  type SampleOptions,
} from '../../../tests/support/pdf-samples.ts'
import { nodePrimitives } from '../../base/primitives-node.ts'
import type { Placement } from '../recipe.ts'
import { checkPlacement, type HeldSignature } from './document-facts.ts'
import { preflight } from './preflight.ts'

function facts(options: SampleOptions = {}) {
  const result = preflight(samplePdf(options), nodePrimitives)
  if (!result.ok) throw new Error(JSON.stringify(result.refusal))
  return result.document
}

function refusal(options: SampleOptions): string | undefined {
  const result = preflight(samplePdf(options), nodePrimitives)
  return result.ok ? undefined : result.refusal.code
}

function placed(changes: Partial<Placement>): Placement {
  return { page: 1, left: 300, bottom: 300, width: 100, height: 100, unit: 'pt', ...changes }
}

test.each(sampleKinds)('the facts of a plain document with a %s cross-reference', (kind) => {
  const { stampedBytes: _, ...found } = facts({ kind, pages: 2 })
  expect(found).toEqual({
    version: '1.7',
    pages: Array.from({ length: 2 }, () => ({ width: 595, height: 842, rotation: 0, userUnit: 1 })),
    signatures: [],
    stamps: [],
    signatureBoxes: [],
    warnings: [],
  })
})

test('sizes are of the page as seen: turned, cropped and in its unit', () => {
  const [page] = facts({ page: '/MediaBox[0 0 600 800]/CropBox[100 100 300 500]/Rotate 90/UserUnit 2' }).pages
  expect(page).toEqual({ width: 800, height: 400, rotation: 90, userUnit: 2 })
})

test('the catalog may name a newer version than the header', () => {
  expect(facts({ catalog: '/Version/2.0' }).version).toBe('2.0')
  expect(facts({ catalog: '/Version/1.3' }).version).toBe('1.7')
})

test('signatures are counted and shown, also where their type comes from the parent field', () => {
  expect(facts(signedSample)).toMatchObject({
    signatures: [{ state: 'unchecked' }],
    stamps: [],
    signatureBoxes: [{ page: 1, left: 100, bottom: 100, width: 150, height: 100 }],
  })
  const objects = {
    ...signedSample.objects,
    19: '<</FT/Sig/T(Board)/Kids[20 0 R]>>',
    20: '<</Parent 19 0 R/T(Director)/Subtype/Widget/Rect[0 0 0 0]/V 21 0 R>>',
  }
  expect(facts({ catalog: '/AcroForm<</Fields[19 0 R]>>', objects })).toMatchObject({
    signatures: [{ fieldName: 'Board.Director', state: 'unchecked' }],
    signatureBoxes: [],
  })
})

test('a signature is found on the page that lists it when it does not name one', () => {
  const objects = { ...signedSample.objects, 20: signedSample.objects[20].replace('/P 4 0 R', '') }
  expect(facts({ ...signedSample, objects }).signatureBoxes).toMatchObject([{ page: 1 }])
})

const named = (name: string, value: string) => ({
  ...signedSample,
  objects: { ...signedSample.objects, 20: `<</Subtype/Widget/FT/Sig/T(${name})/Rect[0 0 0 0]${value}>>` },
})

test('a signed field named as ours is a stamp, an unsigned or other one is not', () => {
  expect(facts(named(`Emet${sampleSerial}`, '/V 21 0 R'))).toMatchObject({
    stamps: [{ serial: sampleSerial }],
    warnings: ['stamped_already'],
  })
  expect(facts(named(`Emet${sampleSerial}`, '')).stamps).toEqual([])
  expect(facts(named('Emeterai', '/V 21 0 R')).stamps).toEqual([])
})

const reference = (permission: number) =>
  `<</Type/Sig/Contents<00>/Reference[<</TransformMethod/DocMDP/TransformParams<</P ${permission}>>>>]>>`

const certified = (permission: number) => ({
  ...signedSample,
  catalog: `${signedSample.catalog}/Perms<</DocMDP 21 0 R>>`,
  objects: { ...signedSample.objects, 21: reference(permission) },
})

test('a certification that allows no changes is refused, one that allows signing is not', () => {
  expect(refusal(certified(1))).toBe('certified_no_changes')
  expect(refusal(certified(2))).toBeUndefined()
})

test('a field lock that forbids every change counts as a certification', () => {
  const locked = {
    ...signedSample.objects,
    20: signedSample.objects[20].replace('/V 21', '/Lock<</Action/All/P 1>>/V 21'),
  }
  expect(refusal({ ...signedSample, objects: locked })).toBe('certified_no_changes')
})

test('dynamic XFA is refused, static XFA is a warning', () => {
  const catalog = '/AcroForm<</Fields[]/XFA[]>>'
  expect(refusal({ catalog: `${catalog}/NeedsRendering true` })).toBe('xfa_dynamic')
  expect(facts({ catalog }).warnings).toEqual(['xfa_form'])
})

const form = (appearance: string) => ({
  catalog: '/AcroForm<</Fields[20 0 R]/NeedAppearances true>>',
  objects: { 20: `<</FT/Tx/T(Name)/Subtype/Widget/Rect[0 0 9 9]${appearance}>>` },
})

test('a form that readers redraw is a warning only where it is signed and a field has no appearance', () => {
  const signedForm = (appearance: string) => ({
    ...form(appearance),
    catalog: '/AcroForm<</Fields[20 0 R 21 0 R]/NeedAppearances true>>',
    objects: { ...form(appearance).objects, 21: '<</FT/Sig/T(Board)/V<</Type/Sig>>>>' },
  })
  expect(facts(form('')).warnings).toEqual([])
  expect(facts(signedForm('')).warnings).toEqual(['need_appearances'])
  expect(facts(signedForm('/AP<</N 3 0 R>>')).warnings).toEqual([])
})

test('layers, which can be switched on and off later, are a warning', () => {
  const catalog = '/OCProperties<</OCGs[9 0 R]/D<<>>>>'
  expect(facts({ catalog, objects: { 9: '<</Type/OCG/Name(x)>>' } }).warnings).toEqual(['switchable_content'])
  expect(facts({ catalog: '/OCProperties<</OCGs[]/D<<>>>>' }).warnings).toEqual([])
})

test('a certified document says what is still allowed', () => {
  const withLevel = (level: string) => ({
    ...signedSample,
    catalog: `${signedSample.catalog}/Perms<</DocMDP 30 0 R>>`,
    objects: {
      ...signedSample.objects,
      30: `<</Type/Sig/Reference[<</TransformMethod/DocMDP/TransformParams<<${level}>>>>]>>`,
    },
  })
  expect(facts(withLevel('/P 3')).certification).toBe(3)
  expect(facts(withLevel('')).certification).toBe(2)
  expect(refusal(withLevel('/P 1'))).toBe('certified_no_changes')
  expect(facts(signedSample).certification).toBeUndefined()
})

test('a broken signature and a change after the last signature are refused, an older change is not', () => {
  const verified = (...states: HeldSignature['state'][]) =>
    preflight(samplePdf(signedSample), nodePrimitives, {
      verify: () => states.map((state, index) => ({ fieldName: `F${index}`, state })),
    })
  expect(verified('intact', 'broken', 'intact')).toEqual({
    ok: false,
    refusal: { code: 'signature_broken', values: { field: 'F1' } },
  })
  expect(verified('intact', 'changed')).toEqual({
    ok: false,
    refusal: { code: 'changed_after_signature', values: { field: 'F1' } },
  })
  const signatures = [
    { fieldName: 'F0', state: 'changed' },
    { fieldName: 'F1', state: 'unchecked' },
  ]
  expect(verified('changed', 'unchecked')).toMatchObject({ ok: true, document: { signatures } })
})

const damage = (options: SampleOptions) => {
  const text = Buffer.from(samplePdf(options)).toString('latin1')
  return new Uint8Array(Buffer.from(text.replace('startxref', 'startxxxx'), 'latin1'))
}

test('a damaged document is repaired with a warning, a damaged signed one refused', () => {
  expect(preflight(damage({}), nodePrimitives)).toMatchObject({ ok: true, document: { warnings: ['repaired'] } })
  expect(preflight(damage(signedSample), nodePrimitives)).toMatchObject({
    ok: false,
    refusal: { code: 'structure_damaged' },
  })
})

test('an encrypted document says so', () => {
  const locked = rewritten(samplePdf(), ['--encrypt', '', 'own', '256', '--'])
  expect(preflight(locked, nodePrimitives)).toMatchObject({ ok: true, document: { encryption: 'AES 256' } })
  const asking = rewritten(samplePdf(), ['--encrypt', 'open', 'own', '256', '--'])
  expect(preflight(asking, nodePrimitives)).toMatchObject({ ok: false, refusal: { code: 'password_needed' } })
  expect(preflight(asking, nodePrimitives, { password: 'no' })).toMatchObject({
    ok: false,
    refusal: { code: 'password_wrong' },
  })
  expect(preflight(asking, nodePrimitives, { password: 'open' })).toMatchObject({ ok: true })
})

test('a document without pages cannot be stamped', () => {
  expect(refusal({ objects: { 2: '<</Type/Pages/Kids[]/Count 0>>' } })).toBe('structure_damaged')
})

test.each([
  [{}, undefined],
  [{ page: 2 }, { code: 'page_out_of_range', values: { page: 2, pages: 1 } }],
  [{ page: 0 }, { code: 'page_out_of_range', values: { page: 0, pages: 1 } }],
  [{ page: 1.5 }, { code: 'page_out_of_range', values: { page: 1.5, pages: 1 } }],
  [{ width: 53.98 }, { code: 'box_too_small', values: { side: 53.98, smallest: 54 } }],
  [{ width: 19.05, height: 19.05, left: 10, bottom: 10, unit: 'mm' as const }, undefined],
  [{ width: Number.NaN }, { code: 'box_too_small', values: { side: Number.NaN, smallest: 54 } }],
  [{ left: -0.02 }, { code: 'box_outside_page', values: { page: 1, width: 595, height: 842 } }],
  [{ left: 495.005 }, undefined],
  [{ bottom: 742.02 }, { code: 'box_outside_page', values: { page: 1, width: 595, height: 842 } }],
  [{ left: Number.NaN }, { code: 'box_outside_page', values: { page: 1, width: 595, height: 842 } }],
])('placement %j: %j', (changes, expected) => {
  expect(checkPlacement(facts(), placed(changes))).toEqual(expected)
})

test('on a page smaller than a stamp the box may be as small as the page is', () => {
  const document = facts({ page: '/MediaBox[0 0 40 30.004]' })
  const box = { left: 0, bottom: 0, width: 40, height: 30 }
  expect(checkPlacement(document, placed(box))).toBeUndefined()
  const tooSmall = { code: 'box_too_small', values: { side: 29, smallest: 30 } }
  expect(checkPlacement(document, placed({ ...box, height: 29 }))).toEqual(tooSmall)
})

test('a box over a signature is refused, on its page alone', () => {
  const document = facts({ ...signedSample, pages: 2 })
  expect(checkPlacement(document, placed({ left: 200, bottom: 150 }))).toMatchObject({ code: 'box_over_signature' })
  expect(checkPlacement(document, placed({ left: 250, bottom: 150 }))).toBeUndefined()
  expect(checkPlacement(document, placed({ left: 200, bottom: 150, page: 2 }))).toBeUndefined()
})
