import type { Primitives } from '../../base/primitives.ts'
import { pdfStreamOutputMax } from '../../limits/stamping.ts'
import { hexValue } from './parser.ts'
import { damaged, integerOf, type PdfDict, PdfProblem } from './objects.ts'

type Decode = (bytes: Uint8Array, parms: PdfDict | undefined, primitives: Primitives) => Uint8Array

/** Grows by doubling; refuses to grow beyond what a stream of structure may have. */
class Output {
  private bytes = new Uint8Array(1024)
  length = 0

  push(byte: number): void {
    if (this.length === this.bytes.length) {
      if (this.length >= pdfStreamOutputMax) throw tooLarge()
      const grown = new Uint8Array(this.length * 2)
      grown.set(this.bytes)
      this.bytes = grown
    }
    this.bytes[this.length++] = byte
  }

  at(index: number): number {
    return this.bytes[index] ?? 0
  }

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }
}

function tooLarge(): PdfProblem {
  return new PdfProblem('too_complex', `a stream is longer than ${pdfStreamOutputMax} bytes when decoded`)
}

function decodeAsciiHex(bytes: Uint8Array): Uint8Array {
  const out = new Output()
  let high = -1
  for (const byte of bytes) {
    if (byte === 62) break
    const value = hexValue(byte)
    if (value < 0) continue
    if (high < 0) high = value
    else {
      out.push(high * 16 + value)
      high = -1
    }
  }
  if (high >= 0) out.push(high * 16)
  return out.finish()
}

function decodeAscii85(bytes: Uint8Array): Uint8Array {
  const out = new Output()
  const group: number[] = []
  const flush = (count: number) => {
    const value = group.reduce((sum, digit) => sum * 85 + digit, 0)
    for (let i = 0; i < count; i++) out.push(Math.floor(value / 256 ** (3 - i)) & 255)
    group.length = 0
  }
  for (const byte of bytes) {
    if (byte === 126) break
    if (byte === 122 && group.length === 0) for (let i = 0; i < 4; i++) out.push(0)
    else if (byte >= 33 && byte <= 117) group.push(byte - 33)
    if (group.length === 5) flush(4)
  }
  const rest = group.length
  if (rest > 1) {
    for (let i = rest; i < 5; i++) group.push(84)
    flush(rest - 1)
  }
  return out.finish()
}

function decodeRunLength(bytes: Uint8Array): Uint8Array {
  const out = new Output()
  for (let at = 0; at < bytes.length;) {
    const length = bytes[at++] ?? 128
    if (length === 128) break
    if (length < 128) for (let i = 0; i <= length && at < bytes.length; i++) out.push(bytes[at++] ?? 0)
    else {
      const byte = bytes[at++] ?? 0
      for (let i = 0; i < 257 - length; i++) out.push(byte)
    }
  }
  return out.finish()
}

/** ISO 32000-1 7.4.4; each code is a range of what was put out before, so no table of strings is kept. */
function decodeLzw(bytes: Uint8Array, parms: PdfDict | undefined): Uint8Array {
  const early = integerOf(parms?.entries.get('EarlyChange')) ?? 1
  const out = new Output()
  const starts = new Int32Array(4097)
  const lengths = new Int32Array(4097)
  let next = 258
  let width = 9
  let bits = 0
  let bitCount = 0
  let previous: { start: number; length: number } | undefined
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xff_ffff
    bitCount += 8
    if (bitCount < width) continue
    bitCount -= width
    const code = (bits >> bitCount) & ((1 << width) - 1)
    if (code === 257) break
    if (code === 256) {
      next = 258
      width = 9
      previous = undefined
      continue
    }
    if (code > next || (code === next && previous === undefined)) throw damaged('an LZW stream is damaged')
    const start = out.length
    if (code < 256) out.push(code)
    else {
      const from = code === next ? (previous?.start ?? 0) : (starts[code] ?? 0)
      const length = code === next ? (previous?.length ?? 0) + 1 : (lengths[code] ?? 0)
      for (let i = 0; i < length; i++) out.push(out.at(from + i))
    }
    if (previous !== undefined && next < 4096) {
      starts[next] = previous.start
      lengths[next] = previous.length + 1
      next++
    }
    previous = { start, length: out.length - start }
    const reach = next + early
    if (reach >= 2048) width = 12
    else if (reach >= 1024) width = 11
    else if (reach >= 512) width = 10
  }
  return out.finish()
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner
  const [toLeft, toUp, toCorner] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)]
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}

/** What a PNG row's filter (ISO/IEC 15948 9.2) foretells of a byte; of a kind that there is none, nothing. */
function guessOf(kind: number, near: { left: number; up: number; corner: number }): number {
  if (kind === 1) return near.left
  if (kind === 2) return near.up
  if (kind === 3) return (near.left + near.up) >> 1
  return kind === 4 ? paeth(near.left, near.up, near.corner) : 0
}

function undoPng(bytes: Uint8Array, rowBytes: number, pixelBytes: number): Uint8Array {
  const rows = Math.ceil(bytes.length / (rowBytes + 1))
  // what is there less each row's kind: a row may say that it is far longer than the data
  const out = new Uint8Array(bytes.length - rows)
  for (let row = 0; row < rows; row++) {
    const from = row * (rowBytes + 1)
    const kind = bytes[from] ?? 0
    const to = row * rowBytes
    const count = Math.min(rowBytes, bytes.length - from - 1)
    for (let i = 0; i < count; i++) {
      const left = i >= pixelBytes ? (out[to + i - pixelBytes] ?? 0) : 0
      const up = row > 0 ? (out[to + i - rowBytes] ?? 0) : 0
      const corner = row > 0 && i >= pixelBytes ? (out[to + i - rowBytes - pixelBytes] ?? 0) : 0
      out[to + i] = (bytes[from + 1 + i] ?? 0) + guessOf(kind, { left, up, corner })
    }
  }
  return out
}

function undoPredictor(bytes: Uint8Array, parms: PdfDict | undefined): Uint8Array {
  const number = (key: string, otherwise: number) => integerOf(parms?.entries.get(key)) ?? otherwise
  const predictor = number('Predictor', 1)
  if (predictor < 2) return bytes
  const bits = number('Colors', 1) * number('BitsPerComponent', 8)
  const rowBytes = Math.ceil((bits * number('Columns', 1)) / 8)
  if (bits < 1 || rowBytes < 1 || rowBytes > pdfStreamOutputMax) throw damaged('a predictor has impossible columns')
  const pixelBytes = Math.ceil(bits / 8)
  if (predictor >= 10) return undoPng(bytes, rowBytes, pixelBytes)
  if (number('BitsPerComponent', 8) !== 8) throw damaged('a TIFF predictor of other than 8 bits')
  const out = bytes.slice()
  for (let i = 0; i < out.length; i++)
    if (i % rowBytes >= pixelBytes) out[i] = (out[i] ?? 0) + (out[i - pixelBytes] ?? 0)
  return out
}

function decodeFlate(bytes: Uint8Array, parms: PdfDict | undefined, primitives: Primitives): Uint8Array {
  try {
    return undoPredictor(primitives.inflate(bytes, pdfStreamOutputMax), parms)
  } catch (cause) {
    if (cause instanceof PdfProblem) throw cause
    throw damaged('a Flate stream is damaged or too long')
  }
}

const filters: Record<string, Decode> = {
  ASCIIHexDecode: decodeAsciiHex,
  AHx: decodeAsciiHex,
  ASCII85Decode: decodeAscii85,
  A85: decodeAscii85,
  RunLengthDecode: decodeRunLength,
  RL: decodeRunLength,
  LZWDecode: (bytes, parms) => undoPredictor(decodeLzw(bytes, parms), parms),
  LZW: (bytes, parms) => undoPredictor(decodeLzw(bytes, parms), parms),
  FlateDecode: decodeFlate,
  Fl: decodeFlate,
  // decryption happens before; whether it did is the encryption's matter
  Crypt: (bytes) => bytes,
}

/** Undoes one filter (long or short name). Throws PdfProblem on damage, on image filters, and beyond `pdfStreamOutputMax`. */
export function undoFilter(
  name: string,
  stream: { bytes: Uint8Array; parms: PdfDict | undefined },
  primitives: Primitives,
): Uint8Array {
  const decode = Object.hasOwn(filters, name) ? filters[name] : undefined
  if (decode === undefined) throw damaged(`the filter ${name} is not one that structure may use`)
  return decode(stream.bytes, stream.parms, primitives)
}
