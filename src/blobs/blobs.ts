import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { faultPoint } from '../base/fault-points.ts'

/** Files by their SHA-256 (64 lower-case hex), in a folder that several processes may share. */
export type Blobs = {
  /** Takes over a file (same file system): durable when this resolves. Returns its hash. */
  keep(temporaryPath: string): Promise<string>
  /** Path of a stored file whose bytes were just verified; undefined when there is none. Throws when they no longer match their name. */
  path(sha256: string): Promise<string | undefined>
  /** Deletes; nothing happens when it is gone already. */
  remove(sha256: string): Promise<void>
  /** A path for a file on its way, on the same file system; the one of that name where a later request must find it again. */
  temporaryPath(name?: string): string
  /** Files on their way whose names begin so, the newest first. */
  temporaryNames(prefix: string): Promise<string[]>
  /** Deletes files on their way that were last written longer ago than this. Returns how many. */
  dropOldTemporary(minutes: number): Promise<number>
}

/** Blobs in one folder, two levels deep so that no directory grows without end. */
export async function openBlobs(folder: string): Promise<Blobs> {
  const temporaryFolder = join(folder, 'incoming')
  await mkdir(temporaryFolder, { recursive: true, mode: 0o700 })
  const pathOf = (sha256: string) => join(folder, sha256.slice(0, 2), sha256.slice(2, 4), sha256)
  return {
    temporaryPath: (name = randomUUID()) => join(temporaryFolder, name),
    async temporaryNames(prefix) {
      const found = await temporaryFiles(temporaryFolder, prefix)
      return found.toSorted((a, b) => b.writtenAt - a.writtenAt).map(({ name }) => name)
    },
    async dropOldTemporary(minutes) {
      // the files' own times are of the wall clock
      const before = Date.now() - minutes * 60 * 1000
      const old = (await temporaryFiles(temporaryFolder, '')).filter(({ writtenAt }) => writtenAt < before)
      for (const { name } of old) await rm(join(temporaryFolder, name), { force: true })
      return old.length
    },
    async keep(temporaryPath) {
      await faultPoint('blobs.beforeKeep')
      const sha256 = await hashFile(temporaryPath)
      const path = pathOf(sha256)
      const parents = [join(folder, sha256.slice(0, 2)), join(folder, sha256.slice(0, 2), sha256.slice(2, 4))]
      for (const parent of parents) await mkdir(parent, { recursive: true, mode: 0o700 })
      await syncPath(temporaryPath)
      await faultPoint('blobs.syncedNotNamed')
      await rename(temporaryPath, path)
      await faultPoint('blobs.namedNotSynced')
      for (const parent of [...parents.toReversed(), folder]) await syncPath(parent)
      return sha256
    },
    async path(sha256) {
      const path = pathOf(sha256)
      const found = await hashFile(path).catch(ignoreMissing)
      if (found === undefined) return undefined
      if (found !== sha256)
        throw new Error(`blob ${sha256} is damaged: its bytes hash to ${found}; restore it from a backup`)
      return path
    },
    async remove(sha256) {
      await rm(pathOf(sha256), { force: true })
    },
  }
}

/** What is there now; files come and go meanwhile. `writtenAt`: milliseconds. */
async function temporaryFiles(folder: string, prefix: string): Promise<{ name: string; writtenAt: number }[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix))
  const found = await Promise.all(
    names.map(async (name) => {
      const written = await stat(join(folder, name)).catch(ignoreMissing)
      return written === undefined ? [] : [{ name, writtenAt: written.mtimeMs }]
    }),
  )
  return found.flat()
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined
  throw error
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece)
  return hash.digest('hex')
}

async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
