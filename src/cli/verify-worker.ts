import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startBoundedProcess } from '../base/bounded-process.ts'
import { checkMilliseconds, pdfWorkAddressSpaceKilobytes, pdfWorkHeapMegabytes } from '../limits.ts'
import type { Trust } from '../stamp/check/report.ts'
import { localExits, Stopped } from './outcome.ts'
import type { FileChecked, FromVerifyProcess, ToVerifyProcess } from './verify-messages.ts'

/** Bounds of one file; tests take smaller ones. */
export type CheckBounds = { milliseconds: number; heapMegabytes: number }
const usual: CheckBounds = { milliseconds: checkMilliseconds, heapMegabytes: pdfWorkHeapMegabytes }

/** Reads one file at a time in a child process, which starts with the first file and anew after one that ended it. */
export type VerifyWorker = {
  /** Files given meanwhile wait for their turn. A file that ends the process or takes too long is refused as `too_complex`. Throws Stopped when no process starts. */
  check(path: string): Promise<FileChecked>
  close(): void
}

const processPath = fileURLToPath(new URL('verify-process.ts', import.meta.url))

/** Starting takes a second on a busy machine. */
const startMilliseconds = 60_000

/** A worker whose processes trust these roots. */
export function openVerifyWorker(trust: Trust, bounds: CheckBounds = usual): VerifyWorker {
  let child: ChildProcess | undefined
  const end = () => {
    child?.kill('SIGKILL')
    child = undefined
  }

  async function start(): Promise<ChildProcess> {
    const { heapMegabytes } = bounds
    const started = startBoundedProcess(processPath, {
      heapMegabytes,
      addressSpaceKilobytes: pdfWorkAddressSpaceKilobytes,
      serialization: 'advanced',
    })
    const first = await answerOf(started, { kind: 'trust', trust }, startMilliseconds)
    if (first.kind === 'ready') return started
    started.kill('SIGKILL')
    const detail = first.kind === 'ended' ? first.how : first.kind
    throw new Stopped('cli.verify.noWorker', { detail }, localExits.failed)
  }

  async function checkNow(path: string): Promise<FileChecked> {
    child ??= await start()
    const answer = await answerOf(child, { kind: 'check', path }, bounds.milliseconds)
    if (answer.kind === 'checked' || answer.kind === 'refused') return answer
    end()
    return { kind: 'refused', refusal: { code: 'too_complex' } }
  }

  let last: Promise<unknown> = Promise.resolve()
  return {
    check(path) {
      const checked = last.then(() => checkNow(path))
      last = checked.catch(() => undefined)
      return checked
    },
    close: end,
  }
}

type Ended = { kind: 'ended'; how: 'died' | 'out of time' }

function answerOf(
  child: ChildProcess,
  message: ToVerifyProcess,
  milliseconds: number,
): Promise<FromVerifyProcess | Ended> {
  return new Promise((resolve) => {
    const settle = (answer: FromVerifyProcess | Ended) => {
      clearTimeout(timer)
      child.off('message', settle).off('exit', died).off('error', died)
      resolve(answer)
    }
    const died = () => settle({ kind: 'ended', how: 'died' })
    const timer = setTimeout(() => settle({ kind: 'ended', how: 'out of time' }), milliseconds)
    child.on('message', settle).on('exit', died).on('error', died)
    child.send(message, (error) => {
      if (error !== null) died()
    })
  })
}
