import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { drainNoticeSeconds, readyAskedSeconds } from '../limits/traffic.ts'
import { openDoor, type Door } from './door.ts'
import { refusalOf, sendProblem } from './problems.ts'

/** A moment that a test ends by hand. */
function gate() {
  let open: (() => void) | undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open?.() }
}

let app: FastifyInstance
let door: Door
let url: string
let agent: Agent
let seconds: number
let waiting: ReturnType<typeof gate>
let noticed: ReturnType<typeof gate>
let arrived: ReturnType<typeof gate>
let finish: ReturnType<typeof gate>
let waitedSeconds: number | undefined
beforeEach(async () => {
  ;[waiting, noticed, arrived, finish] = [gate(), gate(), gate(), gate()]
  seconds = 1_000
  waitedSeconds = undefined
  agent = new Agent({ keepAlive: true, maxSockets: 1 })
  app = Fastify({ return503OnClosing: false, forceCloseConnections: 'idle' })
  app.setErrorHandler((error, call, reply) => sendProblem(call, reply, refusalOf(error)))
  door = openDoor(app, {
    monotonic: () => seconds * 1000,
    wait: (milliseconds) => {
      waitedSeconds = milliseconds / 1000
      waiting.open()
      return noticed.opened
    },
  })
  app.get('/quick', () => 'quick')
  app.get('/slow', async () => {
    arrived.open()
    await finish.opened
    return 'slow'
  })
  url = await app.listen({ port: 0, host: '127.0.0.1' })
})
afterEach(async () => {
  noticed.open()
  finish.open()
  await app.close()
  agent.destroy()
})

async function get(
  path: string,
  by: Agent = agent,
): Promise<{ status: number | undefined; headers: IncomingMessage['headers'] }> {
  const call = request(url + path, { agent: by })
  call.end()
  const [answer]: IncomingMessage[] = await once(call, 'response')
  if (answer === undefined) throw new Error('no answer')
  await answer.resume().toArray()
  return { status: answer.statusCode, headers: answer.headers }
}

test('while a balancer has yet to notice, calls are served and each answer ends its connection', async () => {
  expect((await get('/quick')).headers.connection).toBe('keep-alive')
  door.asked()
  const closed = app.close()
  await waiting.opened

  expect(door.leaving()).toBe(true)
  expect(waitedSeconds).toBe(drainNoticeSeconds)
  expect(await get('/quick')).toMatchObject({ status: 200, headers: { connection: 'close' } })
  expect(await get('/quick')).toMatchObject({ status: 200, headers: { connection: 'close' } })
  noticed.open()
  await closed
  await expect(get('/quick')).rejects.toThrow('ECONNREFUSED')
})

test('a call that runs is finished on a connection that ends with it, while new connections are refused', async () => {
  const slow = get('/slow')
  await arrived.opened
  const closed = app.close()
  await expect.poll(() => get('/quick', new Agent()).then(({ status }) => status, String)).toContain('ECONNREFUSED')
  finish.open()

  expect(await slow).toMatchObject({ status: 200, headers: { connection: 'close' } })
  await closed
})

test('where nobody asked for readiness lately nobody is waited for', async () => {
  door.asked()
  seconds += readyAskedSeconds + 1
  await app.close()

  expect(waitedSeconds).toBeUndefined()
})

test('once shut, a call on a connection that was opened before is refused with the time to come back', async () => {
  const accepted = once(app.server, 'connection')
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await accepted
  const slow = get('/slow')
  await arrived.opened
  const closed = app.close()
  await expect.poll(() => app.server.listening).toBe(false)
  socket.write('GET /quick HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const answer = Buffer.concat(await socket.toArray()).toString()

  expect(answer).toMatch(/^HTTP\/1\.1 503 /)
  expect(answer).toMatch(/^retry-after: 1\r$/im)
  expect(answer).toMatch(/^connection: close\r$/im)
  expect(answer).toContain('"code":"overloaded"')
  finish.open()
  expect(await slow).toMatchObject({ status: 200 })
  await closed
})
