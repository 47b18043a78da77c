import { latin1Bytes } from '../../src/base/bytes.ts'

/** Bytes of one page's image: 100 KB are a text of ten pages, 10 MB a scanned deed of a hundred. */
const pagesMax = 100
const pageBytesMin = 10_000

/** Bytes that no filter shrinks, the same every time. */
function noise(length: number, seed: number): string {
  let state = seed
  let text = ''
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    text += String.fromCharCode(state >>> 24)
  }
  return text
}

/** A plain PDF 1.7 of about so many bytes: a cross-reference table, pages that each draw one grey image. */
export function benchDocument(bytes: number): Uint8Array {
  const pages = Math.max(1, Math.min(pagesMax, Math.floor(bytes / pageBytesMin)))
  const side = Math.floor(Math.sqrt(bytes / pages - 400))
  // 251 rows of noise are enough for all pages: what counts is how many bytes there are
  const row = noise(side, 7)
  const kids = Array.from({ length: pages }, (_, page) => `${3 + page * 3} 0 R`).join(' ')
  const bodies = ['<</Type/Catalog/Pages 2 0 R>>', `<</Type/Pages/Kids[${kids}]/Count ${pages}/MediaBox[0 0 595 842]>>`]
  for (let page = 0; page < pages; page++) {
    const at = 3 + page * 3
    const drawing = `q 500 0 0 500 50 250 cm /I Do Q BT ET % page ${page}`
    bodies.push(
      `<</Type/Page/Parent 2 0 R/Resources<</XObject<</I ${at + 2} 0 R>>>>/Contents ${at + 1} 0 R>>`,
      `<</Length ${drawing.length}>>\nstream\n${drawing}\nendstream`,
      `<</Type/XObject/Subtype/Image/Width ${side}/Height ${side}/ColorSpace/DeviceGray/BitsPerComponent 8/Length ${side * side}>>\nstream\n${row.repeat(side)}\nendstream`,
    )
  }
  const parts: string[] = ['%PDF-1.7\n%\xe2\xe3\xcf\xd3\n']
  let at = parts[0]?.length ?? 0
  let rows = '0000000000 65535 f \n'
  bodies.forEach((body, index) => {
    const text = `${index + 1} 0 obj\n${body}\nendobj\n`
    rows += `${String(at).padStart(10, '0')} 00000 n \n`
    parts.push(text)
    at += text.length
  })
  const id = '00112233445566778899aabbccddeeff'
  parts.push(
    `xref\n0 ${bodies.length + 1}\n${rows}trailer\n<</Size ${bodies.length + 1}/Root 1 0 R/ID[<${id}><${id}>]>>\nstartxref\n${at}\n%%EOF\n`,
  )
  return latin1Bytes(parts.join(''))
}
