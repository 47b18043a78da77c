import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import type { FaultPoint } from '../../src/base/fault-points.ts'
import { newUuid } from '../../src/base/ids.ts'
import { failureKind, openDatabase, type Database } from '../../src/database/database.ts'
import { runningEmbedded, type EmbeddedUrls } from '../../src/database/embedded.ts'
import { grantUnits, openHolder } from '../../src/identity/accounts.ts'
import { makeApiKey, storeApiKey, type KeyKind } from '../../src/identity/api-keys.ts'
import { leaseSeconds } from '../../src/limits/stamping.ts'
import { startFragileService, type FragileService } from './fragile-service.ts'
import type { Job } from './jobs.ts'
import type { Order } from './orders.ts'

/** An account of the load. `granted` is all it was ever given; a test account fills itself up, so nobody knows. */
export type CrashAccount = { name: string; accountId: string; key: string; kind: KeyKind; granted: bigint | undefined }

/** One data folder with its service, database and accounts over all rounds. */
export type World = {
  folder: string
  url: string
  /** The first one is hot. */
  accounts: readonly CrashAccount[]
  /** Every stamp of earlier rounds, with what was acknowledged of it. */
  stamped: Job[]
  /** Fault points that a service of this world came by. */
  reached: Set<FaultPoint>
  /** Resolves once a service serves; starts one where none does. */
  up(): Promise<void>
  /** Lets go of a service that dies: it is started again at once, under these orders. */
  ordersAtStart(orders: readonly Order[]): void
  tell: FragileService['tell']
  killService(): Promise<void>
  killDatabase(): Promise<void>
  databasePid(): Promise<number>
  /** Cuts every connection of the service to its database. */
  cutConnections(): Promise<void>
  /** What the service's connections are doing, in words, for whoever looks into a client without an answer. */
  activity(): Promise<string>
  /** Drains the service and starts another. */
  restart(): Promise<void>
  /** Moves the database's clock. */
  advance(seconds: number): Promise<void>
  grant(account: CrashAccount, units: bigint): Promise<void>
  /** A connection of its own for one look. */
  withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T>
  /** Starts of the service, orders carried out, deaths of the database since the service's start, and of a service that nobody killed. */
  counts: { starts: number; carriedOut: number; databaseDeaths: number; deathsOfItsOwn: number }
  stop(): Promise<void>
  remove(): Promise<void>
}

/** Under its accounts: most of the load goes to the first, the last one has hardly any quota. */
const accountNames = ['hot', 'second', 'third', 'fourth', 'tester', 'poor'] as const
const plenty = 1_000_000n
/** A start that takes longer than this does not come any more. */
const startsMax = 20
/** A database that was killed is back within a second or two. */
const lostTriesMax = 100
const cutLooksMax = 200

/** Starts a world in a new folder; its port stays the same whatever dies. */
export async function openWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'openmeterai-crash-'))
  // PostgreSQL's own user has to get through.
  await chmod(folder, 0o711)
  const port = await quietPort()
  const url = `http://127.0.0.1:${port}`
  const reached = new Set<FaultPoint>()
  const counts = { starts: 0, carriedOut: 0, databaseDeaths: 0, deathsOfItsOwn: 0 }
  let nextOrders: readonly Order[] = []
  let stopping = false
  let killed = false
  let ordersNow: readonly Order[] = []
  let service: FragileService | undefined
  let serving: Promise<void> = Promise.resolve()
  const accounts: CrashAccount[] = []

  async function urls(): Promise<EmbeddedUrls> {
    // A database that was just killed is not there for a moment.
    for (let left = 400; left > 0; left--) {
      const found = await runningEmbedded(join(folder, 'data')).catch(() => undefined)
      if (found !== undefined) return found
      await delay(50)
    }
    throw new Error(`no database runs on ${folder} after 20 s`)
  }

  async function asAdministrator<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    const sql = postgres((await urls()).administratorUrl, { max: 1, onnotice: () => undefined })
    try {
      return await work(sql)
    } finally {
      await sql.end({ timeout: 1 })
    }
  }

  async function withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
    const database = openDatabase({
      url: (await urls()).serviceUrl,
      applicationName: 'openmeterai proofs',
      connectionsMax: 3,
    })
    try {
      return await work(database)
    } finally {
      await database.close()
    }
  }

  async function advance(seconds: number, tries = 1): Promise<void> {
    const database = openDatabase({
      url: (await urls()).ownerUrl,
      applicationName: 'openmeterai clock',
      connectionsMax: 1,
    })
    const milliseconds = BigInt(Math.round(seconds * 1000))
    try {
      await database.sql`insert into clock_offset (milliseconds) values (${milliseconds})
        on conflict (singleton) do update set milliseconds = clock_offset.milliseconds + excluded.milliseconds`
    } catch (error) {
      // Just killed, or just cut: its next life takes the order, a bit more or less does not matter.
      if (failureKind(error) !== 'unknown' || tries >= lostTriesMax) throw error
      await delay(100)
      return advance(seconds, tries + 1)
    } finally {
      await database.close()
    }
  }

  /** Resolves when they are gone, and the service has had a moment to hear of it. */
  async function cutConnections(): Promise<void> {
    // A database that is just starting over has none to cut.
    await asAdministrator(async (sql) => {
      const cut = await sql<{ pid: number }[]>`
        select pid, pg_terminate_backend(pid) from pg_stat_activity where application_name = 'openmeterai'`
      const pids = cut.map(({ pid }) => pid)
      for (let left = cutLooksMax; left > 0; left--) {
        if ((await sql`select from pg_stat_activity where pid = any(${pids}::int[])`).length === 0) break
        await delay(10)
      }
    }).catch(() => undefined)
    await delay(20)
  }

  /** Serves again and again until it is told to stop: one that dies is followed by the next. */
  async function start(): Promise<void> {
    for (let tries = 0; tries < startsMax; tries++) {
      const orders = nextOrders
      nextOrders = []
      ordersNow = orders
      killed = false
      counts.starts++
      counts.databaseDeaths = 0
      const next = startFragileService({ folder, port }, orders, {
        onReached: (point) => reached.add(point),
        onCarriedOut: ({ deed }) => {
          // cut connections are carried out when they are gone
          if (deed !== 'refuse timestamp' && deed !== 'cut connections') counts.carriedOut++
          if (deed === 'kill database') counts.databaseDeaths++
        },
        onWaits: () => void cutThenGoOn(next),
      })
      service = next
      if (!(await next.ready)) {
        noteDeath()
        continue
      }
      void followUp(next)
      return
    }
    throw new Error(`the service does not start: look into ${folder}/service.log`)
  }

  async function cutThenGoOn(waiting: FragileService): Promise<void> {
    await cutConnections()
    counts.carriedOut++
    waiting.tell({ kind: 'goOn' })
  }

  async function followUp(alive: FragileService): Promise<void> {
    await alive.gone
    if (service !== alive || stopping) return
    noteDeath()
    serving = startAgain()
  }

  /** A service that killed itself at a fault point could not tell any more. */
  function noteDeath(): void {
    if (killed) return
    if (!ordersNow.some(({ deed }) => deed === 'kill service')) counts.deathsOfItsOwn++
    for (const { deed, point } of ordersNow) {
      if (deed !== 'kill service') continue
      reached.add(point)
      counts.carriedOut++
    }
  }

  /** The leases of uploads that ran in the dead process lapse, so that their repeats need not wait. */
  async function startAgain(): Promise<void> {
    await start()
    await advance(leaseSeconds + 1)
  }

  async function openAccounts(): Promise<void> {
    await withDatabase((database) =>
      database.transaction(async (tx) => {
        const at = await database.now(tx)
        for (const name of accountNames) {
          const holder = await openHolder(tx, { name: `crash ${name}`, at })
          const kind = name === 'tester' ? 'test' : 'live'
          const accountId = kind === 'test' ? holder.testAccountId : holder.accountId
          const key = makeApiKey(kind)
          await storeApiKey(tx, { key, accountId, kind, label: name, at })
          accounts.push({ name, accountId, key, kind, granted: kind === 'test' ? undefined : 0n })
        }
      }),
    )
  }

  const world: World = {
    folder,
    url,
    accounts,
    stamped: [],
    reached,
    counts,
    up: () => serving,
    ordersAtStart: (orders) => (nextOrders = orders),
    tell(message) {
      if (message.kind === 'orders') ordersNow = message.orders
      service?.tell(message)
    },
    async killService() {
      killed = true
      const dying = service
      dying?.kill()
      // gone: from here on `up` is about the next one
      await dying?.gone
    },
    databasePid: () =>
      asAdministrator(async (sql) => {
        const [row] = await sql<{ pid: string }[]>`select split_part(pg_read_file('postmaster.pid'), E'\n', 1) as pid`
        if (row === undefined) throw new Error('postmaster.pid is empty')
        return Number(row.pid)
      }),
    async killDatabase() {
      counts.databaseDeaths++
      process.kill(await world.databasePid(), 'SIGKILL')
    },
    cutConnections,
    activity: () =>
      asAdministrator(async (sql) => {
        const rows = await sql<{ said: string }[]>`
          select concat_ws(' ', pid, state, wait_event_type, wait_event, now() - xact_start, left(query, 60)) as said
          from pg_stat_activity where application_name = 'openmeterai' and state <> 'idle'`
        return rows.map(({ said }) => said).join('; ') || 'all idle'
      }).catch((error: unknown) => String(error)),
    async restart() {
      const old = service
      service = undefined
      await old?.stop()
      serving = startAgain()
      await serving
    },
    advance,
    async grant(account, units) {
      await withDatabase((database) =>
        database.transaction(async (tx) => {
          const at = await database.now(tx)
          await grantUnits(tx, { accountId: account.accountId, id: newUuid(at), ledger: 'stamps', units, at })
        }),
      )
      account.granted = (account.granted ?? 0n) + units
    },
    withDatabase,
    async stop() {
      await serving.catch(() => undefined)
      stopping = true
      await service?.stop()
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
  serving = start()
  await serving
  await openAccounts()
  for (const account of accounts.filter(({ name }) => name !== 'tester' && name !== 'poor'))
    await world.grant(account, plenty)
  return world
}

/** A port below those that the system gives to outgoing connections: nobody takes it while the service is down. */
async function quietPort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer().once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (free) return port
  }
  throw new Error('no free port between 20000 and 30000')
}
