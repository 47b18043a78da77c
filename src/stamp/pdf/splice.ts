import { latin1Bytes, toHex } from '../../base/bytes.ts'
import type { Encryption } from './encryption.ts'
import {
  damaged,
  isArray,
  isDict,
  isString,
  latin1Text,
  type PdfArray,
  type PdfDict,
  type PdfObject,
  type PdfRef,
  type PdfString,
  type Span,
} from './objects.ts'
import { isSpace, Parser } from './parser.ts'
import type { Seed } from './seed.ts'

/** A piece of a source that is replaced. */
type Patch = { start: number; end: number; text: string }

/**
 * Writes the text of one object of an update from the text it had before: what is not changed is copied character by
 * character, so that a number is never rounded and a reference never resolved. Only strings that leave their object
 * stream or their object are encrypted anew.
 */
export class Splicer {
  readonly holder: PdfRef
  private readonly encryption: Encryption | undefined
  private readonly seed: Seed
  private vectors = 0

  constructor(holder: PdfRef, encryption: Encryption | undefined, seed: Seed) {
    this.holder = holder
    this.encryption = encryption
    this.seed = seed
  }

  /** A string of ours: PDFDocEncoding where that is plain Latin, else UTF-16BE. */
  textString(text: string): string {
    const bytes = encodeText(text)
    if (this.encryption !== undefined) return this.encrypted(bytes)
    return bytes[0] === 0xfe ? `<${toHex(bytes)}>` : `(${latin1Text(bytes).replaceAll(/[\\()]/g, '\\$&')})`
  }

  /** `moved`: the value comes from another object than the one it is written into. */
  copy(value: PdfArray | PdfDict | PdfString, source: { bytes: Uint8Array; packed: boolean }, moved = false): string {
    return this.patched({ ...value, source }, this.stringPatches(value, { packed: source.packed, moved }))
  }

  /** The dictionary with values set (as text); keys that are new come last, in the order given. */
  editDict(dict: PdfDict, changes: ReadonlyMap<string, string>, moved = false): string {
    const patches: Patch[] = []
    for (const [key, value] of dict.entries) {
      const span = dict.spans.get(key)
      const text = changes.get(key)
      if (text === undefined) patches.push(...this.stringPatches(value, { packed: dict.source.packed, moved }))
      else if (span !== undefined) patches.push({ ...span, text: parted(dict, span, text) })
    }
    const added = [...changes].filter(([key]) => !dict.spans.has(key)).map(([key, text]) => `/${key} ${text}`)
    if (added.length > 0) patches.push({ start: dict.end - 2, end: dict.end - 2, text: added.join('') })
    const edited = this.patched(dict, patches)
    proveEdited(edited, changes)
    return edited
  }

  /** The array with items (as text) added at its end. */
  append(array: PdfArray, items: readonly string[], moved = false): string {
    const patches = this.stringPatches(array, { packed: array.source.packed, moved })
    patches.push({ start: array.end - 1, end: array.end - 1, text: ` ${items.join(' ')}` })
    return this.patched(array, patches)
  }

  /** The next vector of this object; used up in the order of writing. */
  nextVector(): Uint8Array {
    return this.seed.vector(this.holder.number, this.vectors++)
  }

  private encrypted(bytes: Uint8Array): string {
    if (this.encryption === undefined) return `<${toHex(bytes)}>`
    return `<${toHex(this.encryption.encryptString(bytes, this.holder, this.nextVector()))}>`
  }

  private stringPatches(value: PdfObject, from: { packed: boolean; moved: boolean }): Patch[] {
    if (this.encryption === undefined || (!from.packed && !from.moved)) return []
    if (isString(value)) return [{ start: value.start, end: value.end, text: this.encrypted(value.bytes) }]
    if (isArray(value)) return value.items.flatMap((item) => this.stringPatches(item, from))
    return isDict(value) ? [...value.entries.values()].flatMap((item) => this.stringPatches(item, from)) : []
  }

  private patched(whole: { start: number; end: number; source: { bytes: Uint8Array } }, patches: Patch[]): string {
    let text = ''
    let at = whole.start
    for (const patch of patches.toSorted((a, b) => a.start - b.start)) {
      text += latin1Text(whole.source.bytes.subarray(at, patch.start)) + patch.text
      at = patch.end
    }
    return text + latin1Text(whole.source.bytes.subarray(at, whole.end))
  }
}

/** Throws PdfProblem where a change does not read back, as behind a key that has no value and takes the next key for it. */
function proveEdited(text: string, changes: ReadonlyMap<string, string>): void {
  const bytes = latin1Bytes(text)
  const dict = new Parser({ bytes, packed: false }, 0).readObject()
  for (const [key, value] of changes) {
    const span = isDict(dict) && dict.end === bytes.length ? dict.spans.get(key) : undefined
    if (span === undefined || text.slice(span.start, span.end) !== value.trim())
      throw damaged(`a dictionary takes no new /${key}: it is damaged`)
  }
}

/** PDFDocEncoding equals Latin-1 in these ranges (ISO 32000-1 annex D.2); the rest goes as UTF-16BE with its mark. */
function encodeText(text: string): Uint8Array {
  if (/^[\x20-\x7e\xa1-\xac\xae-\xff]*$/.test(text)) return latin1Bytes(text)
  const bytes = new Uint8Array(2 + text.length * 2)
  bytes.set([0xfe, 0xff])
  for (let i = 0; i < text.length; i++) {
    bytes[2 + i * 2] = text.charCodeAt(i) >> 8
    bytes[3 + i * 2] = text.charCodeAt(i) & 255
  }
  return bytes
}

/** The text with a space before it where it would else run into its key. */
function parted(dict: PdfDict, span: Span, text: string): string {
  const runsOn = !isSpace(dict.source.bytes[span.start - 1]) && !/^[[</(]/.test(text)
  return runsOn ? ` ${text}` : text
}

/** `12 0 R` */
export function refText(ref: PdfRef): string {
  return `${ref.number} ${ref.generation} R`
}
