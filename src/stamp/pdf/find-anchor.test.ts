import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { judged } from '../../../tests/support/judges.ts'
import { rewritten, samplePdf, type SampleOptions } from '../../../tests/support/pdf-samples.ts'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { findAnchor, findAnchors } from './find-anchor.ts'

const helvetica =
  '<</Type/Font/Subtype/Type1/BaseFont/Helvetica/FirstChar 32/LastChar 126/Widths[' + '500 '.repeat(95) + ']>>'

/** One page or more that show these contents in this font, each 10 points high and half as wide a glyph. */
function pdfOf(contents: string, options: SampleOptions & { font?: string } = {}): Uint8Array {
  const { font = helvetica, ...rest } = options
  return samplePdf({
    tree: '/Resources<</Font<</F 20 0 R>>>>',
    ...rest,
    objects: {
      3: `<</Length ${contents.length}>>\nstream\n${contents}\nendstream`,
      4: `<</Type/Page/Parent 2 0 R/Contents 3 0 R${rest.page ?? ''}>>`,
      20: font,
      ...rest.objects,
    },
  })
}

function find(original: Uint8Array, text: string, page?: number) {
  const found = findAnchor({ original, text, page, primitives: nodePrimitives })
  if (!found.ok) throw new Error(found.refusal.code)
  return found.anchor
}

const close = (values: Record<string, number>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, expect.closeTo(value, 2)]))

test('a text is found where it stands, whatever its capitals', () => {
  const original = pdfOf('BT /F 10 Tf 100 200 Td (Jakarta, Materai 10.000) Tj ET')
  expect(find(original, 'MATERAI')).toEqual(close({ page: 1, left: 145, bottom: 198, width: 35, height: 10 }))
  expect(find(original, 'meterai')).toBeUndefined()
  expect(find(original, '  ')).toBeUndefined()
})

test('kerned, spaced out and broken text is read as people read it', () => {
  const kerned = pdfOf('BT /F 10 Tf 100 200 Td [(Mat)40(er)-30(ai)-400(di)] TJ 0 -20 Td (sini) Tj ET')
  expect(find(kerned, 'materai di  sini')).toMatchObject(close({ left: 100, bottom: 178 }))
  expect(find(kerned, 'mat er')).toBeUndefined()
})

test('of several the last one of the last page counts, or that of the page named', () => {
  const contents = 'BT /F 10 Tf 10 300 Td (Materai) Tj 0 -100 Td (Materai) Tj ET'
  const original = pdfOf(contents, {
    pages: 2,
    objects: {
      3: `<</Length ${contents.length}>>\nstream\n${contents}\nendstream`,
      5: '<</Type/Page/Parent 2 0 R/Contents 3 0 R>>',
      20: helvetica,
    },
  })
  expect(find(original, 'materai')).toMatchObject({ page: 2, ...close({ bottom: 198 }) })
  expect(find(original, 'materai', 1)).toMatchObject({ page: 1 })
  expect(find(original, 'materai', 3)).toBeUndefined()
})

test('turned pages and turned text are measured as seen', () => {
  const original = pdfOf('BT /F 10 Tf 0 1 -1 0 100 200 Tm (Materai) Tj ET', { page: '/Rotate 90' })
  expect(find(original, 'materai')).toEqual(close({ page: 1, left: 200, bottom: 493, width: 35, height: 10 }))
})

test('glyphs are read by the font’s own map, in two bytes or one, and by differences', () => {
  const cmap =
    'begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfchar <0005> <004D0061> endbfchar ' +
    '2 beginbfrange <0006> <0007> [<0074> <0065>] <0010> <0012> <0072> endbfrange endcmap'
  const composite = pdfOf('BT /F 10 Tf 100 200 Td <0005000600070010> Tj ET', {
    font: '<</Type/Font/Subtype/Type0/Encoding/Identity-H/DescendantFonts[<</DW 600>>]/ToUnicode 21 0 R>>',
    objects: { 21: `<</Length ${cmap.length}>>\nstream\n${cmap}\nendstream` },
  })
  expect(find(composite, 'mater')).toEqual(close({ page: 1, left: 100, bottom: 198, width: 24, height: 10 }))
  const named = pdfOf('BT /F 10 Tf 100 200 Td (\\001\\002\\003) Tj ET', {
    font: '<</Type/Font/Subtype/Type1/Encoding<</Differences[1/M/seven/uni0061]>>/FirstChar 1/Widths[500 500 500]>>',
  })
  expect(find(named, 'm7a')).toMatchObject(close({ left: 100, width: 15 }))
})

test('where a font tells no widths the place is guessed along its line', () => {
  const original = pdfOf('BT /F 10 Tf 100 200 Td (Materai) Tj ET', {
    font: '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  })
  expect(find(original, 'tera')).toEqual(close({ page: 1, left: 110, bottom: 198, width: 20, height: 10 }))
})

test('a document that Cairo made, with its own fonts, is searched too', () => {
  const folder = mkdtempSync(join(tmpdir(), 'meterai-anchor-'))
  try {
    const font = '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>'
    writeFileSync(join(folder, 'in.pdf'), pdfOf('BT /F 10 Tf 100 200 Td (Meterai di sini) Tj ET', { font }))
    judged('pdftocairo', ['-pdf', 'in.pdf', 'out.pdf'], folder)
    const anchor = find(readFileSync(join(folder, 'out.pdf')), 'di sini')
    // Helvetica's own widths: "Meterai " is 36.1 points long
    expect(anchor?.left).toBeGreaterThan(134)
    expect(anchor?.left).toBeLessThan(139)
    expect(anchor).toMatchObject(close({ bottom: 198, height: 10 }))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a locked document is refused, not called without the text', () => {
  const locked = rewritten(pdfOf('BT ET'), ['--encrypt', 'rahasia', 'pemilik', '256', '--'])
  expect(findAnchor({ original: locked, text: 'x', primitives: nodePrimitives })).toMatchObject({
    ok: false,
    refusal: { code: 'password_needed' },
  })
})

test('several texts of a page are found by reading it once', () => {
  const packed = deflateSync(Buffer.from('BT /F 10 Tf 100 200 Td (Hormat kami, materai) Tj ET')).toString('latin1')
  const original = pdfOf('', {
    objects: { 3: `<</Length ${packed.length}/Filter/FlateDecode>>\nstream\n${packed}\nendstream` },
  })
  let inflated = 0
  const inflate: typeof nodePrimitives.inflate = (...given) => {
    inflated++
    return nodePrimitives.inflate(...given)
  }
  const primitives = { ...nodePrimitives, inflate }

  const found = findAnchors({ original, texts: ['Materai', 'meterai', ' ', 'hormat'], page: 1, primitives })

  const anchors = [find(original, 'materai'), undefined, undefined, find(original, 'hormat')]
  expect(found).toEqual({ ok: true, anchors })
  expect(anchors[0]).toBeDefined()
  expect(inflated).toBe(1)
})

test('glyphs that each stand for many letters are too much to search long before they fill the memory', () => {
  const cmap = `beginbfchar <61> <${'0061'.repeat(16)}> endbfchar`
  const letters = (count: number) =>
    pdfOf(`BT /F 10 Tf 100 200 Td (${'a'.repeat(count)}) Tj ET`, {
      font: helvetica.replace('>>', '/ToUnicode 21 0 R>>'),
      objects: { 21: `<</Length ${cmap.length}>>\nstream\n${cmap}\nendstream` },
    })
  expect(find(letters(1_000), 'aaa')).toBeDefined()
  expect(findAnchor({ original: letters(70_000), text: 'aaa', primitives: nodePrimitives })).toMatchObject({
    refusal: { code: 'too_complex' },
  })
})
