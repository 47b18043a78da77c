import type { DocumentRefusal, Refusal } from '../../errors.ts'

/**
 * The bytes a value was read from. `packed` values stand in an object stream: their strings are not encrypted one by one,
 * so a copy of their text that leaves the object stream has to encrypt them.
 */
export type Source = { readonly bytes: Uint8Array; readonly packed: boolean }

/** Half-open range of offsets in a source's bytes. */
export type Span = { readonly start: number; readonly end: number }

export type PdfName = { readonly kind: 'name'; readonly name: string }
export type PdfRef = { readonly kind: 'ref'; readonly number: number; readonly generation: number }
/** `bytes` is decrypted, `raw` is as it stands in the file (the only one that is right for a signature's /Contents). */
export type PdfString = Span & {
  readonly kind: 'string'
  readonly bytes: Uint8Array
  readonly raw: Uint8Array
  readonly hex: boolean
}
export type PdfArray = Span & { readonly kind: 'array'; readonly items: readonly PdfObject[]; readonly source: Source }
/** A dictionary with the place of each value in the source; of a key given twice the last counts. */
export type PdfDict = Span & {
  readonly kind: 'dict'
  readonly entries: ReadonlyMap<string, PdfObject>
  readonly spans: ReadonlyMap<string, Span>
  /** Keys that stand twice or more: a strict reader distrusts them, since readers differ in which one counts. */
  readonly repeated: readonly string[]
  readonly source: Source
}
/** `data` is the encoded (and, where it is, encrypted) part of the file; `holder` the object whose key decrypts it. */
export type PdfStream = {
  readonly kind: 'stream'
  readonly dict: PdfDict
  readonly data: Uint8Array
  readonly dataStart: number
  readonly holder: PdfRef
}
/** null, true, 12 and -0.5 are themselves. */
export type PdfObject = null | boolean | number | PdfName | PdfRef | PdfString | PdfArray | PdfDict | PdfStream

/** The document is not what it must be. Thrown inside the reader; the entry points turn it into a refusal. */
export class PdfProblem extends Error {
  readonly refusal: Refusal<DocumentRefusal>
  constructor(code: DocumentRefusal, problem: string, values: Record<string, string | number> = {}) {
    super(problem)
    this.name = 'PdfProblem'
    this.refusal = { code, values: { ...values, problem } }
  }
}

/** What `document.ts` calls when the structure itself is wrong. */
export function damaged(problem: string): PdfProblem {
  return new PdfProblem('structure_damaged', problem)
}

export function isDict(value: PdfObject | undefined): value is PdfDict {
  return typeof value === 'object' && value !== null && value.kind === 'dict'
}

export function isArray(value: PdfObject | undefined): value is PdfArray {
  return typeof value === 'object' && value !== null && value.kind === 'array'
}

export function isRef(value: PdfObject | undefined): value is PdfRef {
  return typeof value === 'object' && value !== null && value.kind === 'ref'
}

export function isStream(value: PdfObject | undefined): value is PdfStream {
  return typeof value === 'object' && value !== null && value.kind === 'stream'
}

export function isString(value: PdfObject | undefined): value is PdfString {
  return typeof value === 'object' && value !== null && value.kind === 'string'
}

/** The name's text without its slash; undefined for anything else. */
export function nameOf(value: PdfObject | undefined): string | undefined {
  return typeof value === 'object' && value !== null && value.kind === 'name' ? value.name : undefined
}

/** The integer; undefined for anything else. */
export function integerOf(value: PdfObject | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}

/** The dictionary of a dictionary or stream; undefined for anything else. */
export function dictOf(value: PdfObject | undefined): PdfDict | undefined {
  if (isStream(value)) return value.dict
  return isDict(value) ? value : undefined
}

/** Each byte as the character with its number: the text of PDF syntax, and how we splice it. */
export function latin1Text(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return text
}
