import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { findBinaries, type Binaries } from './binaries.ts'
import { databaseRestartsPerMinuteMax } from './bounds.ts'
import {
  clusterFolder,
  clusterMajor,
  makeCluster,
  readNote,
  readOrMakeNote,
  refuseOtherMajor,
  type ClusterNote,
} from './cluster.ts'
import { serviceRole } from './database.ts'
import {
  findPostmaster,
  startPostmaster,
  stopPostmaster,
  type Postmaster,
  type PostmasterOptions,
} from './postmaster.ts'
import { databaseUser } from './system-user.ts'

// The life of an embedded database: note read or made -> (cluster made) -> live server adopted, or a new one started ->
// roles and database made -> serving -> server dies by itself: started again on the same port -> stop.

const ownerLogin = 'meterai_owner'
const serviceLogin = 'meterai_app'
const databaseName = 'meterai'

/** Ways into a running embedded database. */
export type EmbeddedUrls = {
  /** For the service: may do what the migrations granted. */
  serviceUrl: string
  /** For migrations: owns the schema. */
  ownerUrl: string
  /** For backups, and for tests that make databases: may do everything. */
  administratorUrl: string
}

/** A running embedded database. */
export type Embedded = EmbeddedUrls & {
  /** The server process now; another after a restart. */
  readonly pid: number
  /** Whether a server was already running: a service that was killed left it, and this one took it over. */
  readonly adopted: boolean
  /** Stops the server (fast shutdown) and waits until it is gone. Calling it again waits for the same end. */
  stop(): Promise<void>
}

export type EmbeddedOptions = {
  /** The service's data folder, made if missing; holds postgres.json, postgres.log and, where reachable, the cluster. */
  dataFolder: string
  /** PostgreSQL settings over ours, for tests: `{ fsync: 'off' }`. */
  settings?: Readonly<Record<string, string>>
  /** Hears of a sudden death of the server, and of how it went on; default: a line on stderr. */
  onEvent?: (event: EmbeddedEvent) => void
}

export type EmbeddedEvent =
  | { kind: 'died'; pid: number }
  | { kind: 'restarted'; pid: number }
  | { kind: 'lost'; error: Error }

function urlsOf(note: ClusterNote, port: number): EmbeddedUrls {
  const url = (login: string, password: string, database: string) =>
    `postgres://${login}:${password}@127.0.0.1:${port}/${database}`
  return {
    serviceUrl: url(serviceLogin, note.servicePassword, databaseName),
    ownerUrl: url(ownerLogin, note.ownerPassword, databaseName),
    administratorUrl: url('postgres', note.administratorPassword, 'postgres'),
  }
}

/** Makes the roles and the database where they are missing: harmless to repeat, so a first start cut short is completed. */
async function makeRoles(note: ClusterNote, urls: EmbeddedUrls): Promise<void> {
  const sql = postgres(urls.administratorUrl, { max: 1, onnotice: () => undefined })
  try {
    const there = await sql<{ name: string }[]>`select rolname as name from pg_roles`
    const missing = (name: string) => !there.some((role) => role.name === name)
    if (missing(serviceRole)) await sql.unsafe(`create role ${serviceRole} nologin`)
    // The passwords are our own hexadecimal digits: nothing to escape. SCRAM hashes them before they are stored.
    if (missing(ownerLogin)) await sql.unsafe(`create role ${ownerLogin} login password '${note.ownerPassword}'`)
    if (missing(serviceLogin))
      await sql.unsafe(`create role ${serviceLogin} login password '${note.servicePassword}' in role ${serviceRole}`)
    const [database] = await sql`select from pg_database where datname = ${databaseName}`
    if (database === undefined) await sql.unsafe(`create database ${databaseName} owner ${ownerLogin}`)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Whether a cluster is there; throws when this version's PostgreSQL cannot read it. */
async function findReadableCluster(cluster: string, dataFolder: string, binaries: Binaries): Promise<boolean> {
  const major = await clusterMajor(cluster)
  if (major !== undefined) refuseOtherMajor(dataFolder, major, binaries.major)
  return major !== undefined
}

/**
 * Starts the embedded PostgreSQL of a data folder, or adopts the one that still runs there, and keeps it running until
 * `stop`: a server that dies by itself is started again on the same port, so pools reconnect by themselves.
 * As root it runs as the system user `openmeterai`. One service per data folder: `claimDataFolder` sees to that.
 * Throws, with the way out, when the folder belongs to another major version or PostgreSQL cannot run here.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  // Others may pass through to the cluster, not list what lies here. A folder that is already there stays as it is.
  await mkdir(options.dataFolder, { recursive: true, mode: 0o711 })
  const dataFolder = await realpath(options.dataFolder)
  const user = await databaseUser()
  const binaries = await findBinaries(user, dataFolder)
  const note = await readOrMakeNote(dataFolder, user)
  const cluster = clusterFolder(dataFolder, note)
  const fsync = options.settings?.['fsync'] !== 'off'
  if (!(await findReadableCluster(cluster, dataFolder, binaries)))
    await makeCluster(cluster, note, { binaries, user, fsync })
  const start: PostmasterOptions = {
    cluster,
    logFile: join(dataFolder, 'postgres.log'),
    binaries,
    user,
    settings: options.settings ?? {},
    port: undefined,
  }
  const postmaster = (await findPostmaster(cluster)) ?? (await startPostmaster(start))
  const urls = urlsOf(note, postmaster.port)
  await makeRoles(note, urls)
  return supervise(postmaster, { ...start, port: postmaster.port }, { urls, onEvent: options.onEvent ?? tellOnStderr })
}

function tellOnStderr(event: EmbeddedEvent): void {
  if (event.kind === 'died') console.error(`PostgreSQL (process ${event.pid}) died; starting it again.`)
  if (event.kind === 'restarted') console.error(`PostgreSQL runs again (process ${event.pid}).`)
  if (event.kind === 'lost') console.error(`PostgreSQL cannot be started again: ${event.error.message}`)
}

function supervise(
  first: Postmaster,
  start: PostmasterOptions,
  from: { urls: EmbeddedUrls; onEvent: (event: EmbeddedEvent) => void },
): Embedded {
  let current = first
  let alive = true
  let stopping: Promise<void> | undefined
  let restarting: Promise<void> = Promise.resolve()
  let deaths: number[] = []

  async function restart(dead: number): Promise<void> {
    from.onEvent({ kind: 'died', pid: dead })
    deaths = [...deaths.filter((at) => at > performance.now() - 60_000), performance.now()]
    try {
      if (deaths.length > databaseRestartsPerMinuteMax)
        throw new Error(`it died ${deaths.length} times within a minute; look into ${start.logFile}`)
      current = await startPostmaster(start)
      from.onEvent({ kind: 'restarted', pid: current.pid })
      void watch(current)
    } catch (error) {
      from.onEvent({ kind: 'lost', error: error instanceof Error ? error : new Error(String(error)) })
    }
  }

  async function watch(postmaster: Postmaster): Promise<void> {
    alive = true
    await postmaster.ended
    alive = false
    if (stopping === undefined) restarting = restart(postmaster.pid)
  }

  async function stop(): Promise<void> {
    // A restart under way is let finish: stopped in the midst it would leave a server behind.
    await restarting
    // A dead server's number may be another program's by now.
    if (alive) await stopPostmaster(current)
  }

  void watch(current)
  return {
    ...from.urls,
    get pid() {
      return current.pid
    },
    adopted: first.adopted,
    stop: () => (stopping ??= stop()),
  }
}

/** The ways into the embedded database that runs on a data folder now; undefined when none does. Starts and stops nothing. */
export async function runningEmbedded(dataFolder: string): Promise<EmbeddedUrls | undefined> {
  const folder = await realpath(dataFolder).catch(() => undefined)
  const note = folder === undefined ? undefined : await readNote(folder)
  if (folder === undefined || note === undefined) return undefined
  const postmaster = await findPostmaster(clusterFolder(folder, note))
  return postmaster === undefined ? undefined : urlsOf(note, postmaster.port)
}
