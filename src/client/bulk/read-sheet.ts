import { readTable } from '../../base/csv.ts'
import type { Primitives } from '../../base/primitives.ts'
import { readXlsx, type SheetRow } from './xlsx.ts'

/**
 * The rows of a table in a file: XLSX, or CSV in UTF-8, UTF-16 (Excel's "Unicode text") or Windows-1252, told apart by their bytes.
 * Undefined for anything else, and for what is damaged.
 */
export function readSheet(bytes: Uint8Array, primitives: Pick<Primitives, 'inflate'>): SheetRow[] | undefined {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    try {
      return readXlsx(bytes, primitives)
    } catch (cause) {
      if (cause instanceof RangeError) return undefined
      throw cause
    }
  }
  const text = decoded(bytes)
  return text === undefined ? undefined : readTable(text)?.records
}

/** Text with a NUL is no table: an older .xls, a PDF, a picture. */
function decoded(bytes: Uint8Array): string | undefined {
  const text = decodeText(bytes)
  return text.includes('\0') || text.startsWith('%PDF-') ? undefined : text
}

function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // what Excel writes where nobody asked for UTF-8
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
