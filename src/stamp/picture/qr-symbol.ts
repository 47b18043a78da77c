import { correctionOf } from './reed-solomon.ts'

/**
 * A version at error level M: `codewords` of data and correction together in so many `blocks`, `perBlock` of each for
 * correction (ISO/IEC 18004 table 9); `aligned` is where alignment patterns stand in both directions (annex E).
 */
type Version = { version: number; codewords: number; perBlock: number; blocks: number; aligned: readonly number[] }

/**
 * From 33 to 57 modules a side. Fewer, larger modules would need a wider quiet zone than the picture leaves; with more, a
 * module on a 54 point stamp is under half a point and phones give up.
 */
const versions: readonly Version[] = [
  { version: 4, codewords: 100, perBlock: 18, blocks: 2, aligned: [6, 26] },
  { version: 5, codewords: 134, perBlock: 24, blocks: 2, aligned: [6, 30] },
  { version: 6, codewords: 172, perBlock: 16, blocks: 4, aligned: [6, 34] },
  { version: 7, codewords: 196, perBlock: 18, blocks: 4, aligned: [6, 22, 38] },
  { version: 8, codewords: 242, perBlock: 22, blocks: 4, aligned: [6, 24, 42] },
  { version: 9, codewords: 292, perBlock: 22, blocks: 5, aligned: [6, 26, 46] },
  { version: 10, codewords: 346, perBlock: 26, blocks: 5, aligned: [6, 28, 50] },
]

/** What names level M (table 12). */
const levelBits = 0

/**
 * One data mask for all: choosing by penalty (ISO/IEC 18004 7.8.3) takes longer than all the rest of a stamp, and measured
 * on prints at 150 and 110 dpi this one was read as often. Readers take any.
 */
const mask = 2
const isMasked = (column: number) => column % 3 === 0

/** Square modules row by row from the top, dark ones 1. */
export type QrSymbol = { size: number; modules: Uint8Array }

/** What all symbols of a version share. */
type Form = Version & {
  size: number
  /** Function patterns and format information, and the mask where data goes. */
  modules: Uint8Array
  /** Indexes of the modules that take data, in the order of its bits. */
  places: Uint16Array
}

/** The code of a number by its polynomial, behind the number itself (annexes C and D). */
function withRemainder(number: number, polynomial: number): number {
  const degree = 31 - Math.clz32(polynomial)
  let rest = number << degree
  for (let bit = 31 - Math.clz32(rest); bit >= degree; bit = 31 - Math.clz32(rest)) rest ^= polynomial << (bit - degree)
  return (number << degree) | rest
}

/** Draws function patterns; what it touches takes no data. */
class Pattern {
  readonly size: number
  readonly modules: Uint8Array
  readonly taken: Uint8Array

  constructor(size: number) {
    this.size = size
    this.modules = new Uint8Array(size * size)
    this.taken = new Uint8Array(size * size)
  }

  set(column: number, row: number, dark: boolean | number): void {
    if (column < 0 || row < 0 || column >= this.size || row >= this.size) return
    this.modules[row * this.size + column] = Number(dark)
    this.taken[row * this.size + column] = 1
  }

  /** Rings around a centre; of the given distances from it those are light. */
  rings(column: number, row: number, of: { radius: number; light: readonly number[] }): void {
    for (let y = -of.radius; y <= of.radius; y++)
      for (let x = -of.radius; x <= of.radius; x++)
        this.set(column + x, row + y, !of.light.includes(Math.max(Math.abs(x), Math.abs(y))))
  }

  timing(): void {
    for (let i = 0; i < this.size; i++) {
      this.set(6, i, i % 2 === 0)
      this.set(i, 6, i % 2 === 0)
    }
  }

  finders(): void {
    const far = this.size - 4
    for (const [column, row] of [
      [3, 3],
      [far, 3],
      [3, far],
    ] as const)
      this.rings(column, row, { radius: 4, light: [2, 4] })
  }

  alignment(aligned: readonly number[]): void {
    const last = aligned.at(-1)
    for (const column of aligned)
      for (const row of aligned) {
        const atFinder = (column === 6 && row === 6) || (column === 6 && row === last) || (column === last && row === 6)
        if (!atFinder) this.rings(column, row, { radius: 2, light: [1] })
      }
  }

  /** Level and mask, twice (7.9). */
  format(): void {
    const bits = withRemainder((levelBits << 3) | mask, 0x537) ^ 0x5412
    for (let i = 0; i < 15; i++) {
      const dark = (bits >> i) & 1
      if (i < 8) this.set(8, i < 6 ? i : i + 1, dark)
      else this.set(i === 8 ? 7 : 14 - i, 8, dark)
      if (i < 8) this.set(this.size - 1 - i, 8, dark)
      else this.set(8, this.size - 15 + i, dark)
    }
    this.set(8, this.size - 8, true)
  }

  /** From version 7 on it is told, twice (7.10). */
  version(version: number): void {
    if (version < 7) return
    const bits = withRemainder(version, 0x1f25)
    for (let i = 0; i < 18; i++) {
      const [near, far] = [Math.floor(i / 3), this.size - 11 + (i % 3)]
      this.set(far, near, (bits >> i) & 1)
      this.set(near, far, (bits >> i) & 1)
    }
  }

  /** In columns of two from the right, up and down in turn, around the timing pattern (7.7.3). */
  places(): Uint16Array {
    const { size, taken } = this
    const places: number[] = []
    for (let right = size - 1, upward = true; right > 0; right -= right === 8 ? 3 : 2, upward = !upward)
      for (let i = 0; i < size; i++)
        for (const column of [right, right - 1]) {
          const index = (upward ? size - 1 - i : i) * size + column
          if (taken[index] === 0) places.push(index)
        }
    return Uint16Array.from(places)
  }
}

function formOf(version: Version): Form {
  const size = 17 + version.version * 4
  const pattern = new Pattern(size)
  pattern.timing()
  pattern.finders()
  pattern.alignment(version.aligned)
  pattern.format()
  pattern.version(version.version)
  const { modules } = pattern
  const places = pattern.places()
  for (const index of places) modules[index] = Number(isMasked(index % size))
  return { ...version, size, modules, places }
}

const forms = new Map<Version, Form>()

function dataCodewordsOf({ codewords, perBlock, blocks }: Version): number {
  return codewords - perBlock * blocks
}

/** From version 10 on the length of the text takes 16 bits, before 8 (table 3). */
function hasLongLength({ version }: Version): boolean {
  return version >= 10
}

/** The smallest form that holds so many bytes; undefined where none does. */
function formFor(length: number): Form | undefined {
  // mode, length and end mark, of bytes in all
  const needed = (version: Version) => length + (hasLongLength(version) ? 3 : 2)
  const version = versions.find((each) => dataCodewordsOf(each) >= needed(each))
  if (version === undefined) return undefined
  const form = forms.get(version) ?? formOf(version)
  forms.set(version, form)
  return form
}

/** Byte mode (7.4.5): four bits name it, then the length, the bytes, four zero bits; then padding. */
function dataOf(bytes: Uint8Array, form: Form): Uint8Array {
  const data = new Uint8Array(dataCodewordsOf(form))
  let at = 0
  let carried = 4
  const put = (byte: number) => {
    data[at++] = (carried << 4) | (byte >> 4)
    carried = byte & 15
  }
  if (hasLongLength(form)) put(bytes.length >> 8)
  put(bytes.length & 255)
  for (const byte of bytes) put(byte)
  put(0)
  for (let padding = 0xec; at < data.length; padding ^= 0xec ^ 0x11) data[at++] = padding
  return data
}

/** Data and correction of all blocks, interleaved (7.6). */
function codewordsOf(data: Uint8Array, form: Form): Uint8Array {
  const { blocks, perBlock } = form
  const codewords = new Uint8Array(form.codewords)
  const short = Math.floor(data.length / blocks)
  const shortBlocks = blocks - (data.length % blocks)
  let from = 0
  for (let block = 0; block < blocks; block++) {
    const part = data.subarray(from, from + short + (block < shortBlocks ? 0 : 1))
    from += part.length
    for (let i = 0; i < short; i++) codewords[i * blocks + block] = part[i] ?? 0
    if (part.length > short) codewords[short * blocks + block - shortBlocks] = part[short] ?? 0
    const correction = correctionOf(part, perBlock)
    for (let i = 0; i < perBlock; i++) codewords[data.length + i * blocks + block] = correction[i] ?? 0
  }
  return codewords
}

/**
 * The QR symbol of a text (ISO/IEC 18004), byte mode, error level M, in the smallest version that holds it. Undefined for more than 213 bytes of UTF-8.
 */
export function qrSymbol(text: string): QrSymbol | undefined {
  const bytes = new TextEncoder().encode(text)
  const form = formFor(bytes.length)
  if (form === undefined) return undefined
  const codewords = codewordsOf(dataOf(bytes, form), form)
  const modules = form.modules.slice()
  const { places } = form
  for (let at = 0; at < codewords.length; at++) {
    const codeword = codewords[at] ?? 0
    for (let bit = 0; bit < 8; bit++) {
      const place = places[at * 8 + bit] ?? 0
      modules[place] = (modules[place] ?? 0) ^ ((codeword >> (7 - bit)) & 1)
    }
  }
  return { size: form.size, modules }
}
