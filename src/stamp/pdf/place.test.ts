import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  qpdfComplaints,
  qpdfObject,
  rendered,
  rewritten,
  sampleKinds,
  samplePdf,
  sampleRecipe,
  sampleSerial,
  signedSample,
  type SampleOptions,
} from '../../../tests/support/pdf-samples.ts'
import { concatBytes, latin1Bytes } from '../../base/bytes.ts'
import { nodePrimitives } from '../../base/primitives-node.ts'
import type { Placement, Recipe } from '../recipe.ts'
import { latin1Text } from './objects.ts'
import { place, type Prepared } from './place.ts'
import { preflight } from './preflight.ts'

/** A black bar along the foot, and a black square in the left half above it: its turns are all told apart. */
const picture = latin1Bytes(`%OpenMeterai ${sampleSerial}\n0 g 0 0 100 20 re f 0 60 40 40 re f\n`)

function prepare(
  original: Uint8Array,
  changes: { placement?: Partial<Placement>; recipe?: Partial<Recipe>; password?: string } = {},
): Prepared {
  const recipe = sampleRecipe(original, changes.placement, changes.recipe)
  const { password } = changes
  const placed = place({
    original,
    recipe,
    picture,
    primitives: nodePrimitives,
    ...(password === undefined ? {} : { password }),
  })
  if (!placed.ok) throw new Error(JSON.stringify(placed.refusal))
  return placed.prepared
}

const stamped = (original: Uint8Array, prepared: Prepared) => concatBytes([original, prepared.tail])

/** The text of the update, without what went before. */
const updateText = (options: SampleOptions) => latin1Text(prepare(samplePdf(options)).tail).replace(/<0+>/, '<0>')

test.each(sampleKinds)(
  'with a %s cross-reference the stamped file has the field, and qpdf has nothing to say',
  (kind) => {
    const original = samplePdf({ kind, pages: 2 })
    const whole = stamped(original, prepare(original))
    expect(qpdfComplaints(whole)).toEqual(qpdfComplaints(original))
    const result = preflight(whole, nodePrimitives)
    expect(result).toMatchObject({
      ok: true,
      document: { signatures: [{ fieldName: `Emet${sampleSerial}` }], stamps: [{ serial: sampleSerial }] },
    })
    expect(result.ok && result.document.signatureBoxes).toEqual([
      { page: 1, left: 400, bottom: 40, width: 100, height: 100 },
    ])
  },
)

test.each([
  ['table', /\nxref\n/],
  ['hybrid', /\nxref\n/],
  ['stream', /\/Type\/XRef/],
  ['packed', /\/Type\/XRef/],
] as const)('the update of a %s file ends with the same kind of cross-reference', (kind, form) => {
  const text = updateText({ kind })
  expect(text).toMatch(form)
  expect(text).not.toContain('XRefStm')
})

test('the same original and recipe give the same bytes', () => {
  const original = samplePdf()
  expect(prepare(original)).toEqual(prepare(original))
  const other = prepare(original, { recipe: { seed: '00'.repeat(32) } })
  expect(other.digest).not.toBe(prepare(original).digest)
})

test('the byte range leaves out exactly the contents, and the digest is over the rest', () => {
  const original = samplePdf({ before: 'shifted\n' })
  const prepared = prepare(original)
  const whole = stamped(original, prepared)
  const [start, first, second, rest] = prepared.byteRange
  expect(start).toBe(0)
  expect(second + rest).toBe(whole.length)
  expect(latin1Text(whole.subarray(first, second))).toMatch(/^<0{4096}>$/)
  expect(prepared.contentsAt).toBe(first - original.length + 1)
  const digest = createHash('sha256').update(whole.subarray(0, first)).update(whole.subarray(second)).digest('hex')
  expect(prepared.digest).toBe(digest)
  expect(latin1Text(prepared.tail)).toContain(`/ByteRange[${prepared.byteRange.join(' ')}]`)
})

test('the signature dictionary says what PAdES asks for and no more', () => {
  const text = updateText({})
  expect(text).toContain('/SubFilter/ETSI.CAdES.detached')
  expect(text).toContain('/M(D:20261123131400Z)')
  expect(text).toContain(`/Reason([${sampleSerial}] Surat Pernyataan)/Location(Jakarta)`)
  expect(text).not.toContain('/Cert')
})

test('a reason with brackets and other alphabets reads back as it was', () => {
  const original = samplePdf()
  const recipe = { reason: '[x] Sewa (tahap 1\\2)', location: 'Bandung – Ćimahi' }
  const whole = stamped(original, prepare(original, { recipe }))
  const signature = qpdfObject(whole, 6)
  expect(signature).toContain('(\\[x] Sewa (tahap 1\\2)'.slice(2, 4))
  expect(signature).toMatch(/Sewa \\\(tahap 1\\\\2\\\)/)
  expect(signature.toLowerCase()).toMatch(/bandung – ćimahi|feff00420061006e/)
})

test.each([
  ['no annotations', '', {}, 4],
  ['annotations of its own', '/Annots [ 9 0 R ]', { 9: '<</Type/Annot/Subtype/Text/Rect[0 0 9 9]>>' }, 4],
  ['annotations elsewhere', '/Annots 9 0 R', { 9: '[]' }, 9],
  ['annotations that are missing', '/Annots 99 0 R', {}, 4],
] as const)('a page with %s: only the object that lists them changes', (_, page, objects, changed) => {
  const original = samplePdf({ page, objects: { ...objects } })
  const prepared = prepare(original)
  const numbers = [...latin1Text(prepared.tail).matchAll(/(?:^|\n)(\d+) 0 obj\n/g)].map((match) => Number(match[1]))
  const size = Math.max(...Object.keys(objects).map(Number), 4) + 1
  expect(numbers.filter((number) => number < size)).toEqual([changed, 1])
  expect(qpdfComplaints(stamped(original, prepared))).toEqual(qpdfComplaints(original))
})

test('an array of annotations that two pages share is not touched', () => {
  const objects = { 5: '<</Type/Page/Parent 2 0 R/Annots 9 0 R>>', 9: '[]' }
  const original = samplePdf({ pages: 2, page: '/Annots 9 0 R', objects })
  const whole = stamped(original, prepare(original))
  expect(qpdfObject(whole, 9)).toBe('[ ]\n')
  expect(qpdfObject(whole, 4)).toContain('/Annots [ 10 0 R ]')
})

test('what is not changed is copied character by character', () => {
  const page = '/CropBox[ 0 0  595.00000001 842.]% a comment\n/Tabs/S /Odd#20Key (a\\053b)'
  const text = updateText({ page })
  expect(text).toContain(`${page}/Annots [5 0 R]>>`)
})

test.each([
  ['in the catalog', { catalog: '/AcroForm<</Fields[]/DA(x)>>' }, '/AcroForm<</Fields[ 5 0 R]/DA(x)/SigFlags 3>>'],
  [
    'as an object',
    { catalog: '/AcroForm 9 0 R', objects: { 9: '<</Fields[]/SigFlags 1>>' } },
    '9 0 obj\n<</Fields[ 10 0 R]/SigFlags 3>>',
  ],
  [
    'with its fields as an object',
    { catalog: '/AcroForm 9 0 R', objects: { 9: '<</Fields 10 0 R/SigFlags 3>>', 10: '[4 0 R ]' } },
    '10 0 obj\n[4 0 R  11 0 R]',
  ],
  ['without fields', { catalog: '/AcroForm<<>>' }, '/Fields [5 0 R]'],
] as const)('a form %s gets the field', (_, options, expected) => {
  expect(updateText(options)).toContain(expected)
})

const form = (appearance: string) => ({
  catalog: '/AcroForm<</Fields[9 0 R]/NeedAppearances true>>',
  objects: { 9: `<</FT/Tx/T(Name)/Subtype/Widget/Rect[0 0 9 9]${appearance}>>` },
})

const signedForm = (appearance: string) => ({
  catalog: '/AcroForm<</Fields[9 0 R 10 0 R]/NeedAppearances true>>',
  objects: { ...form(appearance).objects, 10: '<</FT/Sig/T(Board)/V<</Type/Sig>>>>' },
})

test('readers need not redraw a signed form whose fields all have appearances', () => {
  expect(updateText(signedForm('/AP<</N 3 0 R>>'))).toContain('/NeedAppearances false')
  expect(updateText(signedForm(''))).toContain('/NeedAppearances true')
})

test('where readers redraw an unsigned form, a second annotation shows the stamp and the form stays as it is', () => {
  const before = samplePdf(form('/AP<</N 3 0 R>>'))
  const placement = { left: 200, bottom: 300 }
  const after = stamped(before, prepare(before, { placement }))
  expect(latin1Text(after.subarray(before.length))).toMatch(/\/Subtype\/Stamp.*\/F 196/)
  expect(latin1Text(after)).not.toContain('/NeedAppearances false')
  const plain = samplePdf()
  const seen = rendered(after)
  const expected = rendered(stamped(plain, prepare(plain, { placement })))
  for (let y = 0; y < seen.height; y += 7)
    for (let x = 195; x < 305; x++) expect([x, y, seen.at(x, y)]).toEqual([x, y, expected.at(x, y)])
})

test('the extension is named below PDF 2.0, beside others, and only once', () => {
  expect(updateText({})).toContain('/Extensions <</ESIC<</BaseVersion/1.7/ExtensionLevel 1>>>>')
  expect(updateText({ version: '2.0' })).not.toContain('ESIC')
  expect(updateText({ catalog: '/Extensions<</ADBE<</BaseVersion/1.7/ExtensionLevel 3>>>>' })).toMatch(/ADBE.*ESIC/)
  expect(updateText({ catalog: '/Extensions 9 0 R', objects: { 9: '<</ESIC<<>>>>' } })).not.toContain('9 0 obj')
})

test('the first identifier stays character by character, the second is new', () => {
  expect(updateText({ trailer: '/ID[(a\\050b)<00>]' })).toMatch(/\/ID\[\(a\\050b\)<[0-9A-F]{32}>\]/)
  expect(updateText({})).toMatch(/\/ID\[<[0-9A-F]{32}><[0-9A-F]{32}>\]/)
})

test.each([0, 90, 180, 270])('on a page turned by %i the stamp stands upright where it was put', (rotation) => {
  const page = `/MediaBox[10 20 410 620]/CropBox[30 40 330 440]/Rotate ${rotation}`
  const original = samplePdf({ page, objects: { 3: '<</Length 0>>\nstream\n\nendstream' } })
  const before = rendered(original)
  const after = rendered(
    stamped(original, prepare(original, { placement: { left: 50, bottom: 30, width: 150, height: 100 } })),
  )
  expect([after.width, after.height]).toEqual([before.width, before.height])
  const at = (x: number, y: number) => after.at(x, after.height - 1 - y)
  // the square of 100 stands in the middle of the box of 150: from 75 to 175
  expect([at(80, 35), at(170, 45)]).toEqual([0, 0])
  expect([at(85, 120), at(160, 120), at(125, 70)]).toEqual([0, 255, 255])
  for (let y = 0; y < after.height; y++) {
    for (let x = 0; x < after.width; x++) {
      const inside = x >= 49 && x <= 201 && y >= 29 && y <= 131
      if (!inside && at(x, y) !== before.at(x, before.height - 1 - y)) throw new Error(`the stamp reaches ${x} ${y}`)
    }
  }
})

const locks = [
  ['rc4 40', ['--allow-weak-crypto', '--encrypt', 'open', 'own', '40', '--']],
  ['rc4 128', ['--allow-weak-crypto', '--encrypt', 'open', 'own', '128', '--use-aes=n', '--']],
  ['aes 128', ['--allow-weak-crypto', '--encrypt', 'open', 'own', '128', '--use-aes=y', '--']],
  [
    'aes 128 but for metadata',
    ['--allow-weak-crypto', '--encrypt', 'open', 'own', '128', '--cleartext-metadata', '--'],
  ],
  ['aes 256', ['--encrypt', 'open', 'own', '256', '--']],
] as const

test.each(locks)('in a document locked with %s everything new is encrypted but the contents', (_, options) => {
  for (const kind of ['preserve', 'generate']) {
    const plain = samplePdf({
      catalog: '/Lang(id-ID)',
      page: '/Annots[9 0 R]',
      objects: { 9: '<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(Rahasia)>>' },
    })
    const original = rewritten(plain, [`--object-streams=${kind}`, ...options])
    const prepared = prepare(original, { password: 'open' })
    const text = latin1Text(prepared.tail)
    for (const secret of ['OpenMeterai', 'Jakarta', 'Emet', 'id-ID', 'Rahasia']) expect(text).not.toContain(secret)
    const whole = stamped(original, prepared)
    expect(qpdfComplaints(whole, 'open')).toEqual([])
    const json = qpdfObject(whole, Number(/\/Root (\d+)/.exec(text)?.[1]), 'open')
    expect(json).toContain('(id-ID)')
    const facts = preflight(whole, nodePrimitives, { password: 'own' })
    expect(facts).toMatchObject({
      ok: true,
      document: { stamps: [{ serial: sampleSerial }], encryption: expect.stringMatching(/^(RC4|AES) \d+$/) },
    })
  }
})

test('a damaged file gets a whole cross-reference that repairs it', () => {
  for (const kind of ['table', 'packed'] as const) {
    const text = latin1Text(samplePdf({ kind, pages: 2 })).replace('startxref', 'startxxxx')
    const original = latin1Bytes(text)
    const whole = stamped(original, prepare(original))
    expect(qpdfComplaints(whole)).toEqual([])
    expect(preflight(whole, nodePrimitives)).toMatchObject({
      ok: true,
      document: { signatures: [{ state: 'unchecked' }], warnings: ['stamped_already'] },
    })
  }
})

test('a file that ends within a line gets its end of line', () => {
  const original = samplePdf().subarray(0, -1)
  const prepared = prepare(original)
  expect(prepared.tail[0]).toBe(10)
  expect(qpdfComplaints(stamped(original, prepared))).toEqual([])
})

test('a second stamp leaves the first one where it is', () => {
  const original = samplePdf()
  const once = stamped(original, prepare(original))
  const again = prepare(once, { placement: { left: 100 }, recipe: { serial: 'SPESIMEN01XQ00000000CD' } })
  const facts = preflight(stamped(once, again), nodePrimitives)
  expect(facts).toMatchObject({
    ok: true,
    document: { stamps: [{ serial: sampleSerial }, { serial: 'SPESIMEN01XQ00000000CD' }] },
  })
  const over = place({ original: once, recipe: sampleRecipe(once, { left: 350 }), picture, primitives: nodePrimitives })
  expect(over).toMatchObject({ ok: false, refusal: { code: 'box_over_signature' } })
})

test('another file than the one of the recipe is refused by length and by digest', () => {
  const original = samplePdf()
  const recipe = sampleRecipe(original)
  const refuse = (bytes: Uint8Array) => place({ original: bytes, recipe, picture, primitives: nodePrimitives })
  expect(refuse(original.subarray(1))).toMatchObject({ ok: false, refusal: { code: 'file_differs' } })
  const touched = original.slice()
  touched[20] = 65
  expect(refuse(touched)).toMatchObject({ ok: false, refusal: { code: 'file_differs' } })
})

test('place refuses what preflight and the placement refuse', () => {
  const original = samplePdf(signedSample)
  const refuse = (placement: Partial<Placement>) => {
    const placed = place({ original, recipe: sampleRecipe(original, placement), picture, primitives: nodePrimitives })
    return placed.ok ? undefined : placed.refusal.code
  }
  expect(refuse({ page: 9 })).toBe('page_out_of_range')
  expect(refuse({ left: 560 })).toBe('box_outside_page')
  expect(refuse({ left: 120, bottom: 120 })).toBe('box_over_signature')
})

/** The field takes the first new number, the signature behind it is written first. */
const firstNumber = (original: Uint8Array) => Number(/(\d+) 0 obj/.exec(latin1Text(prepare(original).tail))?.[1]) - 1

test.each(sampleKinds)('new numbers of a %s file begin above every object, where nothing refers to', (kind) => {
  const highest = { table: 4, stream: 5, packed: 6, hybrid: 6 }[kind]
  expect(firstNumber(samplePdf({ kind }))).toBe(highest + 1)
  expect(firstNumber(samplePdf({ kind, page: '/Thumb 9 0\r\nR' }))).toBe(10)
})

test('a number far above is left where it is, one that cannot be is no number', () => {
  expect(firstNumber(samplePdf({ trailer: '/Info 5000 0 R' }))).toBe(5)
  expect(firstNumber(samplePdf({ trailer: '/Info 99999999999999999999 0 R' }))).toBe(5)
})

test('a free entry beyond /Size keeps its number', () => {
  const text = latin1Text(samplePdf()).replace('trailer', '30 1\n0000000000 00001 f \ntrailer')
  expect(firstNumber(latin1Bytes(text))).toBe(31)
})

test.each(['2', '8388606'])('a damaged file that says /Size %s has no say in it', (size) => {
  const text = latin1Text(samplePdf({ trailer: '/Info 7 0 R' })).replace('/Size 5', `/Size ${size}`)
  expect(firstNumber(latin1Bytes(text.replace('startxref', 'startxxxx')))).toBe(8)
})
