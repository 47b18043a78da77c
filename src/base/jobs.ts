import { setMaxListeners } from 'node:events'
import { jobFailurePauseSeconds } from '../limits/traffic.ts'

/** Work that goes on by itself: one round, then a pause. A round of many parts ends after the part that `stopping` met. */
export type Job = { name: string; everySeconds: number; run(stopping: AbortSignal): Promise<void> }

/**
 * Runs each job again and again, a round never beside itself. A failed round is told and tried again at its next time:
 * the database may be starting over. `stop` waits for the rounds that run.
 */
export function startJobs(
  jobs: readonly Job[],
  onFailure: (name: string, error: unknown) => void,
): { stop(): Promise<void> } {
  const stopped = new AbortController()
  // Every job listens while it pauses, and may while it works; how many that are is known, so none of them is a leak.
  setMaxListeners(0, stopped.signal)
  const loops = jobs.map(async (job) => {
    while (!stopped.signal.aborted) {
      const failed = await job.run(stopped.signal).then(
        () => false,
        (error: unknown) => {
          onFailure(job.name, error)
          return true
        },
      )
      await pause(failed ? Math.max(job.everySeconds, jobFailurePauseSeconds) : job.everySeconds, stopped.signal)
    }
  })
  return {
    async stop() {
      stopped.abort()
      await Promise.all(loops)
    },
  }
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, seconds * 1000)
    signal.addEventListener('abort', done)
  })
}
