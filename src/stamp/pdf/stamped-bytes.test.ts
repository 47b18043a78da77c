import { afterAll, beforeAll, expect, test } from 'vitest'
import { rewritten, sampleKinds, samplePdf } from '../../../tests/support/pdf-samples.ts'
import { removeAuthorities, specimenSerial, stampPdf, temporarySigner } from '../../../tests/support/stamped-pdf.ts'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { openDocument } from './document.ts'
import { preflight } from './preflight.ts'
import { stampedBytes, usualSigner } from './stamped-bytes.ts'

let signer: Awaited<ReturnType<typeof temporarySigner>>

beforeAll(async () => {
  signer = await temporarySigner()
})

afterAll(removeAuthorities)

const manyPages = { pages: 300, catalog: '/AcroForm<</Fields[9 0 R]>>', objects: { 9: '<</FT/Tx/T(Name)>>' } }

test.each([
  ...sampleKinds.map((kind) => [`a ${kind} file`, samplePdf({ kind })] as const),
  ['a long file', samplePdf(manyPages)],
  ['a damaged file', samplePdf(manyPages).map((byte, at, all) => (at > all.length - 22 ? 32 : byte))],
  ['an encrypted file', rewritten(samplePdf(), ['--encrypt', '', 'own', '256', '--'])],
] as const)(
  'what preflight tells of the size of %s is never too little, and at most a tenth too much',
  async (_, original) => {
    const looked = preflight(original, nodePrimitives)
    if (!looked.ok) throw new Error(looked.refusal.code)
    const { bytes } = await stampPdf(original, signer, { serial: specimenSerial(1) })
    const told = looked.document.stampedBytes
    expect(told).toBeGreaterThanOrEqual(bytes.length)
    expect(told - original.length).toBeLessThanOrEqual((bytes.length - original.length) * 1.1)
  },
)

test('another signer adds what its room and its validation data say', () => {
  const opened = openDocument(samplePdf(), nodePrimitives)
  if (!opened.ok) throw new Error(opened.refusal.code)
  const usual = stampedBytes(opened.document, nodePrimitives)
  const larger = { ...usualSigner, contents: usualSigner.contents + 1000, crls: [308 + 500] }
  expect(stampedBytes(opened.document, nodePrimitives, larger) - usual).toBe(2000 + 500)
})
