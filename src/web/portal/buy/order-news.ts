import { Readable } from 'node:stream'
import type { Database } from '../../../database/database.ts'
import {
  orderListenersMax,
  orderListenersPerAccount,
  orderNewsMilliseconds,
  orderNewsQuietSeconds,
  orderNewsSecondsMax,
} from '../../../limits/purchases.ts'

/** Whom to tell when an order becomes another version than the one that its page shows. */
export type Watched = { accountId: string; orderId: string; version: number }

/** Pages that wait for news of their order. */
export type OrderNews = {
  /** The news as server-sent events; undefined where too many listen already: such a page asks from time to time. */
  listen(watched: Watched): Readable | undefined
  /** Ends every one of them. */
  close(): void
}

type Listener = Watched & { stream: Readable; since: number; toldAt: number }

/**
 * One question to the database every two seconds for all who listen here, and none where nobody does: so it works from whichever process
 * the payment was settled. Each stream ends with its news, or after some minutes; browsers come back by themselves.
 */
export function openOrderNews(
  database: Database,
  onFailure: (error: unknown) => void,
  monotonic: () => number = () => performance.now(),
): OrderNews {
  const listeners = new Set<Listener>()
  let timer: NodeJS.Timeout | undefined

  function end(listener: Listener, last?: string): void {
    listeners.delete(listener)
    if (last !== undefined) listener.stream.push(last)
    listener.stream.push(null)
  }

  async function look(): Promise<void> {
    const asked = [...listeners]
    const rows = await database.sql<{ order_id: string; version: number }[]>`
      select o.order_id, o.version from unnest(${asked.map(({ accountId }) => accountId)}::uuid[], ${asked.map(({ orderId }) => orderId)}::uuid[])
        u(account_id, order_id)
      join orders o on o.account_id = u.account_id and o.order_id = u.order_id`
    const versions = new Map(rows.map((row) => [row.order_id, row.version]))
    const now = monotonic()
    for (const listener of asked) {
      const version = versions.get(listener.orderId)
      if (version !== undefined && version !== listener.version) end(listener, `data: ${version}\n\n`)
      else if (now - listener.since > orderNewsSecondsMax * 1000) end(listener)
      else if (now - listener.toldAt > orderNewsQuietSeconds * 1000) {
        listener.toldAt = now
        listener.stream.push(': \n\n')
      }
    }
  }

  function schedule(): void {
    if (timer !== undefined || listeners.size === 0) return
    timer = setTimeout(() => {
      void look()
        .catch(onFailure)
        .finally(() => {
          timer = undefined
          schedule()
        })
    }, orderNewsMilliseconds)
    timer.unref()
  }

  return {
    listen(watched) {
      const own = [...listeners].filter(({ accountId }) => accountId === watched.accountId)
      if (listeners.size >= orderListenersMax || own.length >= orderListenersPerAccount) return undefined
      const now = monotonic()
      const stream = new Readable({ read: () => undefined })
      const listener: Listener = { ...watched, stream, since: now, toldAt: now }
      stream.on('close', () => listeners.delete(listener))
      stream.push('retry: 3000\n\n')
      listeners.add(listener)
      schedule()
      return stream
    },
    close() {
      clearTimeout(timer)
      for (const listener of listeners) end(listener)
    },
  }
}
