import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { newUuid } from '../src/base/ids.ts'
import { type Database, openDatabase } from '../src/database/database.ts'
import { runningEmbedded } from '../src/database/embedded.ts'
import { grantUnits, openHolder } from '../src/identity/accounts.ts'
import { makeApiKey, storeApiKey } from '../src/identity/api-keys.ts'
import { transferAmountMax } from '../src/limits/stamping.ts'
import { startServiceProcess } from '../tests/support/service.ts'
import { parentOf, postgresBytes, residentBytes, type TableSize, tableSizes, upkeepSettings } from './soak/figures.ts'
import { measurePeak, openLoad } from './soak/load.ts'
import { quantile, trendOf } from './soak/trend.ts'

// A constant load over HTTP against a real service with its own PostgreSQL (fsync on): does memory stay, do answers stay as
// fast, what does a stamp take on disk? The load is an open loop: it does not wait for a service that is slow.

const accounts = 200
const peakSeconds = 15
const bytesPerStampMax = 3 * 1024

type Row = {
  minute: number
  rate: number
  p50: number
  p99: number
  serviceBytes: number
  postgresBytes: number
  heapBytes: number
  indexBytes: number
  deadRows: number
  failures: number
}

async function openAccounts(database: Database): Promise<string[]> {
  const keys: string[] = []
  for (let i = 0; i < accounts; i++) {
    const key = makeApiKey('live')
    keys.push(key)
    await database.transaction(async (tx) => {
      const at = await database.now(tx)
      const { accountId } = await openHolder(tx, { name: `Soak ${i}`, at })
      await storeApiKey(tx, { key, accountId, kind: 'live', label: 'soak', at })
      await grantUnits(tx, { accountId, id: newUuid(at), ledger: 'stamps', units: transferAmountMax, at })
    })
  }
  return keys
}

function print(cells: readonly (string | number)[], widths: readonly number[]): void {
  console.log(cells.map((cell, at) => String(cell).padStart(widths[at] ?? 0)).join('  '))
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
const widths = [6, 8, 8, 8, 10, 11, 9, 9, 10, 8]
const head = [
  'minute',
  'stamps/s',
  'p50 ms',
  'p99 ms',
  'service MB',
  'postgres MB',
  'tables MB',
  'index MB',
  'dead rows',
  'failures',
]

function printRow(row: Row): void {
  const { minute, rate, p50, p99, failures, deadRows } = row
  const sizes = [row.serviceBytes, row.postgresBytes, row.heapBytes, row.indexBytes].map(megabytes)
  print([minute, rate.toFixed(1), p50.toFixed(1), p99.toFixed(1), ...sizes, deadRows, failures], widths)
}

const total = (sizes: readonly TableSize[], of: 'heapBytes' | 'indexBytes' | 'deadRows'): number =>
  sizes.reduce((sum, size) => sum + size[of], 0)

/** What each table grew by, for one stamp; the sum is what the bound is about. */
function printPerStamp(before: readonly TableSize[], after: readonly TableSize[], stamps: number): number {
  console.log(`\nBytes on disk for each of ${stamps} stamps (pg_total_relation_size; grown since the first)`)
  print(['table', 'rows', 'heap', 'indexes', 'together'], [22, 10, 8, 8, 8])
  const grown = after.map((size) => {
    const earlier = before.find(({ table }) => table === size.table)
    const heap = (size.heapBytes - (earlier?.heapBytes ?? 0)) / stamps
    const indexes = (size.indexBytes - (earlier?.indexBytes ?? 0)) / stamps
    return { ...size, heap, indexes }
  })
  for (const { table, liveRows, heap, indexes } of grown.filter((size) => size.heap + size.indexes >= 1))
    print([table, liveRows, heap.toFixed(0), indexes.toFixed(0), (heap + indexes).toFixed(0)], [22, 10, 8, 8, 8])
  const sum = grown.reduce((all, { heap, indexes }) => all + heap + indexes, 0)
  print(['all', '', '', '', sum.toFixed(0)], [22, 10, 8, 8, 8])
  return sum
}

function printTrends(rows: readonly Row[]): boolean {
  // The first minute fills caches and compiles: it is not what a service is like that runs.
  const steady = rows.slice(1)
  const figures = [
    { name: 'memory of the service, MB', values: steady.map((row) => row.serviceBytes / 1e6) },
    { name: 'memory of PostgreSQL, MB', values: steady.map((row) => row.postgresBytes / 1e6) },
    { name: 'p50, ms', values: steady.map((row) => row.p50) },
    { name: 'p99, ms', values: steady.map((row) => row.p99) },
  ]
  console.log('\nOver the run without its first minute; flat: a rise of at most a tenth of the middle')
  const flat = figures.map(({ name, values }) => {
    const trend = trendOf(values)
    const verdict = Number.isNaN(trend.rise) ? 'too short to tell' : trend.flat ? 'flat' : 'GROWS'
    console.log(`${name.padEnd(28)} middle ${trend.median.toFixed(1)}, rise ${trend.rise.toFixed(1)}: ${verdict}`)
    return verdict !== 'GROWS'
  })
  return flat.every(Boolean)
}

async function soak(given: { minutes: number; rate: number | undefined; dataFolder: string }): Promise<boolean> {
  const service = await startServiceProcess({ dataFolder: given.dataFolder })
  const urls = await runningEmbedded(given.dataFolder)
  if (urls === undefined || service.process.pid === undefined) throw new Error('the service has no database of its own')
  const database = openDatabase({ url: urls.ownerUrl, connectionsMax: 2 })
  try {
    const [backend] = await database.sql<{ pid: number }[]>`select pg_backend_pid() as pid`
    const serverPid = await parentOf(backend?.pid ?? 0)
    const keys = await openAccounts(database)
    // Also what makes the partitions' own maps and fills caches, so that neither is laid on the stamps that count.
    const peak = await measurePeak({ url: service.url, keys, clients: 64, seconds: peakSeconds })
    const rate = given.rate ?? Math.round(peak / 2)
    console.log(
      `${rate} stamps a second for ${given.minutes} minutes, ${accounts} accounts, ${cpus().length} cores, Node ${process.version}; ` +
        `64 clients that wait for each answer reached ${peak.toFixed(0)} a second`,
    )
    const before = await tableSizes(database.sql)
    const load = openLoad({ url: service.url, keys, rate })
    print(head, widths)
    const rows: Row[] = []
    let stamps = 0
    for (let minute = 1; minute <= given.minutes; minute++) {
      await delay(60_000)
      const stretch = load.take()
      stamps += stretch.stamps
      const sizes = await tableSizes(database.sql)
      const row: Row = {
        minute,
        rate: stretch.stamps / 60,
        p50: quantile(stretch.milliseconds, 0.5),
        p99: quantile(stretch.milliseconds, 0.99),
        serviceBytes: await residentBytes(service.process.pid),
        postgresBytes: await postgresBytes(serverPid),
        heapBytes: total(sizes, 'heapBytes'),
        indexBytes: total(sizes, 'indexBytes'),
        deadRows: total(sizes, 'deadRows'),
        failures: [...stretch.failures.values()].reduce((sum, count) => sum + count, 0),
      }
      rows.push(row)
      printRow(row)
      for (const [what, count] of stretch.failures) console.log(`       ${count} x ${what}`)
    }
    await load.stop()
    stamps += load.take().stamps
    const perStamp = printPerStamp(before, await tableSizes(database.sql), stamps)
    const flat = printTrends(rows)
    console.log(`\nUpkeep\n${(await upkeepSettings(database.sql)).join('\n')}`)
    const small = perStamp <= bytesPerStampMax
    console.log(
      `\n${perStamp.toFixed(0)} bytes a stamp on disk, at most ${bytesPerStampMax}: ${small ? 'kept' : 'NOT kept'}`,
    )
    return flat && small && rows.every(({ failures }) => failures === 0)
  } finally {
    await database.close()
    await service.stop()
  }
}

const { values } = parseArgs({ options: { minutes: { type: 'string' }, rate: { type: 'string' } } })
const minutes = Number(values.minutes ?? 30)
if (!(minutes >= 1)) throw new Error(`--minutes ${values.minutes} is no length; a number from 1`)
const rate = values.rate === undefined ? undefined : Number(values.rate)
if (rate !== undefined && !(rate > 0)) throw new Error(`--rate ${values.rate} is no rate; a number above 0`)
const dataFolder = await mkdtemp(join(tmpdir(), 'openmeterai-soak-'))
await chmod(dataFolder, 0o711)
try {
  if (!(await soak({ minutes, rate, dataFolder }))) process.exitCode = 1
} finally {
  await rm(dataFolder, { recursive: true, force: true })
}
