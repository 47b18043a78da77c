import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A way to a database on which connections can be cut at a chosen message. */
export type CuttingProxy = {
  /** `url` by way of the proxy. */
  url: string
  /** How many cuts were made. */
  cuts(): number
  /**
   * The next message of a client is lost with its connection: before the server has it (`unsent`), or when the server has
   * answered it and the answer is on its way (`unanswered`).
   */
  cutNext(moment: 'unsent' | 'unanswered'): void
  close(): Promise<void>
}

/** Passes every byte on, until it is told to cut. */
export async function openCuttingProxy(url: string): Promise<CuttingProxy> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let armed: 'unsent' | 'unanswered' | undefined
  let cuts = 0
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    let answerIsLost = false
    function end(): void {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', end)
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    client.on('data', (bytes) => {
      const moment = armed
      armed = undefined
      if (moment === 'unsent') {
        cuts++
        return end()
      }
      if (moment === 'unanswered') answerIsLost = true
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (!answerIsLost) return client.write(bytes)
      cuts++
      return end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const through = new URL(url)
  through.host = `127.0.0.1:${address.port}`
  return {
    url: through.href,
    cuts: () => cuts,
    cutNext(moment) {
      armed = moment
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
