import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startEmbedded } from '../src/database/embedded.ts'
import { claimDataFolder } from '../src/database/instance.ts'
import { drillPhases, drillUpgrade, type DrillReport } from './drill/rolling-upgrade.ts'

// npm run drill:upgrade [-- --rate 100 --seconds 5]: two processes on one durable database are replaced one by one across a
// migration while clients affix. Exit code 1 when anything was lost, refused, or does not add up.

const { values } = parseArgs({
  options: { rate: { type: 'string', default: '100' }, seconds: { type: 'string', default: '5' } },
})
const size = { perSecond: Number(values.rate), quietSeconds: Number(values.seconds) }
if (!(size.perSecond > 0 && size.quietSeconds > 0)) throw new Error('--rate and --seconds are numbers above 0')

const folder = await mkdtemp(join(tmpdir(), 'meterai-drill-database-'))
// PostgreSQL's own user has to get through.
await chmod(folder, 0o711)
const claim = await claimDataFolder(folder)
if (!claim.ok) throw new Error(claim.message)
const embedded = await startEmbedded({ dataFolder: folder })
try {
  const report = await drillUpgrade({ url: embedded.serviceUrl, ownerUrl: embedded.ownerUrl }, size, (phase) =>
    process.stderr.write(`${phase} ...\n`),
  )
  print(report)
  process.exitCode = report.problems.length === 0 ? 0 : 1
} finally {
  await embedded.stop()
  await claim.release()
  await rm(folder, { recursive: true, force: true })
}

function print({ outcome, lost, broken, problems }: DrillReport): void {
  const cell = (value: string | number) => String(value).padStart(10)
  const line = (...cells: (string | number)[]) => process.stdout.write(`${cells.map(cell).join('')}\n`)
  process.stdout.write(
    `Affixings at ${size.perSecond} a second while two processes are replaced across a migration (milliseconds, both calls)\n\n`,
  )
  line('phase', 'affixed', 'refused', 'p50', 'p99', 'slowest')
  for (const phase of drillPhases) {
    const times = outcome.acknowledged.filter((one) => one.phase === phase).map((one) => one.milliseconds)
    const sorted = times.toSorted((a, b) => a - b)
    const at = (share: number) =>
      Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
    const refused = outcome.refused.filter((one) => one.phase === phase).length
    line(phase, sorted.length, refused, at(0.5), at(0.99), at(1))
  }
  const repeats = [...outcome.repeats].map(([reason, count]) => `${count} after ${reason}`).join(', ') || 'none'
  process.stdout.write(
    `\nbegun ${outcome.started} (not begun, too many under way: ${outcome.skipped}), acknowledged ${outcome.acknowledged.length}, refused ${outcome.refused.length}, lost ${lost}\n` +
      `calls broken off ${broken}; sent again: ${repeats}\n`,
  )
  if (problems.length === 0) process.stdout.write('ledger clean, audit whole: the upgrade cost nobody anything\n')
  for (const problem of problems) process.stdout.write(`PROBLEM: ${problem}\n`)
}
