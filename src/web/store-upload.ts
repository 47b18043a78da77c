import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { RefusedError } from '../errors.ts'
import { uploadBytesMax } from '../limits/stamping.ts'

/** A file that came: where it lies, its digest (64 hex) and length. */
export type Upload = { path: string; sha256: string; length: number }

/** Streams an upload to disk while hashing it; what is too large is refused and leaves no file. */
export async function storeUpload(from: Readable, path: string): Promise<Upload> {
  const hash = createHash('sha256')
  let length = 0
  const count = new Transform({
    transform(chunk: Buffer, _, done) {
      length += chunk.length
      hash.update(chunk)
      const tooLarge = length > uploadBytesMax
      done(
        tooLarge
          ? new RefusedError({ code: 'file_too_large', values: { bytes: length, bytesMax: uploadBytesMax } })
          : null,
        chunk,
      )
    },
  })
  try {
    await pipeline(from, count, createWriteStream(path, { mode: 0o600 }))
    if (length === 0) throw new RefusedError({ code: 'file_empty' })
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  return { path, sha256: hash.digest('hex'), length }
}
