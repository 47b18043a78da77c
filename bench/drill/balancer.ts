import { once } from 'node:events'
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** Asks each process this often whether it is ready; ordinary balancers ask every second or two, and a process waits five. */
const askMilliseconds = 250
/** A process that does not say so within this is not coming. */
const waitSecondsMax = 90

type Backend = { url: string; ready: boolean; agent: Agent }

/** What stands between clients and processes, as small as one can be. */
export type Balancer = {
  url: string
  /** Calls that got no whole answer from their process. */
  broken(): number
  /** Sends calls there as long as `/ready` says yes; resolves with the first yes. */
  add(url: string): Promise<void>
  /** Asks it no more. */
  remove(url: string): void
  close(): Promise<void>
}

/**
 * Round robin over the processes that are ready. A call is sent once: when its process breaks off, so does the caller's
 * connection, for nobody but the caller knows whether the call may be sent again.
 */
export async function openBalancer(): Promise<Balancer> {
  const backends: Backend[] = []
  const stopped = new AbortController()
  let turn = 0
  let broken = 0

  function forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const ready = backends.filter((backend) => backend.ready)
    const backend = ready[turn++ % Math.max(ready.length, 1)]
    if (backend === undefined) {
      outgoing.writeHead(503).end()
      return
    }
    const breakOff = () => {
      broken++
      outgoing.destroy()
    }
    const { connection: _, ...headers } = incoming.headers
    const call = request(backend.url + (incoming.url ?? ''), {
      method: incoming.method,
      headers,
      agent: backend.agent,
    })
    call.on('error', breakOff)
    call.on('response', (answer) => {
      const { connection: _hop, 'keep-alive': _keep, 'transfer-encoding': _coding, ...kept } = answer.headers
      outgoing.writeHead(answer.statusCode ?? 502, kept)
      answer.on('error', breakOff)
      answer.pipe(outgoing)
    })
    incoming.pipe(call)
  }

  async function ask(backend: Backend): Promise<void> {
    const answer = await fetch(`${backend.url}/ready`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
    await answer?.arrayBuffer().catch(() => undefined)
    backend.ready = answer?.status === 200 && backends.includes(backend)
  }

  async function askAll(): Promise<void> {
    while (!stopped.signal.aborted) {
      await Promise.all(backends.map(ask))
      await delay(askMilliseconds, undefined, { signal: stopped.signal }).catch(() => undefined)
    }
  }

  const server = createServer(forward)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the balancer has no port')
  const asking = askAll()
  return {
    url: `http://127.0.0.1:${address.port}`,
    broken: () => broken,
    async add(url) {
      const backend = { url, ready: false, agent: new Agent({ keepAlive: true }) }
      backends.push(backend)
      for (const end = Date.now() + waitSecondsMax * 1000; !backend.ready;) {
        if (Date.now() > end) throw new Error(`${url} is not ready after ${waitSecondsMax} s`)
        await delay(askMilliseconds)
      }
    },
    remove(url) {
      const at = backends.findIndex((backend) => backend.url === url)
      for (const { agent } of backends.splice(at, at < 0 ? 0 : 1)) agent.destroy()
    },
    async close() {
      stopped.abort()
      await asking
      server.close()
      server.closeAllConnections()
      for (const { agent } of backends) agent.destroy()
    },
  }
}
