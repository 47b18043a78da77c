import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../../bench/fuzz/random.ts'
import { databaseRestartsPerMinuteMax } from '../../src/database/bounds.ts'
import { leaseSeconds, reservationSeconds, sweepSeconds, timestampRetrySeconds } from '../../src/limits/stamping.ts'
import { repeatJob, runJob } from './clients.ts'
import {
  disasterName,
  isAtStart,
  needsOutage,
  needsUploads,
  noTimestamps,
  orderOf,
  type Disaster,
} from './disasters.ts'
import { makeJobs, type Job } from './jobs.ts'
import type { Order } from './orders.ts'
import { finishWaitingNow, letTimePass, problemsOf } from './proofs.ts'
import type { World } from './world.ts'

/** What a round came to. */
export type RoundReport = {
  round: number
  disaster: string
  /** Whether the disaster came: a fault point that no job came by has none. */
  fired: boolean
  jobs: number
  stamps: number
  released: number
  refused: number
  /** Calls without an answer, and answers that said "failed". */
  lost: number
  failed: number
  starts: number
  milliseconds: number
  problems: string[]
}

/** Clients begin within this time, ms; the disaster comes within it too. */
const loadMilliseconds = 600
const outageMilliseconds = 900
/** Clients are done before this, where no upload waits for a lease. */
const leaseLookMilliseconds = 2_500
/** Looks, a tenth of a second apart, for a disaster that has not come yet. */
const lookTriesMax = 100
const hourMilliseconds = 3_600_000

/** A load, its disaster, the clients' repeats, and the proofs. */
export async function runRound(
  world: World,
  plan: { round: number; disaster: Disaster; random: Random },
): Promise<RoundReport> {
  const { round, disaster, random } = plan
  const from = performance.now()
  await world.up()
  const poor = world.accounts.find(({ name }) => name === 'poor')
  if (poor !== undefined) await world.grant(poor, 2n)
  const before = { ...world.counts }
  const jobs = makeJobs(world.accounts, random, {
    spreadMilliseconds: loadMilliseconds,
    uploads: needsUploads(disaster) || random.onceIn(3),
  })
  const own: string[] = []
  await giveOrders(world, disaster, random)
  const load = Promise.all(jobs.map((job) => runJob(world, job)))
  await Promise.all([load, strike(world, disaster, random), letLeasesLapse(world, load)])
  world.tell({ kind: 'orders', orders: [] })
  await world.up()
  if (disaster.kind === 'wall clock forward') own.push(...(await pausedProblems(world, jobs)))
  await Promise.all(jobs.map((job) => repeatJob(world, job)))
  await letTimePass(world)
  const problems = [...own, ...(await problemsOf(world, jobs))]
  const fired = disaster.kind !== 'at' || world.counts.carriedOut > before.carriedOut
  if (world.counts.deathsOfItsOwn > before.deathsOfItsOwn)
    problems.push('the service died though nobody killed it: look into service.log')
  const starts = world.counts.starts - before.starts
  const needsRest = world.counts.databaseDeaths >= databaseRestartsPerMinuteMax - 1
  if (needsRest || disaster.kind === 'wall clock forward') await world.restart()
  const heard = jobs.flatMap(({ history }) => history)
  const count = (is: (job: Job) => boolean) => jobs.filter(is).length
  return {
    round,
    disaster: disasterName(disaster),
    fired,
    jobs: jobs.length,
    stamps: count(({ acknowledged }) => acknowledged.signature !== undefined),
    released: count(({ acknowledged }) => acknowledged.released !== undefined),
    refused: count(({ acknowledged }) => acknowledged.refused !== undefined),
    lost: heard.filter((line) => line.includes(' lost (')).length,
    failed: heard.filter((line) => line.includes(' 500 ')).length,
    starts,
    milliseconds: Math.round(performance.now() - from),
    problems,
  }
}

/** What the service is to do at its fault points from the beginning of the round. */
async function giveOrders(world: World, disaster: Disaster, random: Random): Promise<void> {
  const orders: Order[] = []
  if (disaster.kind === 'at' && !isAtStart(disaster)) orders.push(await withPid(world, orderOf(disaster, random)))
  if (needsOutage(disaster)) orders.push(noTimestamps)
  world.tell({ kind: 'orders', orders })
}

async function withPid(world: World, order: Order): Promise<Order> {
  return order.deed === 'kill database' ? { ...order, databasePid: await world.databasePid() } : order
}

/** An upload that failed keeps its lease for half a minute of the database's clock; its repeat need not wait as long. */
async function letLeasesLapse(world: World, load: Promise<unknown>): Promise<void> {
  for (;;) {
    const over = new AbortController()
    const isOver = await Promise.race([
      load.then(() => true),
      delay(leaseLookMilliseconds, false, { signal: over.signal }).catch(() => true),
    ])
    over.abort()
    if (isOver) return
    await world.up()
    await world.advance(leaseSeconds + 1)
  }
}

/** The part of the disaster that comes from outside the service. */
async function strike(world: World, disaster: Disaster, random: Random): Promise<void> {
  if (disaster.kind === 'at' && isAtStart(disaster)) return strikeAtStart(world, disaster, random)
  if (needsOutage(disaster)) {
    const before = world.counts.carriedOut
    await delay(outageMilliseconds)
    // On a busy machine it takes a while until the first signature waits.
    for (let left = lookTriesMax; disaster.kind === 'at' && world.counts.carriedOut === before && left > 0; left--)
      await delay(100)
    await world.up()
    world.tell({ kind: 'orders', orders: [] })
    return finishWaitingNow(world)
  }
  // It comes from inside, by the orders given; a disk that refuses has room again after some files.
  if (disaster.kind === 'at') return
  await delay(50 + random.below(loadMilliseconds))
  await strikeNow(world, disaster.kind)
}

async function strikeNow(world: World, kind: Exclude<Disaster['kind'], 'at'>): Promise<void> {
  if (kind === 'service killed') return world.killService()
  if (kind === 'database killed') return world.killDatabase()
  if (kind === 'both killed') {
    const pid = await world.databasePid()
    const gone = world.killService()
    process.kill(pid, 'SIGKILL')
    await gone
  }
  if (kind === 'connections cut') return world.cutConnections()
  if (kind === 'connections cut again and again') {
    for (let left = 8; left > 0; left--) {
      await world.cutConnections()
      await delay(60)
    }
  }
  if (kind === 'service stopped') return world.restart()
  if (kind === 'clock forward') return world.advance(reservationSeconds + 60)
  if (kind === 'clock back') return world.advance(-reservationSeconds - 300)
  if (kind === 'wall clock forward') {
    world.tell({ kind: 'wallClock', milliseconds: hourMilliseconds })
    return world.advance(hourMilliseconds / 1000)
  }
}

/** Leaves overdue reservations or due signatures behind, and has the next service meet its disaster over them. */
async function strikeAtStart(world: World, disaster: Extract<Disaster, { kind: 'at' }>, random: Random): Promise<void> {
  await delay(outageMilliseconds)
  const order = await withPid(world, orderOf(disaster, random))
  world.ordersAtStart([order])
  await world.advance(needsOutage(disaster) ? timestampRetrySeconds + 1 : reservationSeconds + 60)
  const before = world.counts.carriedOut
  await world.killService()
  // The next service comes up and answers before its job gets to the point; nobody may count on it until then.
  for (let left = lookTriesMax; world.counts.carriedOut === before && left > 0; left--) await delay(100)
}

/** After a jump of the wall clock nothing expires, though all is overdue: the sweep passes once before this looks. */
async function pausedProblems(world: World, jobs: readonly Job[]): Promise<string[]> {
  await delay(sweepSeconds * 1000 + 300)
  const expired = await world.withDatabase(async ({ sql }) => {
    const sources = jobs.map(({ sourceSha256 }) => sourceSha256)
    const rows = await sql<{ affixing_id: string }[]>`
      select affixing_id from affixings where release_reason = 'expired' and encode(source_sha256, 'hex') = any(${sources}::text[])`
    return rows.map((row) => row.affixing_id)
  })
  return expired.map((id) => `${id} expired by a jump of the clock`)
}
