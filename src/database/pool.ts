import { setTimeout as delay } from 'node:timers/promises'
import type postgres from 'postgres'

/** How PostgreSQL's types come and go, by the client's names for them. */
type TypeMap = Record<string, unknown>

/** How long a pool that lost a connection lives on. */
export type Retirement = {
  /** What waits in its queue is served for so long: ending it at once would leave that waiting for nobody. */
  serveMilliseconds: number
  /** Then what runs on it has so long to come to its end. */
  drainSeconds: number
}

/** A pool whose connections are renewed together. */
export type RenewedPool<Types extends TypeMap> = {
  sql: postgres.Sql<Types>
  /** Ends every connection at once; what runs on them fails as lost. The next statement opens a new pool. */
  abandon(): void
}

/**
 * A pool that never uses a connection again once one was lost: the next statement opens a new pool, and the old one
 * retires. The client (3.4.9; LanternOps/breeze 3225 tells the story) reconnects the lost
 * connection's own object, which may remember half a message or an old error, and then answers nobody or the wrong one.
 */
export function renewedPool<Types extends TypeMap>(
  open: (onclose: () => void) => postgres.Sql<Types>,
  retirement: Retirement,
): RenewedPool<Types> {
  let ended = false
  const retired = new Set<postgres.Sql<Types>>()
  let current = openNext()

  function openNext(): postgres.Sql<Types> {
    const pool: postgres.Sql<Types> = open(() => {
      if (ended || pool !== current) return
      current = openNext()
      void retire(pool)
    })
    return pool
  }

  async function retire(pool: postgres.Sql<Types>): Promise<void> {
    retired.add(pool)
    await delay(retirement.serveMilliseconds)
    await pool.end({ timeout: retirement.drainSeconds })
    retired.delete(pool)
  }

  async function end(options?: { timeout?: number }): Promise<void> {
    ended = true
    await Promise.all([current, ...retired].map((pool) => pool.end(options)))
  }

  function abandon(): void {
    const pool = current
    current = openNext()
    void pool.end({ timeout: 0 })
  }

  const sql = new Proxy(current, {
    apply: (_, self, words) => Reflect.apply(current, self, words),
    get: (_, name) => (name === 'end' ? end : Reflect.get(current, name)),
  })
  return { sql, abandon }
}
