import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The repository's folder. */
export const root = join(import.meta.dirname, '..', '..')

/** What a checkout without git holds besides the project. */
const notOurs = new Set(['.git', 'node_modules', 'data', 'dist', '.cache'])

function walk(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : walk(path)
    return entry.isFile() ? [path] : []
  })
}

/** Paths of all files of the project, from its root, sorted: git's list, or a walk where git cannot tell. */
export function trackedFiles(): string[] {
  const asked = ['-c', `safe.directory=${root}`, 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const git = spawnSync('git', asked, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  // Without a .git of its own the folder may lie inside another repository, which would list nothing of ours.
  if (git.status !== 0 || !existsSync(join(root, '.git'))) return walk('').toSorted()
  return [...new Set(git.stdout.split('\0'))].filter((path) => path !== '' && isFile(path)).toSorted()
}

function isFile(path: string): boolean {
  return statSync(join(root, path), { throwIfNoEntry: false })?.isFile() ?? false
}

/** A file's text; undefined where it holds a NUL in its first 8 KiB and so is no text. */
export function textOf(path: string): string | undefined {
  const bytes = readFileSync(join(root, path))
  return bytes.subarray(0, 8192).includes(0) ? undefined : bytes.toString('utf8')
}
