import { once } from 'node:events'
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'

/** When a call is lost: before the service has it, when it has acted and answered, or in the middle of that answer. */
export const cutMoments = ['unsent', 'unanswered', 'halfway'] as const
export type CutMoment = (typeof cutMoments)[number]

/** Which calls are lost, and when; all of them until the front is healed, or the first so many. */
export type Cut = { method?: string; path: RegExp; moment: CutMoment; times?: number }

/** A way to the service over HTTP on which calls can be lost, as a phone loses them. */
export type CuttingFront = {
  url: string
  /** Loses calls like this from now on. `happened` resolves with the first of them: the service has acted by then, unless unsent. */
  cut(cut: Cut): { happened: Promise<void> }
  /** Every call arrives again. */
  heal(): void
  /** How many calls were lost since it was opened. */
  cuts(): number
  close(): Promise<void>
}

type Made = Cut & { left: number; tell(): void }

/** Opens one in front of this address. `scripts` stand before the scripts of these names, for a test that cannot wait as a person does. */
export async function openCuttingFront(to: string, scripts: Record<string, string> = {}): Promise<CuttingFront> {
  const port = Number(new URL(to).port)
  let made: Made[] = []
  let cuts = 0

  function cutOf({ method, url = '' }: IncomingMessage): Made | undefined {
    const found = made.find((each) => each.left > 0 && (each.method ?? method) === method && each.path.test(url))
    if (found === undefined) return undefined
    found.left--
    cuts++
    return found
  }

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const cut = cutOf(request)
    const lose = () => {
      response.socket?.destroy()
      cut?.tell()
    }
    if (cut?.moment === 'unsent') return lose()
    const { method, url = '/', rawHeaders } = request
    // as it came, but for the connection: one that is not used again is never silently tried again by the browser
    const passed = ask({ port, host: '127.0.0.1', method, path: url, agent: false })
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const [name = '', value = ''] = rawHeaders.slice(at, at + 2)
      if (!/^(?:connection|accept-encoding)$/i.test(name)) passed.setHeader(name, value)
    }
    passed.on('error', lose)
    response.on('close', () => passed.destroy())
    request.pipe(passed)
    const [answer]: IncomingMessage[] = await once(passed, 'response')
    if (answer === undefined) return lose()
    answer.on('error', lose)
    const script = Object.entries(scripts).find(([name]) => url.includes(name))?.[1]
    if (cut === undefined && script === undefined) {
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, connection: 'close' })
      answer.pipe(response)
      return
    }
    const body = Buffer.concat([Buffer.from(script ?? ''), ...(await answer.toArray())])
    if (cut?.moment === 'unanswered') return lose()
    const headers = { ...answer.headers, 'content-length': body.length, connection: 'close' }
    response.writeHead(answer.statusCode ?? 502, headers)
    if (cut === undefined) return void response.end(body)
    response.write(body.subarray(0, body.length >> 1), lose)
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.socket?.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the front listens nowhere')
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut(cut) {
      const happened = new Promise<void>((tell) => made.push({ ...cut, left: cut.times ?? Infinity, tell }))
      return { happened }
    },
    heal: () => (made = []),
    cuts: () => cuts,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
