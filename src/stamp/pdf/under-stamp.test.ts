import { expect, test } from 'vitest'
import { deflateSync } from 'node:zlib'
import { samplePdf, type SampleOptions } from '../../../tests/support/pdf-samples.ts'
import { nodePrimitives } from '../../base/primitives-node.ts'
import type { Placement } from '../recipe.ts'
import { lookUnderStamp } from './under-stamp.ts'

/** The stamp stands from 300 to 400 both ways. */
const square: Placement = { page: 1, left: 300, bottom: 300, width: 100, height: 100, unit: 'pt' }

const stream = (content: string, keys = '') => `<<${keys}/Length ${content.length}>>\nstream\n${content}\nendstream`

const fonts =
  '/Resources<</Font<</Told<</Subtype/TrueType/FirstChar 65/Widths[500 1000]>>/Untold<</Subtype/Type1>>' +
  '/Wide<</Subtype/Type0/Encoding/Identity-H/DescendantFonts[<</DW 500/W[66[1000] 70 80 250]>>]>>' +
  '/Tall<</Subtype/Type0/Encoding/Identity-V/DescendantFonts[<<>>]>>>>/XObject<</Form 10 0 R>>>>'

function under(content: string, options: SampleOptions = {}, placement = square) {
  const original = samplePdf({ page: fonts, ...options, objects: { 3: stream(content), ...options.objects } })
  return lookUnderStamp({ original, placement, primitives: nodePrimitives })
}

test.each([
  ['where it begins in the box', '/Told 10 Tf 310 310 Td (A) Tj', true],
  ['not where it only runs into the box', '/Told 10 Tf 290 310 Td (AAAAAAAA) Tj', false],
  ['on the next line', '/Told 10 Tf 20 TL 310 410 Td (A) Tj T* (A) Tj', true],
  ['on a line that an offset begins', '/Told 10 Tf 310 500 Td (A) Tj 0 -150 TD (A) Tj', true],
  ['on a line that a quote begins', "/Told 10 Tf 20 TL 310 410 Td (A) '", true],
  ['on a line that two quotes begin', '/Told 10 Tf 20 TL 310 410 Td 1 2 (A) "', true],
  ['by its own matrix', '/Told 10 Tf 2 0 0 2 310 310 Tm (A) Tj', true],
  ['raised into the box', '/Told 10 Tf 15 Ts 310 290 Td (A) Tj', true],
  ['behind what was shown before on its line', '/Told 10 Tf 280 310 Td (BB) Tj (A) Tj', true],
  ['not where what was shown before ends short of the box', '/Told 10 Tf 280 310 Td (AA) Tj (A) Tj', false],
  ['behind wide glyphs of a composite font', '/Wide 10 Tf 280 310 Td <00420042> Tj <0041> Tj', true],
  ['not behind narrow glyphs of a composite font', '/Wide 10 Tf 280 310 Td <00460046> Tj <0041> Tj', false],
  ['moved by a number within an array', '/Told 10 Tf 280 310 Td [(A) -2000 (A)] TJ', true],
  ['spaced and stretched', '/Told 10 Tf 10 Tc 200 Tz 270 310 Td (A) Tj (A) Tj', true],
  ['not where nothing is shown', '/Told 10 Tf 310 310 Td () Tj', false],
])('text stands under the stamp: %s', (_, content, expected) => {
  expect(under(`BT ${content} ET`)).toEqual(expected ? ['text_under_stamp'] : [])
})

test('a stamp on a page that has no room for a readable one is warned of', () => {
  const page = '/MediaBox[0 0 50 90]'
  const tiny: Placement = { page: 1, left: 0, bottom: 0, width: 50, height: 50, unit: 'pt' }
  expect(under('', { page }, tiny)).toEqual(['stamp_below_reading_size'])
})

test('the transformation matrix moves text, as long as its state lasts', () => {
  expect(under('q 1 0 0 1 300 300 cm BT 9 9 Td (A) Tj ET Q')).toEqual(['text_under_stamp'])
  expect(under('q 1 0 0 1 300 300 cm Q BT 9 9 Td (A) Tj ET')).toEqual([])
  expect(under('BT 0 1 -1 0 350 350 Tm 0 100 Td (A) Tj ET')).toEqual([])
})

test('what a font does not tell is unknown only where it may reach the box', () => {
  expect(under('BT /Untold 10 Tf 280 310 Td (AAA) Tj (A) Tj ET')).toEqual(['text_under_stamp_unknown'])
  expect(under('BT /Untold 10 Tf 280 290 Td (AAA) Tj (A) Tj ET')).toEqual([])
  expect(under('BT /Untold 10 Tf 20 310 Td (AAA) Tj (A) Tj ET')).toEqual([])
  expect(under('BT /Tall 10 Tf 20 20 Td (AA) Tj (AA) Tj ET')).toEqual(['text_under_stamp_unknown'])
})

test('what is certain outweighs what is unknown, whichever comes first', () => {
  const unsure = 'BT /Untold 10 Tf 280 310 Td (AAA) Tj (A) Tj ET'
  const sure = 'BT 310 310 Td (A) Tj ET'
  expect(under(`${unsure} ${sure}`)).toEqual(['text_under_stamp'])
  expect(under(`${sure} ${unsure} )`)).toEqual(['text_under_stamp'])
})

const form = (content: string, keys = '') => ({ 10: stream(content, `/Type/XObject/Subtype/Form${keys}`) })

test('text in a form counts, with its matrix, and in a form within a form', () => {
  const objects = form('BT 10 10 Td (A) Tj ET', '/Matrix[1 0 0 1 300 300]')
  expect(under('/Form Do', { objects })).toEqual(['text_under_stamp'])
  expect(under('1 0 0 1 95 0 cm /Form Do', { objects })).toEqual([])
  const outer = { ...form('1 0 0 1 300 300 cm /Inner Do', '/Resources<</XObject<</Inner 11 0 R>>>>') }
  const inner = { 11: stream('BT 10 10 Td (A) Tj ET', '/Subtype/Form') }
  expect(under('/Form Do', { objects: { ...outer, ...inner } })).toEqual(['text_under_stamp'])
})

test('a form leaves the state of the page alone', () => {
  const objects = form('q 1 0 0 1 300 300 cm q')
  expect(under('/Form Do BT 10 10 Td (A) Tj ET', { objects })).toEqual([])
})

test('resources and contents may be inherited, parted and packed', () => {
  const packed = deflateSync('/Form Do BT 280 310').toString('latin1')
  const objects = {
    4: '<</Type/Page/Parent 2 0 R/Contents[11 0 R 12 0 R]>>',
    11: stream(packed, '/Filter/FlateDecode'),
    12: stream('Td /Told 10 Tf (BB) Tj (A) Tj ET'),
  }
  expect(under('', { tree: fonts, objects })).toEqual(['text_under_stamp'])
  expect(under('', { tree: fonts, objects: { ...objects, 12: stream('Td /Told 10 Tf (A) Tj (A) Tj ET') } })).toEqual([])
})

test('a turned, cropped page in a unit of its own: the box is where it is seen', () => {
  const page = `${fonts}/MediaBox[0 0 600 800]/CropBox[100 100 500 700]/Rotate 90/UserUnit 2`
  // seen 50 from the left and 30 from below, in the page's unit: up from the crop box's foot, left from its right side
  const content = 'BT 470 150 Td (A) Tj ET'
  const at = (left: number, bottom: number) => ({ ...square, left, bottom })
  expect(under(content, { page }, at(50, 20))).toEqual(['text_under_stamp'])
  expect(under(content, { page }, at(150, 20))).toEqual([])
})

test('an image within the contents is not read as text', () => {
  const image = 'BI /W 4 /H 1 /BPC 8 /CS /G ID (A\xff EI \xffx EI\n'
  expect(under(`${image}BT 10 10 Td (A) Tj ET`)).toEqual([])
  expect(under(`${image}BT 310 310 Td (A) Tj ET`)).toEqual(['text_under_stamp'])
})

test.each([
  ['contents that end within a string', 'BT (A'],
  ['an image without an end', 'BI /W 4 ID abcdefgh'],
  ['a bracket that closes nothing', 'BT 10 10 Td ] (A) Tj ET'],
])('%s: unknown', (_, content) => {
  expect(under(content)).toEqual(['text_under_stamp_unknown'])
})

test('contents with a filter that nobody knows: unknown', () => {
  expect(under('', { objects: { 3: stream('abc', '/Filter/Magic') } })).toEqual(['text_under_stamp_unknown'])
})

test('forms that draw themselves, twice each, end as unknown', () => {
  const loop = form('/Form Do /Form Do', `/Resources<</XObject<</Form 10 0 R>>>>`)
  expect(under('/Form Do', { objects: loop })).toEqual(['text_under_stamp_unknown'])
  const wide = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => {
      const next = `/Resources<</XObject<</N ${11 + index} 0 R>>>>`
      return [10 + index, stream('/N Do /N Do', `/Subtype/Form${next}`)]
    }),
  )
  expect(under('/Form Do', { objects: wide })).toEqual(['text_under_stamp_unknown'])
})

test('a drawing that unpacks to more than anyone draws is unknown', () => {
  const bomb = deflateSync(Buffer.alloc(20_000_000, 'q Q ')).toString('latin1')
  expect(under('', { objects: { 3: stream(bomb, '/Filter/FlateDecode') } })).toEqual(['text_under_stamp_unknown'])
})

test('a field under the stamp is a warning of its own', () => {
  const field = (rect: string) => ({ page: `${fonts}/Annots[<</Subtype/Widget/FT/Tx/T(a)/Rect${rect}>>]` })
  expect(under('', field('[350 350 500 370]'))).toEqual(['field_under_stamp'])
  expect(under('', field('[400 300 500 370]'))).toEqual([])
  expect(under('BT 310 310 Td (A) Tj ET', field('[350 350 500 370]'))).toEqual([
    'text_under_stamp',
    'field_under_stamp',
  ])
})
