import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isTextKey, text } from '../base/text.ts'
import { checkItemsMax } from '../limits/stamping.ts'
import type { Trust } from '../stamp/check/report.ts'
import { registryQuestions, verdictOf } from '../stamp/check/verdict.ts'
import { exitCodeOf, judgeTogether, refusedRow, rowOf, worstExitCode } from '../verification/batch.ts'
import { NoCheckerError, openFileChecker, type FileChecker } from '../verification/file-check-worker.ts'
import type { CommandContext } from './command.ts'
import { localExits, Stopped, type Outcome } from './outcome.ts'
import type { Screen } from './screen.ts'
import type { VerifyOrder } from './verify-options.ts'
import { openQuestions, type Questions } from './verify-questions.ts'
import { openReport, type ReportRow, type VerifyReport } from './verify-report.ts'
import type { VerifyTrust } from './verify-trust.ts'

/** Files looked at whose numbers are still being asked about: two calls' worth, then reading waits for the registry. */
const unansweredMax = 2 * checkItemsMax
/** Progress is told this often. */
const progressMilliseconds = 5_000
/** Files named on the screen, and in the JSON object; the report names all. */
const shownMax = 20
const findingsMax = 1_000

/** What a run over many files stands on. */
type Run = {
  context: CommandContext
  files: readonly string[]
  order: VerifyOrder
  trust: VerifyTrust & { bundle: { trust: Trust } }
  report: VerifyReport | undefined
}

/** Checks many files: each in a child process, their numbers asked about together, the rows in a report where one is named. */
export async function verifyBatch(
  files: readonly string[],
  order: VerifyOrder,
  given: { context: CommandContext; trust: VerifyTrust & { bundle: { trust: Trust } } },
): Promise<Outcome> {
  const { context, trust } = given
  const { screen } = context
  const path = order.report
  const report = path === undefined ? undefined : await openReport(resolve(context.workingFolder, path))
  const run: Run = { context, files, order, trust, report }
  const rows = await knownRows(run)
  if (report !== undefined && report.earlier.size > 0 && !files.some((file) => report.earlier.has(file)))
    throw new Stopped('cli.verify.otherList', { path: path ?? '' }, localExits.dataWrong)
  const left = files.filter((file) => !rows.has(file))
  screen.tell('cli.verify.begin', { count: left.length, ...(rows.size === 0 ? {} : { done: rows.size }) })
  for (const row of await checkAll(left, run)) rows.set(row.file, row)

  const inOrder = files.flatMap((file) => rows.get(file) ?? [])
  const judged = judgeTogether(inOrder, order.expectation).map((row, at) => {
    const { bytes = 0, modified = '' } = inOrder[at] ?? {}
    return { ...row, bytes, modified }
  })
  await report?.finish(judged)
  return tellBatch(screen, judged, { checked: left.length, report: path })
}

/** Rows of the report whose files are still the same. What nobody could be asked about is asked again, unless offline. */
async function knownRows({ files, report, trust, context }: Run): Promise<Map<string, ReportRow>> {
  const known = new Map<string, ReportRow>()
  if (report === undefined) return known
  for (const file of files) {
    const row = report.earlier.get(file)
    if (row === undefined || (row.standing === 'unreachable' && trust.server !== undefined)) continue
    const now = await factsOf(resolve(context.workingFolder, file))
    if (now.modified !== '' && now.bytes === row.bytes && now.modified === row.modified) known.set(file, row)
  }
  return known
}

type FileFacts = Pick<ReportRow, 'bytes' | 'modified'>

/** Nothing is known of a file that cannot be had: it is looked for again in every run. */
async function factsOf(path: string): Promise<FileFacts> {
  return stat(path).then(
    (found) =>
      found.isFile() ? { bytes: found.size, modified: found.mtime.toISOString() } : { bytes: 0, modified: '' },
    () => ({ bytes: 0, modified: '' }),
  )
}

async function checkAll(files: readonly string[], run: Run): Promise<ReportRow[]> {
  const rows: ReportRow[] = []
  const questions = openQuestions(run.trust.server)
  const progress = progressOf(run.context.screen, files.length)
  const unanswered = new Set<Promise<void>>()
  const over = new AbortController()
  const failures: unknown[] = []
  const keep = async (answered: () => Promise<ReportRow>) => {
    const row = await answered()
    // of a run that stops, what the others were at says nothing of their files
    if (over.signal.aborted) return
    rows.push(row)
    run.report?.append([row])
    progress(rows.length)
  }
  let next = 0
  const work = async (worker: FileChecker) => {
    for (let file = files[next++]; file !== undefined && !over.signal.aborted; file = files[next++]) {
      const answered = await checkOne(file, { run, worker, questions })
      const kept: Promise<void> = keep(answered).finally(() => unanswered.delete(kept))
      unanswered.add(kept)
      kept.catch((error: unknown) => {
        failures.push(error)
        over.abort()
      })
      while (unanswered.size >= unansweredMax) await Promise.race(unanswered)
    }
  }
  const count = Math.min(run.order.workers, files.length)
  const workers = Array.from({ length: count }, () => openFileChecker(run.trust.bundle.trust))
  try {
    // two files for each worker: the next one stands ready when a check is done
    await Promise.all(workers.flatMap((worker) => [work(worker), work(worker)]))
    questions.hurry()
    await Promise.allSettled(unanswered)
    if (failures.length > 0) throw failures[0]
  } finally {
    over.abort()
    for (const worker of workers) worker.close()
  }
  return rows
}

/** Looks at a file, and answers how its row is had once the registry has been asked. */
async function checkOne(
  file: string,
  by: { run: Run; worker: FileChecker; questions: Questions },
): Promise<() => Promise<ReportRow>> {
  const path = resolve(by.run.context.workingFolder, file)
  const facts = await factsOf(path)
  // a pipe or a device would never end
  if (facts.modified === '') return async () => ({ ...refusedRow(file, 'not_found'), ...facts })
  const checked = await by.worker.check(path).catch((error: unknown) => {
    if (!(error instanceof NoCheckerError)) throw error
    throw new Stopped('cli.verify.noWorker', { detail: error.message }, localExits.failed)
  })
  if (checked.kind === 'refused') return async () => ({ ...refusedRow(file, checked.refusal.code), ...facts })
  const answers = by.questions.ask(registryQuestions(checked.report))
  return async () => ({ ...rowOf(file, verdictOf(checked.report, await answers)), ...facts })
}

function progressOf(screen: Screen, total: number): (done: number) => void {
  const started = performance.now()
  let told = started
  return (done) => {
    const now = performance.now()
    if (now - told < progressMilliseconds) return
    told = now
    screen.tell('cli.verify.progress', { done, total, rate: Math.round((done * 1000) / (now - started)) })
  }
}

/** `stamp` and `specimen` apart; everything else by its verdict. */
function labelOf({ verdict, standing }: ReportRow): string {
  return verdict === 'intact' && standing !== undefined ? standing : verdict
}

function sentenceOf(screen: Screen, row: ReportRow, serial: Record<string, string>): string {
  const label = labelOf(row)
  if (row.standing === undefined) return text(screen.language, 'cli.verify.unread', { code: label })
  const key = [`verdicts.${label}`, `standings.${label}`].find((each) => isTextKey(each))
  return key !== undefined && isTextKey(key) ? text(screen.language, key, serial) : label
}

function tellBatch(
  screen: Screen,
  rows: readonly ReportRow[],
  told: { checked: number; report: string | undefined },
): Outcome {
  const wrong = rows.filter((row) => exitCodeOf(row) !== 0)
  for (const row of wrong.slice(0, shownMax)) {
    const sentence = sentenceOf(screen, row, row.serial === undefined ? {} : { serial: row.serial })
    if (row.sameAs === undefined) screen.say('cli.verify.found', { path: row.file, sentence })
    else screen.say('cli.verify.sameAs', { path: row.file, sentence, other: row.sameAs })
  }
  if (wrong.length > shownMax) screen.say('cli.verify.more', { count: wrong.length - shownMax })
  const counts: Record<string, number> = {}
  const samples = new Map<string, ReportRow>()
  for (const row of rows) {
    const label = labelOf(row)
    counts[label] = (counts[label] ?? 0) + 1
    samples.set(label, row)
  }
  screen.say('cli.verify.total', { count: rows.length, wrong: wrong.length })
  for (const [label, row] of samples)
    screen.say('cli.verify.count', { count: counts[label] ?? 0, sentence: sentenceOf(screen, row, {}) })
  if (told.report !== undefined) screen.say('cli.verify.report', { path: told.report })
  const exitCode = worstExitCode(rows)
  const findings = wrong.slice(0, findingsMax).map((row) => ({
    file: row.file,
    verdict: row.verdict,
    exitCode: exitCodeOf(row),
    ...(row.serial === undefined ? {} : { serial: row.serial }),
    ...(row.sameAs === undefined ? {} : { sameAs: row.sameAs }),
  }))
  const { report } = told
  const json = {
    files: rows.length,
    checked: told.checked,
    counts,
    findings,
    ...(report === undefined ? {} : { report }),
  }
  return { exitCode, json: { ok: exitCode === 0, exitCode, ...json } }
}
