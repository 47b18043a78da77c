import { connect, type Socket } from 'node:net'

/** An answer; the body as it came. */
export type HttpAnswer = { status: number; body: Buffer }

/**
 * One kept connection of HTTP/1.1, one request at a time. It knows only answers with a content-length, as the service gives
 * them: the generator shares the cores with what it measures, and a whole client costs more than the service's routes.
 */
export type HttpConnection = {
  /** Head and body as they go over the wire. Rejects when the connection ends before the whole answer. */
  send(request: string): Promise<HttpAnswer>
  close(): void
}

type Waiting = { resolve(answer: HttpAnswer): void; reject(error: Error): void }

/** Connects to the host and port of this address. */
export async function openConnection(url: string): Promise<HttpConnection> {
  const { port } = new URL(url)
  const socket: Socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject)
  })
  let waiting: Waiting | undefined
  let received: Buffer[] = []
  let length = 0
  let total = Infinity

  function take(chunk: Buffer): void {
    received.push(chunk)
    length += chunk.length
    if (total === Infinity) {
      const whole = Buffer.concat(received)
      received = [whole]
      const end = whole.indexOf('\r\n\r\n')
      if (end < 0) return
      const size = /content-length: (\d+)/i.exec(whole.toString('latin1', 0, end))?.[1]
      if (size === undefined) throw new Error('an answer without content-length')
      total = end + 4 + Number(size)
    }
    if (length < total) return
    const [first = chunk] = received
    const whole = received.length === 1 ? first : Buffer.concat(received)
    const answer = {
      status: Number(whole.toString('latin1', 9, 12)),
      body: whole.subarray(whole.indexOf('\r\n\r\n') + 4),
    }
    received = []
    length = 0
    total = Infinity
    const done = waiting
    waiting = undefined
    done?.resolve(answer)
  }

  const fail = (error: Error) => waiting?.reject(error)
  socket.on('data', take).on('error', fail)
  socket.on('close', () => fail(new Error('the service closed the connection')))
  return {
    send(request) {
      return new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('the service closed the connection'))
        waiting = { resolve, reject }
        socket.write(request)
      })
    },
    close: () => void socket.destroy(),
  }
}
