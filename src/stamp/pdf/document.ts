import type { Primitives } from '../../base/primitives.ts'
import type { DocumentRefusal, Refusal } from '../../errors.ts'
import { pdfDepthMax } from '../../limits/stamping.ts'
import { decodeWithFilters, filtersOf } from './decode.ts'
import { Effort } from './effort.ts'
import { type Encryption, openEncryption } from './encryption.ts'
import { type Indirect, readIndirect } from './indirect.ts'
import {
  damaged,
  integerOf,
  isArray,
  isDict,
  isRef,
  isStream,
  isString,
  nameOf,
  type PdfDict,
  type PdfObject,
  PdfProblem,
  type PdfRef,
  type PdfStream,
  type Source,
  type Span,
} from './objects.ts'
import { readPages, type Page } from './pages.ts'
import { Parser } from './parser.ts'
import { scanObjects } from './scan.ts'
import { findStart } from './start.ts'
import { mergeSections, readSections, type XrefEntry, type XrefSection } from './xref.ts'

export type { XrefEntry, XrefSection } from './xref.ts'

/** How a document is opened. */
export type OpenOptions = {
  /** Tried as the user's and as the owner's; without it only the empty one is. */
  password?: string | undefined
  /** No repair and no searching: what is not exactly as it says throws. For checking signatures. */
  strict?: boolean
  /** Opens the revision that ends at this offset, as if the file ended there. */
  end?: number
  /** Shared by all that is opened for one purpose; by default each opening has its own. */
  effort?: Effort
}

export type Opened = { ok: true; document: PdfDocument } | { ok: false; refusal: Refusal<DocumentRefusal> }

/**
 * A PDF as its bytes tell it, read as far as it is asked. All offsets count from the first byte of the file.
 * `get`, `resolve`, `pages` and `decodeStream` throw PdfProblem where what they need is damaged.
 */
export class PdfDocument {
  /** The file up to the end of the opened revision. */
  readonly bytes: Uint8Array
  /** What the offsets written in the file count from: where the header stands, usually 0. */
  readonly base: number
  /** Of the header or the catalog's /Version, whichever is newer: `1.7`. */
  readonly version: string
  readonly strict: boolean
  /** True when the cross-reference was unusable and was rebuilt by looking for objects. */
  readonly repaired: boolean
  /** Newest first; empty when repaired. */
  readonly sections: readonly XrefSection[]
  readonly entries: ReadonlyMap<number, XrefEntry>
  /** Of the newest section; /Root, /Info, /ID and /Encrypt from an older one where that lacks them. */
  readonly trailer: PdfDict
  readonly encryption: Encryption | undefined
  /** What work is left; long loops over the document charge it. */
  readonly effort: Effort
  readonly primitives: Primitives
  private readonly source: Source
  private readonly encryptNumber: number | undefined
  private readonly objects = new Map<number, Indirect>()
  private readonly packs = new Map<number, Pack>()
  private readonly loading = new Set<number>()
  private readonly lengthOf = (dict: PdfDict) => integerOf(this.lookup(dict, 'Length'))
  private pageList: Page[] | undefined

  constructor(bytes: Uint8Array, primitives: Primitives, options: OpenOptions, repair: boolean) {
    this.bytes = bytes
    this.primitives = primitives
    this.source = { bytes, packed: false }
    this.strict = options.strict ?? false
    this.effort = options.effort ?? new Effort(bytes.length)
    this.repaired = repair
    const start = findStart(bytes, this.strict)
    this.base = start.base
    const scanned = repair ? scanObjects(this.source, this.effort) : undefined
    if (scanned === undefined) {
      this.sections = readSections(start.offset, {
        source: this.source,
        base: this.base,
        strict: this.strict,
        primitives,
        effort: this.effort,
      })
      this.entries = mergeSections(this.sections)
    } else {
      this.sections = []
      this.entries = scanned.entries
    }
    const trailers =
      scanned === undefined ? this.sections.map((section) => section.trailer) : scanned.trailers.toReversed()
    this.trailer = mergeTrailers(trailers)
    if (scanned === undefined && !this.strict) this.proveOffsets()
    const lock = this.trailer.entries.get('Encrypt')
    this.encryptNumber = isRef(lock) ? lock.number : undefined
    this.encryption = this.unlock(options.password)
    // strings read before the key was known are still encrypted
    this.objects.clear()
    if (scanned?.breaksOffAt !== undefined)
      throw damaged(`the file breaks off within the stream at offset ${scanned.breaksOffAt}`)
    if (scanned !== undefined) this.unpackScanned(scanned.objectStreams, scanned.entries)
    const ownVersion = nameOf(this.resolve(this.catalog().entries.get('Version')))
    const newer = ownVersion !== undefined && /^\d\.\d$/.test(ownVersion) && ownVersion > start.version
    this.version = newer ? ownVersion : start.version
  }

  /** The catalog. Throws PdfProblem without one. */
  catalog(): PdfDict {
    const catalog = this.resolve(this.trailer.entries.get('Root'))
    if (!isDict(catalog)) throw damaged('the catalog is missing')
    return catalog
  }

  /** The object a reference names; null where there is none, as ISO 32000-1 7.3.10 has it. */
  get(ref: PdfRef): PdfObject {
    const entry = this.entries.get(ref.number)
    if (entry === undefined || entry.kind === 'free') return null
    if (this.strict && entry.generation !== ref.generation) return null
    return this.locate(ref.number)?.value ?? null
  }

  /** The value itself, through references. */
  resolve(value: PdfObject | undefined): PdfObject {
    let current = value ?? null
    this.effort.visit()
    for (let hops = 0; isRef(current); hops++) {
      if (hops > 16) throw damaged(`the reference ${current.number} leads in a circle`)
      current = this.get(current)
    }
    return current
  }

  /** The resolved value of a key. */
  lookup(dict: PdfDict, key: string): PdfObject {
    return this.resolve(dict.entries.get(key))
  }

  /** The object with its own span; for a packed one the span of its value in the decoded object stream. */
  locate(number: number): Indirect | undefined {
    this.effort.visit()
    const known = this.objects.get(number)
    if (known !== undefined) return known
    const entry = this.entries.get(number)
    // number 0 heads the list of free entries and is never an object (ISO 32000-1 7.5.4)
    if (entry === undefined || entry.kind === 'free' || number === 0 || this.loading.has(number)) return undefined
    if (this.loading.size > pdfDepthMax)
      throw damaged(`object ${number} is needed by more than ${pdfDepthMax} in a row`)
    this.loading.add(number)
    try {
      const object =
        entry.kind === 'packed' ? this.readPacked(number, entry.stream) : this.readPlain(number, entry.offset)
      if (object !== undefined) this.objects.set(number, object)
      return object
    } finally {
      this.loading.delete(number)
    }
  }

  /** From the first digit of the object's number to the end of `endobj`; undefined for packed or missing objects. */
  objectRange(number: number): Span | undefined {
    if (this.entries.get(number)?.kind !== 'offset') return undefined
    const object = this.locate(number)
    return object === undefined ? undefined : { start: object.start, end: object.end }
  }

  /** Decrypted and with all filters undone. */
  decodeStream(stream: PdfStream): Uint8Array {
    const resolve = (value: PdfObject | undefined) => this.resolve(value)
    const { primitives, effort } = this
    return decodeWithFilters(stream.dict, this.decryptStream(stream), { primitives, effort, resolve })
  }

  /** Every page in order, with what it inherits. */
  pages(): readonly Page[] {
    this.pageList ??= readPages(this)
    return this.pageList
  }

  private decryptStream(stream: PdfStream): Uint8Array {
    const type = nameOf(this.lookup(stream.dict, 'Type'))
    if (this.encryption === undefined || type === 'XRef') return stream.data
    if (type === 'Metadata' && !this.encryption.encryptMetadata) return stream.data
    const crypt = filtersOf(stream.dict, (value) => this.resolve(value)).find((filter) => filter.name === 'Crypt')
    const filter = crypt === undefined ? undefined : (nameOf(crypt.parms?.entries.get('Name')) ?? 'Identity')
    return this.encryption.decryptStream(stream.data, stream.holder, filter)
  }

  private readPlain(number: number, offset: number): Indirect | undefined {
    const { source, strict, effort, lengthOf } = this
    const encryption = number === this.encryptNumber ? undefined : this.encryption
    const object = readIndirect(source, offset, { strict, effort, encryption, lengthOf })
    if (object === undefined || object.ref.number !== number) {
      if (this.strict) throw damaged(`object ${number} is not at offset ${offset}`)
      return undefined
    }
    return object
  }

  private readPacked(number: number, stream: number): Indirect | undefined {
    const pack = this.openPack(stream)
    const offset = pack?.offsets.get(number)
    if (pack === undefined || offset === undefined) {
      if (this.strict) throw damaged(`object ${number} is not in object stream ${stream}`)
      return undefined
    }
    const parser = new Parser(pack.source, offset, { strict: this.strict })
    try {
      const value = parser.readObject()
      return { ref: { kind: 'ref', number, generation: 0 }, value, start: offset, end: parser.position }
    } finally {
      this.effort.parse(parser.position - offset)
    }
  }

  private openPack(number: number): Pack | undefined {
    const known = this.packs.get(number)
    if (known !== undefined) return known
    // an object stream is never itself packed (ISO 32000-1 7.5.7)
    if (this.entries.get(number)?.kind !== 'offset') return undefined
    const stream = this.locate(number)?.value
    if (!isStream(stream)) return undefined
    const source: Source = { bytes: this.decodeStream(stream), packed: true }
    const count = integerOf(this.lookup(stream.dict, 'N')) ?? 0
    const first = integerOf(this.lookup(stream.dict, 'First')) ?? 0
    const header = new Parser(source, 0)
    const offsets = new Map<number, number>()
    for (let index = 0; index < count; index++) {
      const packed = header.takeInteger()
      const offset = header.takeInteger()
      if (packed === undefined || offset === undefined) break
      this.effort.enter()
      if (!offsets.has(packed)) offsets.set(packed, first + offset)
    }
    const pack = { source, offsets }
    this.packs.set(number, pack)
    return pack
  }

  /** What the object streams in use hold, unpacked. One that is damaged holds nothing that anyone could read. */
  packTexts(): Uint8Array[] {
    const numbers = new Set<number>()
    for (const entry of this.entries.values()) if (entry.kind === 'packed') numbers.add(entry.stream)
    return [...numbers].flatMap((number) => {
      try {
        return this.openPack(number)?.source.bytes ?? []
      } catch (cause) {
        if (cause instanceof PdfProblem && cause.refusal.code !== 'too_complex') return []
        throw cause
      }
    })
  }

  /** Throws where an entry does not lead to its object: then the whole table cannot be trusted. */
  private proveOffsets(): void {
    // nothing refers to a cross-reference stream by its number, and makers get its own entry wrong
    const ownNumbers = new Set(this.sections.flatMap((section) => [section.number, section.hybrid?.number]))
    const parser = new Parser(this.source, 0)
    for (const [number, entry] of this.entries) {
      if (entry.kind !== 'offset' || ownNumbers.has(number)) continue
      parser.position = entry.offset
      const header = parser.takeObjectHeader()
      if (header?.number !== number || header.generation !== entry.generation) {
        throw damaged(`object ${number} is not at offset ${entry.offset}`)
      }
    }
  }

  private unlock(password: string | undefined): Encryption | undefined {
    const written = this.trailer.entries.get('Encrypt') ?? null
    if (written === null) return undefined
    const dict = this.resolve(written)
    // whoever finds it later would take plain text for encrypted text
    if (!isDict(dict)) throw damaged('the encryption dictionary is missing')
    const ids = this.resolve(this.trailer.entries.get('ID'))
    const first = isArray(ids) ? this.resolve(ids.items[0]) : null
    const fileId = isString(first) ? first.raw : new Uint8Array(0)
    return openEncryption(dict, {
      primitives: this.primitives,
      fileId,
      password,
      resolve: (value) => this.resolve(value),
    })
  }

  /** Adds what object streams hold, where no later plain object has the number. */
  private unpackScanned(streams: readonly { number: number; offset: number }[], entries: Map<number, XrefEntry>): void {
    for (const { number, offset } of streams) {
      const entry = entries.get(number)
      if (entry?.kind !== 'offset' || entry.offset !== offset) continue
      let index = 0
      for (const packed of this.openPack(number)?.offsets.keys() ?? []) {
        const known = entries.get(packed)
        const later = known?.kind === 'offset' && known.offset > offset
        if (!later && packed !== number) entries.set(packed, { kind: 'packed', stream: number, index, generation: 0 })
        index++
      }
    }
  }
}

type Pack = { source: Source; offsets: Map<number, number> }

const inheritedTrailerKeys = ['Root', 'Info', 'ID', 'Encrypt'] as const

function mergeTrailers(trailers: readonly PdfDict[]): PdfDict {
  const rooted = trailers.find((trailer) => trailer.entries.has('Root'))
  const newest = rooted ?? trailers[0]
  const entries = new Map(newest?.entries)
  const spans = new Map(newest?.spans)
  for (const key of inheritedTrailerKeys) {
    const older = trailers.find((trailer) => trailer.entries.has(key))
    const value = older?.entries.get(key)
    if (entries.has(key) || value === undefined) continue
    entries.set(key, value)
    const span = older?.spans.get(key)
    if (span !== undefined) spans.set(key, span)
  }
  const empty = {
    kind: 'dict',
    start: 0,
    end: 0,
    repeated: [],
    source: { bytes: new Uint8Array(0), packed: false },
  } as const
  return { ...(newest ?? empty), entries, spans }
}

function attempt(bytes: Uint8Array, primitives: Primitives, options: OpenOptions, repair: boolean): Opened {
  try {
    return { ok: true, document: new PdfDocument(bytes, primitives, options, repair) }
  } catch (cause) {
    if (cause instanceof PdfProblem) return { ok: false, refusal: cause.refusal }
    throw cause
  }
}

/**
 * Opens a PDF. Without `strict` a damaged cross-reference is rebuilt by looking for objects, and `repaired` says so.
 * Refusals: file_empty, not_a_pdf, structure_damaged, too_complex, password_needed, password_wrong, encryption_unsupported.
 */
export function openDocument(bytes: Uint8Array, primitives: Primitives, options: OpenOptions = {}): Opened {
  if (bytes.length === 0) return { ok: false, refusal: { code: 'file_empty' } }
  const revision = options.end === undefined ? bytes : bytes.subarray(0, options.end)
  const shared = { ...options, effort: options.effort ?? new Effort(bytes.length) }
  const opened = attempt(revision, primitives, shared, false)
  if (opened.ok || options.strict === true || opened.refusal.code !== 'structure_damaged') return opened
  return attempt(revision, primitives, shared, true)
}
