import type { Judgement } from './judgement.ts'
import type { Expected } from './manifest.ts'
import type { Stamping } from './stamping-worker.ts'

/** One line of the table. A surprise is whatever ought not to be. */
export type Row = {
  file: string
  expected: string
  /** `stamped`, the refusal's code, `crashed` or `hung`. */
  outcome: string
  milliseconds: number
  addedBytes: number
  peakKilobytes: number
  detail: string
  unjudged: string[]
  surprises: string[]
}

/** Refusals that say the file itself forbids a stamp, whatever a manifest hopes for. */
const lawfulRefusals = ['xfa_dynamic', 'certified_no_changes']
/** Of a page smaller than a stamp. */
const boxRefusals = ['box_too_small', 'box_outside_page', 'box_over_signature']
const passwordRefusals = ['password_needed', 'encryption_unsupported']

function outcomeOf(stamping: Stamping): string {
  return stamping.kind === 'refused' ? stamping.code : stamping.kind
}

/** What preflight says a stamp adds may be a tenth too much, never too little. */
function sizeSurprises(addedBytes: number, toldBytes: number): string[] {
  const isTold = toldBytes >= addedBytes && toldBytes <= addedBytes * 1.1
  return isTold ? [] : [`preflight told ${toldBytes} bytes more, there were ${addedBytes}`]
}

function surprisesOf(stamping: Stamping, judgement: Judgement, expected: Expected | undefined): string[] {
  const surprises = [...judgement.problems]
  if (stamping.kind === 'crashed') surprises.push(`crashed: ${stamping.message}`)
  if (stamping.kind === 'hung') surprises.push('ran longer than its bound')
  const isStamped = stamping.kind === 'stamped'
  if (isStamped) surprises.push(...sizeSurprises(stamping.addedBytes, stamping.toldBytes))
  if (expected?.outcome === 'refuse' && isStamped) surprises.push('stamped, expected a refusal')
  if (stamping.kind !== 'refused') return surprises
  const { code, problem } = stamping
  if (expected?.outcome === 'sign' && ![...lawfulRefusals, ...boxRefusals].includes(code))
    surprises.push(`refused, expected a stamp: ${code} ${problem}`)
  if (expected?.features.includes('enc-pwd') === true && !passwordRefusals.includes(code))
    surprises.push(`refused as ${code}, expected ${passwordRefusals.join(' or ')}`)
  return surprises
}

export function rowOf(of: {
  name: string
  stamping: Stamping
  judgement: Judgement
  expected: Expected | undefined
}): Row {
  const { name, stamping, judgement, expected } = of
  const measured = 'milliseconds' in stamping ? stamping : { milliseconds: 0, peakKilobytes: 0 }
  return {
    file: name,
    expected: expected?.outcome ?? '-',
    outcome: outcomeOf(stamping),
    milliseconds: Math.round(measured.milliseconds * 10) / 10,
    addedBytes: stamping.kind === 'stamped' ? stamping.addedBytes : 0,
    peakKilobytes: measured.peakKilobytes,
    detail:
      stamping.kind === 'refused' ? stamping.problem : stamping.kind === 'stamped' ? stamping.warnings.join(', ') : '',
    unjudged: judgement.unjudged,
    surprises: surprisesOf(stamping, judgement, expected),
  }
}

type Tally = { expected: string; files: number; stamped: number; refused: number; crashed: number; hung: number }

/** The table's numbers as one object. */
export function summaryOf(rows: readonly Row[]) {
  const count = (test: (row: Row) => boolean) => rows.filter(test).length
  const expectations = [...new Set(rows.map((row) => row.expected))].toSorted()
  const tallies = expectations.map((expected): Tally => {
    const own = rows.filter((row) => row.expected === expected)
    const of = (outcome: string) => own.filter((row) => row.outcome === outcome).length
    const [stamped, crashed, hung] = [of('stamped'), of('crashed'), of('hung')]
    return { expected, files: own.length, stamped, refused: own.length - stamped - crashed - hung, crashed, hung }
  })
  const stamped = rows.filter((row) => row.outcome === 'stamped')
  const times = rows.map((row) => row.milliseconds).toSorted((a, b) => a - b)
  return {
    files: rows.length,
    stamped: stamped.length,
    stampedWell: stamped.filter((row) => row.surprises.length === 0 && row.unjudged.length === 0).length,
    notFullyJudged: count((row) => row.unjudged.length > 0),
    surprises: count((row) => row.surprises.length > 0),
    medianMilliseconds: times[Math.floor(times.length / 2)] ?? 0,
    slowestMilliseconds: times.at(-1) ?? 0,
    peakMegabytes: Math.round(Math.max(...rows.map((row) => row.peakKilobytes)) / 1024),
    largestAddedBytes: Math.max(...rows.map((row) => row.addedBytes)),
    tallies,
  }
}

function columns(cells: readonly string[][]): string {
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

const foot = `stamped: the original is a prefix; qpdf --check finds no more than before; pdfsig calls the stamp valid, and earlier valid
signatures still; page 1 by pdftoppm shows the stamp in its box as on a blank page, and nothing else changed. Validation data
(DSS) follows the signed part, so "Total document signed" is asked of the file cut at the end of the signature's ByteRange.`

/** The whole report for people. */
export function tableOf(rows: readonly Row[]): string {
  const { tallies, ...summary } = summaryOf(rows)
  const files = columns([
    ['file', 'expected', 'outcome', 'ms', 'added', ''],
    ...rows.map((row) => [
      row.file.slice(0, 60),
      row.expected,
      row.outcome,
      row.milliseconds.toFixed(1),
      row.addedBytes === 0 ? '' : String(row.addedBytes),
      [...(row.surprises.length > 0 ? ['SURPRISE'] : []), row.detail].join(' ').slice(0, 80),
    ]),
  ])
  const groups = columns([
    ['expected', 'files', 'stamped', 'refused', 'crashed', 'hung'],
    ...tallies.map((tally) => Object.values(tally).map(String)),
  ])
  const reasons = [...new Set(rows.map((row) => row.outcome))]
    .toSorted()
    .map((outcome) => [outcome, String(rows.filter((row) => row.outcome === outcome).length)])
  const unjudged = rows.flatMap((row) => row.unjudged.map((why) => `  ${row.file}: ${why}`))
  const surprises = rows.flatMap((row) => row.surprises.map((what) => `  ${row.file}: ${what}`))
  const numbers = Object.entries(summary).map(([name, value]) => `${name} ${value}`)
  return [
    files,
    groups,
    columns(reasons),
    numbers.join(', '),
    foot,
    ...(unjudged.length > 0 ? [`Not fully judged:\n${unjudged.join('\n')}`] : []),
    surprises.length > 0 ? `Surprises:\n${surprises.join('\n')}` : 'No surprises.',
  ].join('\n\n')
}
