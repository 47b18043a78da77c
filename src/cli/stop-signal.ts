import { localExits } from './outcome.ts'

/** Resolves with the first request to stop; a second one ends the process at once, as whoever repeats it wants. */
export function nextStopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(localExits.failed)
        asked = true
        resolve()
      })
    }
  })
}
