import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { startGenerator } from './affix/generator.ts'
import { measureCeilings, measureRates, measureRsa, measureTwo, type Stage } from './affix/parts.ts'
import { printCeilings, printCells, printTargets, wasQuiet } from './affix/report.ts'
import { openScene } from './affix/scene.ts'

// Durable affixings over HTTP: the service in a process of its own, PostgreSQL with fsync on, the load generator in another
// process, all on this machine. After every load the ledger is recounted.

const partNames = ['rates', 'rsa', 'ceilings', 'two', 'held'] as const
const accountNames = ['many', 'hot'] as const
const usage = `npm run bench:affix [-- --only ${partNames.join(',')} --accounts ${accountNames.join(',')} --clients 1,16,64,256 --seconds 5 --profile FOLDER --json]

rates     the service beside the same without micro-batching (single), and beside the best plain code (plain)
rsa       the service with RSA-2048 at 64 clients
ceilings  an empty HTTP handler, bare signatures, bare statements
two       two processes on one database beside one
held      the same, each process stopped for 80 ms in every 100`

const parts: Record<(typeof partNames)[number], (stage: Stage) => Promise<void>> = {
  rates: measureRates,
  rsa: measureRsa,
  ceilings: measureCeilings,
  two: (stage) => measureTwo(stage, false),
  held: (stage) => measureTwo(stage, true),
}

/** Those of the known names that were asked for, in our order; all without a wish. */
function chosen<const T extends string>(known: readonly T[], asked: string | undefined): readonly T[] {
  const words = asked?.split(',') ?? known
  const unknown = words.find((word) => !known.some((name) => name === word))
  if (unknown !== undefined) throw new Error(`"${unknown}" is none of ${known.join(', ')}\n\n${usage}`)
  return known.filter((name) => words.includes(name))
}

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: { only: text, accounts: text, clients: text, seconds: text, profile: text, json: { type: 'boolean' } },
})
const only = chosen(partNames, values.only)
const accounts = chosen(accountNames, values.accounts)
const clients = (values.clients ?? '1,16,64,256').split(',').map(Number)
const seconds = Number(values.seconds ?? 5)
if (!(seconds > 0) || clients.some((count) => !Number.isSafeInteger(count) || count < 1)) throw new Error(usage)

const scene = await openScene()
const generator = await startGenerator()
const stage: Stage = {
  scene,
  generator,
  seconds,
  clients,
  accounts,
  profile: values.profile,
  cells: [],
  ceilings: [],
  targets: [],
}
try {
  for (const name of only) await parts[name](stage)
} finally {
  generator.stop()
  await scene.stop()
}
const { cells, ceilings, targets } = stage
console.log(
  `${availableParallelism()} cores, Node ${process.versions.node}, ${seconds} s a load after 1 s to warm up.\n`,
)
printCells(cells)
printCeilings(ceilings)
printTargets(targets)
const quiet = wasQuiet(cells)
const ok = targets.every(({ reached }) => reached)
console.log(
  ok ? 'reached; the ledger was clean after every load' : 'NOT reached; the ledger was clean after every load',
)
if (values.json === true) console.log(JSON.stringify({ ok, quiet, seconds, cells, ceilings, targets }))
process.exitCode = ok ? 0 : 1
