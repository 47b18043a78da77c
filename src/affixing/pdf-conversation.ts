import type { ChildProcess } from 'node:child_process'
import { startBoundedProcess } from '../base/bounded-process.ts'
import type { Refusal } from '../errors.ts'
import {
  pdfProcessCpuSeconds,
  pdfQuestionsMax,
  pdfStartMilliseconds,
  pdfWorkAddressSpaceKilobytes,
  pdfWorkHeapMegabytes,
} from '../limits/stamping.ts'
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

/** One child process, which works on one file at a time. */
export type PdfProcess = {
  /** True when it has come up, false when it did not. */
  ready: Promise<boolean>
  run(work: PdfWork): Promise<PdfJobOutcome>
  /** Its own time on all files so far, the service's answers not counted. */
  workedMilliseconds(): number
  /** Whether it has said a word about the file it got last. */
  heard(): boolean
  /** It is gone, or about to be. */
  ended(): boolean
  end(): void
}

/** One file. Rejects as its host does, or when the process reports a mistake of ours. */
export type PdfWork = { job: PdfJob; host: PdfJobHost; abandon: AbortSignal; timeoutMilliseconds: number }

/** Starts a process within the bounds of `limits/stamping.ts`; its conversation is JSON. */
export function startPdfProcess(processPath: string): PdfProcess {
  const child = startBoundedProcess(processPath, {
    heapMegabytes: pdfWorkHeapMegabytes,
    addressSpaceKilobytes: pdfWorkAddressSpaceKilobytes,
    cpuSeconds: pdfProcessCpuSeconds,
  })
  let worked = 0
  let gone = false
  let heard = false
  child.on('message', () => (heard = true))
  child.once('exit', () => (gone = true)).once('error', () => (gone = true))
  return {
    ready: comesUp(child),
    run(work) {
      heard = false
      return converse(child, work, (milliseconds) => (worked += milliseconds))
    },
    heard: () => heard,
    workedMilliseconds: () => worked,
    ended: () => gone,
    end() {
      gone = true
      child.kill('SIGKILL')
    },
  }
}

function comesUp(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (up: boolean) => {
      clearTimeout(timer)
      child.off('message', heard).off('exit', died).off('error', died)
      resolve(up)
    }
    const timer = setTimeout(() => answer(false), pdfStartMilliseconds)
    const heard = (message: FromPdfProcess) => message.kind === 'ready' && answer(true)
    const died = () => answer(false)
    child.on('message', heard).on('exit', died).on('error', died)
  })
}

/** One job's conversation with the process. Only the process's own time counts against its bound, not the service's answers. */
function converse(child: ChildProcess, work: PdfWork, worked: (milliseconds: number) => void): Promise<PdfJobOutcome> {
  const { host, abandon } = work
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    let left = work.timeoutMilliseconds
    let since: number | undefined
    let questions = 0
    let over = false
    /** Its own time ends here: the service is at work, or the job is over. */
    const pause = () => {
      clearTimeout(timer)
      if (since === undefined) return
      const milliseconds = performance.now() - since
      since = undefined
      left -= milliseconds
      worked(milliseconds)
    }
    const send = (message: ToPdfProcess) => {
      // The host may answer after the job was abandoned.
      if (over) return
      since = performance.now()
      timer = setTimeout(() => finish({ ok: false, ended: 'out_of_time' }), Math.max(0, left))
      child.send(message, (error) => {
        if (error !== null) died()
      })
    }
    const stop = () => {
      over = true
      pause()
      child.off('message', heard).off('exit', died).off('error', died)
      abandon.removeEventListener('abort', abandoned)
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
      if (message.kind === 'ready') return
      pause()
      if (message.kind === 'done') finish({ ok: true })
      else if (message.kind === 'refused') finish({ ok: false, refusal: message.refusal })
      else if (message.kind === 'failed') fail(new Error(`the PDF process failed: ${message.message}`))
      else if (++questions > pdfQuestionsMax) finish({ ok: false, ended: 'out_of_time' })
      else if (message.kind === 'prepared') host.prepared(message.layout).then(() => send({ kind: 'kept' }), fail)
      else host.request(message.call).then((answer) => send({ kind: 'answer', answer }), fail)
    }
    child.on('message', heard).on('exit', died).on('error', died)
    abandon.addEventListener('abort', abandoned)
    send({ kind: 'job', job: work.job })
  })
}
