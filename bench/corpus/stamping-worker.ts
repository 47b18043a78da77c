import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { stampingResult, type StampingOrder, type StampingResult } from './stamping-messages.ts'

/** What every file has to keep to, on a machine of the size we promise for. */
export const bounds = { milliseconds: 2_000, heapMegabytes: 256 } as const

/** A result, or how the process ended on the file. */
export type Stamping = StampingResult | { kind: 'crashed'; message: string } | { kind: 'hung' }

export type StampingWorker = { run(order: StampingOrder): Promise<Stamping>; close(): void }

const processPath = fileURLToPath(new URL('stamping-process.ts', import.meta.url))

type Running = { child: ChildProcess; written(): string }

async function start(authorityFolder: string): Promise<Running> {
  const child = fork(processPath, [authorityFolder], {
    execArgv: [...process.execArgv, `--max-old-space-size=${bounds.heapMegabytes}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => (text = (text + piece).slice(-4_000)))
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`the stamping process did not start: ${text}`))),
  ])
  return { child, written: () => text }
}

function answerOf(running: Running, order: StampingOrder): Promise<Stamping> {
  const { child } = running
  return new Promise((resolve) => {
    const settle = (stamping: Stamping) => {
      clearTimeout(timer)
      child.removeAllListeners('message').removeAllListeners('exit')
      resolve(stamping)
    }
    const timer = setTimeout(() => settle({ kind: 'hung' }), bounds.milliseconds)
    child.once('message', (message) => settle(stampingResult.parse(message)))
    child.once('exit', (code, signal) => {
      const line = running
        .written()
        .split('\n')
        .find((row) => /Error|FATAL/.test(row))
      settle({ kind: 'crashed', message: line ?? `it ended with ${signal ?? code}` })
    })
    child.send(order)
  })
}

/** A worker whose process starts anew after a crash or a hang, and runs one file at a time. */
export function openStampingWorker(authorityFolder: string): StampingWorker {
  let running: Running | undefined
  return {
    async run(order) {
      running ??= await start(authorityFolder)
      const stamping = await answerOf(running, order)
      if (stamping.kind === 'hung' || stamping.kind === 'crashed') {
        running.child.kill('SIGKILL')
        running = undefined
      }
      return stamping
    },
    close() {
      running?.child.disconnect()
    },
  }
}
