import { concatBytes, latin1Bytes } from '../../base/bytes.ts'
import type { PdfDocument, XrefEntry } from './document.ts'
import { damaged, isArray, isRef, isString, latin1Text, type PdfRef } from './objects.ts'
import type { Seed } from './seed.ts'
import { refText } from './splice.ts'

/** What an update's trailer says besides copying the file's own. */
export type UpdateEnd = {
  document: PdfDocument
  seed: Seed
  /** Where the cross-reference before this one starts in the file; undefined when this one stands alone. */
  previous: number | undefined
  /** Entries of the file itself, for a cross-reference that replaces a damaged one. */
  carried?: ReadonlyMap<number, XrefEntry>
  /** The first object number that is still free; a cross-reference stream takes it. */
  nextNumber: number
}

/** One incremental update as it grows: objects, then their cross-reference (ISO 32000-1 7.5.6). */
export class Update {
  /** Offset in the file of the update's first byte. */
  readonly start: number
  private readonly base: number
  private readonly parts: Uint8Array[] = []
  /** What follows the parts: one long text is turned into bytes faster than many short ones. */
  private text = ''
  private readonly entries = new Map<number, XrefEntry>()
  private position: number

  /** `start` counts from the first byte of the file, `base` is what the file's own offsets count from. */
  constructor(start: number, base: number) {
    this.start = start
    this.position = start
    this.base = base
  }

  /** Adds text (each character one byte) or bytes. */
  append(part: string | Uint8Array): void {
    this.position += part.length
    if (typeof part === 'string') this.text += part
    else this.parts.push(this.takeText(), part)
  }

  /** Adds an object; returns the offset in the file of its body's first byte. */
  object(ref: PdfRef, body: string): number {
    this.begin(ref)
    const at = this.position
    this.append(`${body}\nendobj\n`)
    return at
  }

  /** Adds a stream; `keys` is the inside of its dictionary without /Length, `data` is written as it is. */
  stream(ref: PdfRef, keys: string, data: Uint8Array): void {
    this.begin(ref)
    this.append(`<<${keys}/Length ${data.length}>>\nstream\n`)
    this.append(data)
    this.append('\nendstream\nendobj\n')
  }

  /**
   * Adds the cross-reference, of the same kind as the file's last one; returns the whole update and where that starts. Throws
   * PdfProblem where a carried entry cannot be written.
   */
  finish(end: UpdateEnd): { bytes: Uint8Array; xrefOffset: number } {
    const entries = new Map([...(end.carried ?? []), ...this.entries])
    for (const [number, entry] of end.carried ?? []) this.proveWritable(number, entry)
    const xrefOffset = this.position
    if (usesXrefStream(end.document)) this.xrefStream(end, entries)
    else this.xrefTable(end, entries)
    this.append(`startxref\n${xrefOffset - this.base}\n%%EOF\n`)
    return { bytes: concatBytes([...this.parts, this.takeText()]), xrefOffset }
  }

  private takeText(): Uint8Array {
    const bytes = latin1Bytes(this.text)
    this.text = ''
    return bytes
  }

  /**
   * A search finds objects that no cross-reference can name: before the header, with numbers beyond their columns, or at offset
   * 0 of a file without a header, which readers take for free.
   */
  private proveWritable(number: number, entry: XrefEntry): void {
    const isBefore = entry.kind === 'offset' && entry.offset <= this.base
    const third = entry.kind === 'packed' ? entry.index : entry.generation
    if (isBefore || third > thirdMax) throw damaged(`object ${number} is where no cross-reference can name it`)
  }

  private begin(ref: PdfRef): void {
    this.entries.set(ref.number, { kind: 'offset', offset: this.position, generation: ref.generation })
    this.append(`${ref.number} ${ref.generation} obj\n`)
  }

  private xrefTable(end: UpdateEnd, entries: Map<number, XrefEntry>): void {
    if (end.carried !== undefined) entries.set(0, { kind: 'free', generation: 65_535 })
    let text = 'xref\n'
    for (const run of runsOf(entries)) {
      text += `${run.first} ${run.entries.length}\n`
      for (const entry of run.entries) text += this.tableEntry(entry)
    }
    this.append(`${text}trailer\n<<${this.trailerKeys(end, end.nextNumber)}>>\n`)
  }

  private tableEntry(entry: XrefEntry): string {
    const offset = entry.kind === 'offset' ? entry.offset - this.base : 0
    return `${String(offset).padStart(10, '0')} ${String(entry.generation).padStart(5, '0')} ${entry.kind === 'offset' ? 'n' : 'f'} \n`
  }

  private xrefStream(end: UpdateEnd, entries: Map<number, XrefEntry>): void {
    entries.set(end.nextNumber, { kind: 'offset', offset: this.position, generation: 0 })
    if (end.carried !== undefined) entries.set(0, { kind: 'free', generation: 65_535 })
    const runs = runsOf(entries)
    const data = new Uint8Array(entries.size * xrefRowBytes)
    const view = new DataView(data.buffer)
    let row = 0
    for (const entry of runs.flatMap((run) => run.entries)) {
      const at = row++ * xrefRowBytes
      view.setUint8(at, { free: 0, offset: 1, packed: 2 }[entry.kind])
      view.setUint32(
        at + 1,
        entry.kind === 'offset' ? entry.offset - this.base : entry.kind === 'packed' ? entry.stream : 0,
      )
      view.setUint16(at + 5, entry.kind === 'packed' ? entry.index : entry.generation)
    }
    const index = runs.map((run) => `${run.first} ${run.entries.length}`).join(' ')
    this.append(`${end.nextNumber} 0 obj\n<</Type/XRef/W[1 4 2]/Index[${index}]`)
    this.append(`${this.trailerKeys(end, end.nextNumber + 1)}/Length ${data.length}>>\nstream\n`)
    this.append(data)
    this.append('\nendstream\nendobj\n')
  }

  private trailerKeys(end: UpdateEnd, size: number): string {
    const { document, previous } = end
    let text = `/Size ${size}`
    for (const key of ['Root', 'Info', 'Encrypt']) {
      const value = trailerText(document, key)
      if (value !== undefined) text += `/${key} ${value}`
    }
    if (previous !== undefined) text += `/Prev ${previous - this.base}`
    return `${text}/ID[${firstId(end)}<${end.seed.idElement('second')}>]`
  }
}

const xrefRowBytes = 7
/** Generations and places in object streams: two bytes of a row, five digits of a table's. */
const thirdMax = 65_535

/** Whether an update of this document ends with a cross-reference stream, which takes an object number. */
export function usesXrefStream(document: PdfDocument): boolean {
  if (!document.repaired) return document.sections[0]?.kind === 'stream'
  return [...document.entries.values()].some((entry) => entry.kind === 'packed')
}

function trailerText(document: PdfDocument, key: string): string | undefined {
  const value = document.trailer.entries.get(key)
  const span = document.trailer.spans.get(key)
  if (isRef(value)) return refText(value)
  if (value === undefined || value === null || span === undefined) return undefined
  return latin1Text(document.trailer.source.bytes.subarray(span.start, span.end))
}

/** The file's own first element, character by character; the key of an encrypted file without one was made with none. */
function firstId(end: UpdateEnd): string {
  const ids = writtenFirstId(end.document)
  if (ids !== undefined) return ids
  return end.document.encryption === undefined ? `<${end.seed.idElement('first')}>` : '<>'
}

function writtenFirstId(document: PdfDocument): string | undefined {
  const ids = document.resolve(document.trailer.entries.get('ID'))
  const first = isArray(ids) ? ids.items[0] : undefined
  if (!isArray(ids) || !isString(first)) return undefined
  return latin1Text(ids.source.bytes.subarray(first.start, first.end))
}

function runsOf(entries: ReadonlyMap<number, XrefEntry>): { first: number; entries: XrefEntry[] }[] {
  const runs: { first: number; entries: XrefEntry[] }[] = []
  for (const [number, entry] of [...entries].toSorted(([a], [b]) => a - b)) {
    const last = runs.at(-1)
    if (last !== undefined && last.first + last.entries.length === number) last.entries.push(entry)
    else runs.push({ first: number, entries: [entry] })
  }
  return runs
}
