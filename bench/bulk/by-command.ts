import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { finish, grantQuota, prove, proveStamped, start, type Measured, type Options, type World } from './world.ts'

const bulk = ['bulk', 'in', '--type', 'surat-pernyataan', '--out', 'out', '--report', 'report.csv']

const copies = ({ folder }: World) =>
  existsSync(join(folder, 'out')) ? readdirSync(join(folder, 'out')).filter((name) => !name.startsWith('.')).length : 0

/** Runs the batch until so many copies are there, then kills it; answers how many there were. */
async function killAt(world: World, wanted: number): Promise<number> {
  const child = start(world, bulk)
  child.stdout?.resume()
  const gone = once(child, 'exit')
  while (copies(world) < wanted && child.exitCode === null) await delay(20)
  child.kill('SIGKILL')
  await gone
  return copies(world)
}

/** `meterai bulk` on the folder, killed on the way. */
export async function measureCommand(world: World, { files, kills }: Options): Promise<Measured> {
  const spentBefore = await grantQuota(world, files)
  const dryStarted = performance.now()
  const dry = await finish(start(world, [...bulk, '--dry-run']))
  const drySeconds = (performance.now() - dryStarted) / 1000
  prove('the dry run', dry.exitCode === 0, dry)
  const killedWith: number[] = []
  const started = performance.now()
  for (let kill = 1; kill <= kills; kill++)
    killedWith.push(await killAt(world, Math.floor((files * kill) / (kills + 1))))
  const last = await finish(start(world, bulk))
  const seconds = (performance.now() - started) / 1000
  prove('the last run', last.exitCode === 0, last)
  prove('the copies', copies(world) === files, copies(world))
  return { killedWith, drySeconds, seconds, charged: await proveStamped(world, files, spentBefore) }
}
