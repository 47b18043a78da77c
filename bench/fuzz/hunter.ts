import { fork } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Hunt, tidings, type Tidings } from './messages.ts'

/** What every file has to keep to: the time is generous for a machine that others use too. */
export const bounds = { milliseconds: 20_000, heapMegabytes: 256 } as const

export type Failure = { number: number; problem: string }
/** What a run has found so far; `slowest` the longest first. */
export type Found = {
  files: number
  outcomes: Map<string, number>
  failures: Failure[]
  slowest: { number: number; milliseconds: number }[]
}

export type HuntOptions = Omit<Hunt, 'at'> & {
  found: Found
  /** Of `Date.now()`; what runs then is stopped. */
  deadline: number
  /** A folder for what the processes write down. */
  scratch: string
  onFailure: (failure: Failure) => void
}

/** How often the clock is looked at. */
const tickMilliseconds = 200
const slowestKept = 10
const processPath = fileURLToPath(new URL('hunting-process.ts', import.meta.url))

/** One process at a time through its files; after a hang or a crash another goes on behind the file that did it. */
export async function runHunt(options: HuntOptions): Promise<void> {
  for (let first = options.first; first < options.end && Date.now() < options.deadline;) {
    const ended = await runProcess({ ...options, first })
    if (ended === undefined) return
    options.found.files++
    note(ended, options)
    first = ended.number + options.step
  }
}

function note(failure: Failure, { found, onFailure }: HuntOptions): void {
  found.failures.push(failure)
  onFailure(failure)
}

function take(news: Tidings, options: HuntOptions): void {
  const { found } = options
  if (news.kind === 'failed') note({ number: news.number, problem: news.problem }, options)
  if (news.kind === 'slow') {
    const { number, milliseconds } = news
    const all = [...found.slowest, { number, milliseconds }]
    found.slowest = all.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, slowestKept)
  }
  if (news.kind !== 'ran') return
  found.files += news.files
  for (const [outcome, count] of Object.entries(news.outcomes))
    found.outcomes.set(outcome, (found.outcomes.get(outcome) ?? 0) + count)
}

/** Undefined when the process is through or the time is up; else the file it did not come back from. */
function runProcess(options: HuntOptions): Promise<Failure | undefined> {
  const { seed, first, step, end, corpus, scratch, deadline } = options
  const at = join(scratch, `at-${first % step}`)
  writeFileSync(at, new Uint8Array(Int32Array.of(-1).buffer))
  const current = () => readFileSync(at).readInt32LE(0)
  const order: Hunt = { seed, first, step, end, at, ...(corpus === undefined ? {} : { corpus }) }
  const child = fork(processPath, [JSON.stringify(order)], {
    execArgv: [...process.execArgv, `--max-old-space-size=${bounds.heapMegabytes}`],
  })
  return new Promise((resolve, reject) => {
    let seen = { number: -1, since: Date.now() }
    const settle = (failure?: Failure) => {
      clearInterval(clock)
      child.removeAllListeners()
      child.kill('SIGKILL')
      resolve(failure)
    }
    const clock = setInterval(() => {
      const number = current()
      if (number !== seen.number || number < 0) seen = { number, since: Date.now() }
      else if (Date.now() - seen.since > bounds.milliseconds)
        settle({ number, problem: `ran longer than ${bounds.milliseconds} ms` })
      if (Date.now() > deadline) settle()
    }, tickMilliseconds)
    child.on('message', (message) => {
      const news = tidings.parse(message)
      if (news.kind === 'done') settle()
      else take(news, options)
    })
    child.on('exit', (code, signal) => {
      const number = current()
      if (number >= 0) settle({ number, problem: `its process ended with ${signal ?? code}` })
      else reject(new Error(`a hunting process ended with ${signal ?? code} between two files`))
    })
  })
}
