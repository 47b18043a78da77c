import type { ChildProcess } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { setPriority } from 'node:os'
import { Overloaded } from './batching.ts'
import { startBoundedProcess, type ProcessBounds } from './bounded-process.ts'

/** A module of ours that answers questions: it says `{ kind: 'ready' }` once, then answers each message with one. */
export type AskedModule = {
  modulePath: string
  bounds: ProcessBounds
  /** How long it may take to come up, and for one answer. */
  startMilliseconds: number
  answerMilliseconds: number
  /** How nicely it asks for its time once it is up, 0 to 19. */
  priority: number
  /** advanced: questions and answers hold bytes. */
  serialization?: 'json' | 'advanced'
}

/** One child process, which starts with the first question, and again after one that ended it. */
export type AskedProcess<Question, Answer> = {
  /** Questions come one after the other. Rejects with ProcessEnded, which names nothing of the question. */
  ask(question: Question): Promise<Answer>
  /** Ends the process; what is asked from then on rejects. */
  close(): void
}

/** The process died or took too long; `asked`: over a question, not before it came up. */
export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded'
  readonly asked: boolean
  constructor(what: string, how: { asked: boolean }) {
    super(what)
    this.asked = how.asked
  }
}

/** Opens the process of a module; `what` names it in errors. A question that ended its process is asked no second time. */
export function openAskedProcess<Question extends object, Answer extends object>(
  what: string,
  asked: AskedModule,
): AskedProcess<Question, Answer> {
  let child: ChildProcess | undefined
  let closed = false
  let last: Promise<unknown> = Promise.resolve()

  async function start(): Promise<ChildProcess> {
    const started = startBoundedProcess(asked.modulePath, {
      ...asked.bounds,
      serialization: asked.serialization ?? 'json',
    })
    child = started
    await nextMessage<object>(started, { what, milliseconds: asked.startMilliseconds, asked: false })
    // Not before: on a machine that has nothing left it would never come up in its time, however often it began again.
    if (started.pid !== undefined) yieldTo(asked.priority, started.pid)
    return started
  }

  async function askNow(question: Question): Promise<Answer> {
    try {
      if (closed) throw new ProcessEnded(`the ${what} process is closed`, { asked: false })
      const process = child ?? (await start())
      const answer = nextMessage<Answer>(process, { what, milliseconds: asked.answerMilliseconds, asked: true })
      process.send(question, () => undefined)
      return await answer
    } catch (error) {
      child?.kill('SIGKILL')
      child = undefined
      throw error
    }
  }

  return {
    ask(question) {
      const answer = last.then(() => askNow(question))
      last = answer.catch(() => undefined)
      return answer
    },
    close() {
      closed = true
      child?.kill('SIGKILL')
    },
  }
}

/**
 * Asks a process about files of strangers: at most `waitingMax` questions wait at once. `ended` where a question ended its process, or took
 * too long. Throws Overloaded where too many wait, or no process starts.
 */
export function boundedAsking<Question, Answer>(
  process: AskedProcess<Question, Answer>,
  { what, waitingMax }: { what: string; waitingMax: number },
): (question: Question) => Promise<Answer | 'ended'> {
  let waiting = 0
  return async (question) => {
    if (waiting >= waitingMax) throw new Overloaded(`${waiting} wait for the ${what} process already`)
    waiting++
    try {
      return await process.ask(question)
    } catch (error) {
      if (!(error instanceof ProcessEnded)) throw error
      if (error.asked) return 'ended'
      throw new Overloaded(error.message)
    } finally {
      waiting--
    }
  }
}

/** Gives a process this priority from now on: each of its threads, where the system keeps one for each. */
function yieldTo(priority: number, pid: number): void {
  try {
    const ids = process.platform === 'linux' ? readdirSync(`/proc/${pid}/task`).map(Number) : [pid]
    for (const id of ids) setPriority(id, priority)
  } catch {
    // it died, which whoever asks it next is told
  }
}

/** What the process says next; rejects when it dies, cannot be reached or takes too long. */
function nextMessage<Message>(
  child: ChildProcess,
  waiting: { what: string; milliseconds: number; asked: boolean },
): Promise<Message> {
  const { what, milliseconds, asked } = waiting
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      child.off('message', heard).off('exit', died).off('error', died)
    }
    const fail = (how: string) => {
      stop()
      reject(new ProcessEnded(`the ${what} process ${how}`, { asked }))
    }
    const heard = (message: Message) => {
      stop()
      resolve(message)
    }
    const died = () => fail('died')
    const timer = setTimeout(() => fail('took too long'), milliseconds)
    child.on('message', heard).on('exit', died).on('error', died)
    // It may have died while it had nothing to do.
    if (child.exitCode !== null || child.signalCode !== null) died()
  })
}
