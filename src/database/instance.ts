import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, readlink, realpath, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { processStart } from './processes.ts'

/** Who runs on a data folder, as data/instance.json keeps it. */
export type Instance = {
  pid: number
  /** When the process began, in the system's own words: a later process with the same number differs. */
  start: string
  /** The machine, and on Linux the namespace `pid` counts in: elsewhere the number means nothing. */
  place: string
  /** Where it answers; empty until it listens. */
  url: string
  /** ISO 8601, UTC. */
  since: string
}

/** A data folder that is ours. */
export type Claim = {
  ok: true
  /** Writes down where the service answers, for whoever starts a second one. */
  announce(url: string): Promise<void>
  /** Gives the folder back; the last thing a service does. */
  release(): Promise<void>
}

/** Claimed, or who runs there and a sentence for people that says what to do. */
export type ClaimResult = Claim | { ok: false; running: Instance; message: string }

const fileName = 'instance.json'

/** A service shows that it lives by touching its file this often; only a process in another namespace has to go by that. */
const beatMilliseconds = 1_000
/** Three beats missed: a machine busy enough for that is one whose service does not answer either. */
const silenceMilliseconds = 3_500
/** Two starts at the same moment take turns; a turn is two file operations, or the silence above. */
const turnSecondsMax = 10

async function placeHere(): Promise<string> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '')
  return `${hostname()} ${namespace}`.trim()
}

async function readInstance(path: string): Promise<Instance | undefined> {
  const content = await readFile(path, 'utf8').catch(() => undefined)
  if (content === undefined) return undefined
  try {
    const value: unknown = JSON.parse(content)
    if (typeof value !== 'object' || value === null) return undefined
    const field = (name: string) => String(Reflect.get(value, name) ?? '')
    return {
      pid: Number(field('pid')),
      start: field('start'),
      place: field('place'),
      url: field('url'),
      since: field('since'),
    }
  } catch {
    // Written whole or not at all, so this is not ours: nobody runs by it.
    return undefined
  }
}

/** Whoever wrote the file is alive: by number and start in our namespace, by its touches in another. */
async function isAlive(instance: Instance, path: string): Promise<boolean> {
  if (instance.place === (await placeHere())) return (await processStart(instance.pid)) === instance.start
  const touched = async () => (await stat(path).catch(() => undefined))?.mtimeMs
  const before = await touched()
  const end = performance.now() + silenceMilliseconds
  while (performance.now() < end) {
    await delay(beatMilliseconds / 4)
    const now = await touched()
    if (now === undefined) return false
    if (now !== before) return true
  }
  return false
}

/**
 * One start at a time looks and writes. On Linux the turn is a name in the kernel (abstract socket, unix(7)), which
 * vanishes with its process and so is never stale. Elsewhere two starts within the same millisecond are not told apart.
 */
async function takeTurn(folder: string): Promise<() => Promise<void>> {
  if (process.platform !== 'linux') return () => Promise.resolve()
  const name = `\0openmeterai-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`
  const end = performance.now() + turnSecondsMax * 1000
  for (;;) {
    const server = createServer()
    if (await listens(server, name))
      return async () => {
        server.close()
        await once(server, 'close')
      }
    if (performance.now() > end)
      throw new Error(
        `Another start on ${folder} has not come to an end in ${turnSecondsMax} s; look for a stopped process.`,
      )
    await delay(20)
  }
}

async function listens(server: Server, name: string): Promise<boolean> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? done(false) : fail(error)))
    server.listen({ path: name }, () => done(true))
  })
}

async function write(path: string, instance: Instance): Promise<void> {
  const partial = `${path}.${instance.pid}`
  await writeFile(partial, `${JSON.stringify(instance, null, 2)}\n`, { mode: 0o600 })
  await rename(partial, path)
}

function refusal(folder: string, running: Instance): ClaimResult {
  const where = running.url === '' ? 'not listening yet' : running.url
  const message =
    `The service already runs on ${folder}: ${where} (process ${running.pid} on ${running.place.split(' ', 1)[0]}, since ${running.since}). ` +
    'Use that one, or stop it first, or set METERAI_DATA and PORT to start another beside it.'
  return { ok: false, running, message }
}

/**
 * Makes a data folder this process's own until `release`, so that two services never run on one. What a killed service
 * left behind is taken over: its process is gone, or its number belongs to a process that began at another time.
 */
export async function claimDataFolder(dataFolder: string): Promise<ClaimResult> {
  await mkdir(dataFolder, { recursive: true, mode: 0o711 })
  const folder = await realpath(dataFolder)
  const path = join(folder, fileName)
  const endTurn = await takeTurn(folder)
  try {
    const running = await readInstance(path)
    if (running !== undefined && (await isAlive(running, path))) return refusal(folder, running)
    const start = await processStart(process.pid)
    if (start === undefined) throw new Error('this process has no start time: is /proc mounted?')
    const own: Instance = {
      pid: process.pid,
      start,
      place: await placeHere(),
      url: '',
      since: new Date().toISOString(),
    }
    await write(path, own)
    return claimOf(path, own)
  } finally {
    await endTurn()
  }
}

function claimOf(path: string, own: Instance): Claim {
  const beat = setInterval(() => {
    const now = new Date()
    // A beat that fails (the folder was deleted) is no reason to stop serving.
    utimes(path, now, now).catch(() => undefined)
  }, beatMilliseconds)
  beat.unref()
  return {
    ok: true,
    announce: (url) => write(path, { ...own, url }),
    async release() {
      clearInterval(beat)
      await rm(path, { force: true })
    },
  }
}

/** Who runs on a data folder now; undefined when nobody does. Changes nothing. */
export async function runningInstance(dataFolder: string): Promise<Instance | undefined> {
  const path = join(dataFolder, fileName)
  const found = await readInstance(path)
  return found !== undefined && (await isAlive(found, path)) ? found : undefined
}
