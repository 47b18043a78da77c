import { openSync, writeSync } from 'node:fs'
import { exerciseDer, exercisePdf } from './exercise.ts'
import { fileMaker } from './file-of.ts'
import { hunt, type Tidings } from './messages.ts'
import { folderSamples, ownSamples, sampleTrust } from './samples.ts'

/** Tallies go to the parent after so many files. */
const filesPerMessage = 50
/** A file that takes longer is told, though it is no failure yet. */
const slowMilliseconds = 1_000

const tell = (news: Tidings) => process.send?.(news)

const { seed, first, step, end, corpus, at } = hunt.parse(JSON.parse(process.argv[2] ?? ''))
const make = fileMaker([...ownSamples(), ...(corpus === undefined ? [] : folderSamples(corpus))], seed)
const trust = sampleTrust()
const place = openSync(at, 'r+')
const current = new Int32Array(1)
const beAt = (number: number) => {
  current[0] = number
  writeSync(place, current, 0, 4, 0)
}
let outcomes: Record<string, number> = {}
let files = 0

function report(): void {
  tell({ kind: 'ran', files, outcomes })
  files = 0
  outcomes = {}
}

for (let number = first; number < end; number += step) {
  const made = make(number)
  beAt(number)
  const started = performance.now()
  try {
    const { outcome } = made.kind === 'der' ? exerciseDer(made.bytes) : exercisePdf(made.bytes, trust)
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  } catch (cause) {
    tell({ kind: 'failed', number, problem: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) })
  }
  const milliseconds = performance.now() - started
  beAt(-1)
  if (milliseconds > slowMilliseconds) tell({ kind: 'slow', number, milliseconds })
  if (++files >= filesPerMessage) report()
}
report()
tell({ kind: 'done' })
process.disconnect()
