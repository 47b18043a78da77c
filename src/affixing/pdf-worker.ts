import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startBoundedProcess } from '../base/bounded-process.ts'
import type { Refusal } from '../errors.ts'
import { pdfQueueMax, pdfWorkAddressSpaceKilobytes, pdfWorkHeapMegabytes, pdfWorkMilliseconds } from '../limits.ts'
import type { FromPdfProcess, Layout, PdfJob, ToPdfProcess } from './pdf-process-messages.ts'

/** What a job asks of the service while it runs: the client's calls, and that the prepared file be kept before it is signed. */
export type PdfJobHost = {
  request(call: {
    method: string
    path: string
    json?: unknown
  }): Promise<{ status: number; headers: Record<string, string>; json: unknown }>
  prepared(layout: Layout): Promise<void>
}

/** Done, refused for its document, or ended: the process died or ran out of time on it, or the host let go of it. */
export type PdfJobOutcome =
  | { ok: true }
  | { ok: false; refusal: Refusal }
  | { ok: false; ended: 'died' | 'out_of_time' | 'abandoned' }

/** Runs untrusted PDFs one at a time in a child process that holds no secrets and cannot outgrow its bounds. */
export type PdfWorker = {
  /** Refused with `overloaded` when too many wait. `abandon` ends the job at once. */
  run(job: PdfJob, host: PdfJobHost, abandon?: AbortSignal): Promise<PdfJobOutcome>
  close(): void
}

const processPath = fileURLToPath(new URL('pdf-process.ts', import.meta.url))

/** The bounds of the process; its conversation is JSON. */
function startProcess(): ChildProcess {
  return startBoundedProcess(processPath, {
    heapMegabytes: pdfWorkHeapMegabytes,
    addressSpaceKilobytes: pdfWorkAddressSpaceKilobytes,
  })
}

/** A worker whose process starts with its first job and again after it dies. */
export function openPdfWorker(timeoutMilliseconds: number = pdfWorkMilliseconds): PdfWorker {
  let child: ChildProcess | undefined
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()
  let closed = false

  const end = () => {
    child?.kill('SIGKILL')
    child = undefined
  }

  async function runNow(job: PdfJob, host: PdfJobHost, abandon: AbortSignal | undefined): Promise<PdfJobOutcome> {
    if (closed || abandon?.aborted === true) return { ok: false, ended: 'abandoned' }
    child ??= startProcess()
    try {
      const outcome = await converse(child, { job, host, abandon, timeoutMilliseconds })
      if (!outcome.ok && 'ended' in outcome) end()
      return outcome
    } catch (error) {
      // Nobody knows where its conversation stands: the next job gets a process of its own.
      end()
      throw error
    }
  }

  return {
    async run(job, host, abandon) {
      if (waiting >= pdfQueueMax) return { ok: false, refusal: { code: 'overloaded', values: { seconds: 5 } } }
      waiting++
      const turn = last.then(() => runNow(job, host, abandon))
      last = turn.catch(() => undefined)
      return turn.finally(() => waiting--)
    },
    close() {
      closed = true
      end()
    },
  }
}

/** One job's conversation with the process. Only the process's own time counts against its bound, not the service's answers. */
function converse(
  child: ChildProcess,
  work: { job: PdfJob; host: PdfJobHost; abandon: AbortSignal | undefined; timeoutMilliseconds: number },
): Promise<PdfJobOutcome> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    let over = false
    const send = (message: ToPdfProcess) => {
      // The host may answer after the job was abandoned.
      if (over) return
      timer = setTimeout(() => finish({ ok: false, ended: 'out_of_time' }), work.timeoutMilliseconds)
      child.send(message, (error) => {
        if (error !== null) died()
      })
    }
    const stop = () => {
      over = true
      clearTimeout(timer)
      child.off('message', heard).off('exit', died).off('error', died)
      work.abandon?.removeEventListener('abort', abandoned)
    }
    const finish = (outcome: PdfJobOutcome) => {
      stop()
      resolve(outcome)
    }
    const died = () => finish({ ok: false, ended: 'died' })
    const abandoned = () => finish({ ok: false, ended: 'abandoned' })
    const fail = (error: unknown) => {
      stop()
      reject(error)
    }
    const heard = (message: FromPdfProcess) => {
      clearTimeout(timer)
      if (message.kind === 'done') finish({ ok: true })
      else if (message.kind === 'refused') finish({ ok: false, refusal: message.refusal })
      else if (message.kind === 'failed') fail(new Error(`the PDF process failed: ${message.message}`))
      else if (message.kind === 'prepared') work.host.prepared(message.layout).then(() => send({ kind: 'kept' }), fail)
      else work.host.request(message.call).then((answer) => send({ kind: 'answer', answer }), fail)
    }
    child.on('message', heard).on('exit', died).on('error', died)
    work.abandon?.addEventListener('abort', abandoned)
    send({ kind: 'job', job: work.job })
  })
}
