import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { type FetchResult, loadNews, type LoadOrder, type LoadResult } from './messages.ts'

/** The load generator in its process. */
export type Generator = {
  pid: number
  /** Runs a load; tells when the measured time begins and ends. */
  load(order: Omit<Extract<LoadOrder, { kind: 'load' }>, 'kind'>, tell: LoadTold): Promise<LoadResult>
  /** Fetches every signature that loads with `keep` were given, and forgets them. */
  fetch(urls: readonly string[]): Promise<FetchResult>
  stop(): void
}

type LoadTold = { measuring(): void; ended(): void }
type News = z.infer<typeof loadNews>

const entry = fileURLToPath(new URL('generator-process.ts', import.meta.url))

export async function startGenerator(): Promise<Generator> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), entry], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  const { pid } = child
  if (pid === undefined) throw new Error('a process without a number')

  async function until(order: LoadOrder, hear: (news: News) => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const gone = () => reject(new Error('the load generator ended'))
      const listen = (message: unknown) => {
        if (!hear(loadNews.parse(message))) return
        child.off('message', listen).off('exit', gone)
        resolve()
      }
      child.on('message', listen).on('exit', gone)
      child.send(order)
    })
  }

  return {
    pid,
    async load(order, tell) {
      let result: LoadResult | undefined
      await until({ kind: 'load', ...order }, (news) => {
        if (news.kind === 'measuring') tell.measuring()
        if (news.kind === 'ended') tell.ended()
        if (news.kind === 'measured') result = news
        return news.kind === 'measured'
      })
      if (result === undefined) throw new Error('a load without a result')
      return result
    },
    async fetch(urls) {
      let result: FetchResult | undefined
      await until({ kind: 'fetch', urls }, (news) => {
        if (news.kind === 'fetched') result = news
        return news.kind === 'fetched'
      })
      if (result === undefined) throw new Error('a check without a result')
      return result
    },
    stop: () => child.disconnect(),
  }
}
