import { randomBytes } from 'node:crypto'
import { samplePdf } from './pdf-samples.ts'

/** A document that nobody stamped before, with bytes in it that stand nowhere else. */
export function freshPdf(pages = 1): Buffer {
  const text = `% ${randomBytes(600).toString('base64')}`
  return Buffer.from(samplePdf({ pages, objects: { 3: `<</Length ${text.length}>>\nstream\n${text}\nendstream` } }))
}

/** A PDF as a file that somebody chooses. */
export const fileOf = (buffer: Buffer, name = 'surat.pdf') => ({ name, mimeType: 'application/pdf', buffer })
