import { setTimeout as delay } from 'node:timers/promises'
import { outcomeUnknownSecondsMax } from '../limits/stamping.ts'

/**
 * Waits before a call whose connection was lost is sent again, longer each time. Resolves to false after
 * `outcomeUnknownSecondsMax`: by then a database's restart should long be over.
 */
export async function pauseBeforeRetry(tries: number): Promise<boolean> {
  const milliseconds = Math.min(1000, 25 * 2 ** tries)
  await delay(milliseconds)
  return tries < outcomeUnknownSecondsMax
}
