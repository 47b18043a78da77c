import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { RefusedError } from '../errors.ts'
import { drainNoticeSeconds, readyAskedSeconds } from '../limits/traffic.ts'

// open -> leaving -> shut. While leaving everything is served as ever, but `/ready` says no and every answer ends its connection,
// so that a balancer sends its calls elsewhere before any of them can fail. Shut: no new connections, calls on old ones are
// refused with Retry-After, what runs is finished. Where nobody asks `/ready`, nobody would notice: it shuts at once.

/** Whether a service takes calls, for `/ready` and for stopping without a failed call. */
export type Door = {
  /** `/ready` was asked. */
  asked(): void
  /** Stopping has begun. */
  leaving(): boolean
}

/** Waiting and time, for tests. */
export type DoorClock = { monotonic(): number; wait(milliseconds: number): Promise<unknown> }

const ownClock: DoorClock = { monotonic: () => performance.now(), wait: (milliseconds) => delay(milliseconds) }

/**
 * Makes `app.close()` leave as described above. The app must be made with `return503OnClosing: false` (Fastify's own answer
 * comes at once and without Retry-After) and `forceCloseConnections: 'idle'`.
 */
export function openDoor(app: FastifyInstance, clock: DoorClock = ownClock): Door {
  let state: 'open' | 'leaving' | 'shut' = 'open'
  let lastAsked = -Infinity
  app.addHook('preClose', async () => {
    state = 'leaving'
    if (clock.monotonic() - lastAsked <= readyAskedSeconds * 1000) await clock.wait(drainNoticeSeconds * 1000)
    state = 'shut'
  })
  app.addHook('onRequest', async () => {
    if (state === 'shut') throw new RefusedError({ code: 'overloaded', values: { seconds: 1 } })
  })
  // Also for calls that came before: Fastify itself thinks only of those that come after.
  app.addHook('onSend', async (_, reply) => {
    if (state !== 'open') void reply.header('connection', 'close')
  })
  return {
    asked: () => {
      lastAsked = clock.monotonic()
    },
    leaving: () => state !== 'open',
  }
}
