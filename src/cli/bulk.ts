import { mkdir, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { isCostCentre } from '../base/cost-centre.ts'
import { nodePrimitives } from '../base/primitives-node.ts'
import { fetchQuota } from '../client/account.ts'
import { putInBatches } from '../client/bulk/batch-rows.ts'
import { wrongRows, type BulkCommon, type BulkRow, type RowResult } from '../client/bulk/bulk-row.ts'
import { lookAtDocument } from '../client/bulk/look.ts'
import { planRows, type LookedRow, type Plan, type PlannedRow } from '../client/bulk/plan.ts'
import { runRows, type BulkFiles, type BulkOutcome } from '../client/bulk/run.ts'
import { templateText } from '../client/bulk/sheet-columns.ts'
import { fetchStandings } from '../client/standing.ts'
import { RefusedError, type Refusal } from '../errors.ts'
import { batchNameLengthMax, costCentreLengthMax, pdfBytesMax } from '../limits/stamping.ts'
import { heldSignatures } from '../stamp/check/held-signatures.ts'
import { onlyWord, type Arguments } from './arguments.ts'
import { stateFolder } from './begun-stamps.ts'
import { openJournal, type BulkJournal } from './bulk-journal.ts'
import { outcomeOf, proveReport, tellPlan, tellRun, writeReport } from './bulk-report.ts'
import { outputsOf, readSource, type BulkSource } from './bulk-source.ts'
import type { Command, CommandContext } from './command.ts'
import { openServer, type Server } from './connection.ts'
import { badUsage, localExits, Stopped, type Outcome } from './outcome.ts'
import { exists, readPdf, writeWhole } from './pdf-file.ts'
import { givenPassword } from './pdf-password.ts'
import { copyOptions } from './stamp-file.ts'
import { orderOptions, readNumberAndDate, readPlace, readType } from './stamp-order.ts'

/** `meterai bulk`: many PDFs, one stamp each; a repeat goes on where an earlier run ended. */
export const bulkCommand: Command = {
  name: 'bulk',
  usage: 'meterai bulk FOLDER|TABLE.csv|TABLE.xlsx [--type TYPE] [--dry-run] [--out FOLDER] [--report OUT.csv]',
  says: 'cli.help.bulk',
  options: {
    ...orderOptions,
    type: { type: 'string', value: 'TYPE', says: 'cli.option.bulkType' },
    anchor: { type: 'string', value: 'TEXT', says: 'cli.option.anchor' },
    'dry-run': { type: 'boolean', says: 'cli.option.dryRun' },
    resume: { type: 'boolean', says: 'cli.option.resume' },
    partial: { type: 'boolean', says: 'cli.option.partial' },
    tag: { type: 'string', value: 'TEXT', says: 'cli.option.stampTag' },
    out: { type: 'string', value: 'FOLDER', says: 'cli.option.out' },
    report: { type: 'string', value: 'OUT.csv', says: 'cli.option.bulkReport' },
    template: { type: 'boolean', says: 'cli.option.template' },
    'password-file': copyOptions['password-file'],
    test: copyOptions.test,
  },
  run: stampMany,
}

/** One batch and all it stands on. */
type Batch = {
  context: CommandContext
  server: Server
  source: BulkSource
  journal: BulkJournal
  outputs: ReadonlyMap<number, string>
  password: string | undefined
  /** What the service shows of it, and the cost centre it is for. */
  name: string
  tag: string | undefined
}

async function stampMany(given: Arguments, context: CommandContext): Promise<Outcome> {
  if (given.flag('template') && given.words.length === 0) return printTemplate(context)
  const { screen, workingFolder } = context
  const word = onlyWord(given, bulkCommand)
  const common = readCommon(given)
  const password = await givenPassword(given.text('password-file'), context.environment)
  const report = given.text('report')
  if (report !== undefined) await proveReport(resolve(workingFolder, report), report)
  const source = await readSource(word, workingFolder, common)
  const server = await openServer(context, { key: 'needed', test: given.flag('test') })
  const name = { url: server.url, key: server.key ?? '', source: resolve(workingFolder, word) }
  const journal = await openJournal(stateFolder(context.environment, workingFolder), name)
  if (given.flag('resume') && !journal.isResumed)
    throw new Stopped('cli.bulk.nothingBegun', { path: word }, localExits.inputMissing)
  const out = given.text('out')
  const outputs = outputsOf(source, out === undefined ? undefined : resolve(workingFolder, out))
  const shown = { name: batchName(word), tag: readTag(given.text('tag')) }
  const batch: Batch = { context, server, source, journal, outputs, password, ...shown }
  try {
    const { plan, settled } = await planBatch(batch)
    tellPlan(screen, plan, settled)
    const isDryRun = given.flag('dry-run')
    const missing = missingQuota(plan)
    const mayRun = !isDryRun && (missing === undefined || given.flag('partial'))
    if (isDryRun && missing !== undefined) screen.say('cli.bulk.missingDry', { missing: plan.quota.missing })
    if (!isDryRun && !mayRun) screen.tell('cli.bulk.missing', { missing: plan.quota.missing })
    const ran: BulkOutcome = mayRun ? await runBatch(batch, plan) : { results: plan.ready.map(notRun) }
    const results = [...settled, ...ran.results].toSorted((a, b) => a.row - b.row)
    if (mayRun) tellRun(screen, results, { ended: ran.ended, told: settled })
    if (report !== undefined) {
      await writeReport(resolve(workingFolder, report), results, screen)
      screen.say('cli.bulk.report', { path: report })
    }
    return outcomeOf(results, {
      quota: plan.quota,
      ended: ran.ended ?? (mayRun ? undefined : missing),
      report,
      isDryRun,
    })
  } finally {
    await journal.close()
  }
}

function printTemplate({ screen }: CommandContext): Outcome {
  for (const line of templateText().trimEnd().split('\r\n')) screen.line(line)
  return { exitCode: 0, json: { ok: true } }
}

function readCommon(given: Arguments): BulkCommon {
  const type = given.text('type')
  const anchor = given.text('anchor')
  return {
    facts: { ...(type === undefined ? {} : { documentType: readType(type) }), ...readNumberAndDate(given) },
    place: { ...readPlace(given), ...(anchor === undefined ? {} : { anchor }) },
  }
}

const notRun = ({ row, file }: PlannedRow): RowResult => ({ row, file, state: 'ready' })

function missingQuota({ quota }: Plan): Refusal | undefined {
  return quota.missing === 0 ? undefined : { code: 'quota_empty', values: { available: quota.available } }
}

/** Looks at every document, asks the service what stands for them, and decides. Throws RefusedError for what the service refuses. */
async function planBatch(batch: Batch): Promise<{ plan: Plan; settled: RowResult[] }> {
  const { source, server, journal, context } = batch
  const { screen } = context
  const told = source.ignored.slice(0, 20).join(', ')
  if (told !== '') screen.tell('cli.bulk.ignored', { columns: told })
  if (journal.isResumed) screen.tell('cli.bulk.resumed')
  screen.tell('cli.bulk.looking', { count: source.rows.length })
  const looked: LookedRow[] = []
  for (const row of source.rows) {
    looked.push({ row, looked: await lookAtRow(batch, row) })
    screen.progress('cli.bulk.lookProgress', { done: looked.length, total: source.rows.length })
  }
  const digests = looked.flatMap(({ looked: found }) => (found.ok ? [found.sourceSha256] : []))
  const standings = await fetchStandings(server, [...new Set(digests)])
  if (!standings.ok) throw new RefusedError(standings.refusal)
  const quota = await fetchQuota(server)
  if (!quota.ok) throw new RefusedError(quota.refusal)
  const { available, ledger } = quota.quota
  const taken = await takenOutputs(batch)
  const plan = planRows(looked, {
    batchKey: journal.batchKey,
    standings: standings.standings,
    earlier: await writtenStill(journal),
    // a test account is filled up again when it is empty
    quota: { available, isEndless: ledger === 'specimens' },
    blocked: ({ row }) =>
      taken.has(row) ? { code: 'output_exists', values: { path: batch.outputs.get(row) ?? '' } } : undefined,
    primitives: nodePrimitives,
  })
  return { plan, settled: [...plan.settled, ...wrongRows(source.wrong)].toSorted((a, b) => a.row - b.row) }
}

/** What was written and has gone since is written again: its key finds the same stamp. */
async function writtenStill({ written, earlier }: BulkJournal): Promise<BulkJournal['earlier']> {
  const there = new Set<string>()
  for (const [key, { output }] of written) if (await exists(output)) there.add(key)
  return { ...earlier, stamped: (key) => (there.has(key) ? earlier.stamped(key) : undefined) }
}

/** Rows whose copy's name is taken by a file already. */
async function takenOutputs({ outputs }: Batch): Promise<Set<number>> {
  const taken = new Set<number>()
  for (const [row, path] of outputs) if (await exists(path)) taken.add(row)
  return taken
}

/** Where a row's copy goes: where an earlier run put it, else where this one would. */
function outputOf({ journal, outputs }: Batch, row: PlannedRow): string {
  const output = journal.written.get(row.key)?.output ?? outputs.get(row.row)
  if (output === undefined) throw new Error(`row ${row.row} has no place for its copy`)
  return output
}

type ReadRow = Awaited<ReturnType<BulkFiles['read']>>

/** Only what this computer says of a file; a name that leads nowhere is a refusal of its row. */
async function readRow({ source }: Batch, row: Pick<BulkRow, 'file'>): Promise<ReadRow> {
  try {
    const path = resolve(source.folder, row.file)
    // a pipe or a device would never end
    const isFile = await stat(path).then(
      (found) => found.isFile(),
      () => false,
    )
    if (!isFile) return { ok: false, refusal: { code: 'not_found', values: { id: row.file } } }
    const read = await readPdf(path)
    if (read.ok) return read
    return { ok: false, refusal: { code: 'file_too_large', values: { bytes: read.size, bytesMax: pdfBytesMax } } }
  } catch (error) {
    if (error instanceof Stopped) return { ok: false, refusal: { code: 'not_found', values: { id: row.file } } }
    throw error
  }
}

async function lookAtRow(batch: Batch, row: BulkRow): Promise<LookedRow['looked']> {
  const read = await readRow(batch, row)
  if (!read.ok) return read
  return lookAtDocument({
    original: read.bytes,
    place: row.place,
    primitives: nodePrimitives,
    password: batch.password,
    verifySignatures: (bytes) => heldSignatures(bytes, nodePrimitives),
  })
}

async function runBatch(batch: Batch, plan: Plan): Promise<BulkOutcome> {
  const { context, server, journal, password } = batch
  const started = performance.now()
  let done = 0
  const placed = await putInBatches(server, {
    rows: plan.ready,
    memory: journal.batches,
    batchKey: journal.batchKey,
    name: batch.name,
    tag: batch.tag,
    primitives: nodePrimitives,
  })
  if (!placed.ok) throw new RefusedError(placed.refusal)
  const { rows, settled, ended } = placed.put
  const ran = await runRows({
    ...server,
    rows,
    primitives: nodePrimitives,
    password,
    verifySignatures: (bytes) => heldSignatures(bytes, nodePrimitives),
    files: {
      read: (row) => readRow(batch, row),
      begin: (row) => journal.begin(row.key),
      async keep(row, { original, tail, affixing }) {
        const output = outputOf(batch, row)
        await mkdir(dirname(output), { recursive: true })
        await writeWhole(output, [original, tail], false)
        await journal.finish(row.key, { serial: affixing.serial, affixingId: affixing.id, output })
        return output
      },
    },
    onResult() {
      done++
      const rate = Math.round((done * 1000) / (performance.now() - started))
      context.screen.progress('cli.bulk.progress', { done, total: rows.length }, { rate })
    },
  })
  return { ...(ended === undefined ? {} : { ended }), ...ran, results: [...settled, ...ran.results] }
}

/** The folder's or table's name, as one line of the length that the service takes. */
function batchName(word: string): string {
  const name = basename(resolve(word))
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
  return name.slice(0, batchNameLengthMax).toWellFormed() || 'batch'
}

function readTag(tag: string | undefined): string | undefined {
  if (tag !== undefined && !isCostCentre(tag)) throw badUsage('cli.usage.tag', { longest: costCentreLengthMax })
  return tag
}
