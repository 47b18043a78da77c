/** Milliseconds that a held process runs, in every so many. */
export const heldRunning = 20
export const heldPeriod = 100

/**
 * Holds processes to a fifth of their time: each runs 20 ms in every 100 and is stopped for the rest, one after the other so
 * far apart as they can be, since machines have no common beat. `stop` lets them go on.
 */
export function holdProcesses(pids: readonly number[]): { stop(): void; runningShare(): number } {
  const began = performance.now()
  let ran = 0
  let stopped = false
  const timers = new Set<NodeJS.Timeout>()
  const at = (moment: number, work: () => void) => {
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        if (!stopped) work()
      },
      Math.max(0, moment - performance.now()),
    )
    timers.add(timer)
  }

  function run(pid: number, from: number): void {
    process.kill(pid, 'SIGCONT')
    const started = performance.now()
    at(from + heldRunning, () => {
      process.kill(pid, 'SIGSTOP')
      ran += performance.now() - started
      at(from + heldPeriod, () => run(pid, from + heldPeriod))
    })
  }

  for (const [index, pid] of pids.entries()) {
    process.kill(pid, 'SIGSTOP')
    const from = began + (index * heldPeriod) / pids.length
    at(from, () => run(pid, from))
  }
  return {
    stop() {
      stopped = true
      for (const timer of timers) clearTimeout(timer)
      for (const pid of pids) process.kill(pid, 'SIGCONT')
    },
    runningShare: () => ran / (performance.now() - began) / pids.length,
  }
}
