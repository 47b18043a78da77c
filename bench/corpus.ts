import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openAuthority } from '../src/signing/authority.ts'
import { judge } from './corpus/judgement.ts'
import { readManifest } from './corpus/manifest.ts'
import { rowOf, summaryOf, tableOf, type Row } from './corpus/table.ts'
import { openStampingWorker, type Stamping, type StampingWorker } from './corpus/stamping-worker.ts'

const usage = 'npm run bench:corpus -- DIR [--json] [--workers N] [--only TEXT]'

type Options = { folder: string; json: boolean; workers: number; only: string }

function readOptions(words: string[]): Options {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: { json: { type: 'boolean' }, workers: { type: 'string' }, only: { type: 'string' } },
  })
  const [folder] = positionals
  if (folder === undefined || positionals.length > 1) throw new Error(`one folder of PDF files is needed: ${usage}`)
  const workers = Number(values.workers ?? 3)
  if (!Number.isInteger(workers) || workers < 1)
    throw new Error(`--workers ${values.workers} is no number of workers; 1 or more`)
  return { folder: resolve(folder), json: values.json ?? false, workers, only: values.only ?? '' }
}

async function judgeFile(name: string, paths: { folder: string; scratch: string }, worker: StampingWorker) {
  const at = (kind: string) => join(paths.scratch, `${kind}-${name}`)
  const files = { original: join(paths.folder, name), stamped: at('stamped'), blank: at('blank'), cut: at('cut') }
  const { cut: _, ...order } = files
  const stamping: Stamping = await worker.run(order)
  const judgement = stamping.kind === 'stamped' ? await judge(files, stamping) : { problems: [], unjudged: [] }
  for (const kind of ['stamped', 'blank', 'cut']) rmSync(at(kind), { force: true })
  return { stamping, judgement }
}

async function judgeAll(options: Options, scratch: string): Promise<Row[]> {
  const names = readdirSync(options.folder).filter((name) => /\.pdf$/i.test(name) && name.includes(options.only))
  if (names.length === 0) throw new Error(`${options.folder} has no PDF files; give a folder that has some: ${usage}`)
  const manifest = readManifest(options.folder)
  const authority = join(scratch, 'authority')
  await openAuthority(authority)
  const rows: Row[] = []
  const waiting = names.toSorted()
  const workers = Array.from({ length: Math.min(options.workers, names.length) }, () => openStampingWorker(authority))
  const work = async (worker: StampingWorker) => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const { stamping, judgement } = await judgeFile(name, { folder: options.folder, scratch }, worker)
      rows.push(rowOf({ name, stamping, judgement, expected: manifest.get(name) }))
      if (process.stderr.isTTY) process.stderr.write(`\r${rows.length} of ${names.length} `)
    }
    worker.close()
  }
  await Promise.all(workers.map(work))
  if (process.stderr.isTTY) process.stderr.write('\r')
  return rows.toSorted((a, b) => a.file.localeCompare(b.file))
}

const options = readOptions(process.argv.slice(2))
const scratch = mkdtempSync(join(tmpdir(), 'openmeterai-corpus-'))
try {
  const rows = await judgeAll(options, scratch)
  console.log(tableOf(rows))
  if (options.json) console.log(JSON.stringify({ ...summaryOf(rows), rows }))
  process.exitCode = rows.some((row) => row.surprises.length > 0) ? 1 : 0
} finally {
  rmSync(scratch, { recursive: true })
}
