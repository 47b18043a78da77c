import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import type { WalkedPage } from './walk.ts'

/** Milliseconds a page may take on the server, half of the times. */
export const serverBudget = 5

const agent = new Agent({ keepAlive: true })

/** One page, whole, over a connection that stays; its milliseconds. */
async function ask(url: string, { path, cookie }: WalkedPage): Promise<number> {
  const from = performance.now()
  const headers = { accept: 'text/html', 'accept-encoding': 'br, gzip', cookie }
  const [answer]: IncomingMessage[] = await once(get(url + path, { agent, headers }), 'response')
  if (answer === undefined) throw new Error(`${path} was not answered`)
  for await (const _ of answer);
  return performance.now() - from
}

/** The median of asking for a page so many times one after another; the first asks do not count. */
export async function measureServer(url: string, page: WalkedPage, times: number): Promise<number> {
  const took: number[] = []
  for (let asked = -3; asked < times; asked++) {
    const milliseconds = await ask(url, page)
    if (asked >= 0) took.push(milliseconds)
  }
  took.sort((a, b) => a - b)
  return took[Math.floor(took.length / 2)] ?? 0
}

/** Pages a second where so many visitors ask at once, each for one page after the other. */
export async function pagesPerSecond(
  url: string,
  pages: readonly WalkedPage[],
  { visitors, seconds }: { visitors: number; seconds: number },
): Promise<number> {
  const until = performance.now() + seconds * 1000
  const counts = await Promise.all(
    Array.from({ length: visitors }, async (_, first) => {
      let count = 0
      while (performance.now() < until) {
        const page = pages[(first * 7 + count) % pages.length]
        if (page === undefined) break
        await ask(url, page)
        count++
      }
      return count
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0) / seconds
}
