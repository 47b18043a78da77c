import { toHex } from '../../base/bytes.ts'

/** Elements within elements that we follow; a certificate or a timestamped signature stays under 20. */
export const derDepthMax = 32
/** Bytes of one DER text; the largest real signature container (revocation lists inside) is a few MB. */
export const derBytesMax = 16 * 1024 * 1024

/** Tags by their whole first byte: class, constructed bit and number (X.690 8.1.2). */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  nothing: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** `[n]` of the context class; constructed unless it replaces a primitive type's own tag. */
export const contextTag = (n: number, form: 'constructed' | 'primitive' = 'constructed') =>
  (form === 'constructed' ? 0xa0 : 0x80) | n

/** Thrown for bytes that are not the DER they should be; the message names the field. */
export class DerError extends Error {
  override readonly name = 'DerError'
}

/** One element: `bytes` is all of it, `content` what follows tag and length. Both are views, never copies. */
export type Der = {
  readonly tag: number
  readonly content: Uint8Array
  readonly bytes: Uint8Array
  readonly depth: number
}

const hexTag = (tag: number) => `0x${toHex(Uint8Array.of(tag))}`

function readElement(bytes: Uint8Array, depth: number): Der {
  if (depth > derDepthMax) throw new DerError(`more than ${derDepthMax} elements within each other`)
  const tag = bytes[0]
  const first = bytes[1]
  if (tag === undefined || first === undefined) throw new DerError('the bytes end within a tag or length')
  if ((tag & 0x1f) === 0x1f) throw new DerError(`tag ${hexTag(tag)} has a number above 30, which nothing here uses`)
  let length = first
  let start = 2
  if (first >= 0x80) {
    const count = first & 0x7f
    if (count === 0) throw new DerError('an indefinite length is BER, not DER')
    if (count > 4) throw new DerError(`a length of ${count} bytes is more than any element here needs`)
    start += count
    length = 0
    for (const byte of bytes.subarray(2, start)) length = length * 256 + byte
    if (length < 0x80 || length < 256 ** (count - 1)) throw new DerError('a length is not in its shortest form')
  }
  if (start + length > bytes.length)
    throw new DerError(`an element says ${length} bytes, ${Math.max(0, bytes.length - start)} are there`)
  return { tag, content: bytes.subarray(start, start + length), bytes: bytes.subarray(0, start + length), depth }
}

/** The first element and what follows it; throws DerError. For /Contents, which is padded with zeros. */
export function readFirstDer(bytes: Uint8Array): { first: Der; rest: Uint8Array } {
  if (bytes.length > derBytesMax) throw new DerError(`${bytes.length} bytes, at most ${derBytesMax} are read`)
  const first = readElement(bytes, 0)
  return { first, rest: bytes.subarray(first.bytes.length) }
}

/** The one element that is all of `bytes`; throws DerError. Its inside is read when `childrenOf` asks. */
export function readDer(bytes: Uint8Array): Der {
  const { first, rest } = readFirstDer(bytes)
  if (rest.length > 0) throw new DerError(`${rest.length} bytes follow the element`)
  return first
}

/** The elements inside a constructed one, in order; throws DerError. */
export function childrenOf(parent: Der): Der[] {
  if ((parent.tag & 0x20) === 0) throw new DerError(`tag ${hexTag(parent.tag)} has no elements inside`)
  const children: Der[] = []
  let rest = parent.content
  while (rest.length > 0) {
    const child = readElement(rest, parent.depth + 1)
    children.push(child)
    rest = rest.subarray(child.bytes.length)
  }
  return children
}

/** The fields of a SEQUENCE (or a tag in its place), taken one after the other; every miss throws a DerError naming `what`. */
export class Fields {
  readonly #left: Der[]
  readonly #what: string

  constructor(parent: Der, what: string, tag: number = tags.sequence) {
    if (parent.tag !== tag) throw new DerError(`${what}: tag ${hexTag(parent.tag)} where ${hexTag(tag)} belongs`)
    this.#left = childrenOf(parent)
    this.#what = what
  }

  /** The next field whatever its tag. */
  any(field: string): Der {
    const next = this.#left.shift()
    if (next === undefined) throw new DerError(`${this.#what}: ${field} is missing`)
    return next
  }

  take(tag: number, field: string): Der {
    const next = this.any(field)
    if (next.tag !== tag)
      throw new DerError(`${this.#what}: ${field} has tag ${hexTag(next.tag)} where ${hexTag(tag)} belongs`)
    return next
  }

  /** The next field if it has this tag: an OPTIONAL or a DEFAULT left out otherwise. */
  takeIf(...wanted: number[]): Der | undefined {
    const next = this.#left[0]
    return next !== undefined && wanted.includes(next.tag) ? this.#left.shift() : undefined
  }

  /** All that is left. */
  rest(): Der[] {
    return this.#left.splice(0)
  }

  /** Nothing may be left. */
  end(): void {
    if (this.#left.length > 0) throw new DerError(`${this.#what}: ${this.#left.length} fields too many`)
  }
}

/** The only element inside an explicit tag or a one-valued SET. */
export function onlyChild(parent: Der, what: string): Der {
  const [child, ...others] = childrenOf(parent)
  if (child === undefined || others.length > 0)
    throw new DerError(`${what}: ${others.length + (child ? 1 : 0)} elements, one belongs`)
  return child
}

function contentOf(der: Der, tag: number): Uint8Array {
  if (der.tag !== tag) throw new DerError(`tag ${hexTag(der.tag)} where ${hexTag(tag)} belongs`)
  return der.content
}

export const readOctets = (der: Der): Uint8Array => contentOf(der, tags.octetString)

/** The INTEGER's value; refuses forms that are not the shortest. */
export function readInteger(der: Der): bigint {
  const content = contentOf(der, tags.integer)
  const [first, second] = content
  if (first === undefined) throw new DerError('an INTEGER without content')
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)))
    throw new DerError('an INTEGER is not in its shortest form')
  return BigInt.asIntN(content.length * 8, BigInt(`0x${toHex(content)}`))
}

/** A small INTEGER or ENUMERATED as a number; throws DerError outside the safe range. */
export function readSmall(der: Der): number {
  const value = Number(readInteger(der.tag === tags.enumerated ? { ...der, tag: tags.integer } : der))
  if (!Number.isSafeInteger(value)) throw new DerError('an INTEGER larger than its field can mean')
  return value
}

/** DER allows 0x00 and 0xff alone. */
export function readBoolean(der: Der): boolean {
  const content = contentOf(der, tags.boolean)
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff))
    throw new DerError('a BOOLEAN that is neither 00 nor ff')
  return content[0] === 0xff
}

/** The bytes of a BIT STRING and how many of its last bits do not count. */
export function readBits(der: Der): { bytes: Uint8Array; unused: number } {
  const content = contentOf(der, tags.bitString)
  const unused = content[0]
  if (unused === undefined || unused > 7 || (content.length === 1 && unused > 0))
    throw new DerError('a BIT STRING without its count of unused bits')
  return { bytes: content.subarray(1), unused }
}

/** The bytes of a BIT STRING of whole bytes: signatures and keys. */
export function readWholeBits(der: Der): Uint8Array {
  const { bytes, unused } = readBits(der)
  if (unused !== 0) throw new DerError(`a BIT STRING with ${unused} unused bits where whole bytes belong`)
  return bytes
}

/** Dotted text; arcs of any size (those under 2.25 have 128 bits). */
export function readOid(der: Der): string {
  const content = contentOf(der, tags.oid)
  if (content.length === 0 || content.length > 128) throw new DerError(`an OID of ${content.length} bytes`)
  const arcs: bigint[] = []
  let arc = 0n
  let begun = false
  for (const byte of content) {
    if (!begun && byte === 0x80) throw new DerError('an OID arc is not in its shortest form')
    arc = (arc << 7n) | BigInt(byte & 0x7f)
    begun = byte >= 0x80
    if (begun) continue
    arcs.push(arc)
    arc = 0n
  }
  if (begun) throw new DerError('an OID ends within an arc')
  const [head = 0n, ...others] = arcs
  const root = head < 80n ? head / 40n : 2n
  return [root, head - root * 40n, ...others].join('.')
}

/** UTCTime or GeneralizedTime in UTC (RFC 5280 4.1.2.5; GeneralizedTime may carry a fraction, read to the millisecond). */
export function readTime(der: Der): Date {
  const text = String.fromCharCode(...der.content.subarray(0, 32))
  const short = der.tag === tags.utcTime
  if (!short && der.tag !== tags.generalizedTime) throw new DerError(`tag ${hexTag(der.tag)} where a time belongs`)
  const match = (
    short ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)()Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?Z$/
  ).exec(text)
  if (match === null) throw new DerError(`time ${JSON.stringify(text)} is not in the form DER allows`)
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  const fullYear = short ? year + (year < 50 ? 2000 : 1900) : year
  const milliseconds = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3))
  const at = new Date(Date.UTC(fullYear, month - 1, day, hour, minute, second, milliseconds))
  at.setUTCFullYear(fullYear, month - 1, day)
  // The calendar rolls 31 February over to March; such a time names no moment.
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
    throw new DerError(`time ${JSON.stringify(text)} is not in the calendar`)
  return at
}

/** The characters of any string type that names use; undefined for a type we do not know. */
export function readText(der: Der): string | undefined {
  switch (der.tag) {
    case tags.utf8String:
      return new TextDecoder().decode(der.content)
    case tags.printableString:
    case tags.ia5String:
    case tags.t61String:
      return Array.from(der.content, (byte) => String.fromCharCode(byte)).join('')
    case tags.bmpString:
      return Array.from({ length: der.content.length >> 1 }, (_, i) =>
        String.fromCharCode(((der.content[2 * i] ?? 0) << 8) | (der.content[2 * i + 1] ?? 0)),
      ).join('')
    default:
      return undefined
  }
}

/** Tag, shortest length, contents. */
export function element(tag: number, ...contents: Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of contents) length += part.length
  const digits = lengthDigits(length)
  const whole = new Uint8Array(2 + digits + length)
  whole[0] = tag
  whole[1] = digits === 0 ? length : 0x80 | digits
  for (let i = 0, left = length; i < digits; i++, left = Math.floor(left / 256)) whole[1 + digits - i] = left % 256
  let at = 2 + digits
  for (const part of contents) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Bytes that a length of 128 or more takes after the byte that counts them. */
function lengthDigits(length: number): number {
  let digits = 0
  if (length >= 0x80) for (let left = length; left > 0; left = Math.floor(left / 256)) digits++
  return digits
}

export const sequence = (...parts: Uint8Array[]): Uint8Array => element(tags.sequence, ...parts)
export const octetString = (bytes: Uint8Array): Uint8Array => element(tags.octetString, bytes)
export const nothing = (): Uint8Array => element(tags.nothing)
/** `[n] EXPLICIT`, or an IMPLICIT tag over constructed contents. */
export const tagged = (n: number, ...parts: Uint8Array[]): Uint8Array => element(contextTag(n), ...parts)
/** `[n] IMPLICIT` over a primitive type's content. */
export const taggedPrimitive = (n: number, content: Uint8Array): Uint8Array =>
  element(contextTag(n, 'primitive'), content)
export const bitString = (bytes: Uint8Array, unused = 0): Uint8Array =>
  element(tags.bitString, Uint8Array.of(unused), bytes)

/** FALSE stands only where it is not the default; DER leaves defaults out. */
export const boolean = (value: boolean): Uint8Array => element(tags.boolean, Uint8Array.of(value ? 0xff : 0))

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** SET OF: elements in ascending order of their encodings (X.690 11.6). */
export const setOf = (parts: readonly Uint8Array[], tag: number = tags.set): Uint8Array =>
  element(tag, ...parts.toSorted(compareBytes))

/** Shortest two's complement. */
export function integer(value: bigint | number): Uint8Array {
  let left = BigInt(value)
  const digits: number[] = []
  do {
    digits.unshift(Number(left & 0xffn))
    left >>= 8n
  } while (left !== ((digits[0] ?? 0) >= 0x80 ? -1n : 0n))
  return element(tags.integer, Uint8Array.from(digits))
}

/** INTEGER of a magnitude given as big-endian bytes: serial numbers, nonces. */
export const unsignedInteger = (bytes: Uint8Array): Uint8Array => integer(BigInt(`0x${toHex(bytes) || '0'}`))

/** OBJECT IDENTIFIER of dotted text; throws RangeError when it is none. */
export function oid(dotted: string): Uint8Array {
  const known = written.get(dotted)
  if (known !== undefined) return known
  if (!/^[012](?:\.(?:0|[1-9]\d*)){1,}$/.test(dotted)) throw new RangeError(`"${dotted}" is not an object identifier`)
  const [root = 0n, second = 0n, ...others] = dotted.split('.').map(BigInt)
  if (root < 2n && second > 39n) throw new RangeError(`"${dotted}": the second arc is at most 39 below ${root}`)
  const bytes = [root * 40n + second, ...others].flatMap((arc) => {
    const digits = [Number(arc & 0x7fn)]
    for (let left = arc >> 7n; left > 0n; left >>= 7n) digits.unshift(Number(left & 0x7fn) | 0x80)
    return digits
  })
  const der = element(tags.oid, Uint8Array.from(bytes))
  if (written.size < writtenMax) written.set(dotted, der)
  return der
}

/** Identifiers written before: a signature needs twenty, always the same, and large arcs make them slow. */
const written = new Map<string, Uint8Array>()
const writtenMax = 100

export const utf8String = (text: string): Uint8Array => element(tags.utf8String, new TextEncoder().encode(text))

/** Throws RangeError for characters outside X.680's PrintableString. */
export function printableString(text: string): Uint8Array {
  if (!/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text))
    throw new RangeError(`"${text}" has characters a PrintableString cannot hold`)
  return element(tags.printableString, new TextEncoder().encode(text))
}

/** GeneralizedTime to the millisecond; DER wants no trailing zeros in the fraction and none at all when it is zero. */
export function generalizedTime(at: Date): Uint8Array {
  const text = at
    .toISOString()
    .replaceAll(/[-:T]/g, '')
    .replace(/\.?0*Z$/, 'Z')
  return element(tags.generalizedTime, new TextEncoder().encode(text))
}

/** Time of certificates and CRLs, whole seconds: UTCTime through 2049, GeneralizedTime after (RFC 5280 4.1.2.5). */
export function time(at: Date): Uint8Array {
  const seconds = new Date(Math.floor(at.getTime() / 1000) * 1000)
  if (seconds.getUTCFullYear() >= 2050) return generalizedTime(seconds)
  const text = seconds
    .toISOString()
    .replaceAll(/[-:T]|\.000/g, '')
    .slice(2)
  return element(tags.utcTime, new TextEncoder().encode(text))
}
