import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startBoundedProcess } from '../base/bounded-process.ts'
import { checkMilliseconds, pdfWorkAddressSpaceKilobytes, pdfWorkHeapMegabytes } from '../limits/stamping.ts'
import type { FileChecked } from '../stamp/check/check-bytes.ts'
import type { Trust } from '../stamp/check/report.ts'
import type { FileLookedAt, FromFileCheck, ToFileCheck } from './file-check-messages.ts'

/** Bounds of one file; tests take smaller ones. */
export type CheckBounds = { milliseconds: number; heapMegabytes: number }
const usual: CheckBounds = { milliseconds: checkMilliseconds, heapMegabytes: pdfWorkHeapMegabytes }

/** Reads one file at a time in a child process, which starts with the first file and anew after one that ended it. */
export type FileChecker = {
  /** Files given meanwhile wait for their turn. A file that ends the process or takes too long is refused as `too_complex`. Throws NoCheckerError when no process starts. */
  check(path: string): Promise<FileChecked>
  /** What stamping needs to know about a file; the same holds. */
  look(path: string): Promise<FileLookedAt>
  close(): void
}

/** The process that reads files cannot be started; the message is what it ended with. */
export class NoCheckerError extends Error {
  override readonly name = 'NoCheckerError'
}

const processPath = fileURLToPath(new URL('file-check-process.ts', import.meta.url))

/** Starting takes a second on a busy machine. */
const startMilliseconds = 60_000

/** A checker whose processes trust these roots. */
export function openFileChecker(trust: Trust, bounds: CheckBounds = usual): FileChecker {
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
    throw new NoCheckerError(detail)
  }

  async function askNow(kind: 'check' | 'look', path: string): Promise<FileChecked | FileLookedAt> {
    child ??= await start()
    const answer = await answerOf(child, { kind, path }, bounds.milliseconds)
    if (answer.kind === 'checked' || answer.kind === 'looked' || answer.kind === 'refused') return answer
    end()
    return { kind: 'refused', refusal: { code: 'too_complex' } }
  }

  let last: Promise<unknown> = Promise.resolve()
  function inTurn(kind: 'check' | 'look', path: string): Promise<FileChecked | FileLookedAt> {
    const answered = last.then(() => askNow(kind, path))
    last = answered.catch(() => undefined)
    return answered
  }
  return {
    async check(path) {
      const answer = await inTurn('check', path)
      if (answer.kind === 'looked') throw new Error(`${path} was looked at, not checked`)
      return answer
    },
    async look(path) {
      const answer = await inTurn('look', path)
      if (answer.kind === 'checked') throw new Error(`${path} was checked, not looked at`)
      return answer
    },
    close: end,
  }
}

type Ended = { kind: 'ended'; how: 'died' | 'out of time' }

function answerOf(child: ChildProcess, message: ToFileCheck, milliseconds: number): Promise<FromFileCheck | Ended> {
  return new Promise((resolve) => {
    const settle = (answer: FromFileCheck | Ended) => {
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
