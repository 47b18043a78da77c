import { onePagePdf } from '../../src/base/one-page-pdf.ts'
import { fileOf } from './fresh-pdf.ts'

const letterLines = ['SURAT PERJANJIAN', 'Nomor: 12/SP/XI/2026', 'Jakarta, 23 November 2026']

/** A letter that says what it is, from when, and where it is signed; no two are the same. */
export function freshLetter() {
  const lines = letterLines.map((line, at) => `/F1 12 Tf 1 0 0 1 72 ${740 - at * 24} Tm (${line}) Tj`)
  const signed = '/F1 12 Tf 1 0 0 1 300 200 Tm (Hormat kami,) Tj'
  const bytes = onePagePdf(`BT\n${[...lines, signed].join('\n')}\nET\n% ${crypto.randomUUID()}\n`)
  return fileOf(Buffer.from(bytes))
}
