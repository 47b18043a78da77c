import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { chmod, copyFile, lstat, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { clusterFolder, readNote } from './cluster.ts'
import { runningEmbedded, startEmbedded, type Embedded, type EmbeddedEvent } from './embedded.ts'
import { processStart } from './processes.ts'

let folder: string
let running: Embedded[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openmeterai-embedded-'))
  await chmod(folder, 0o711)
  running = []
})

afterEach(async () => {
  // An orphan that another start adopted is stopped by either.
  for (const embedded of running) await embedded.stop()
  await rm(folder, { recursive: true, force: true })
})

const data = () => join(folder, 'data')

// What a process wrote survives its death without fsync; only the first test looks at the settings as they are.
const quick = { fsync: 'off' }

async function start(onEvent: (event: EmbeddedEvent) => void = () => undefined): Promise<Embedded> {
  const embedded = await startEmbedded({ dataFolder: data(), onEvent, settings: quick })
  running.push(embedded)
  return embedded
}

async function ask(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    return [...(await sql.unsafe(statement))]
  } finally {
    await sql.end()
  }
}

/** The next event of that kind of a database under way. */
function expectEvent(kind: EmbeddedEvent['kind']) {
  const events = new EventEmitter()
  const event = once(events, kind).then(([seen]: EmbeddedEvent[]) => seen)
  return { event, onEvent: (seen: EmbeddedEvent) => void events.emit(seen.kind, seen) }
}

test('a first start makes a durable UTF-8 database that only passwords open', async () => {
  const embedded = await startEmbedded({ dataFolder: data(), onEvent: () => undefined })
  running.push(embedded)

  const [server] = await ask(
    embedded.serviceUrl,
    `select current_user as login, current_setting('server_encoding') as encoding, current_setting('fsync') as fsync,
      current_setting('synchronous_commit') as commit, current_setting('listen_addresses') as listens,
      current_setting('data_checksums') as checksums,
      pg_size_bytes(current_setting('shared_buffers')) between 128 * 1024 * 1024 and 1024 * 1024 * 1024 as caches`,
  )
  const [order] = await ask(embedded.ownerUrl, `select 'a' < 'B' as by_code, upper('é') as upper`)
  expect(server).toEqual({
    login: 'meterai_app',
    encoding: 'UTF8',
    fsync: 'on',
    commit: 'on',
    listens: '127.0.0.1',
    checksums: 'on',
    caches: true,
  })
  expect(order).toEqual({ by_code: false, upper: 'É' })
  const wrong = new URL(embedded.serviceUrl)
  wrong.password = 'guessed'
  await expect(ask(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  expect((await stat(join(data(), 'postgres.json'))).mode & 0o777).toBe(0o600)
})

test('what was written is there after a stop and a start', async () => {
  const first = await start()
  await ask(first.ownerUrl, 'create table kept (id int); insert into kept values (7)')
  await first.stop()

  const second = await start()

  expect(second.adopted).toBe(false)
  expect(await ask(second.ownerUrl, 'select id from kept')).toEqual([{ id: 7 }])
})

/** A service in a process of its own that starts the database and is killed with SIGKILL; gives the orphan's number. */
async function orphan(): Promise<number> {
  const script = `
    const { startEmbedded } = await import(${JSON.stringify(fileURLToPath(new URL('embedded.ts', import.meta.url)))})
    const embedded = await startEmbedded({ dataFolder: ${JSON.stringify(data())}, settings: ${JSON.stringify(quick)} })
    console.log(embedded.pid)
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  })
  const [line] = await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  return Number(String(line))
}

test('the server that a killed service left running is adopted, and stopping ends it', async () => {
  const pid = await orphan()

  const adopter = await start()

  expect(adopter.adopted).toBe(true)
  expect(adopter.pid).toBe(pid)
  expect(await ask(adopter.serviceUrl, 'select 1 as one')).toEqual([{ one: 1 }])
  await adopter.stop()
  expect(await processStart(pid)).toBeUndefined()
})

test('after service and server were both killed the next start takes over at once', async () => {
  const pid = await orphan()
  process.kill(pid, 'SIGKILL')

  const embedded = await start()

  expect(embedded.adopted).toBe(false)
  expect(await ask(embedded.serviceUrl, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('an adopted server that is killed is started again too', async () => {
  await orphan()
  const restarted = expectEvent('restarted')
  const embedded = await start(restarted.onEvent)

  process.kill(embedded.pid, 'SIGKILL')
  await restarted.event

  expect(await ask(embedded.serviceUrl, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('the log tells of a refused row without what stood in it', async () => {
  const embedded = await start()
  await ask(embedded.ownerUrl, "create table people (nik text check (nik = ''))")

  await expect(ask(embedded.ownerUrl, "insert into people values ('3174012345678901')")).rejects.toMatchObject({
    code: '23514',
  })

  const log = await readFile(join(data(), 'postgres.log'), 'utf8')
  expect(log).toContain('violates check constraint')
  expect(log).not.toContain('3174012345678901')
})

test('a killed server is started again on the same port, with everything committed', async () => {
  const restarted = expectEvent('restarted')
  const embedded = await start(restarted.onEvent)
  await ask(embedded.ownerUrl, 'create table kept (id int); insert into kept values (7)')
  const killed = embedded.pid

  process.kill(killed, 'SIGKILL')
  await restarted.event

  expect(embedded.pid).not.toBe(killed)
  expect(await ask(embedded.ownerUrl, 'select id from kept')).toEqual([{ id: 7 }])
})

test('a server that keeps dying is given up after five restarts within a minute', async () => {
  const events: string[] = []
  const lost = expectEvent('lost')
  const embedded = await start((event) => {
    events.push(event.kind)
    lost.onEvent(event)
    if (event.kind === 'restarted') process.kill(event.pid, 'SIGKILL')
  })

  process.kill(embedded.pid, 'SIGKILL')
  const event = await lost.event

  expect(event).toMatchObject({
    kind: 'lost',
    error: { message: expect.stringContaining('died 6 times within a minute') },
  })
  expect(events.filter((kind) => kind === 'restarted')).toHaveLength(5)
})

test('a lock file whose number now belongs to another program does not stop the start', async () => {
  const first = await start()
  const note = await readNote(data())
  if (note === undefined) throw new Error('no note')
  const lock = join(clusterFolder(data(), note), 'postmaster.pid')
  const text = await readFile(lock, 'utf8')
  await first.stop()
  await writeFile(lock, text.replace(/^.*/, String(process.pid)))

  const second = await start()

  expect(second.adopted).toBe(false)
  expect(await ask(second.serviceUrl, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a first start cut short while the cluster was made is repeated', async () => {
  const first = await start()
  await first.stop()
  const note = await readNote(data())
  if (note === undefined) throw new Error('no note')
  const cluster = clusterFolder(data(), note)
  await rm(cluster, { recursive: true })
  await mkdir(`${cluster}.partial`)

  const second = await start()

  expect(await ask(second.serviceUrl, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a folder of another major version is refused untouched, with both numbers and the way out', async () => {
  const first = await start()
  await first.stop()
  const note = await readNote(data())
  if (note === undefined) throw new Error('no note')
  const version = join(clusterFolder(data(), note), 'PG_VERSION')
  await writeFile(version, '17\n')

  await expect(start()).rejects.toThrow(/written by PostgreSQL 17; .* brings PostgreSQL 18.*dump.*or move .* away/s)
  expect(await readFile(version, 'utf8')).toBe('17\n')
})

test('a database without the file of its passwords is refused, not made anew', async () => {
  const first = await start()
  await first.stop()
  await rm(join(data(), 'postgres.json'))

  await expect(start()).rejects.toThrow(/no postgres\.json with its passwords; restore/)
})

test('a running database is found from beside, and none where none runs', async () => {
  expect(await runningEmbedded(data())).toBeUndefined()
  const embedded = await start()

  expect(await runningEmbedded(data())).toMatchObject({ serviceUrl: embedded.serviceUrl, ownerUrl: embedded.ownerUrl })
  await embedded.stop()
  expect(await runningEmbedded(data())).toBeUndefined()
})

const asRoot = process.getuid?.() === 0

test("as root the server runs as a user of its own, and the data folder stays root's", async ({ skip }) => {
  skip(!asRoot, 'needs root')
  const embedded = await start()

  const owner = (await stat(`/proc/${embedded.pid}`)).uid
  expect(owner).not.toBe(0)
  expect((await stat(data())).uid).toBe(0)
})

test('a data folder that user cannot reach has its cluster elsewhere, and no parent is opened', async ({ skip }) => {
  skip(!asRoot, 'needs root')
  await chmod(folder, 0o700)

  const embedded = await start()

  const note = await readNote(data())
  if (note === undefined) throw new Error('no note')
  await embedded.stop()
  const cluster = resolve(data(), note.folder)
  const there = await lstat(join(cluster, 'cluster', 'PG_VERSION')).then(() => true)
  await rm(cluster, { recursive: true })
  expect(note.folder).toMatch(/^\/var\/lib\/openmeterai\/[0-9a-f]{12}-[0-9a-f]{6}$/)
  expect(there).toBe(true)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
})

test("a copied data folder does not open the original's database elsewhere", async ({ skip }) => {
  skip(!asRoot, 'needs root')
  await chmod(folder, 0o700)
  const embedded = await start()
  await embedded.stop()
  const copy = join(folder, 'copy')
  await mkdir(copy)
  await copyFile(join(data(), 'postgres.json'), join(copy, 'postgres.json'))

  const starting = startEmbedded({ dataFolder: copy, settings: quick })

  await expect(starting).rejects.toThrow(
    /copy is a copy of .*data, whose database lies in \/var\/lib\/openmeterai.* was not copied/,
  )
  const note = await readNote(data())
  if (note !== undefined) await rm(resolve(data(), note.folder), { recursive: true })
})

test("a port taken after a crash makes the restart fail in PostgreSQL's own words", async () => {
  let seize: Promise<unknown> = Promise.resolve()
  const lost = expectEvent('lost')
  const server = createServer()
  const embedded = await start((event) => {
    if (event.kind === 'died') seize = once(server.listen(port, '127.0.0.1'), 'listening').catch(() => undefined)
    lost.onEvent(event)
  })
  const port = Number(new URL(embedded.serviceUrl).port)

  process.kill(embedded.pid, 'SIGKILL')
  const event = await lost.event
  await seize
  server.close()

  expect(event).toMatchObject({
    error: { message: expect.stringMatching(/could not bind IPv4 address "127\.0\.0\.1"/) },
  })
})
