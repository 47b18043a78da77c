import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A service in a process of its own. */
export type ServiceProcess = {
  url: string
  demo: { accountId: string; liveKey: string; testKey: string }
  process: ChildProcess
  /** Resolves when the process is gone, with the signal that ended it. */
  gone: Promise<string | null>
  stop(): Promise<void>
}

const entry = fileURLToPath(new URL('service-process.ts', import.meta.url))

/** Starts a service over a data folder and, where given, a database. `logTo` gets all it writes to its log, traces too; silent by default. */
export async function startServiceProcess(options: {
  dataFolder: string
  database?: { url: string; ownerUrl: string }
  logTo?: string[]
}): Promise<ServiceProcess> {
  const { dataFolder, database, logTo } = options
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), entry], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: '0',
      METERAI_DATA: dataFolder,
      METERAI_LOG_LEVEL: logTo === undefined ? 'silent' : 'trace',
      ...(database === undefined ? {} : { DATABASE_URL: database.url, DATABASE_OWNER_URL: database.ownerUrl }),
    },
    stdio: ['ignore', logTo === undefined ? 'inherit' : 'pipe', logTo === undefined ? 'inherit' : 'pipe', 'ipc'],
  })
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null) createInterface({ input: stream }).on('line', (line) => logTo?.push(line))
  const gone = once(child, 'exit').then(([, signal]: (string | null)[]) => signal ?? null)
  const [ready] = await Promise.race([
    once(child, 'message'),
    gone.then((signal) => Promise.reject(new Error(`the service ended before it was ready (${signal ?? 'exit'})`))),
  ])
  return {
    ...ready,
    process: child,
    gone,
    async stop() {
      if (child.connected) child.send('stop')
      await gone
    },
  }
}
