import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import {
  pdfProcessesLeast,
  pdfProcessesMost,
  pdfProcessMilliseconds,
  pdfQueueMax,
  pdfStartTriesMax,
  pdfWorkMilliseconds,
} from '../limits/stamping.ts'
import { startPdfProcess, type PdfJobHost, type PdfJobOutcome, type PdfProcess } from './pdf-conversation.ts'
import type { PdfJob } from './pdf-process-messages.ts'

/** Runs untrusted PDFs in a few child processes that hold no secrets and cannot outgrow their bounds, each file in one alone. */
export type PdfWorker = {
  /** Refused with `overloaded` when too many wait, or no process starts. `abandon` ends the job at once. */
  run(job: PdfJob, host: PdfJobHost, abandon?: AbortSignal): Promise<PdfJobOutcome>
  /** Ends every process; what runs and waits is abandoned. */
  close(): void
}

export type PdfWorkerOptions = {
  /** Default: as many as cores, within `pdfProcessesLeast` and `pdfProcessesMost`. */
  processes?: number
  /** A process's own time on one file; the service's answers do not count. */
  timeoutMilliseconds?: number
  /** The module that a process runs. */
  processPath?: string
}

type Waiting = {
  job: PdfJob
  host: PdfJobHost
  abandon: AbortSignal
  resolve: (outcome: PdfJobOutcome) => void
  reject: (error: unknown) => void
}

/** A place for one process; it starts with its first job, and again at once after one that a file ended. */
type Place = { process: PdfProcess | undefined; busy: boolean }

const overloaded: PdfJobOutcome = { ok: false, refusal: { code: 'overloaded', values: { seconds: 5 } } }
const abandoned: PdfJobOutcome = { ok: false, ended: 'abandoned' }

/** The pool of one service process. What a file does to its process, it does to no other file's. */
export function openPdfWorker(options: PdfWorkerOptions = {}): PdfWorker {
  const {
    processes = Math.min(Math.max(availableParallelism(), pdfProcessesLeast), pdfProcessesMost),
    timeoutMilliseconds = pdfWorkMilliseconds,
    processPath = fileURLToPath(new URL('pdf-process.ts', import.meta.url)),
  } = options
  const places: Place[] = Array.from({ length: processes }, () => ({ process: undefined, busy: false }))
  const queue: Waiting[] = []
  const closing = new AbortController()

  function renew(place: Place): void {
    place.process?.end()
    place.process = closing.signal.aborted ? undefined : startPdfProcess(processPath)
  }

  /** A process that has come up; undefined when none does. One that died while it had nothing to do is replaced. */
  async function readyProcess(place: Place): Promise<PdfProcess | undefined> {
    for (let tries = 0; tries < pdfStartTriesMax && !closing.signal.aborted; tries++) {
      if (place.process === undefined || place.process.ended()) renew(place)
      if ((await place.process?.ready) === true) return place.process
      place.process?.end()
    }
    return undefined
  }

  /** A process that died without a word may have been dying before it got the file: the file is tried once more in a new one. */
  async function runIn(place: Place, waiting: Waiting, again = false): Promise<PdfJobOutcome> {
    const { job, host, abandon } = waiting
    if (abandon.aborted) return abandoned
    const process = await readyProcess(place)
    if (abandon.aborted) return abandoned
    if (process === undefined) return overloaded
    try {
      const outcome = await process.run({ job, host, abandon, timeoutMilliseconds })
      if (!outcome.ok && 'ended' in outcome) {
        renew(place)
        if (outcome.ended === 'died' && !again && !process.heard()) return await runIn(place, waiting, true)
      } else if (process.workedMilliseconds() > pdfProcessMilliseconds) renew(place)
      return outcome
    } catch (error) {
      // Nobody knows where its conversation stands: the next job gets a process of its own.
      renew(place)
      throw error
    }
  }

  async function serve(place: Place, waiting: Waiting): Promise<void> {
    await runIn(place, waiting).then(waiting.resolve, waiting.reject)
    place.busy = false
    next()
  }

  /** Gives the first that waits to a free place, one with a process where there is one. */
  function next(): void {
    const free = places.filter(({ busy }) => !busy)
    const place = free.find(({ process }) => process !== undefined) ?? free[0]
    const waiting = place && queue.shift()
    if (place === undefined || waiting === undefined) return
    place.busy = true
    void serve(place, waiting)
  }

  return {
    run(job, host, abandon) {
      if (queue.length >= pdfQueueMax) return Promise.resolve(overloaded)
      return new Promise((resolve, reject) => {
        const signals = abandon === undefined ? [closing.signal] : [abandon, closing.signal]
        queue.push({ job, host, abandon: AbortSignal.any(signals), resolve, reject })
        next()
      })
    },
    close() {
      closing.abort()
      for (const { process } of places) process?.end()
    },
  }
}
