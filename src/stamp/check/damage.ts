import { DerError } from '../cms/der.ts'
import { PdfProblem } from '../pdf/objects.ts'

/** What `read` gives, or undefined where the PDF or the DER it reads is damaged; all else that is thrown goes on. */
export function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof PdfProblem || cause instanceof DerError) return undefined
    throw cause
  }
}
