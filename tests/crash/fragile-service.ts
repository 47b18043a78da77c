import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FaultPoint } from '../../src/base/fault-points.ts'
import type { FromService, Order, ToService } from './orders.ts'

/** A service whose end is part of the plan. */
export type FragileService = {
  tell(message: ToService): void
  kill(): void
  /** Drains and stops, its database too. */
  stop(): Promise<void>
  /** True once it serves, false when it ended before. */
  ready: Promise<boolean>
  /** Resolves when the process is gone. */
  gone: Promise<void>
}

/** What is heard of it meanwhile. */
export type Listeners = {
  onReached(point: FaultPoint): void
  /** The service stands still at a fault point until it is told to go on. */
  onWaits(): void
  onCarriedOut(order: Order): void
}

const entry = fileURLToPath(new URL('crash-service.ts', import.meta.url))

/** Starts the real service over an embedded database in `folder`/data, under these orders; what it says goes into `folder`/service.log. */
export function startFragileService(
  where: { folder: string; port: number },
  orders: readonly Order[],
  listeners: Listeners,
): FragileService {
  const log = openSync(join(where.folder, 'service.log'), 'a')
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), entry, JSON.stringify(orders)], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: String(where.port),
      METERAI_DATA: join(where.folder, 'data'),
      METERAI_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', log, log, 'ipc'],
  })
  closeSync(log)
  const gone = once(child, 'exit').then(() => undefined)
  const ready = new Promise<boolean>((resolve) => {
    child.on('message', (message: FromService) => {
      if (message.kind === 'ready') resolve(true)
      if (message.kind === 'reached') listeners.onReached(message.point)
      if (message.kind === 'waits') listeners.onWaits()
      if (message.kind === 'carriedOut') listeners.onCarriedOut(message.order)
    })
    void gone.then(() => resolve(false))
  })
  const tell = (message: ToService) => {
    // A service that is just dying hears nothing: its end is noticed by itself.
    if (child.connected) child.send(message, () => undefined)
  }
  return {
    tell,
    kill: () => void child.kill('SIGKILL'),
    async stop() {
      tell({ kind: 'stop' })
      await gone
    },
    ready,
    gone,
  }
}
