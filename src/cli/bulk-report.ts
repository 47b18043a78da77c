import { readFile } from 'node:fs/promises'
import { isTextKey, text, type TextValues } from '../base/text.ts'
import type { RowResult, RowState } from '../client/bulk/bulk-row.ts'
import type { Plan } from '../client/bulk/plan.ts'
import { refusalsOf, reportHeading, reportText } from '../client/bulk/report.ts'
import { errorList, type Refusal } from '../errors.ts'
import { localExits, Stopped, type Outcome } from './outcome.ts'
import { systemCode, writeWhole } from './pdf-file.ts'
import type { Screen } from './screen.ts'

/** Rows named on the screen, and in the JSON object; the report names all. */
const shownMax = 20
const problemsMax = 1_000

/** Refuses to write over a file that is no report of ours, before anything is spent. Throws Stopped. */
export async function proveReport(path: string, shown: string): Promise<void> {
  const found = await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return ''
    throw new Stopped('cli.verify.unwritable', { path: shown, reason: systemCode(error) }, localExits.outputFailed)
  })
  if (found !== '' && !found.startsWith(reportHeading))
    throw new Stopped('cli.bulk.notReport', { path: shown }, localExits.dataWrong)
}

/** Writes the table of all rows, whole or not at all. Throws Stopped. */
export async function writeReport(path: string, results: readonly RowResult[], screen: Screen): Promise<void> {
  const table = reportText(results, (refusal) => sentenceOf(screen, refusal))
  await writeWhole(path, [Buffer.from(table)], true)
}

function sentenceOf(screen: Screen, { code, values = {} }: Refusal): string {
  const key = `errors.${code}`
  const { sentence, ...others }: TextValues = values
  if (code === 'request_malformed' && typeof sentence === 'string') return sentence
  return isTextKey(key) ? text(screen.language, key, others) : code
}

const countOf = (results: readonly RowResult[], state: RowState) =>
  results.filter((result) => result.state === state).length

/** Names the rows that cannot be stamped, some of them. */
function tellProblems(screen: Screen, results: readonly RowResult[]): void {
  const lines = results.flatMap((result) => refusalsOf(result).map((refusal) => ({ ...result, refusal })))
  for (const { row, file, refusal } of lines.slice(0, shownMax)) {
    const sentence = sentenceOf(screen, refusal)
    // the sentence of a cell names its row itself
    if (refusal.code === 'cell_malformed') screen.say('cli.bulk.cell', { file, sentence })
    else screen.say('cli.bulk.row', { row, file, sentence })
  }
  if (lines.length > shownMax) screen.say('cli.bulk.more', { count: lines.length - shownMax })
}

/** What a batch would do: how many rows, why not the others, and the quota it takes. */
export function tellPlan(screen: Screen, plan: Plan, settled: readonly RowResult[]): void {
  tellProblems(screen, settled)
  const before = countOf(settled, 'stamped_before')
  screen.say('cli.bulk.plan', { ready: plan.ready.length, before, refused: settled.length - before })
  const { needed, available } = plan.quota
  screen.say('cli.bulk.quota', { needed, available })
}

/** How a run ended. `ended`: why early; `told`: the rows whose problems were named before. */
export function tellRun(
  screen: Screen,
  results: readonly RowResult[],
  { ended, told }: { ended: Refusal | undefined; told: readonly RowResult[] },
): void {
  tellProblems(
    screen,
    results.filter((result) => result.state === 'refused' && !told.includes(result)),
  )
  const counts = { stamped: countOf(results, 'stamped'), before: countOf(results, 'stamped_before') }
  screen.say('cli.bulk.done', { ...counts, refused: countOf(results, 'refused'), left: countOf(results, 'left') })
  if (ended === undefined) return
  screen.tellLine(sentenceOf(screen, ended))
  screen.tell('cli.bulk.left')
}

/** The outcome of rows: 0 where every one has its stamp (or could have), else that of what ended the run, or 65. */
export function outcomeOf(
  results: readonly RowResult[],
  told: { quota: Plan['quota']; ended: Refusal | undefined; report: string | undefined; isDryRun: boolean },
): Outcome {
  const { ended, report, quota } = told
  const counts: Record<string, number> = {}
  for (const { state } of results) counts[state] = (counts[state] ?? 0) + 1
  const isWrong = results.some(({ state }) => state === 'refused')
  const exitCode = ended === undefined ? (isWrong ? localExits.dataWrong : 0) : errorList[ended.code].exit
  const problems = results
    .filter(({ refusal }) => refusal !== undefined)
    .slice(0, problemsMax)
    .map(({ row, file, refusal, others = [] }) => ({ row, file, ...refusal, ...(others.length > 0 ? { others } : {}) }))
  return {
    exitCode,
    json: {
      ok: exitCode === 0,
      exitCode,
      ...(ended === undefined ? {} : { code: ended.code }),
      dryRun: told.isDryRun,
      rows: results.length,
      counts,
      quota,
      problems,
      ...(report === undefined ? {} : { report }),
    },
  }
}
