import type { Primitives } from '../../base/primitives.ts'

/** Files within an archive, each unpacked when asked for. */
export type Archive = { names: readonly string[]; read(name: string): Uint8Array | undefined }

/** Unpacked bytes taken of one file: a table of ten thousand rows has some megabytes. */
const fileBytesMax = 128 * 1024 * 1024
/** Files in the archive of a spreadsheet; more is none. */
const filesMax = 2_000

const endSignature = 0x06054b50
const entrySignature = 0x02014b50

/**
 * Opens a ZIP archive (APPNOTE 4.3) as spreadsheets are: stored or deflated files, no encryption, below 4 GB. Undefined for what
 * is none. `read` throws RangeError for a damaged file, and for one that unpacks to more than 128 MB.
 */
export function openZip(bytes: Uint8Array, primitives: Pick<Primitives, 'inflate'>): Archive | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = endOf(view)
  if (end === undefined) return undefined
  const entries = new Map<string, { method: number; packed: number; header: number }>()
  let at = view.getUint32(end + 16, true)
  const count = Math.min(view.getUint16(end + 10, true), filesMax)
  for (let index = 0; index < count; index++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== entrySignature) return undefined
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true))
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + (nameLength ?? 0)))
    entries.set(name, {
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      header: view.getUint32(at + 42, true),
    })
    at += 46 + (nameLength ?? 0) + (extra ?? 0) + (comment ?? 0)
  }
  return {
    names: [...entries.keys()],
    read(name) {
      const entry = entries.get(name)
      if (entry === undefined) return undefined
      const { header, packed, method } = entry
      if (header + 30 > bytes.length) throw new RangeError(`${name} lies outside its archive`)
      const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true)
      const data = bytes.subarray(start, start + packed)
      if (method === 0) return data
      if (method !== 8) throw new RangeError(`${name} is packed in a way that is not known (${method})`)
      return unpack(data, primitives)
    },
  }
}

/** Raw deflate is a zlib stream without its two bytes in front; the sum at the end nobody asks for. */
function unpack(data: Uint8Array, primitives: Pick<Primitives, 'inflate'>): Uint8Array {
  const stream = new Uint8Array(data.length + 2)
  stream.set([0x78, 0x9c])
  stream.set(data, 2)
  try {
    return primitives.inflate(stream, fileBytesMax)
  } catch (cause) {
    throw new RangeError('a file of the archive cannot be unpacked', { cause })
  }
}

/** Where the directory's end stands: a comment of up to 64 KB may follow it. */
function endOf(view: DataView): number | undefined {
  const last = view.byteLength - 22
  for (let at = last; at >= 0 && at >= last - 0xffff; at--) if (view.getUint32(at, true) === endSignature) return at
  return undefined
}
