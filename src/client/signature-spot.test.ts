import { expect, test } from 'vitest'
import { samplePdf } from '../../tests/support/pdf-samples.ts'
import { nodePrimitives } from '../base/primitives-node.ts'
import { preflight } from '../stamp/pdf/preflight.ts'
import { findSignatureSpot } from './signature-spot.ts'

const helvetica =
  '<</Type/Font/Subtype/Type1/BaseFont/Helvetica/FirstChar 32/LastChar 126/Widths[' + '500 '.repeat(95) + ']>>'

/** A page of A4 that shows these lines, each from its lower left corner, in glyphs of 6 points. */
function spotOn(...lines: readonly (readonly [string, number, number])[]) {
  const drawn = lines.map(([text, x, y]) => `BT /F 12 Tf ${x} ${y} Td (${text}) Tj ET`).join('\n')
  const original = samplePdf({
    tree: '/Resources<</Font<</F 20 0 R>>>>',
    objects: {
      3: `<</Length ${drawn.length}>>\nstream\n${drawn}\nendstream`,
      4: '<</Type/Page/Parent 2 0 R/Contents 3 0 R>>',
      20: helvetica,
    },
  })
  const looked = preflight(original, nodePrimitives)
  if (!looked.ok) throw new Error(looked.refusal.code)
  return findSignatureSpot({ original, document: looked.document, primitives: nodePrimitives })
}

test('the stamp is suggested beside who signs', () => {
  const spot = spotOn(['Surat Pernyataan', 100, 760], ['Yang membuat pernyataan,', 300, 300])
  expect(spot?.page).toBe(1)
  // right of the words, whose line stands at 300
  expect(spot?.left).toBeGreaterThan(300 + 23 * 6)
  expect(Math.abs((spot?.bottom ?? 0) + (spot?.side ?? 0) / 2 - 303)).toBeLessThan(10)
})

test('a place kept for the stamp comes before a name', () => {
  const spot = spotOn(['Hormat kami,', 330, 300], ['Meterai', 100, 200])
  expect(spot?.left).toBeLessThan(300)
})

test('words in the text above are no place to sign', () => {
  expect(spotOn(['Surat ini bermeterai dan yang menyatakan hadir', 80, 700])).toBeUndefined()
})

test('nothing is suggested where something is written already', () => {
  // a table whose cells are everywhere
  const full = Array.from({ length: 600 }, (_, at) => ['x', (at % 10) * 60, Math.floor(at / 10) * 14] as const)
  expect(spotOn(['Hormat kami,', 300, 305], ...full)).toBeUndefined()
})
