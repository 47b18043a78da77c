import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chown, lstat, mkdir, readFile, realpath, rename, rm } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { writeDurably } from '../base/durable-files.ts'
import type { Binaries } from './binaries.ts'
import { canReach, makeSystemFolder, systemFolder, type RunAs } from './system-user.ts'

const run = promisify(execFile)

/** What data/postgres.json keeps: where the cluster lies, and its passwords. Readable by the service alone (0600). */
export type ClusterNote = {
  /** The folder around the cluster: relative to the data folder, or absolute where PostgreSQL's user cannot reach that. */
  folder: string
  /** The data folder this note was made for, to tell a copied data folder from a moved one. */
  dataFolder: string
  administratorPassword: string
  ownerPassword: string
  servicePassword: string
}

const noteName = 'postgres.json'

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

/** Writes a file whole or not at all, readable by its owner alone. */
async function writePrivately(path: string, text: string): Promise<void> {
  const partial = `${path}.${randomBytes(6).toString('hex')}`
  await writeDurably(partial, text)
  await rename(partial, path)
}

function parseNote(text: string, path: string): ClusterNote {
  const note: unknown = JSON.parse(text)
  if (typeof note === 'object' && note !== null) {
    const field = (name: string) => {
      const value: unknown = Reflect.get(note, name)
      return typeof value === 'string' ? value : ''
    }
    const parsed = {
      folder: field('folder'),
      dataFolder: field('dataFolder'),
      administratorPassword: field('administratorPassword'),
      ownerPassword: field('ownerPassword'),
      servicePassword: field('servicePassword'),
    }
    if (Object.values(parsed).every((value) => value !== '')) return parsed
  }
  throw new Error(
    `${path} does not hold the cluster's folder and passwords; restore it from the backup of the data folder.`,
  )
}

/** Reads the note of a data folder; undefined before the first start. */
export async function readNote(dataFolder: string): Promise<ClusterNote | undefined> {
  const path = join(dataFolder, noteName)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const note = parseNote(text, path)
  // A cluster outside the data folder does not travel with a copy: two services on one cluster must not happen unseen.
  if (isAbsolute(note.folder) && note.dataFolder !== dataFolder && (await exists(join(note.dataFolder, noteName))))
    throw new Error(
      `${dataFolder} is a copy of ${note.dataFolder}, whose database lies in ${note.folder} and was not copied. ` +
        `Start with METERAI_DATA=${note.dataFolder}, or delete ${path} to begin with an empty database.`,
    )
  return note
}

const drawPassword = () => randomBytes(24).toString('hex')

/** Reads the note, or on the first start chooses the cluster's folder, draws the passwords and writes it. */
export async function readOrMakeNote(dataFolder: string, user: RunAs): Promise<ClusterNote> {
  const found = await readNote(dataFolder)
  if (found !== undefined) return found
  if (await exists(join(dataFolder, 'postgres', 'cluster')))
    throw new Error(
      `${dataFolder} holds a database but no ${noteName} with its passwords; restore that file from a backup, ` +
        `or move ${join(dataFolder, 'postgres')} away to begin with an empty database.`,
    )
  let folder = 'postgres'
  if (user.uid !== undefined && !(await canReach(user, dataFolder))) {
    await makeSystemFolder()
    const real = await realpath(dataFolder)
    // Named by the data folder and by chance: a data folder deleted and made anew must not meet its predecessor's cluster.
    const hash = createHash('sha256').update(real).digest('hex').slice(0, 12)
    folder = join(systemFolder, `${hash}-${randomBytes(3).toString('hex')}`)
  }
  const note: ClusterNote = {
    folder,
    dataFolder,
    administratorPassword: drawPassword(),
    ownerPassword: drawPassword(),
    servicePassword: drawPassword(),
  }
  await writePrivately(join(dataFolder, noteName), `${JSON.stringify(note, null, 2)}\n`)
  return note
}

/** The cluster itself, PostgreSQL's data directory. */
export function clusterFolder(dataFolder: string, note: ClusterNote): string {
  return join(resolve(dataFolder, note.folder), 'cluster')
}

/** The major version that wrote a cluster; undefined where none is. */
export async function clusterMajor(cluster: string): Promise<number | undefined> {
  const text = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : Number.parseInt(text, 10)
}

/** Refuses a cluster that another major version wrote: PostgreSQL cannot read it, and would not say what to do. */
export function refuseOtherMajor(dataFolder: string, found: number, expected: number): void {
  if (found === expected) return
  throw new Error(
    `The database in ${dataFolder} was written by PostgreSQL ${found}; this version of the service brings PostgreSQL ${expected}, ` +
      `which cannot read it. Nothing was changed. Start the version of the service that brought PostgreSQL ${found}, dump its ` +
      `database there and restore the dump into a new METERAI_DATA; or move ${dataFolder} away to begin with an empty database.`,
  )
}

/** Makes an empty cluster with scram-sha-256 for everybody, on disk when `fsync`; whole or not at all, so that a start cut short is repeated. */
export async function makeCluster(
  cluster: string,
  note: ClusterNote,
  from: { binaries: Binaries; user: RunAs; fsync: boolean },
): Promise<void> {
  const { binaries, user, fsync } = from
  const folder = resolve(cluster, '..')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const owned = async (path: string) => {
    if (user.uid !== undefined && user.gid !== undefined) await chown(path, user.uid, user.gid)
  }
  await owned(folder)
  const partial = `${cluster}.partial`
  await rm(partial, { recursive: true, force: true })
  const passwordFile = join(folder, 'password')
  await rm(passwordFile, { force: true })
  await writePrivately(passwordFile, `${note.administratorPassword}\n`)
  await owned(passwordFile)
  const words = [
    '-D',
    partial,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // PostgreSQL's own C.UTF-8: the order of texts, and so every index, stays the same under any libc.
    `--locale=${process.platform === 'linux' ? 'C.UTF-8' : 'C'}`,
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
    ...(fsync ? [] : ['--no-sync']),
  ]
  try {
    await run(binaries.initdb, words, { ...user, cwd: folder, env: databaseEnvironment })
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new Error(`The database could not be made in ${folder}: ${said}`, { cause: error })
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rename(partial, cluster)
}

/** PostgreSQL's programs get no secret of ours, and no locale of whoever starts the service. */
export const databaseEnvironment = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  LC_ALL: process.platform === 'linux' ? 'C.UTF-8' : 'C',
  TZ: 'UTC',
}
