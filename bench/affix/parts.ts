import { type Ceiling, measureCeiling } from './ceilings.ts'
import type { Generator } from './generator.ts'
import { type Cell, type CellOrder, measureCell } from './measure.ts'
import { atLeast, below, type Target } from './report.ts'
import type { Keys, Scene } from './scene.ts'
import type { RunningService, ServiceOptions, Way } from './service.ts'

/** What stands ready for every part of the bench, and where results go. */
export type Stage = {
  scene: Scene
  generator: Generator
  seconds: number
  clients: readonly number[]
  accounts: readonly (keyof Keys)[]
  /** Folder for CPU profiles of the batched services. */
  profile: string | undefined
  cells: Cell[]
  ceilings: Ceiling[]
  targets: Target[]
}

const clientsOfTargets = 64
/** Held processes need clients enough never to be idle while they run. */
const clientsPerHeldProcess = 256

async function start(stage: Stage, way: Way, keyAlgorithm: ServiceOptions['keyAlgorithm'] = 'ec-p256') {
  const profile = way === 'batched' ? stage.profile : undefined
  const service = await stage.scene.start({ way, keyAlgorithm, profile })
  await warm(stage, [service])
  return service
}

/** A cold service compiles its code while it answers; that is nobody's rate. */
const warmAffixings = 3_000
const warmRoundsMax = 10

async function warm({ scene, generator }: Stage, services: readonly RunningService[]): Promise<void> {
  const load = { urls: services.map(({ url }) => url), keys: scene.keys.many, clients: 32, keep: false }
  const nothing = () => undefined
  let done = 0
  for (let round = 0; done < warmAffixings && round < warmRoundsMax; round++) {
    const order = { ...load, warmSeconds: 0, seconds: 1 }
    done += (await generator.load(order, { measuring: nothing, ended: nothing })).affixings
  }
}

async function measure(stage: Stage, order: Omit<CellOrder, 'seconds'>): Promise<Cell> {
  const cell = await measureCell(stage, { ...order, seconds: stage.seconds })
  const rate = `${cell.perSecond.toFixed(0)}/s, p99 ${cell.p99.toFixed(0)} ms`
  console.error(`${cell.name}, ${cell.accounts}, ${cell.clients} clients: ${rate}`)
  stage.cells.push(cell)
  return cell
}

/**
 * The service beside both ways without micro-batching, each number of clients in turn. One service stands at a time: the jobs of another that
 * waits would be in the measure.
 */
export async function measureRates(stage: Stage): Promise<void> {
  const rates: Cell[] = []
  for (const way of ['batched', 'single', 'plain'] as const) {
    const service = await start(stage, way)
    for (const accounts of stage.accounts)
      for (const clients of stage.clients)
        rates.push(await measure(stage, { name: way, services: [service], accounts, clients }))
    await service.stop()
  }
  for (const accounts of stage.accounts) {
    const cells = rates.filter((cell) => cell.accounts === accounts && cell.clients === clientsOfTargets)
    const [ours, ...yardsticks] = cells
    if (ours === undefined) continue
    const best = Math.max(...yardsticks.map(({ perSecond }) => perSecond))
    const least = accounts === 'hot' ? 4 : 1.5
    const named = (what: string) => `P-256, ${accounts}, ${clientsOfTargets} clients: ${what}`
    stage.targets.push(
      atLeast(named('affixings a second'), 2_000, ours.perSecond),
      below(named('p99, ms'), 250, ours.p99),
      atLeast(named('times the better unbatched way'), least, times(ours.perSecond, best)),
    )
  }
}

/** How many times as fast; nothing beside a load that did not move. */
function times(ours: number, theirs: number): number {
  return theirs > 0 ? ours / theirs : 0
}

/** RSA keys: the stamp's and the timestamp's. */
export async function measureRsa(stage: Stage): Promise<void> {
  const service = await start(stage, 'batched', 'rsa-2048')
  for (const accounts of stage.accounts)
    await measure(stage, { name: 'batched, RSA-2048', services: [service], accounts, clients: clientsOfTargets })
  await service.stop()
}

/** What each part reaches alone. */
export async function measureCeilings(stage: Stage): Promise<void> {
  for (const [way, name] of [
    ['empty', 'empty HTTP handler, 2 requests'],
    ['canned', 'the same with schemas and whole answers'],
  ] as const) {
    const service = await start(stage, way)
    const cell = await measureCell(stage, {
      name,
      services: [service],
      accounts: 'many',
      clients: 64,
      seconds: stage.seconds,
    })
    stage.ceilings.push({ name, perSecond: cell.perSecond, processorMicroseconds: cell.processor.service })
    await service.stop()
  }
  const callers = clientsOfTargets
  const order = { seconds: stage.seconds, callers, databaseUrl: stage.scene.embedded.serviceUrl }
  for (const keyAlgorithm of ['ec-p256', 'rsa-2048'] as const)
    for (const [kind, what] of [
      ['signatures', 'two bare signatures'],
      ['containers', 'a whole CMS with timestamp'],
    ] as const)
      stage.ceilings.push(await measureCeiling(`${what}, ${keyAlgorithm}`, { ...order, kind, keyAlgorithm }))
  for (const accounts of stage.accounts)
    for (const many of [callers, 512]) {
      const statements = { ...order, callers: many, kind: 'statements', keys: stage.scene.keys[accounts] } as const
      stage.ceilings.push(await measureCeiling(`batched SQL alone, ${accounts}, ${many} callers`, statements))
    }
  await stage.scene.checkLedger()
}

/** Two processes on one database beside one, free or each held to a fifth of its time. */
export async function measureTwo(stage: Stage, held: boolean): Promise<void> {
  const services = [await start(stage, 'batched'), await start(stage, 'batched')]
  const as = held ? ', held' : ''
  for (const accounts of stage.accounts) {
    const order = (name: string, count: number) => ({
      name: `${name}${as}`,
      services: services.slice(0, count),
      accounts,
      clients: held ? clientsPerHeldProcess * count : clientsOfTargets,
      held,
      prove: true,
    })
    const one = await measure(stage, order('one process', 1))
    const two = await measure(stage, order('two processes', 2))
    const least = held ? 1.7 : 0.85
    stage.targets.push(
      atLeast(`two processes${as}, ${accounts}: times one`, least, times(two.perSecond, one.perSecond)),
    )
  }
  for (const service of services) await service.stop()
}
