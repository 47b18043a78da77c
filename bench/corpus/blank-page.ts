import { latin1Bytes } from '../../src/base/bytes.ts'

/** A PDF of one white page of this size, in points. */
export function blankPage(size: { width: number; height: number }): Uint8Array {
  const bodies = [
    '<</Type/Catalog/Pages 2 0 R>>',
    `<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 ${size.width.toFixed(3)} ${size.height.toFixed(3)}]>>`,
    '<</Type/Page/Parent 2 0 R/Resources<<>>>>',
  ]
  let text = '%PDF-1.7\n'
  let rows = '0000000000 65535 f \n'
  bodies.forEach((body, index) => {
    rows += `${String(text.length).padStart(10, '0')} 00000 n \n`
    text += `${index + 1} 0 obj\n${body}\nendobj\n`
  })
  const table = `xref\n0 4\n${rows}trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n${text.length}\n%%EOF\n`
  return latin1Bytes(text + table)
}
