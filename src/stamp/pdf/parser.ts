import { pdfDepthMax } from '../../limits/stamping.ts'
import {
  damaged,
  latin1Text,
  type PdfDict,
  type PdfObject,
  type PdfProblem,
  type PdfRef,
  type PdfString,
  type Source,
  type Span,
} from './objects.ts'

/** White space of ISO 32000-1 7.2.2: 1, delimiters: 2, everything else: 0. */
const classes = new Uint8Array(256)
for (const byte of [0, 9, 10, 12, 13, 32]) classes[byte] = 1
for (const char of '()<>[]{}/%') classes[char.charCodeAt(0)] = 2

/** True for the six white-space bytes. */
export function isSpace(byte: number | undefined): boolean {
  return byte !== undefined && classes[byte] === 1
}

function isRegular(byte: number | undefined): byte is number {
  return byte !== undefined && classes[byte] === 0
}

function isDigit(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= 48 && byte <= 57
}

/** Value of a hexadecimal digit, or -1. */
export function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/** Names repeat all through a file: those read last are kept by their characters, and spelled anew by no one. */
const namesKept = 512
const keptNameMax = 32
const names: (string | undefined)[] = Array.from({ length: namesKept })

/** Whether the characters of `word` stand there. */
export function isWordAt(bytes: Uint8Array, word: string, at: number): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return false
  return true
}

/** Reads one PDF syntax value after the other from a source. Throws PdfProblem on what no reader could take. */
export class Parser {
  readonly source: Source
  position: number
  /** Turns the bytes of a string into what they say, where strings are encrypted. */
  decrypt: ((bytes: Uint8Array) => Uint8Array) | undefined
  /** Strict refuses what only a repairing reader takes. */
  readonly strict: boolean

  constructor(source: Source, position: number, options?: { strict?: boolean }) {
    this.source = source
    this.position = position
    this.strict = options?.strict ?? false
  }

  /** Past white space and comments. */
  skipSpace(): void {
    const { bytes } = this.source
    for (;;) {
      const byte = bytes[this.position]
      if (isSpace(byte)) this.position++
      else if (byte === 37)
        while (this.position < bytes.length && bytes[this.position] !== 10 && bytes[this.position] !== 13)
          this.position++
      else return
    }
  }

  /** Takes the keyword if it stands here as a word of its own. */
  takeKeyword(keyword: string): boolean {
    this.skipSpace()
    const { bytes } = this.source
    for (let i = 0; i < keyword.length; i++) if (bytes[this.position + i] !== keyword.charCodeAt(i)) return false
    if (isRegular(bytes[this.position + keyword.length])) return false
    this.position += keyword.length
    return true
  }

  /** The word that stands here, up to the next white space or delimiter; empty where there is none. */
  takeWord(): string {
    this.skipSpace()
    const { bytes } = this.source
    const start = this.position
    while (isRegular(bytes[this.position])) this.position++
    return latin1Text(bytes.subarray(start, this.position))
  }

  /** Takes a non-negative integer without sign or point; undefined, and nothing taken, where there is none. */
  takeInteger(): number | undefined {
    this.skipSpace()
    const { bytes } = this.source
    let at = this.position
    let value = 0
    for (let byte = bytes[at]; isDigit(byte); byte = bytes[++at]) value = value * 10 + (byte - 48)
    if (at === this.position || isRegular(bytes[at]) || !Number.isSafeInteger(value)) return undefined
    this.position = at
    return value
  }

  /** `12 0 obj`; undefined, and the position anywhere, where it is not that. */
  takeObjectHeader(): PdfRef | undefined {
    const number = this.takeInteger()
    const generation = number === undefined ? undefined : this.takeInteger()
    if (number === undefined || generation === undefined) return undefined
    this.skipSpace()
    const { bytes } = this.source
    const at = this.position
    // no word boundary is asked after `obj`: `1 0 obj12` is read by every reader
    if (bytes[at] !== 111 || bytes[at + 1] !== 98 || bytes[at + 2] !== 106) return undefined
    this.position += 3
    return { kind: 'ref', number, generation }
  }

  /** The next value. */
  readObject(depth = 0): PdfObject {
    if (depth > pdfDepthMax) throw damaged(`nested deeper than ${pdfDepthMax}`)
    this.skipSpace()
    const { bytes } = this.source
    const byte = bytes[this.position]
    if (byte === undefined) throw damaged(`a value is missing at offset ${this.position}`)
    if (byte === 47) return { kind: 'name', name: this.readName() }
    if (byte === 40) return this.readLiteralString()
    if (byte === 60) return bytes[this.position + 1] === 60 ? this.readDict(depth) : this.readHexString()
    if (byte === 91) return this.readArray(depth)
    if (isDigit(byte) || byte === 43 || byte === 45 || byte === 46) return this.readNumberOrRef()
    return this.readWord()
  }

  private readWord(): PdfObject {
    if (this.takeKeyword('null')) return null
    if (this.takeKeyword('true')) return true
    if (this.takeKeyword('false')) return false
    if (this.strict) throw damaged(`no value at offset ${this.position}`)
    const start = this.position
    const { bytes } = this.source
    while (isRegular(bytes[this.position])) this.position++
    const word = String.fromCharCode(...bytes.subarray(start, Math.min(this.position, start + 16)))
    if (start === this.position || word === 'endobj' || word === 'obj' || word === 'stream' || word === 'endstream') {
      this.position = start
      throw damaged(`no value at offset ${start}`)
    }
    return null
  }

  private readName(): string {
    const { bytes } = this.source
    const start = this.position + 1
    let at = start
    let slot = 0
    let byte = bytes[at]
    for (; isRegular(byte) && byte !== 35; byte = bytes[++at]) slot = (slot * 31 + byte) & (namesKept - 1)
    this.position = at
    const known = names[slot]
    if (byte !== 35 && known?.length === at - start && isWordAt(bytes, known, start)) return known
    const name = this.spellName(start)
    if (name.length <= keptNameMax) names[slot] = name
    return name
  }

  private spellName(start: number): string {
    const { bytes } = this.source
    let name = ''
    let at = start
    for (let byte = bytes[at]; isRegular(byte); byte = bytes[++at]) {
      const high = byte === 35 ? hexValue(bytes[at + 1]) : -1
      const low = high < 0 ? -1 : hexValue(bytes[at + 2])
      if (low < 0) name += String.fromCharCode(byte)
      else {
        name += String.fromCharCode(high * 16 + low)
        at += 2
      }
    }
    this.position = at
    return name
  }

  private readNumberOrRef(): number | PdfRef {
    const number = this.readNumber()
    if (!Number.isSafeInteger(number) || number < 0) return number
    const after = this.position
    if (isSpace(this.source.bytes[after])) {
      const generation = this.takeInteger()
      if (generation !== undefined && generation <= 65_535 && this.takeKeyword('R'))
        return { kind: 'ref', number, generation }
    }
    this.position = after
    return number
  }

  private readNumber(): number {
    const { bytes } = this.source
    const start = this.position
    let at = start
    let negative = false
    while (bytes[at] === 43 || bytes[at] === 45) negative = bytes[at++] === 45 || negative
    let value = 0
    let scale = 0
    for (let byte = bytes[at]; isRegular(byte); byte = bytes[++at]) {
      if (isDigit(byte) && scale < 15) {
        value = value * 10 + (byte - 48)
        if (scale > 0) scale++
      } else if (byte === 46 && scale === 0) scale = 1
      else if (this.strict && !isDigit(byte)) throw damaged(`a malformed number at offset ${start}`)
      // like every reader: `12.3-4` is 12.3, the rest of the word is dropped
      else if (!isDigit(byte)) {
        while (isRegular(bytes[at])) at++
        break
      }
    }
    this.position = at
    const size = scale > 1 ? value / 10 ** (scale - 1) : value
    return negative ? -size : size
  }

  /** The search has been to the end: the position says so to whoever counts the work. */
  private endless(start: number): PdfProblem {
    this.position = this.source.bytes.length
    return damaged(`an endless string at offset ${start}`)
  }

  private finishString(text: { start: number; hex: boolean; raw: Uint8Array }): PdfString {
    const bytes = this.decrypt === undefined ? text.raw : this.decrypt(text.raw)
    return { kind: 'string', bytes, raw: text.raw, hex: text.hex, start: text.start, end: this.position }
  }

  private readHexString(): PdfString {
    const { bytes } = this.source
    const start = this.position
    const end = bytes.indexOf(62, start)
    if (end < 0) throw this.endless(start)
    const raw = new Uint8Array((end - start) >> 1)
    let digits = 0
    for (let at = start + 1; at < end; at++) {
      const value = hexValue(bytes[at])
      if (value >= 0) raw[digits >> 1] = (raw[digits >> 1] ?? 0) | (digits++ % 2 === 0 ? value << 4 : value)
      else if (this.strict && !isSpace(bytes[at])) throw damaged(`a malformed string at offset ${start}`)
    }
    this.position = end + 1
    return this.finishString({ start, hex: true, raw: raw.subarray(0, (digits + 1) >> 1) })
  }

  private readLiteralString(): PdfString {
    const { bytes } = this.source
    const start = this.position
    const raw: number[] = []
    let at = start + 1
    for (let open = 1; ; at++) {
      const byte = bytes[at]
      if (byte === undefined) throw this.endless(start)
      if (byte === 40) open++
      if (byte === 41 && --open === 0) break
      if (byte === 92) at = this.readEscape(at + 1, raw)
      else if (byte === 13) {
        // an end of line of any kind is one line feed (ISO 32000-1 7.3.4.2)
        raw.push(10)
        if (bytes[at + 1] === 10) at++
      } else raw.push(byte)
    }
    this.position = at + 1
    return this.finishString({ start, hex: false, raw: Uint8Array.from(raw) })
  }

  /** Reads what follows a backslash at `at`; returns the offset of its last byte. */
  private readEscape(at: number, raw: number[]): number {
    const { bytes } = this.source
    const byte = bytes[at] ?? 0
    const simple = 'nrtbf'.indexOf(String.fromCharCode(byte))
    if (simple >= 0) {
      raw.push([10, 13, 9, 8, 12][simple] ?? 0)
      return at
    }
    if (byte === 13) return bytes[at + 1] === 10 ? at + 1 : at
    if (byte === 10) return at
    if (byte < 48 || byte > 55) {
      raw.push(byte)
      return at
    }
    let value = 0
    let digits = 0
    for (let digit = byte; digits < 3 && digit >= 48 && digit <= 55; digit = bytes[at + digits] ?? 0) {
      value = value * 8 + (digit - 48)
      digits++
    }
    raw.push(value & 255)
    return at + digits - 1
  }

  private readArray(depth: number): PdfObject {
    const { bytes } = this.source
    const start = this.position++
    const items: PdfObject[] = []
    for (;;) {
      this.skipSpace()
      if (bytes[this.position] === 93) {
        this.position++
        return { kind: 'array', items, start, end: this.position, source: this.source }
      }
      items.push(this.readObject(depth + 1))
    }
  }

  private readDict(depth: number): PdfDict {
    const { bytes } = this.source
    const start = this.position
    this.position += 2
    const entries = new Map<string, PdfObject>()
    const spans = new Map<string, Span>()
    const repeated: string[] = []
    for (;;) {
      this.skipSpace()
      const byte = bytes[this.position]
      if (byte === 62 && bytes[this.position + 1] === 62) {
        this.position += 2
        return { kind: 'dict', entries, spans, repeated, start, end: this.position, source: this.source }
      }
      if (byte !== 47) {
        if (this.strict) throw damaged(`a key is missing at offset ${this.position}`)
        this.readObject(depth + 1)
        continue
      }
      const key = this.readName()
      this.skipSpace()
      const valueStart = this.position
      // a key without a value before `>>`: null, as other readers take it
      const missing = !this.strict && bytes[valueStart] === 62 && bytes[valueStart + 1] === 62
      const value = missing ? null : this.readObject(depth + 1)
      if (entries.has(key)) repeated.push(key)
      entries.set(key, value)
      spans.set(key, { start: valueStart, end: this.position })
    }
  }
}
