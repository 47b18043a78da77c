import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { chromium, type Page } from 'playwright-core'
import { chromiumArguments, pathOf } from '../../tests/support/browser.ts'

/** Chromium in a group of processes of its own, over a profile that outlives it. */
export type Chromium = {
  page: Page
  /** Ends all its processes at once, as a power cut would. */
  kill(): Promise<void>
  /** The most that its processes of this kind held so far, in MB; sampled. */
  peak(kind: ProcessKind): number
}

/** The one that draws a page and runs its workers; the one that keeps files, blobs and stores. */
export const processKinds = ['renderer', 'browser'] as const
export type ProcessKind = (typeof processKinds)[number]

const sampleMilliseconds = 250

export async function startChromium(profile: string): Promise<Chromium> {
  const flags = [...chromiumArguments, '--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`]
  const child = spawn(pathOf('chromium'), [...flags, 'about:blank'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const gone = once(child, 'exit')
  const { pid } = child
  if (pid === undefined) throw new Error('Chromium does not start')
  const peaks = new Map<ProcessKind, number>()
  const sampling = setInterval(() => {
    for (const kind of processKinds) peaks.set(kind, Math.max(peaks.get(kind) ?? 0, heldMegabytes(pid, kind)))
  }, sampleMilliseconds)
  let address: string | undefined
  for await (const line of createInterface({ input: child.stderr })) {
    address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1]
    if (address !== undefined) break
  }
  child.stderr.resume()
  if (address === undefined) throw new Error('Chromium has nothing to connect to')
  const browser = await chromium.connectOverCDP(address)
  const page = browser.contexts()[0]?.pages()[0]
  if (page === undefined) throw new Error('Chromium has no page')
  return {
    page,
    async kill() {
      clearInterval(sampling)
      process.kill(-pid, 'SIGKILL')
      await gone
    },
    peak: (kind) => peaks.get(kind) ?? 0,
  }
}

/** What the largest process of this kind in the group holds now, in MB; 0 where there is none. */
function heldMegabytes(group: number, kind: ProcessKind): number {
  let most = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      if (Number(stat.slice(stat.lastIndexOf(')')).split(' ')[3]) !== group) continue
      const isRenderer = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer')
      if (kind === 'renderer' ? !isRenderer : Number(pid) !== group) continue
      const resident = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      most = Math.max(most, Number(resident ?? 0) / 1024)
    } catch {
      // it ended meanwhile
    }
  }
  return most
}
