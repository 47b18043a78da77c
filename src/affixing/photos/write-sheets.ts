import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { photoSheets, type Picture } from '../../base/photo-sheets.ts'

/** A picture whose bytes stand in a file from `offset` on. */
export type StoredPicture = { picture: Picture; path: string; offset: number }

/** The PDF as it lies on disk: its digest (64 hex), its length, and where in it each picture's bytes begin. */
export type WrittenSheets = { sha256: string; length: number; offsets: number[] }

/** Writes pictures as one PDF to `path`, a page each, in this order. */
export async function writeSheets(pictures: readonly StoredPicture[], path: string): Promise<WrittenSheets> {
  const hash = createHash('sha256')
  const offsets: number[] = []
  let length = 0
  const file = await open(path, 'wx', 0o600)
  try {
    const put = async (bytes: Uint8Array) => {
      hash.update(bytes)
      length += bytes.length
      await file.writeFile(bytes)
    }
    for (const piece of photoSheets(pictures.map(({ picture }) => picture))) {
      if ('bytes' in piece) {
        await put(piece.bytes)
        continue
      }
      const stored = pictures[piece.picture]
      if (stored === undefined) throw new Error(`there is no picture ${piece.picture}`)
      offsets.push(length)
      await putStored(stored, put)
    }
  } finally {
    await file.close()
  }
  return { sha256: hash.digest('hex'), length, offsets }
}

async function putStored({ picture, path, offset }: StoredPicture, put: (bytes: Uint8Array) => Promise<void>) {
  let read = 0
  const end = offset + picture.length - 1
  for await (const piece of createReadStream(path, { start: offset, end })) {
    if (!(piece instanceof Buffer)) throw new Error(`${path} gives no bytes`)
    read += piece.length
    await put(piece)
  }
  if (read !== picture.length) throw new Error(`${path} holds ${read} bytes of a picture of ${picture.length}`)
}
