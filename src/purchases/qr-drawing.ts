import { crc32, deflateSync } from 'node:zlib'
import { encode } from 'uqr'

/** Modules of white around a symbol that readers need (ISO/IEC 18004 9.1). */
const quietModules = 4

function modulesOf(text: string): boolean[][] {
  return encode(text, { ecc: 'M', border: quietModules }).data
}

/** The text as a QR symbol in SVG: black on white in any theme, one unit a module, as large as its page wants it. */
export function qrSvg(text: string): string {
  const modules = modulesOf(text)
  const rows = modules.flatMap((row, y) => runsOf(row).map(([x, width]) => `M${x} ${y}h${width}v1h-${width}z`))
  const size = modules.length
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${rows.join('')}"/></svg>`
}

/** Neighbouring dark modules of a row: where each run begins, and how long it is. */
function runsOf(row: readonly boolean[]): [number, number][] {
  const runs: [number, number][] = []
  for (let x = 0; x < row.length; x++) {
    if (row[x] !== true) continue
    const from = x
    while (row[x + 1] === true) x++
    runs.push([from, x + 1 - from])
  }
  return runs
}

/** The same in half blocks, two rows a line, for terminals: light modules are drawn, so it is read on a dark ground. */
export function qrLines(text: string): string[] {
  const modules = modulesOf(text)
  const lines: string[] = []
  for (let y = 0; y < modules.length; y += 2) {
    const [upper = [], lower = []] = [modules[y], modules[y + 1]]
    lines.push(upper.map((dark, x) => half(!dark, lower[x] !== true && y + 1 < modules.length)).join(''))
  }
  return lines
}

function half(upperLight: boolean, lowerLight: boolean): string {
  if (upperLight) return lowerLight ? '█' : '▀'
  return lowerLight ? '▄' : ' '
}

/** Pixels of a module in a picture: a symbol of 57 modules is 780 wide, sharp on any phone. */
const pixelsPerModule = 12

/** The same as a PNG, one bit a pixel: what phones keep among their pictures and wallets read from there. */
export function qrPng(text: string): Buffer {
  const modules = modulesOf(text)
  const side = modules.length * pixelsPerModule
  const row = 1 + Math.ceil(side / 8)
  const pixels = Buffer.alloc(row * side)
  for (let y = 0; y < side; y++) {
    const dark = modules[Math.floor(y / pixelsPerModule)] ?? []
    for (let x = 0; x < side; x++) {
      const at = y * row + 1 + (x >> 3)
      if (dark[Math.floor(x / pixelsPerModule)] !== true) pixels[at] = (pixels[at] ?? 0) | (0x80 >> (x & 7))
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  // one bit, grey, deflate, the one set of filters (of which none is used), not interlaced (PNG 11.2.1)
  header[8] = 1
  const signature = Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(pixels)),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

function pngChunk(type: string, body: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(body.length, 0)
  ends.writeUInt32BE(crc32(typed), 4)
  return Buffer.concat([ends.subarray(0, 4), typed, ends.subarray(4)])
}
