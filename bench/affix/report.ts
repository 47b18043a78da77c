import type { Ceiling } from './ceilings.ts'
import type { Cell } from './measure.ts'

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [head, ...rows]
  const widths = head.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)))
  for (const row of all) {
    const cells = row.map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
    console.log(cells.join('  ').trimEnd())
  }
  console.log('')
}

/** Loads: affixings a second, latencies, and where the processor time of one went. */
export function printCells(cells: readonly Cell[]): void {
  if (cells.length === 0) return
  console.log('Whole affixings (reserve, sign, post) over HTTP, durable; processor time of one in microseconds.')
  const head = [
    'way',
    'accounts',
    'clients',
    'per second',
    'p50 ms',
    'p99 ms',
    'service',
    'postgres',
    'generator',
    'others',
    'failed',
  ]
  const rows = cells.map((cell) => [
    cell.name,
    cell.accounts,
    String(cell.clients),
    cell.perSecond.toFixed(0),
    cell.p50.toFixed(1),
    cell.p99.toFixed(1),
    cell.processor.service.toFixed(0),
    cell.processor.postgres.toFixed(0),
    cell.processor.generator.toFixed(0),
    `${(cell.othersShare * 100).toFixed(0)} %`,
    String(cell.failures),
  ])
  printTable(head, rows)
  for (const { name, accounts, proved, runningShare } of cells) {
    const ran = runningShare === undefined ? '' : `; ran ${(runningShare * 100).toFixed(1)} % of the time`
    if (proved !== undefined)
      console.log(`${name}, ${accounts}: ${proved.asked} acknowledged signatures, ${proved.missing} missing${ran}`)
  }
}

/** Beyond this the figures tell of the other programs. */
const othersShareMax = 0.1

/** Whether the machine was free enough for the figures to mean something; says so where not. */
export function wasQuiet(cells: readonly Cell[]): boolean {
  const most = Math.max(0, ...cells.map(({ othersShare }) => othersShare))
  if (most <= othersShareMax) return true
  console.log(
    `Other programs took up to ${(most * 100).toFixed(0)} % of the cores: these figures mean little; run it again on a free machine.`,
  )
  return false
}

/** Ceilings: what each part reaches alone, in affixings' worth of work. */
export function printCeilings(ceilings: readonly Ceiling[]): void {
  if (ceilings.length === 0) return
  console.log(
    "The parts alone, in affixings' worth of work; processor time without the database's and the generator's.",
  )
  const rows = ceilings.map(({ name, perSecond, processorMicroseconds }) => [
    name,
    '',
    perSecond.toFixed(0),
    processorMicroseconds.toFixed(0),
  ])
  printTable(['part', '', 'per second', 'processor us'], rows)
}

/** One thing that must hold, and whether it does. */
export type Target = { name: string; wanted: string; measured: number; reached: boolean }

export function atLeast(name: string, least: number, measured: number): Target {
  return { name, wanted: `at least ${least}`, measured, reached: measured >= least }
}

export function below(name: string, bound: number, measured: number): Target {
  return { name, wanted: `below ${bound}`, measured, reached: measured < bound }
}

export function printTargets(targets: readonly Target[]): void {
  const figure = (value: number) => (value >= 20 ? value.toFixed(0) : value.toFixed(2))
  const rows = targets.map(({ name, wanted, measured, reached }) => [
    name,
    wanted,
    figure(measured),
    reached ? 'reached' : 'NOT reached',
  ])
  printTable(['must show', 'wanted', 'measured', ''], rows)
}
