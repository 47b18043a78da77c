import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { openConnection, type HttpConnection } from '../affix/http-connection.ts'

// Sign-ins, each with an address nobody has: the service hashes a password for it all the same, so that nobody can tell. Another address
// each time, for guesses at one are held up before anything is hashed.

const orderSchema = z.object({ url: z.string(), clients: z.number() })
/** Who is turned away comes back when told; there are so many of them that the queue is full at any time. */
const backMilliseconds = 1_000

const phase = { ended: false }
const counts = { answered: 0, turnedAway: 0, failed: 0 }

function signInRequest(): string {
  const identifier = `${randomBytes(9).toString('hex')}@contoh.example`
  const body = JSON.stringify({ identifier, password: 'kucing abu makan ikan' })
  return `POST /v1/sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

async function runClient(connection: HttpConnection): Promise<void> {
  while (!phase.ended) {
    const { status } = await connection.send(signInRequest())
    if (status === 401) counts.answered++
    else if (status === 503) counts.turnedAway++
    else counts.failed++
    if (status !== 401) await delay(backMilliseconds)
  }
}

async function storm(order: z.infer<typeof orderSchema>): Promise<void> {
  const connections = await Promise.all(Array.from({ length: order.clients }, () => openConnection(order.url)))
  const began = performance.now()
  const running = Promise.all(connections.map(runClient))
  process.send?.({ kind: 'raging' })
  await running
  for (const connection of connections) connection.close()
  process.send?.({ ...counts, seconds: (performance.now() - began) / 1000 })
}

process.on('message', (message: unknown) => {
  if (message === 'stop') phase.ended = true
  else void storm(orderSchema.parse(message))
})
process.on('disconnect', () => process.exit(0))
process.send?.({ kind: 'ready' })
