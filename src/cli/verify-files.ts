import { open, readdir, readFile, stat } from 'node:fs/promises'
import { extname, isAbsolute, join, relative, resolve } from 'node:path'
import { verifyFilesMax } from '../limits/stamping.ts'
import { localExits, Stopped } from './outcome.ts'
import { systemCode } from './pdf-file.ts'

/** A list of file names is text; longer ones have more lines than files are checked. */
const listBytesMax = 512 * 1024 * 1024

/**
 * The files that one word means, in a steady order: all PDFs below a folder, or those a list names, one a line. Undefined for
 * a single file. Relative names count from the working folder. Throws Stopped for what cannot be read.
 */
export async function filesOf(word: string, workingFolder: string): Promise<string[] | undefined> {
  const path = resolve(workingFolder, word)
  try {
    const found = await stat(path)
    const isFolder = found.isDirectory()
    // what is neither, a pipe, can be read only once
    if (!isFolder && !(found.isFile() && (await isList(path)))) return undefined
    const files = isFolder ? await filesBelow(path) : await filesListed(path, workingFolder)
    if (files.length > verifyFilesMax)
      throw new Stopped('cli.verify.tooMany', { path: word, most: verifyFilesMax }, localExits.dataWrong)
    if (files.length === 0) throw new Stopped('cli.verify.none', { path: word }, localExits.inputMissing)
    return isFolder ? files.map((file) => shown(file, { path, word })) : files
  } catch (error) {
    if (error instanceof Stopped) throw error
    const reason = systemCode(error)
    const isMissing = reason === 'ENOENT' || reason === 'ENOTDIR'
    const key = isMissing ? 'cli.file.missing' : 'cli.file.unreadable'
    throw new Stopped(key, { path: word, reason }, localExits.inputMissing)
  }
}

/** As it was typed: below `arsip` a file is `arsip/a.pdf`. */
const shown = (file: string, folder: { path: string; word: string }) =>
  isAbsolute(folder.word) ? file : join(folder.word, relative(folder.path, file))

/** Text that is no PDF: what has neither the name, the header nor the bytes of one. */
async function isList(path: string): Promise<boolean> {
  if (extname(path).toLowerCase() === '.pdf') return false
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    const head = buffer.subarray(0, bytesRead)
    return bytesRead > 0 && !head.includes(0) && !head.includes('%PDF-')
  } finally {
    await file.close()
  }
}

/** All PDFs below a folder, in a steady order. Links to folders are not followed: one could lead back up. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = []
  const folders = [folder]
  for (let next = folders.pop(); next !== undefined && found.length <= verifyFilesMax; next = folders.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true })) {
      const path = join(next, entry.name)
      if (entry.isDirectory()) folders.push(path)
      else if (entry.isFile() && extname(entry.name).toLowerCase() === '.pdf') found.push(path)
    }
  }
  // by code units: the same on every machine, whatever its language
  return found.toSorted((a, b) => (a < b ? -1 : 1))
}

async function filesListed(path: string, workingFolder: string): Promise<string[]> {
  const { size } = await stat(path)
  if (size > listBytesMax) throw new Stopped('cli.verify.tooMany', { path, most: verifyFilesMax }, localExits.dataWrong)
  const text = (await readFile(path, 'utf8')).replace(/^\u{feff}/u, '')
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''))
  const seen = new Map<string, string>()
  for (const line of lines) {
    const whole = resolve(workingFolder, line)
    if (line.trim() !== '' && !seen.has(whole)) seen.set(whole, line)
  }
  return [...seen.values()]
}
