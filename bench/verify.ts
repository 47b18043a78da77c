import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openAuthority } from '../src/signing/authority.ts'
import { openStampSigner } from '../src/signing/stamp-signer.ts'
import { openTrustBundle } from '../src/signing/trust-bundle.ts'
import { specimenSerial, stampPdf, type Stamped } from '../tests/support/stamped-pdf.ts'
import { benchDocument } from './stamp/document.ts'
import { openBenchRegistry } from './verify/registry.ts'

const usage = `npm run bench:verify [-- --files N --kilobytes K --workers W --json]

Stamps N files of K KB, then runs "meterai verify DIR --report" on them as a whole command, start and end included: first all of
them, then again, when every row is in the report.`

const filesPerSecondMin = 300

type Options = { files: number; kilobytes: number; workers: number; json: boolean }

function readOptions(words: string[]): Options {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: words,
    options: { files: text, kilobytes: text, workers: text, json: { type: 'boolean' } },
  })
  const options = {
    files: Number(values.files ?? 2000),
    kilobytes: Number(values.kilobytes ?? 300),
    workers: Number(values.workers ?? 2),
  }
  if (Object.values(options).some((value) => !Number.isSafeInteger(value) || value < 1)) throw new Error(usage)
  return { ...options, json: values.json ?? false }
}

type Ran = { seconds: number; exitCode: number; json: Record<string, unknown> }

const entry = fileURLToPath(new URL('../bin/meterai.js', import.meta.url))

async function runVerify(argv: readonly string[], environment: Record<string, string>): Promise<Ran> {
  const started = performance.now()
  const child = spawn(process.execPath, [entry, 'verify', ...argv, '--json'], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (out += piece))
  await once(child, 'close')
  const seconds = (performance.now() - started) / 1000
  return { seconds, exitCode: child.exitCode ?? -1, json: JSON.parse(out.trimEnd().split('\n').at(-1) ?? '{}') }
}

/** Writes the files; of each only what the registry needs is kept. */
async function stampFiles(folder: string, options: Options, scratch: string) {
  const authority = await openAuthority(join(scratch, 'authority'))
  const signer = await openStampSigner({ authority })
  const original = benchDocument(options.kilobytes * 1024)
  const stamps: Omit<Stamped, 'bytes' | 'byteRange'>[] = []
  for (let at = 0; at < options.files; at++) {
    const { bytes, ...stamp } = await stampPdf(original, signer, { serial: specimenSerial(at) })
    writeFileSync(join(folder, `${String(at).padStart(7, '0')}.pdf`), bytes)
    stamps.push(stamp)
  }
  return { stamps, bundle: await openTrustBundle({ authority, signers: [signer], service: 'http://localhost:8080' })() }
}

async function measure(options: Options, scratch: string) {
  const folder = join(scratch, 'files')
  mkdirSync(folder)
  const { stamps, bundle } = await stampFiles(folder, options, scratch)
  const registry = await openBenchRegistry(stamps, bundle)
  const argv = [folder, '--report', join(scratch, 'report.csv'), '--workers', String(options.workers)]
  const environment = { METERAI_URL: registry.url, METERAI_STATE: join(scratch, 'state'), LANG: 'en' }
  try {
    const first = await runVerify(argv, environment)
    const calls = registry.asked().calls
    const again = await runVerify(argv, environment)
    return { first, again, calls }
  } finally {
    registry.close()
  }
}

const options = readOptions(process.argv.slice(2))
const scratch = mkdtempSync(join(tmpdir(), 'openmeterai-verify-'))
try {
  const { first, again, calls } = await measure(options, scratch)
  const rate = options.files / first.seconds
  const isRight = first.exitCode === 0 && first.json['files'] === options.files && again.json['checked'] === 0
  const rows = [
    ['files', `${options.files} of ${options.kilobytes} KB, each with one stamp`],
    ['workers', `${options.workers} on ${availableParallelism()} cores`],
    ['first run', `${first.seconds.toFixed(1)} s, ${rate.toFixed(0)} files a second, exit ${first.exitCode}`],
    ['registry', `${calls} calls`],
    ['again', `${again.seconds.toFixed(1)} s, nothing read`],
    ['asked for', `at least ${filesPerSecondMin} files a second, all intact`],
  ]
  for (const [name = '', value = ''] of rows) console.log(`${name.padEnd(10)} ${value}`)
  const isEnough = isRight && rate >= filesPerSecondMin
  console.log(isEnough ? 'reached' : 'NOT reached')
  if (options.json) {
    const { files, kilobytes, workers } = options
    const seconds = { first: first.seconds, again: again.seconds }
    console.log(JSON.stringify({ ok: isEnough, files, kilobytes, workers, seconds, filesPerSecond: rate, calls }))
  }
  process.exitCode = isEnough ? 0 : 1
} finally {
  rmSync(scratch, { recursive: true })
}
