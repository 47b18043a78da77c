import type { CheckReport } from '../../src/stamp/check/report.ts'
import type { Expected } from '../corpus/manifest.ts'

/** What became of one file: a report of the check, or the exception that there must never be. */
export type Checked = { kind: 'checked'; report: CheckReport } | { kind: 'crashed'; message: string }

/** One line of the table. A surprise is whatever ought not to be. */
export type Row = {
  file: string
  expected: string
  /** `no-signature`, or the worst integrity of its signatures. */
  got: string
  /** Each signature's integrity and reasons. */
  signatures: string[]
  milliseconds: number
  surprises: string[]
}

/** Milliseconds that one file may take. */
const millisecondsMax = 2_000

function gotOf(checked: Checked): string {
  if (checked.kind === 'crashed') return 'crashed'
  const found = checked.report.signatures.map(({ integrity }) => integrity)
  return (['broken', 'changed', 'intact'] as const).find((integrity) => found.includes(integrity)) ?? 'no-signature'
}

function surprisesOf(got: string, expected: string): string[] {
  if (got === 'crashed') return ['the check threw']
  if (expected === 'must-not-report-valid-unmodified' && got === 'intact') return ['called intact, and must not be']
  if (expected === 'verify-ok' && got !== 'intact') return [`expected intact, got ${got}`]
  if (expected === 'no-signature' && got !== 'no-signature') return [`expected no signature, got ${got}`]
  return []
}

/** The line of one file. */
export function rowOf(of: {
  file: string
  checked: Checked
  milliseconds: number
  expected?: Expected | undefined
}): Row {
  const { file, checked, milliseconds } = of
  const expected = of.expected?.outcome ?? '-'
  const got = gotOf(checked)
  const surprises = surprisesOf(got, expected)
  if (milliseconds > millisecondsMax) surprises.push(`took ${Math.round(milliseconds)} ms`)
  const signatures =
    checked.kind === 'crashed'
      ? [checked.message]
      : checked.report.signatures.map(({ fieldName, integrity, reasons }) =>
          [fieldName, integrity, ...reasons].join(' '),
        )
  return { file, expected, got, signatures, milliseconds: Math.round(milliseconds * 10) / 10, surprises }
}

/** The table's numbers as one object. */
export function summaryOf(rows: readonly Row[]) {
  const times = rows.map((row) => row.milliseconds).toSorted((a, b) => a - b)
  const expectations = [...new Set(rows.map((row) => row.expected))].toSorted()
  const tallies = expectations.map((expected) => {
    const own = rows.filter((row) => row.expected === expected)
    const of = (got: string) => own.filter((row) => row.got === got).length
    return {
      expected,
      files: own.length,
      intact: of('intact'),
      changed: of('changed'),
      broken: of('broken'),
      'no-signature': of('no-signature'),
    }
  })
  return {
    files: rows.length,
    asExpected: rows.filter((row) => row.surprises.length === 0).length,
    surprises: rows.filter((row) => row.surprises.length > 0).length,
    medianMilliseconds: times[Math.floor(times.length / 2)] ?? 0,
    slowestMilliseconds: times.at(-1) ?? 0,
    tallies,
  }
}

function columns(cells: readonly (readonly string[])[]): string {
  const widths = (cells[0] ?? []).map((_, at) => Math.max(...cells.map((row) => (row[at] ?? '').length)))
  return cells
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const foot = `got: the worst of the file's signatures, whoever signed (no trust list is given). intact: the signature is good over what it
covers, and nothing stands behind that but what its signer allows.`

/** The whole report for people. */
export function tableOf(rows: readonly Row[]): string {
  const { tallies, ...summary } = summaryOf(rows)
  const files = columns([
    ['file', 'expected', 'got', 'ms', ''],
    ...rows.map((row) => [
      row.file.slice(0, 60),
      row.expected,
      row.got,
      row.milliseconds.toFixed(1),
      `${row.surprises.length > 0 ? 'SURPRISE ' : ''}${row.signatures.join('; ')}`.slice(0, 120),
    ]),
  ])
  const groups = columns([Object.keys(tallies[0] ?? {}), ...tallies.map((tally) => Object.values(tally).map(String))])
  const surprises = rows.flatMap((row) =>
    row.surprises.map((what) => `  ${row.file}: ${what} (${row.signatures.join('; ')})`),
  )
  return [
    files,
    groups,
    Object.entries(summary)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
    foot,
    surprises.length > 0 ? `Surprises:\n${surprises.join('\n')}` : 'No surprises.',
  ].join('\n\n')
}
