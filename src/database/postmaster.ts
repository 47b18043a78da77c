import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Binaries } from './binaries.ts'
import {
  databaseCacheBytes,
  databaseLogBytesMax,
  databasePollMilliseconds,
  databasePortTriesMax,
  databaseReleaseSecondsMax,
  databaseStartSecondsMax,
  databaseStopSecondsMax,
} from './bounds.ts'
import { databaseEnvironment } from './cluster.ts'
import { processCommand, processStart } from './processes.ts'
import type { RunAs } from './system-user.ts'

/** A running PostgreSQL server process on one cluster. */
export type Postmaster = {
  pid: number
  port: number
  /** Whether it was already running: the orphan of a service that was killed. */
  adopted: boolean
  /** Settles when the process has ended, however it ended. */
  ended: Promise<void>
}

export type PostmasterOptions = {
  cluster: string
  logFile: string
  binaries: Binaries
  user: RunAs
  /** PostgreSQL settings over ours; tests alone use it. */
  settings: Readonly<Record<string, string>>
  /** The port to take; undefined draws a free one. */
  port: number | undefined
}

/** What the container may use, or the machine has; PostgreSQL takes a page of its cache when it first needs it. */
function cacheSetting(): string {
  const { shareOfMemory, least, most } = databaseCacheBytes
  const memory = Math.min(totalmem(), process.constrainedMemory() || Infinity)
  return `${Math.floor(Math.max(least, Math.min(most, memory * shareOfMemory)) / 1024)}kB`
}

const settings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: cacheSetting(),
  wal_compression: 'on',
  // After each checkpoint every page goes whole into the log once; a log of this size replays in well under a minute.
  checkpoint_timeout: '15min',
  max_wal_size: '2GB',
  jit: 'off',
  // The promise never to lose a stamp rests on these two; stated, so that nobody's default changes them.
  fsync: 'on',
  synchronous_commit: 'on',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %q%a ',
  // Statements, and the details of errors ("Failing row contains ..."), carry people's names and numbers: logged without both.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_parameter_max_length_on_error: '0',
  log_checkpoints: 'off',
}

type Lock = { pid: number; port: number; status: string }

/** Reads postmaster.pid: line 1 the process, line 4 the port, line 8 how far it is (PostgreSQL's miscadmin.h, LOCK_FILE_LINE_*). */
async function readLock(cluster: string): Promise<Lock | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const lines = text.split('\n')
  return { pid: Math.abs(Number(lines[0])), port: Number(lines[3] ?? 0), status: (lines[7] ?? '').trim() }
}

/** Whether `pid` is a PostgreSQL server on this very cluster, and not a program that got the number of a dead one. */
async function isOurs(pid: number, cluster: string): Promise<boolean> {
  if ((await processStart(pid)) === undefined) return false
  const words = await processCommand(pid)
  return words.some((word) => word.endsWith('postgres')) && words.includes(cluster)
}

async function pollUntil<T>(look: () => Promise<T | undefined>, secondsMax: number): Promise<T | undefined> {
  // Monotonic: the wait must not change when someone moves the clock.
  const end = performance.now() + secondsMax * 1000
  for (;;) {
    const seen = await look()
    if (seen !== undefined || performance.now() > end) return seen
    await delay(databasePollMilliseconds)
  }
}

async function endOfProcess(pid: number): Promise<void> {
  const start = await processStart(pid)
  for (;;) {
    const now = await processStart(pid)
    // Gone, or its number is another process's by now.
    if (now === undefined || now !== start) return
    await delay(databasePollMilliseconds * 5, undefined, { ref: false })
  }
}

/** The live server on a cluster, once it takes connections; undefined when none runs. Throws when it does not get ready. */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const look = async () => {
    const lock = await readLock(cluster)
    if (lock === undefined || !(await isOurs(lock.pid, cluster))) return 'none' as const
    return lock.status === 'ready' ? lock : undefined
  }
  const found = await pollUntil(look, databaseStartSecondsMax)
  if (found === 'none') return undefined
  if (found === undefined)
    throw new Error(
      `PostgreSQL runs on ${cluster} but takes no connections after ${databaseStartSecondsMax} s; look into its log.`,
    )
  return { pid: found.pid, port: found.port, adopted: true, ended: endOfProcess(found.pid) }
}

/**
 * A dead server's lock file whose number now belongs to another program would stop PostgreSQL for ever. The file is kept,
 * for PostgreSQL finds by it a killed server's processes that still hold the folder; only the number becomes one that no
 * process can have.
 */
async function disarmLock(cluster: string): Promise<void> {
  const path = join(cluster, 'postmaster.pid')
  const text = await readFile(path, 'utf8').catch(() => undefined)
  const pid = Number(text?.split('\n', 1)[0])
  if (text === undefined || (await processStart(pid)) === undefined || (await isOurs(pid, cluster))) return
  const neverUsed = 2 ** 22 + 1
  await writeFile(path, text.replace(/^.*/, String(neverUsed)))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no free port on 127.0.0.1')
  return address.port
}

async function logSince(logFile: string, offset: number): Promise<string> {
  const text = await readFile(logFile).catch(() => Buffer.alloc(0))
  return text.subarray(offset).toString('utf8').trim()
}

type Attempt = { ok: true; postmaster: Postmaster } | { ok: false; said: string }

async function tryStart(options: PostmasterOptions, port: number): Promise<Attempt> {
  const { cluster, logFile, binaries, user } = options
  const words = ['-D', cluster, '-p', String(port)]
  for (const [name, value] of Object.entries({ ...settings, ...options.settings })) words.push('-c', `${name}=${value}`)
  const old = await stat(logFile).catch(() => undefined)
  if (old !== undefined && old.size > databaseLogBytesMax) await rename(logFile, `${logFile}.old`)
  const log = await open(logFile, 'a', 0o600)
  const offset = (await log.stat()).size
  // Detached, a group of its own: Ctrl-C in the terminal must not stop the database before the service has drained.
  const child = spawn(binaries.postgres, words, {
    ...user,
    cwd: cluster,
    env: databaseEnvironment,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  let over = false
  let failure: string | undefined
  const ended = new Promise<void>((done) => {
    const end = (error?: Error) => {
      failure = error?.message
      over = true
      done()
    }
    child.once('exit', () => end())
    child.once('error', end)
  })
  child.unref()
  const seen = await pollUntil(async () => {
    if (over) return 'over' as const
    const lock = await readLock(cluster)
    return lock !== undefined && lock.pid === child.pid && lock.status === 'ready' ? ('ready' as const) : undefined
  }, databaseStartSecondsMax)
  await log.close()
  if (seen === 'ready' && child.pid !== undefined)
    return { ok: true, postmaster: { pid: child.pid, port, adopted: false, ended } }
  if (seen === undefined) child.kill('SIGQUIT')
  return { ok: false, said: failure ?? (await logSince(logFile, offset)) }
}

/**
 * Starts PostgreSQL on a cluster and waits until it takes connections. A port that was taken meanwhile is drawn again;
 * what a killed server left behind is waited for (10 s). Throws with PostgreSQL's own words when it does not start.
 */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  await disarmLock(options.cluster)
  const end = performance.now() + databaseReleaseSecondsMax * 1000
  let portTries = 0
  for (;;) {
    const attempt = await tryStart(options, options.port ?? (await freePort()))
    if (attempt.ok) return attempt.postmaster
    const portTaken = /could not bind IPv4 address/.test(attempt.said)
    const folderHeld = /pre-existing shared memory block|lock file "postmaster\.pid" already exists/.test(attempt.said)
    if (portTaken) portTries++
    const again = portTaken ? portTries < databasePortTriesMax : folderHeld && performance.now() < end
    if (!again)
      throw new Error(
        `PostgreSQL did not start on ${options.cluster} (log: ${options.logFile}): ${attempt.said || 'it said nothing'}`,
      )
    await delay(databasePollMilliseconds * 5)
  }
}

function signal(pid: number, name: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // Gone already is what was asked for.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Stops a server: fast shutdown (clients are cut, their transactions rolled back, a checkpoint written), at once after 60 s. */
export async function stopPostmaster(postmaster: Postmaster): Promise<void> {
  signal(postmaster.pid, 'SIGINT')
  const over = postmaster.ended.then(() => true)
  const timer = new AbortController()
  const late = delay(databaseStopSecondsMax * 1000, false, { signal: timer.signal }).catch(() => false)
  if (!(await Promise.race([over, late]))) signal(postmaster.pid, 'SIGQUIT')
  timer.abort()
  await postmaster.ended
}
