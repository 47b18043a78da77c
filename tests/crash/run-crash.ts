import { parseArgs } from 'node:util'
import { faultPoints } from '../../src/base/fault-points.ts'
import { allDisasters, disasterName } from './disasters.ts'
import type { RoundReport } from './round.ts'
import { problemsOfAllStamps } from './proofs.ts'
import { runRounds } from './rounds.ts'
import { openWorld } from './world.ts'

const usage = `npm run crash -- [--rounds N] [--seed S] [--first R] [--only TEXT] [--json]

Affixings of both ways while the service, its database, their connections, the disk, the timestamps and the clock fail at
each fault point and at random. After each round everything acknowledged must stand. --seed S --first R --rounds 1 makes
round R again; --only takes the disasters whose name holds TEXT. A run with anomalies keeps its folder and ends with 1.`

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  const value = Number(text ?? otherwise)
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} ${text} is no whole number\n${usage}`)
  return value
}

function line(report: RoundReport): string {
  const { round, disaster, fired, jobs, stamps, released, refused, lost, failed, starts, milliseconds, problems } =
    report
  const verdict =
    problems.length > 0 ? `${problems.length} ANOMALIES` : fired ? 'clean' : 'clean, but the disaster did not come'
  return (
    `${String(round).padStart(4)}  ${disaster.padEnd(52)} ${jobs} jobs ${String(stamps).padStart(2)} stamps ${String(released).padStart(2)} released ` +
    `${refused} refused ${String(lost).padStart(3)} lost ${String(failed).padStart(3)} failed ${starts} starts ${(milliseconds / 1000).toFixed(1)} s  ${verdict}`
  )
}

/** One row a kind of disaster. */
function table(reports: readonly RoundReport[]): string {
  const rows = new Map<string, RoundReport[]>()
  for (const report of reports) {
    const name = report.disaster.replace(/ at .*/, ' at a fault point')
    rows.set(name, [...(rows.get(name) ?? []), report])
  }
  const all: [string, readonly RoundReport[]][] = [...rows, ['all', reports]]
  const head =
    'disaster                                 rounds  came  stamps  lost  failed  starts  s a round  slowest  anomalies'
  const sum = (of: readonly RoundReport[], name: 'stamps' | 'lost' | 'failed' | 'starts' | 'milliseconds') =>
    of.reduce((total: number, report) => total + report[name], 0)
  return [
    head,
    ...all.map(([name, of]) => {
      const slowest = Math.max(...of.map(({ milliseconds }) => milliseconds))
      const numbers = [
        String(of.length).padStart(6),
        String(of.filter(({ fired }) => fired).length).padStart(5),
        String(sum(of, 'stamps')).padStart(7),
        String(sum(of, 'lost')).padStart(5),
        String(sum(of, 'failed')).padStart(7),
        String(sum(of, 'starts')).padStart(7),
        (sum(of, 'milliseconds') / of.length / 1000).toFixed(1).padStart(10),
        (slowest / 1000).toFixed(1).padStart(8),
        String(of.reduce((total: number, { problems }) => total + problems.length, 0)).padStart(10),
      ]
      return `${name.padEnd(40)} ${numbers.join(' ')}`
    }),
  ].join('\n')
}

async function run(): Promise<number> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: { rounds: text, seed: text, first: text, only: text, json: { type: 'boolean' } },
  })
  const seed = wholeNumber('seed', values.seed, Date.now() % 1_000_000)
  const first = wholeNumber('first', values.first, 1)
  const { only } = values
  const chosen = only === undefined ? undefined : allDisasters.filter((one) => disasterName(one).includes(only))
  if (chosen?.length === 0) throw new Error(`no disaster is called ${only}\n${usage}`)
  const rounds = wholeNumber('rounds', values.rounds, chosen?.length ?? 20)
  const say = (words: string) => (values.json === true ? console.error(words) : console.log(words))
  const from = performance.now()
  const world = await openWorld()
  say(`seed ${seed}, ${rounds} rounds, in ${world.folder}`)
  const reports: RoundReport[] = []
  const onRound = (report: RoundReport) => {
    reports.push(report)
    say(line(report))
    for (const problem of report.problems.slice(0, 20)) say(`      ${problem}`)
  }
  const lostAtEnd: string[] = []
  const onEnd = (problems: readonly string[]) => {
    lostAtEnd.push(...problems)
    say(
      `\n${world.stamped.length} stamps of all rounds fetched and verified again: ${problems.length === 0 ? 'all as acknowledged' : problems.slice(0, 20).join('\n')}`,
    )
  }
  try {
    if (chosen === undefined) await runRounds(world, { seed, first, rounds }, onRound)
    else {
      const drawn = Array.from({ length: rounds }, (_, index) => chosen[index % chosen.length]).flatMap(
        (one) => one ?? [],
      )
      for (const [index, disaster] of drawn.entries())
        await runRounds(world, { seed, first: first + index, rounds: 1, disaster }, onRound)
    }
    onEnd(await problemsOfAllStamps(world))
  } finally {
    await world.stop()
  }
  const seconds = Math.round((performance.now() - from) / 1000)
  const bad = reports.filter(({ problems }) => problems.length > 0)
  const unreached = faultPoints.filter((point) => !world.reached.has(point))
  say(`\n${table(reports)}\n`)
  say(
    `${faultPoints.length - unreached.length} of ${faultPoints.length} fault points were come by${unreached.length > 0 ? `; not: ${unreached.join(', ')}` : ''}`,
  )
  say(
    `seed ${seed}: ${reports.length} rounds in ${seconds} s, ${bad.length === 0 ? 'clean' : `${bad.length} with anomalies (${bad.map(({ round }) => round).join(', ')}); kept: ${world.folder}`}`,
  )
  if (values.json === true) console.log(JSON.stringify({ seed, seconds, rounds: reports, unreached }, null, 2))
  const isClean = bad.length === 0 && lostAtEnd.length === 0
  if (isClean) await world.remove()
  return isClean ? 0 : 1
}

process.exitCode = await run()
