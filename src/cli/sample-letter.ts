import { latin1Bytes } from '../base/bytes.ts'

const lines = [
  ['16', 'SURAT PERNYATAAN'],
  ['11', 'Yang bertanda tangan di bawah ini menyatakan bahwa surat ini dibuat'],
  ['11', 'untuk mencoba meterai elektronik, dan tidak berlaku sebagai perjanjian.'],
  ['11', 'This letter was made to try an electronic stamp. It agrees to nothing.'],
] as const

/** A letter of one A4 page to try a stamp on; the same bytes every time. */
export function sampleLetter(): Uint8Array {
  const words = lines.map(([size, line], at) => `/F1 ${size} Tf 1 0 0 1 72 ${740 - at * 24} Tm (${line}) Tj`)
  const content = `BT\n${words.join('\n')}\nET\n`
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${content.length}>>\nstream\n${content}endstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ]
  let pdf = '%PDF-1.7\n'
  const entries = objects.map((object, at) => {
    const entry = `${String(pdf.length).padStart(10, '0')} 00000 n \n`
    pdf += `${at + 1} 0 obj\n${object}\nendobj\n`
    return entry
  })
  const size = objects.length + 1
  const table = `xref\n0 ${size}\n0000000000 65535 f \n${entries.join('')}`
  return latin1Bytes(`${pdf}${table}trailer\n<</Size ${size}/Root 1 0 R>>\nstartxref\n${pdf.length}\n%%EOF\n`)
}
