import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { noTerminal, openCommandLine, startersWith, type CommandLine } from '../../../tests/support/command-line.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { freePort } from '../../base/free-port.ts'
import { dispatchEvents } from '../../notices/dispatch.ts'
import { takeForListeners } from '../../notices/webhooks/listeners.ts'
import type { CommandContext } from '../command.ts'
import { openServer } from '../connection.ts'
import { openScreen } from '../screen.ts'
import { listenUntil } from './listen-until.ts'

let web: TestWeb
let receiver: Server
let forward: string
let status = 200
let got: { headers: IncomingHttpHeaders; body: string }[] = []
let account: Awaited<ReturnType<TestWeb['openAccount']>>
let line: CommandLine

beforeAll(async () => {
  web = await testWeb()
  receiver = createServer((request, answer) => {
    let body = ''
    request.on('data', (piece: Buffer) => (body += piece.toString()))
    request.on('end', () => {
      got.push({ headers: request.headers, body })
      answer.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end('thanks')
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const address = receiver.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  forward = `http://127.0.0.1:${address.port}/hook`
})
beforeEach(async () => {
  got = []
  status = 200
  account = await web.openAccount(0)
  line = await openCommandLine({ METERAI_URL: web.url, METERAI_KEY: account.testKey })
})
afterEach(() => line.remove())
afterAll(async () => {
  receiver.close()
  await web.close()
})

const dispatch = () =>
  dispatchEvents({
    database: web.db.database,
    deliver: (event) => takeForListeners(web.db.database, event),
    onFailure: (_, error) => {
      throw error
    },
  })

/** `meterai listen` in this process, until `stop` is called. */
async function listening(events?: string[], to: string | undefined = forward) {
  const said = { out: '', err: '' }
  const context: CommandContext = {
    environment: line.environment,
    workingFolder: line.folder,
    screen: openScreen('en', { write: (piece) => (said.out += piece) }, { write: (piece) => (said.err += piece) }),
    wait: () => Promise.resolve(),
    starters: startersWith({}),
    terminal: noTerminal,
  }
  const server = await openServer(context, { key: 'needed' })
  let resolve = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  const ended = listenUntil({ context, server, forward: to, events }, promise)
  let isOver = false
  void ended.finally(() => (isOver = true))
  await expect.poll(() => isOver || said.out.includes('whsec_')).toBe(true)
  return {
    said,
    ended,
    async stop() {
      resolve()
      return ended
    },
  }
}

test('a made-up event reaches the program under development as a webhook would, and is printed', async () => {
  const listener = await listening(['affixing.affixed'])
  const triggered = await line.run('trigger', 'affixing.affixed', '--json')
  expect(triggered).toMatchObject({ exitCode: 0, json: { ok: true, heard: true, event: 'affixing.affixed' } })
  await dispatch()
  await expect.poll(() => listener.said.out).toMatch(/answered 200/)
  const [{ headers, body } = { headers: {}, body: '' }] = got
  const secret = /whsec_(\S+)/.exec(listener.said.out)?.[1] ?? ''
  const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
  const mac = createHmac('sha256', Buffer.from(secret, 'base64')).update(content).digest('base64')
  expect(headers['webhook-signature']).toBe(`v1,${mac}`)
  expect(headers['content-type']).toBe('application/json')
  expect(headers['webhook-id']).toBe(triggered.json['id'])
  expect(listener.said.out).toContain(String(triggered.json['objectId']))
  expect(await listener.stop()).toEqual({ ok: true, heard: 1 })
  const rows = await web.db.owner.sql`select from event_listeners`
  expect(rows).toHaveLength(0)
})

test('a receiver that fails, sends elsewhere or is not there is told, and the next event comes all the same', async () => {
  const listener = await listening()
  const expected = ['answered 500', 'answered 302', 'answered 200']
  for (const [at, answer] of [500, 302, 200].entries()) {
    status = answer
    await line.run('trigger', 'affixing.released')
    await dispatch()
    await expect.poll(() => listener.said.out).toContain(expected[at])
  }
  expect(got).toHaveLength(3)
  await listener.stop()
  const nowhere = await listening(undefined, `http://127.0.0.1:${await freePort('127.0.0.1')}/`)
  await line.run('trigger', 'affixing.released')
  await dispatch()
  await expect.poll(() => nowhere.said.out).toMatch(/did not answer: ECONNREFUSED/)
  await nowhere.stop()
})

test('a listener that the service forgot is opened again', async () => {
  const listener = await listening(['affixing.affixed'])
  await web.db.owner.sql`delete from event_listeners`
  await expect.poll(() => listener.said.err).toContain('Listening again')
  await line.run('trigger', 'affixing.affixed')
  await dispatch()
  await expect.poll(() => got.length).toBe(1)
  await listener.stop()
})

test('an event that is none ends the command with the names there are', async () => {
  const listener = await listening(['affixing.burnt'], '').catch((error: unknown) => error)
  expect(listener).toMatchObject({ said: { out: '' } })
  const ran = await line.run('trigger', 'affixing.burnt')
  expect(ran.exitCode).toBe(64)
  expect(ran.err).toContain('affixing.affixed')
})

test('a live key listens only with --live, and makes up nothing', async () => {
  line.environment['METERAI_KEY'] = account.liveKey
  expect(await line.run('listen')).toMatchObject({ exitCode: 77, err: expect.stringContaining('--live') })
  expect(await line.run('trigger', 'affixing.affixed')).toMatchObject({ exitCode: 77 })
  expect(await line.run('listen', '--live', '--forward', 'ftp://x/')).toMatchObject({ exitCode: 64 })
  expect(await line.run('trigger')).toMatchObject({ exitCode: 64 })
})
