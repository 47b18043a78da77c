import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { samplePdf } from '../tests/support/pdf-samples.ts'
import { startServiceProcess, type ServiceProcess } from '../tests/support/service.ts'

const usage = `npm run bench:bulk [-- --files N --kilobytes K --kills N --json]

Writes N PDFs of K KB, starts a service over an embedded database of its own, and runs "meterai bulk" on the folder: killed by SIGKILL so
many times on the way, and run again to its end. Fails unless there are N stamps, N charges, N copies that verify, and a ledger that adds up.`

const entry = fileURLToPath(new URL('../bin/meterai.js', import.meta.url))

type Options = { files: number; kilobytes: number; kills: number; json: boolean }

function readOptions(words: string[]): Options {
  const word = { type: 'string' } as const
  const { values } = parseArgs({
    args: words,
    options: { files: word, kilobytes: word, kills: word, json: { type: 'boolean' } },
  })
  const options = {
    files: Number(values.files ?? 3000),
    kilobytes: Number(values.kilobytes ?? 100),
    kills: Number(values.kills ?? 2),
  }
  const isWrong = Object.values(options).some((value) => !Number.isSafeInteger(value) || value < 0)
  if (isWrong || options.files < 1) throw new Error(usage)
  return { ...options, json: values.json ?? false }
}

/** Documents that differ, of some size: a page, and bytes that nobody reads. */
function writeFiles(folder: string, { files, kilobytes }: Options): void {
  mkdirSync(folder)
  const padding = `<</Length ${kilobytes * 1024}>>\nstream\n${'x'.repeat(kilobytes * 1024)}\nendstream`
  for (let at = 0; at < files; at++)
    writeFileSync(
      join(folder, `${String(at).padStart(5, '0')}.pdf`),
      samplePdf({ trailer: `/Nama (${at})`, objects: { 9: padding } }),
    )
}

type World = { folder: string; service: ServiceProcess }

function start({ folder, service }: World, words: readonly string[]): ChildProcess {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    LANG: 'en_US.UTF-8',
    METERAI_DATA: join(folder, 'data'),
    METERAI_STATE: join(folder, 'state'),
    METERAI_URL: service.url,
  }
  return spawn(process.execPath, [entry, ...words, '--json'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] })
}

async function finish(child: ChildProcess): Promise<{ exitCode: number; json: Record<string, unknown> }> {
  const [out] = await Promise.all([child.stdout === null ? '' : text(child.stdout), once(child, 'exit')])
  return { exitCode: child.exitCode ?? -1, json: JSON.parse(out.trimEnd().split('\n').at(-1) ?? '{}') }
}

const bulk = ['bulk', 'in', '--type', 'surat-pernyataan', '--out', 'out', '--report', 'report.csv']

const copies = ({ folder }: World) =>
  existsSync(join(folder, 'out')) ? readdirSync(join(folder, 'out')).filter((name) => !name.startsWith('.')).length : 0

/** Runs the batch until so many copies are there, then kills it; answers how many there were. */
async function killAt(world: World, wanted: number): Promise<number> {
  const child = start(world, bulk)
  child.stdout?.resume()
  const gone = once(child, 'exit')
  while (copies(world) < wanted && child.exitCode === null) await delay(20)
  child.kill('SIGKILL')
  await gone
  return copies(world)
}

function prove(what: string, holds: boolean, found: unknown): void {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(found)}`)
}

async function measure(world: World, options: Options) {
  const { files, kills } = options
  await finish(start(world, ['quota', 'grant', world.service.demo.accountId, String(files)]))
  const before = await finish(start(world, ['quota']))
  const dryStarted = performance.now()
  const dry = await finish(start(world, [...bulk, '--dry-run']))
  const drySeconds = (performance.now() - dryStarted) / 1000
  prove('the dry run', dry.exitCode === 0, dry)
  const killedWith: number[] = []
  const started = performance.now()
  for (let kill = 1; kill <= kills; kill++)
    killedWith.push(await killAt(world, Math.floor((files * kill) / (kills + 1))))
  const last = await finish(start(world, bulk))
  const seconds = (performance.now() - started) / 1000
  prove('the last run', last.exitCode === 0, last)
  prove('the copies', copies(world) === files, copies(world))
  const after = await finish(start(world, ['quota']))
  const charged = Number(after.json['spent']) - Number(before.json['spent'])
  prove('the charges', charged === files && after.json['reserved'] === 0, after.json)
  const verified = await finish(start(world, ['verify', 'out']))
  prove('the stamps', verified.exitCode === 0 && verified.json['files'] === files, verified.json)
  const ledger = await finish(start(world, ['check', 'ledger']))
  prove('the ledger', ledger.exitCode === 0, ledger.json)
  return { files, kilobytes: options.kilobytes, killedWith, drySeconds, seconds, perSecond: files / seconds, charged }
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  const folder = mkdtempSync(join(tmpdir(), 'meterai-bulk-'))
  try {
    writeFiles(join(folder, 'in'), options)
    const service = await startServiceProcess({ dataFolder: join(folder, 'data') })
    try {
      const result = await measure({ folder, service }, options)
      if (options.json) return console.log(JSON.stringify(result))
      console.log(`Documents of ${result.kilobytes} KB        ${result.files}`)
      console.log(`Dry run                    ${result.drySeconds.toFixed(1)} s`)
      console.log(`Killed with copies         ${result.killedWith.join(', ') || 'never'}`)
      console.log(`All runs together          ${result.seconds.toFixed(1)} s, ${result.perSecond.toFixed(0)} a second`)
      console.log(`Stamps, charges, copies    ${result.files}, ${result.charged}, ${result.files}; the ledger adds up`)
    } finally {
      await service.stop()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
