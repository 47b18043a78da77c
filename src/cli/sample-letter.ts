import { onePagePdf } from '../base/one-page-pdf.ts'

const lines = [
  ['16', 'SURAT PERNYATAAN'],
  ['11', 'Yang bertanda tangan di bawah ini menyatakan bahwa surat ini dibuat'],
  ['11', 'untuk mencoba meterai elektronik, dan tidak berlaku sebagai perjanjian.'],
  ['11', 'This letter was made to try an electronic stamp. It agrees to nothing.'],
] as const

/** A letter of one A4 page to try a stamp on; the same bytes every time. */
export function sampleLetter(): Uint8Array {
  const words = lines.map(([size, line], at) => `/F1 ${size} Tf 1 0 0 1 72 ${740 - at * 24} Tm (${line}) Tj`)
  return onePagePdf(`BT\n${words.join('\n')}\nET\n`)
}
