import type postgres from 'postgres'

/** How PostgreSQL's types come and go, by the client's names for them. */
type TypeMap = Record<string, unknown>

/**
 * A pool that never uses a connection again once one was lost: the next statement opens a new pool, and the old one ends when what
 * runs on it is done, `drainSeconds` at most. The client (3.4.9; LanternOps/breeze 3225 tells the story) reconnects the lost
 * connection's own object, which may remember half a message or an old error, and then answers nobody or the wrong one.
 */
export function renewedPool<Types extends TypeMap>(
  open: (onclose: () => void) => postgres.Sql<Types>,
  drainSeconds: number,
): postgres.Sql<Types> {
  let ended = false
  let current = openNext()

  function openNext(): postgres.Sql<Types> {
    const pool: postgres.Sql<Types> = open(() => {
      if (ended || pool !== current) return
      current = openNext()
      void pool.end({ timeout: drainSeconds })
    })
    return pool
  }

  function end(options?: { timeout?: number }): Promise<void> {
    ended = true
    return current.end(options)
  }

  return new Proxy(current, {
    apply: (_, self, words) => Reflect.apply(current, self, words),
    get: (_, name) => (name === 'end' ? end : Reflect.get(current, name)),
  })
}
