import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startGenerator } from './affix/generator.ts'
import { measureCell, type Cell } from './affix/measure.ts'
import { atLeast, below, printCells, printTargets, wasQuiet } from './affix/report.ts'
import { openScene } from './affix/scene.ts'
import { startStorm, type StormResult } from './login-storm/storm.ts'

// Does a storm of sign-ins take the service away from stamping? The same load of affixings with and without it, in turns, on one service;
// every sign-in costs an argon2 of its own. Fails where stamping falls by a third, or its slowest in a hundred takes a second.

const usage = 'npm run bench:login-storm -- [--seconds 5] [--rounds 3] [--clients 64] [--storm 200] [--json]'

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: { seconds: text, rounds: text, clients: text, storm: text, json: { type: 'boolean' } },
})
const [seconds, rounds, clients, stormClients] = [
  Number(values.seconds ?? 5),
  Number(values.rounds ?? 3),
  Number(values.clients ?? 64),
  Number(values.storm ?? 200),
]
if (![seconds, rounds, clients, stormClients].every((value) => value > 0))
  throw new Error(`numbers are needed: ${usage}`)

/** In the middle. */
function median(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0
}

const scene = await openScene()
const generator = await startGenerator()
const quiet: Cell[] = []
const stormy: Cell[] = []
const storms: StormResult[] = []
try {
  const service = await scene.start({ way: 'batched', keyAlgorithm: 'ec-p256' })
  const load = (name: string, to: Cell[], long = seconds) =>
    measureCell({ scene, generator }, { name, services: [service], accounts: 'many', clients, seconds: long }).then(
      (cell) => void to.push(cell),
    )
  // a cold service compiles its code while it answers
  await load('warming', [], 5)
  for (let round = 1; round <= rounds; round++) {
    await load('quiet', quiet)
    const storm = await startStorm({ url: service.url, clients: stormClients })
    await delay(1_000)
    await load('in the storm', stormy)
    storms.push(await storm.stop())
  }
} finally {
  generator.stop()
  await scene.stop()
}
const rate = (cells: readonly Cell[]) => median(cells.map(({ perSecond }) => perSecond))
const share = rate(stormy) / rate(quiet)
const p99 = median(stormy.map((cell) => cell.p99))
const signIns = median(storms.map((storm) => storm.answered / storm.seconds))
const away = median(storms.map((storm) => storm.turnedAway / storm.seconds))
const targets = [
  atLeast('stamping in the storm: share of the quiet rate', 2 / 3, share),
  below('stamping in the storm: p99, ms', 1_000, p99),
  atLeast('the storm: sign-ins looked at a second', 1, signIns),
]
console.log(`${availableParallelism()} cores, Node ${process.versions.node}, ${seconds} s a load, ${rounds} rounds.\n`)
printCells([...quiet, ...stormy])
console.log(
  `${stormClients} clients signing in at full speed: ${signIns.toFixed(0)} passwords hashed a second, ${away.toFixed(0)} turned away.\n`,
)
printTargets(targets)
const failed = [...quiet, ...stormy].reduce((sum, cell) => sum + cell.failures, 0)
const ok = failed === 0 && targets.every(({ reached }) => reached)
// the storm itself is another program to the loads beside it
const wasFree = wasQuiet(quiet)
console.log(ok ? 'reached; the ledger was clean after every load' : `NOT reached; ${failed} affixings failed`)
if (values.json === true)
  console.log(JSON.stringify({ ok, quiet: wasFree, share, p99, signIns, away, cells: [...quiet, ...stormy], storms }))
process.exitCode = ok ? 0 : 1
