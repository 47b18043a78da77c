import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { fileMaker } from './fuzz/file-of.ts'
import { bounds, type Failure, type Found, runHunt } from './fuzz/hunter.ts'
import { folderSamples, ownSamples } from './fuzz/samples.ts'

const usage = `npm run fuzz -- [--seconds N] [--files N] [--seed S] [--only NUMBER] [--corpus DIR] [--workers N] [--save DIR] [--json]

Mutated PDF files and signature containers through preflight, place, embed and check. Nothing but a refusal of the list
may come out, within ${bounds.milliseconds} ms and ${bounds.heapMegabytes} MB of heap a file. A failing file is kept; --seed S --only NUMBER makes it again.`

type Options = {
  seconds: number
  files: number
  seed: number
  first: number
  corpus: string | undefined
  workers: number
  save: string | undefined
  json: boolean
}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  const value = Number(text ?? otherwise)
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} ${text} is no whole number\n${usage}`)
  return value
}

function readOptions(words: string[]): Options {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: words,
    options: {
      seconds: text,
      files: text,
      seed: text,
      only: text,
      corpus: text,
      workers: text,
      save: text,
      json: { type: 'boolean' },
    },
  })
  const number = (name: 'seconds' | 'files' | 'seed' | 'only' | 'workers', otherwise: number) =>
    wholeNumber(name, values[name], otherwise)
  const first = number('only', 0)
  const files =
    values.only === undefined ? number('files', values.seconds === undefined ? 10_000 : 2 ** 31 - 1) : first + 1
  return {
    seconds: number('seconds', 24 * 3600),
    files,
    seed: number('seed', 1),
    first,
    corpus: values.corpus === undefined ? undefined : resolve(values.corpus),
    workers: Math.max(1, number('workers', 1)),
    save: values.save === undefined ? undefined : resolve(values.save),
    json: values.json ?? false,
  }
}

/** Keeps the failing file, for the test that is written from it. */
function keeper(options: Options): (failure: Failure) => void {
  const make = fileMaker(
    [...ownSamples(), ...(options.corpus === undefined ? [] : folderSamples(options.corpus))],
    options.seed,
  )
  let folder = options.save
  return ({ number, problem }) => {
    folder ??= mkdtempSync(join(tmpdir(), 'openmeterai-fuzz-'))
    mkdirSync(folder, { recursive: true })
    const { kind, bytes, how } = make(number)
    const path = join(folder, `seed-${options.seed}-file-${number}.${kind}`)
    writeFileSync(path, bytes)
    console.error(`\nfile ${number} of seed ${options.seed} (${how}): ${problem}\nkept as ${path}`)
  }
}

const options = readOptions(process.argv.slice(2))
const found: Found = { files: 0, outcomes: new Map(), failures: [], slowest: [] }
const started = Date.now()
const { seed, workers, first, files, corpus } = options
const onFailure = keeper(options)
const scratch = mkdtempSync(join(tmpdir(), 'openmeterai-fuzz-run-'))
await Promise.all(
  Array.from({ length: workers }, (_, index) =>
    runHunt({
      seed,
      first: first + index,
      step: workers,
      end: files,
      ...(corpus === undefined ? {} : { corpus }),
      found,
      scratch,
      deadline: started + options.seconds * 1000,
      onFailure,
    }),
  ),
).finally(() => rmSync(scratch, { recursive: true }))
const outcomes = Object.fromEntries([...found.outcomes].toSorted(([, a], [, b]) => b - a))
const seconds = Math.round((Date.now() - started) / 1000)
if (options.json)
  console.log(
    JSON.stringify({ seed, files: found.files, seconds, failures: found.failures, outcomes, slowest: found.slowest }),
  )
else {
  for (const [outcome, count] of Object.entries(outcomes)) console.log(`${String(count).padStart(8)}  ${outcome}`)
  for (const { number, milliseconds } of found.slowest)
    console.log(`slow: file ${number}, ${Math.round(milliseconds)} ms`)
  console.log(`seed ${seed}: ${found.files} files in ${seconds} s, ${found.failures.length} failures`)
}
process.exitCode = found.failures.length === 0 ? 0 : 1
