import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { writeDurably } from '../base/durable-files.ts'
import { pdfBytesMax } from '../limits/stamping.ts'
import { localExits, Stopped } from './outcome.ts'

/** Copies of one document that get a name by themselves; past this the person names them. */
const copiesMax = 1_000

/** The bytes of a PDF that a command was given. Throws Stopped; a file that is too large is not read. */
export async function readPdf(path: string): Promise<{ ok: true; bytes: Uint8Array } | { ok: false; size: number }> {
  try {
    const { size } = await stat(path)
    if (size > pdfBytesMax) return { ok: false, size }
    return { ok: true, bytes: await readFile(path) }
  } catch (error) {
    const reason = systemCode(error)
    const missing = reason === 'ENOENT' || reason === 'ENOTDIR'
    throw new Stopped(missing ? 'cli.file.missing' : 'cli.file.unreadable', { path, reason }, localExits.inputMissing)
  }
}

/** `deed.pdf` -> `deed.bermeterai.pdf` beside it; the `copy`-th of several: `deed.bermeterai-2.pdf`. */
export function stampedName(path: string, copy = 1): string {
  const ending = extname(path)
  const name = ending.toLowerCase() === '.pdf' ? basename(path, ending) : basename(path)
  return join(dirname(path), `${name}.bermeterai${copy === 1 ? '' : `-${copy}`}.pdf`)
}

/** The first of those names that no file has. */
export async function freeStampedName(path: string): Promise<string> {
  for (let copy = 1; copy <= copiesMax; copy++) {
    const name = stampedName(path, copy)
    if (!(await exists(name))) return name
  }
  return stampedName(path)
}

/** The first of those names that no file has, or that has this very content already. */
export async function nameForCopy(path: string, pieces: Pieces): Promise<string> {
  for (let copy = 1; copy <= copiesMax; copy++) {
    const name = stampedName(path, copy)
    if (!(await exists(name)) || (await holds(name, pieces))) return name
  }
  return stampedName(path)
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => systemCode(error) !== 'ENOENT',
  )
}

/** Refuses a result that is the original itself, by whatever name. */
export async function refuseSameFile(original: string, output: string): Promise<void> {
  const [from, to] = await Promise.all([original, output].map((path) => realpath(path).catch(() => resolve(path))))
  if (from === to) throw new Stopped('cli.file.same', { path: output }, localExits.usage)
}

/** What a file is to hold: its pieces in order, never joined in memory. */
export type Pieces = readonly Uint8Array[]

/**
 * Writes a file whole or not at all, on disk when this resolves: beside it, fsync, then its name. A file of that name is
 * left alone unless `force`, and is as good as written when it holds the same bytes. Throws Stopped.
 */
export async function writeWhole(path: string, pieces: Pieces, force: boolean): Promise<void> {
  const folder = dirname(resolve(path))
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}`)
  try {
    if (await holds(path, pieces)) return await syncPath(path)
    await writeSynced(temporary, pieces)
    await (force ? rename(temporary, path) : nameOnce(temporary, path))
    await syncPath(folder)
  } catch (error) {
    if (error instanceof Stopped) throw error
    const reason = systemCode(error)
    if (reason === 'EEXIST') throw new Stopped('cli.file.exists', { path }, localExits.outputFailed)
    throw new Stopped('cli.file.unwritable', { path, reason }, localExits.outputFailed)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Gives a file its name unless one of that name is there (EEXIST), without a moment between looking and naming. */
async function nameOnce(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw error
    // File systems without hard links (FAT, some shares): the moment between cannot be avoided there.
    if (await exists(path)) throw new Stopped('cli.file.exists', { path }, localExits.outputFailed)
    await rename(temporary, path)
  }
}

async function writeSynced(path: string, pieces: Pieces): Promise<void> {
  const file = await open(path, 'wx', 0o666)
  try {
    for (const piece of pieces) await file.writeFile(piece)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function holds(path: string, pieces: Pieces): Promise<boolean> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : -1),
    () => -1,
  )
  if (size !== length) return false
  const bytes = await readFile(path)
  let at = 0
  return pieces.every((piece) => {
    at += piece.length
    return bytes.subarray(at - piece.length, at).equals(piece)
  })
}

/** fsync of a file or folder; folders cannot be synced everywhere, and where they cannot the system does it. */
async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined) return
  try {
    await file.sync()
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'EISDIR', 'EBADF', 'ENOTSUP'].includes(systemCode(error))) throw error
  } finally {
    await file.close()
  }
}

/** A small private file, whole and on disk when this resolves; its folder is made. Throws what the system says. */
export async function writePrivate(path: string, content: string): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  await writeDurably(temporary, content)
  await rename(temporary, path)
  await syncPath(folder)
}

/** ENOENT and the like; the message where the system gives no code. */
export function systemCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.message : String(error)
}
