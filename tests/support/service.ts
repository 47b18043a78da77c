import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
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

/** Starts a service over a data folder and, where given, a database. */
export async function startServiceProcess(options: {
  dataFolder: string
  database?: { url: string; ownerUrl: string }
}): Promise<ServiceProcess> {
  const { dataFolder, database } = options
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), entry], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: '0',
      METERAI_DATA: dataFolder,
      METERAI_LOG_LEVEL: 'silent',
      ...(database === undefined ? {} : { DATABASE_URL: database.url, DATABASE_OWNER_URL: database.ownerUrl }),
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
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
