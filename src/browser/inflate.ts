/*
 * Inflate (RFC 1951) in its zlib wrapping (RFC 1950), as Node's zlib does it for the core: whole streams and those that were cut
 * short give what they hold, damaged ones throw. A library would be as long here, and none agrees with zlib on damage, which the
 * same answer in browser and server needs.
 */

/** Longest code of the format, in bits. */
const codeBitsMax = 15
const lengthBases = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]
const lengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
const distanceBases = Array.from({ length: 30 }, (_, code) =>
  code < 4 ? code + 1 : ((2 + (code & 1)) << ((code >> 1) - 1)) + 1,
)
const distanceExtra = Array.from({ length: 30 }, (_, code) => (code < 4 ? 0 : (code >> 1) - 1))
/** The order in which the lengths of the length code stand. */
const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/** The input ended; what came out so far is the result. */
class Ended extends Error {}

const damage = (what: string) => new RangeError(`the zlib stream is damaged: ${what}`)

/** A code as a table by the next `bits` bits: symbol << 4 | length, and no symbol as `invalid`. */
type Code = { table: Uint16Array; bits: number }
const invalid = 0xfff1

/** Throws where the lengths make no code. One that lacks codes passes only with a single code of one bit, as in zlib. */
function codeOf(lengths: readonly number[], isWhole = false): Code {
  const counts = new Uint16Array(codeBitsMax + 1)
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1
  let bits = codeBitsMax
  while (bits > 0 && counts[bits] === 0) bits--
  if (bits === 0) return { table: Uint16Array.of(isWhole ? 1 : invalid, isWhole ? 1 : invalid), bits: 1 }
  let left = 1
  for (let length = 1; length <= codeBitsMax; length++) {
    left = left * 2 - (counts[length] ?? 0)
    if (left < 0) throw damage('a code with too many words')
  }
  if (left > 0 && (isWhole || bits !== 1)) throw damage('a code with too few words')
  const table = new Uint16Array(1 << bits).fill(invalid)
  let word = 0
  for (let length = 1; length <= bits; length++) {
    for (const [symbol, own] of lengths.entries()) {
      if (own !== length) continue
      for (let at = reversed(word++, length); at < table.length; at += 1 << length) table[at] = (symbol << 4) | length
    }
    word <<= 1
  }
  return { table, bits }
}

function reversed(word: number, length: number): number {
  let out = 0
  for (let i = 0; i < length; i++) out |= ((word >> i) & 1) << (length - 1 - i)
  return out
}

const fixedLiterals = codeOf(
  Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)),
)
const fixedDistances = codeOf(Array.from({ length: 32 }, () => 5))

class Inflater {
  private readonly input: Uint8Array
  private readonly max: number
  private at = 2
  private held = 0
  private heldBits = 0
  private out: Uint8Array
  private length = 0

  constructor(input: Uint8Array, maxOutput: number) {
    this.input = input
    this.max = maxOutput
    this.out = new Uint8Array(Math.min(maxOutput, Math.max(1024, input.length * 4)))
  }

  run(): Uint8Array {
    try {
      while (!this.block());
      this.proveSum()
    } catch (cause) {
      if (!(cause instanceof Ended)) throw cause
    }
    return this.out.slice(0, this.length)
  }

  /** True after the last block. */
  private block(): boolean {
    const isLast = this.take(1) === 1
    const kind = this.take(2)
    if (kind === 0) this.stored()
    else if (kind === 1) this.coded(fixedLiterals, fixedDistances)
    else if (kind === 2) this.dynamic()
    else throw damage('a block of an unknown kind')
    return isLast
  }

  private stored(): void {
    this.held >>>= this.heldBits & 7
    this.heldBits -= this.heldBits & 7
    const length = this.take(16)
    if ((length ^ this.take(16)) !== 0xffff) throw damage('a stored block with two lengths')
    // everything held has been taken: lengths are whole bytes, and no more than 16 bits are ever read ahead
    const piece = this.input.subarray(this.at, this.at + length)
    this.reserve(piece.length)
    this.out.set(piece, this.length)
    this.length += piece.length
    this.at += piece.length
    if (piece.length < length) throw new Ended()
  }

  private dynamic(): void {
    const literals = this.take(5) + 257
    const distances = this.take(5) + 1
    const named = this.take(4) + 4
    if (literals > 286 || distances > 30) throw damage('too many symbols')
    const own = lengthOrder.map(() => 0)
    for (const symbol of lengthOrder.slice(0, named)) own[symbol] = this.take(3)
    const code = codeOf(own, true)
    const lengths: number[] = []
    while (lengths.length < literals + distances) {
      const symbol = this.symbol(code, symbolExtra)
      if (symbol < 16) lengths.push(symbol)
      else this.repeat(lengths, symbol, literals + distances)
    }
    if (lengths[256] === 0) throw damage('a block without an end')
    this.coded(codeOf(lengths.slice(0, literals)), codeOf(lengths.slice(literals)))
  }

  private repeat(lengths: number[], symbol: number, limit: number): void {
    const last = lengths.at(-1)
    const value = symbol === 16 ? last : 0
    if (value === undefined) throw damage('nothing to repeat')
    const times = symbol === 18 ? 11 + this.take(7) : 3 + this.take(symbol === 16 ? 2 : 3)
    if (lengths.length + times > limit) throw damage('a repeat too long')
    for (let i = 0; i < times; i++) lengths.push(value)
  }

  private coded(literals: Code, distances: Code): void {
    for (;;) {
      const symbol = this.symbol(literals)
      if (symbol === 256) return
      if (symbol < 256) {
        this.reserve(1)
        this.out[this.length++] = symbol
        continue
      }
      const base = lengthBases[symbol - 257]
      if (base === undefined) throw damage('an unknown length')
      const length = base + this.take(lengthExtra[symbol - 257] ?? 0)
      const place = this.symbol(distances)
      const reach = distanceBases[place]
      if (reach === undefined) throw damage('an unknown distance')
      const distance = reach + this.take(distanceExtra[place] ?? 0)
      if (distance > this.length) throw damage('a distance too far back')
      this.reserve(length)
      this.copy(distance, length)
    }
  }

  private copy(distance: number, length: number): void {
    const { out } = this
    const from = this.length - distance
    if (distance >= length) out.copyWithin(this.length, from, from + length)
    else for (let i = 0; i < length; i++) out[this.length + i] = out[from + i] ?? 0
    this.length += length
  }

  private reserve(count: number): void {
    const needed = this.length + count
    if (needed > this.max) throw new RangeError(`the stream is longer than ${this.max} bytes when inflated`)
    if (needed <= this.out.length) return
    const grown = new Uint8Array(Math.min(this.max, Math.max(needed, this.out.length * 2)))
    grown.set(this.out.subarray(0, this.length))
    this.out = grown
  }

  /** Holds at least so many bits where the input has them. */
  private fill(bits: number): void {
    while (this.heldBits < bits && this.at < this.input.length) {
      this.held |= (this.input[this.at++] ?? 0) << this.heldBits
      this.heldBits += 8
    }
  }

  private take(bits: number): number {
    this.fill(bits)
    if (this.heldBits < bits) throw new Ended()
    const value = this.held & ((1 << bits) - 1)
    this.held >>>= bits
    this.heldBits -= bits
    return value
  }

  /** `extra` tells how many bits must be there besides: zlib takes a repeat only whole. */
  private symbol({ table, bits }: Code, extra?: (symbol: number) => number): number {
    this.fill(bits)
    const entry = table[this.held & ((1 << bits) - 1)] ?? invalid
    const length = entry & 15
    if (length > this.heldBits) throw new Ended()
    if (entry === invalid) throw damage('an unknown code word')
    const symbol = entry >> 4
    const needed = length + (extra?.(symbol) ?? 0)
    this.fill(needed)
    if (needed > this.heldBits) throw new Ended()
    this.held >>>= length
    this.heldBits -= length
    return symbol
  }

  private proveSum(): void {
    this.held >>>= this.heldBits & 7
    this.heldBits -= this.heldBits & 7
    const sum = ((this.take(8) << 24) | (this.take(8) << 16) | (this.take(8) << 8) | this.take(8)) >>> 0
    if (sum !== adler32(this.out.subarray(0, this.length))) throw damage('its sum is another')
  }
}

const symbolExtra = (symbol: number) => (symbol < 16 ? 0 : ([2, 3, 7][symbol - 16] ?? 0))

function adler32(bytes: Uint8Array): number {
  let low = 1
  let high = 0
  // 3,800 bytes may be added before the sums leave 32 bits
  for (let from = 0; from < bytes.length; from += 3800) {
    for (const byte of bytes.subarray(from, from + 3800)) {
      low += byte
      high += low
    }
    low %= 65_521
    high %= 65_521
  }
  return ((high << 16) | low) >>> 0
}

/** A zlib stream's bytes; what a stream that was cut short still holds. Throws RangeError on damage and beyond `maxOutput`. */
export function inflate(bytes: Uint8Array, maxOutput: number): Uint8Array {
  const [method, flags] = bytes
  if (method === undefined || flags === undefined) return new Uint8Array(0)
  if ((method & 15) !== 8 || method >> 4 > 7 || (method * 256 + flags) % 31 !== 0) throw damage('its head is none')
  if ((flags & 32) !== 0) throw damage('it needs a dictionary')
  return new Inflater(bytes, maxOutput).run()
}
