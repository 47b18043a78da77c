import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/**
 * What answers: the service itself; the same code without micro-batching (`single`: each operation's own transaction of the
 * service's statements) and with the best plain code below it (`plain`: one function call an operation); the same server with
 * routes that do nothing (`empty`), or check and answer as the real ones do but from memory (`canned`).
 */
export const ways = ['batched', 'single', 'plain', 'empty', 'canned'] as const
export type Way = (typeof ways)[number]

/** A service in a process of its own. */
export type RunningService = { way: Way; url: string; process: ChildProcess; pid: number; stop(): Promise<void> }

export type ServiceOptions = {
  way: Way
  dataFolder: string
  database: { serviceUrl: string; ownerUrl: string }
  keyAlgorithm: 'ec-p256' | 'rsa-2048'
  /** Folder for a CPU profile, written when the service stops. */
  profile?: string | undefined
}

const here = (path: string) => new URL(path, import.meta.url).href
const batching = here('../../src/base/batching.ts')
const lanes = here('../../src/affixing/lanes.ts')
const routes = here('../../src/web/api/affixings.ts')
const standIns: Record<Way, Record<string, string> | undefined> = {
  batched: undefined,
  single: { [batching]: here('single-lanes.ts') },
  plain: { [lanes]: here('plain-lanes.ts') },
  empty: { [routes]: here('empty-routes.ts') },
  canned: { [routes]: here('canned-routes.ts') },
}
const ready = z.object({ url: z.string() })

/** Starts it and waits until it listens. */
export async function startBenchService(options: ServiceOptions): Promise<RunningService> {
  const { way, profile } = options
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const replaced = standIns[way]
  const child = spawn(
    process.execPath,
    [
      '--max-semi-space-size=64',
      ...profiling,
      '--import',
      import.meta.resolve('tsx'),
      fileURLToPath(here('service-process.ts')),
    ],
    {
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        PORT: '0',
        METERAI_DATA: options.dataFolder,
        METERAI_LOG_LEVEL: 'silent',
        METERAI_KEY_ALGORITHM: options.keyAlgorithm,
        DATABASE_URL: options.database.serviceUrl,
        DATABASE_OWNER_URL: options.database.ownerUrl,
        ...(replaced === undefined ? {} : { BENCH_STAND_INS: JSON.stringify(replaced) }),
      },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  )
  const gone = once(child, 'exit')
  const [message]: unknown[] = await Promise.race([
    once(child, 'message'),
    gone.then(() => Promise.reject(new Error(`the service (${way}) ended before it was ready`))),
  ])
  const { pid } = child
  if (pid === undefined) throw new Error('a process without a number')
  return {
    way,
    url: ready.parse(message).url,
    process: child,
    pid,
    async stop() {
      if (child.connected) child.send('stop')
      await gone
    },
  }
}
