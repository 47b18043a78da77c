import { parseArgs } from 'node:util'
import { availableParallelism } from 'node:os'
import { databaseConnectionsMax } from '../src/limits/traffic.ts'
import { recountLedger } from '../src/ledger/recount.ts'
import { openAccounts, openBenchDatabase, type BenchDatabase } from './ledger/database.ts'
import { measureGrowth, type GrowthRow } from './ledger/growth.ts'
import { oneByOne, preparePlainWay, runLoad, throughLanes, type Way } from './ledger/ways.ts'

const usage = `npm run bench:ledger [-- --seconds S --rounds R --growth N --json]

Transfers a second (pending and post, each durable before its caller goes on) through the lanes at batches of at most 1, 10, 100
and 1,000, for one hot account and for many, beside one transfer a transaction. Then what a transfer costs in ledgers of ten thousand
transfers and ten times more each, up to N (10,000,000: some minutes and 5 GB; 0 leaves it out).`

const timesYardstickMin = 15
const perSecondMin = 15_000
const growthMax = 1.3
const batchSizes = [1, 10, 100, 1000]
const callersOfTarget = 64
/** Enough that batches of 1,000 fill up in both lanes. */
const callersOfBulk = 4_000
const manyAccounts = 10_000

function readOptions(words: string[]) {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: words,
    options: { seconds: text, rounds: text, growth: text, json: { type: 'boolean' } },
  })
  const options = {
    seconds: Number(values.seconds ?? 1),
    rounds: Number(values.rounds ?? 5),
    growth: Number(values.growth ?? 10_000_000),
  }
  if (!(options.seconds > 0) || !Number.isSafeInteger(options.rounds) || options.rounds < 1 || !(options.growth >= 0))
    throw new Error(usage)
  return { ...options, json: values.json ?? false }
}
const options = readOptions(process.argv.slice(2))

type Rate = { way: string; accounts: 'hot' | 'many'; callers: number; perSecond: number; p50: number; p99: number }

/** Every way in every round, so that a busy moment of the machine meets them all; the medians of the rounds. */
async function measureRates(bench: BenchDatabase): Promise<Rate[]> {
  await preparePlainWay(bench.ownerUrl)
  const accounts = {
    hot: await openAccounts(bench.database, 1),
    many: await openAccounts(bench.database, manyAccounts),
  }
  const plain = oneByOne(bench.url, databaseConnectionsMax)
  const ways: { way: Way; name: string; callers: number }[] = [
    { way: plain, name: 'one by one', callers: callersOfTarget },
    ...[callersOfTarget, callersOfBulk].flatMap((callers) =>
      batchSizes.map((size) => ({ way: throughLanes(bench.database, size), name: `batches of ${size}`, callers })),
    ),
  ]
  const rates: Rate[] = []
  for (const kind of ['hot', 'many'] as const) {
    const seen = ways.map(() => new Array<{ perSecond: number; p50: number; p99: number }>())
    for (let round = 0; round <= options.rounds; round++) {
      for (const [index, { way, callers }] of ways.entries()) {
        // A batch of one with thousands of callers only queues.
        if (callers === callersOfBulk && batchSizes[(index - 1) % batchSizes.length] === 1) continue
        const load = { way, accountIds: accounts[kind], callers, seconds: options.seconds }
        const measured = await runLoad(load)
        if (round > 0) seen[index]?.push(measured)
      }
    }
    for (const [index, { name, callers }] of ways.entries()) {
      const rounds = (seen[index] ?? []).toSorted((a, b) => a.perSecond - b.perSecond)
      const median = rounds[rounds.length >> 1]
      if (median !== undefined) rates.push({ way: name, accounts: kind, callers, ...median })
    }
  }
  await plain.close()
  return rates
}

function table(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  for (const row of rows) console.log(row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '))
  console.log('')
}

const count = (value: number) => Math.round(value).toLocaleString('en')

function showRates(rates: readonly Rate[], yardstick: Record<'hot' | 'many', number>): void {
  table([
    ['way', 'accounts', 'callers', 'transfers/s', 'times', 'p50 ms', 'p99 ms'],
    ...rates.map((rate) => [
      rate.way,
      rate.accounts,
      count(rate.callers),
      count(rate.perSecond),
      (rate.perSecond / yardstick[rate.accounts]).toFixed(1),
      rate.p50.toFixed(1),
      rate.p99.toFixed(1),
    ]),
  ])
}

function showGrowth(rows: readonly GrowthRow[]): void {
  const first = rows[0]?.medianMilliseconds ?? 1
  table([
    ['transfers before', 'ms a transfer (median)', 'best round', 'times the first', 'recount'],
    ...rows.map((row) => [
      count(row.transfers),
      row.medianMilliseconds.toFixed(4),
      row.bestMilliseconds.toFixed(4),
      (row.medianMilliseconds / first).toFixed(2),
      row.clean ? 'clean' : 'NOT clean',
    ]),
  ])
}

const bench = await openBenchDatabase()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void bench.remove().finally(() => process.exit(1)))
try {
  console.log(
    `PostgreSQL with fsync and synchronous_commit, ${availableParallelism()} cores, callers and server on the same machine\n`,
  )
  const rates = await measureRates(bench)
  const rateOf = (accounts: string, way: string) =>
    rates.find((rate) => rate.accounts === accounts && rate.way === way && rate.callers === callersOfTarget)
      ?.perSecond ?? 0
  const yardstick = { hot: rateOf('hot', 'one by one'), many: rateOf('many', 'one by one') }
  showRates(rates, yardstick)
  const { clean } = await recountLedger(bench.database.sql)
  const sizes = [10_000, 100_000, 1_000_000, 10_000_000].filter((size) => size <= options.growth)
  const growth = await measureGrowth(bench, sizes, (line) => console.log(line))
  if (growth.length > 0) showGrowth(growth)
  const hot = rateOf('hot', 'batches of 1000')
  const costs = growth.map(({ medianMilliseconds }) => medianMilliseconds)
  const checks = {
    hotPerSecond: hot >= perSecondMin,
    hotTimesYardstick: hot >= timesYardstickMin * yardstick.hot,
    flat: costs.every((cost) => cost <= growthMax * (costs[0] ?? cost)),
    clean: clean && growth.every((row) => row.clean),
  }
  const words = {
    hotPerSecond: `hot account, ${callersOfTarget} callers: ${count(hot)} a second; asked for ${count(perSecondMin)}`,
    hotTimesYardstick: `times one by one: ${(hot / yardstick.hot).toFixed(1)}; asked for ${timesYardstickMin}`,
    flat: `cost from ${count(sizes[0] ?? 0)} to ${count(sizes.at(-1) ?? 0)} transfers: flat within ${Math.round((growthMax - 1) * 100)} %`,
    clean: 'recount of every ledger: clean',
  }
  const asked = [
    'hotPerSecond',
    'hotTimesYardstick',
    ...(growth.length > 1 ? (['flat'] as const) : []),
    'clean',
  ] as const
  for (const name of asked) console.log(`${checks[name] ? 'reached    ' : 'NOT reached'}  ${words[name]}`)
  const ok = Object.values(checks).every(Boolean)
  if (options.json) console.log(JSON.stringify({ ok, checks, rates, growth }))
  process.exitCode = ok ? 0 : 1
} finally {
  await bench.remove()
}
