import { availableParallelism } from 'node:os'
import type { Generator } from './generator.ts'
import { holdProcesses } from './hold.ts'
import { type ProcessorTimes, processorTimesBetween, readProcessorTimes } from './processor-time.ts'
import type { Keys, Scene } from './scene.ts'
import type { RunningService } from './service.ts'

/** One load: on which services, by how many clients, of which accounts. */
export type CellOrder = {
  name: string
  services: readonly RunningService[]
  accounts: keyof Keys
  clients: number
  seconds: number
  /** Each service runs a fifth of the time. */
  held?: boolean
  /** Afterwards each acknowledged signature is fetched from the services and compared. */
  prove?: boolean
}

/** What came of it. Times of one affixing: latencies in milliseconds, processor times in microseconds. */
export type Cell = {
  name: string
  accounts: keyof Keys
  clients: number
  perSecond: number
  p50: number
  p99: number
  failures: number
  processor: { service: number; generator: number; postgres: number }
  /** Share of the cores that other programs took meanwhile. */
  othersShare: number
  /** Of a held service: the share of time it ran. */
  runningShare?: number
  proved?: { asked: number; missing: number }
}

const warmSeconds = 1

/** Runs the load, then recounts the ledger; throws when it is not clean or an acknowledged signature is not there. */
export async function measureCell(on: { scene: Scene; generator: Generator }, order: CellOrder): Promise<Cell> {
  const { scene, generator } = on
  const { services, accounts, clients, seconds } = order
  const pids = services.map(({ pid }) => pid)
  const read = () => readProcessorTimes({ services: pids, generator: generator.pid, postgres: scene.embedded.pid })
  let from = read()
  let to = from
  const urls = services.map(({ url }) => url)
  const hold = order.held === true ? holdProcesses(pids) : undefined
  const load = { urls, keys: scene.keys[accounts], clients, warmSeconds, seconds, keep: order.prove === true }
  const result = await generator
    .load(load, { measuring: () => (from = read()), ended: () => (to = read()) })
    .finally(() => hold?.stop())
  const used = processorTimesBetween(from, to)
  const { p50, p99, failures } = result
  if (result.firstFailure !== undefined) console.error(`${order.name}: ${failures} failed; ${result.firstFailure}`)
  const proved = order.prove === true ? await generator.fetch(urls) : undefined
  if (proved !== undefined && proved.missing > 0)
    throw new Error(`${order.name}: ${proved.missing} of ${proved.asked} acknowledged signatures are not there`)
  await scene.checkLedger()
  return {
    name: order.name,
    accounts,
    clients,
    perSecond: result.affixings / result.seconds,
    p50,
    p99,
    failures,
    processor: perAffixing(used, result.affixings),
    othersShare: Math.max(0, others(used) / (result.seconds * 1000 * availableParallelism())),
    ...(hold === undefined ? {} : { runningShare: hold.runningShare() }),
    ...(proved === undefined ? {} : { proved: { asked: proved.asked, missing: proved.missing } }),
  }
}

function others({ machine, service, generator, postgres }: ProcessorTimes): number {
  return machine - service - generator - postgres
}

function perAffixing(used: ProcessorTimes, affixings: number): Cell['processor'] {
  const microseconds = (milliseconds: number) => (milliseconds * 1000) / Math.max(1, affixings)
  return {
    service: microseconds(used.service),
    generator: microseconds(used.generator),
    postgres: microseconds(used.postgres),
  }
}
