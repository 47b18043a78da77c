/** A file of an archive as it is known beforehand. `crc32` over its bytes; `name` relative, with slashes. */
export type ZipFile = { name: string; size: number; crc32: number }

/** Files go in as they are: PDFs hardly shrink, and then the archive is made of pieces that nobody has to read again. */
const stored = 0
/** Names are UTF-8 (APPNOTE 4.4.4, bit 11). */
const utf8Names = 0x0800
/** A day that all archives have: 1 January 1980. When a copy was made stands in its signature. */
const noDay = 0x0021

/** Bytes and files that fit into one archive without its 64-bit form (APPNOTE 4.4.8 and 4.4.22), with room for its directory. */
export const zipBytesMax = 0xf000_0000
export const zipFilesMax = 65_000

const encoder = new TextEncoder()

type Field = readonly [value: number, bytes: 2 | 4]

function fields(list: readonly Field[], name: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = list.reduce((sum, [, bytes]) => sum + bytes, 0)
  const made = new Uint8Array(length + name.length)
  const view = new DataView(made.buffer)
  let at = 0
  for (const [value, bytes] of list) {
    if (bytes === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += bytes
  }
  made.set(name, at)
  return made
}

function described({ size, crc32 }: ZipFile, name: Uint8Array): Field[] {
  return [
    [20, 2],
    [utf8Names, 2],
    [stored, 2],
    [0, 2],
    [noDay, 2],
    [crc32, 4],
    [size, 4],
    [size, 4],
    [name.length, 2],
    [0, 2],
  ]
}

/**
 * What stands around the files of a ZIP archive (APPNOTE 4.3): before each file its head, and behind the last the end. The archive is
 * head, file, head, file, ..., end. At most `zipFilesMax` files and `zipBytesMax` bytes.
 */
export function zipFrame(files: readonly ZipFile[]): {
  heads: Uint8Array<ArrayBuffer>[]
  end: Uint8Array<ArrayBuffer>[]
} {
  const heads: Uint8Array<ArrayBuffer>[] = []
  const directory: Uint8Array<ArrayBuffer>[] = []
  let at = 0
  for (const file of files) {
    const name = encoder.encode(file.name)
    const head = fields([[0x04034b50, 4], ...described(file, name)], name)
    const rest: Field[] = [
      [0, 2],
      [0, 2],
      [0, 2],
      [0, 4],
      [at, 4],
    ]
    directory.push(fields([[0x02014b50, 4], [20, 2], ...described(file, name), ...rest], name))
    heads.push(head)
    at += head.length + file.size
  }
  const length = directory.reduce((sum, entry) => sum + entry.length, 0)
  const count = files.length
  const end: Field[] = [
    [0x06054b50, 4],
    [0, 4],
    [count, 2],
    [count, 2],
    [length, 4],
    [at, 4],
    [0, 2],
  ]
  return { heads, end: [...directory, fields(end, new Uint8Array(0))] }
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value
})

/** CRC-32 (ISO 3309) of pieces that follow each other. */
export function crc32Of(pieces: readonly Uint8Array[]): number {
  let value = 0xffffffff
  for (const piece of pieces) for (const byte of piece) value = (table[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8)
  return (value ^ 0xffffffff) >>> 0
}
