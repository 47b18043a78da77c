import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { postOut, targetProblem } from './outgoing-post.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function listen(answer: RequestListener): Promise<string> {
  const opened = createServer(answer)
  server = opened
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve))
  const address: AddressInfo | string | null = opened.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}/hook`
}

const post = (url: string, change: Partial<Parameters<typeof postOut>[0]> = {}) =>
  postOut({
    url,
    headers: { 'x-test': 'yes' },
    body: '{"ok":"ya"}',
    targets: 'any',
    milliseconds: 5_000,
    answerBytesMax: 1_000,
    ...change,
  })

test('the body and headers arrive, and of the answer only its status comes back', async () => {
  const got: string[] = []
  const url = await listen((request, answer) => {
    got.push(`${request.method} ${request.url} ${String(request.headers['x-test'])}`)
    request.on('data', (piece: Buffer) => got.push(piece.toString()))
    request.on('end', () => answer.writeHead(202).end('kept to myself'))
  })
  expect(await post(url)).toEqual({ status: 202 })
  expect(got).toEqual(['POST /hook yes', '{"ok":"ya"}'])
})

test('a redirect is an answer, not a way to go', async () => {
  let calls = 0
  const url = await listen((_, answer) => {
    calls++
    answer.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
  })
  expect(await post(url)).toEqual({ status: 302 })
  expect(calls).toBe(1)
})

test('an answer without an end is an answer, and is let go at its bound', async () => {
  let closed = false
  const url = await listen((_, answer) => {
    const more = () => void (answer.write('x'.repeat(500)) || answer.once('drain', more))
    const timer = setInterval(more, 1)
    answer.on('close', () => {
      closed = true
      clearInterval(timer)
    })
  })
  expect(await post(url)).toEqual({ status: 200 })
  await expect.poll(() => closed).toBe(true)
})

test('whoever wants to speak another protocol has answered, and is hung up on', async () => {
  const url = await listen(() => undefined)
  server?.on('upgrade', (_, socket) => socket.end())
  server?.on('connection', (socket) => {
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    )
  })
  expect(await post(url, { milliseconds: 2_000 })).toEqual({ status: 101 })
})

test('who does not answer in time is not waited for', async () => {
  const url = await listen(() => undefined)
  expect(await post(url, { milliseconds: 50 })).toEqual({ problem: 'timed_out' })
})

test('nobody there, and no such name', async () => {
  expect(await post('http://127.0.0.1:1/')).toEqual({ problem: 'connection_failed' })
  expect(['name_unknown', 'connection_failed']).toContain(
    Object.values(await post('http://no-such-host.invalid/', { milliseconds: 20_000 }))[0],
  )
})

test.each([[['127.0.0.1']], [['8.8.8.8', '10.0.0.1']], [['2606:4700:4700::1111', '::1']], [['169.254.169.254']]])(
  'a public name that leads to %j is refused, and nothing is dialled',
  async (addresses) => {
    const asked: string[] = []
    const resolveName = (host: string) => {
      asked.push(host)
      return Promise.resolve(addresses)
    }
    const url = 'https://hooks.example.com/'
    expect(await post(url, { targets: 'public', resolveName })).toEqual({ problem: 'address_refused' })
    expect(asked).toEqual(['hooks.example.com'])
  },
)

test('what is dialled is what was looked at, under the name that was asked for', async () => {
  let host: string | undefined
  const url = new URL(
    await listen((request, answer) => {
      host = request.headers.host
      answer.end()
    }),
  )
  url.hostname = 'hooks.example.com'
  expect(await post(url.href, { resolveName: () => Promise.resolve(['127.0.0.1']) })).toEqual({ status: 200 })
  expect(host).toBe(url.host)
})

test('a name server that does not answer holds nobody beyond the time', async () => {
  const never = () => new Promise<string[]>(() => undefined)
  expect(await post('http://slow.example.com/', { milliseconds: 50, resolveName: never })).toEqual({
    problem: 'timed_out',
  })
  expect(await post('http://none.example.com/', { resolveName: () => Promise.resolve([]) })).toEqual({
    problem: 'name_unknown',
  })
})

test.each([
  ['https://hooks.example.com/a?b=c', undefined],
  ['https://8.8.8.8/', undefined],
  ['http://hooks.example.com/', 'not_https'],
  ['ftp://hooks.example.com/', 'not_https'],
  ['hooks.example.com', 'not_a_url'],
  ['https://user:secret@hooks.example.com/', 'not_a_url'],
  ['https://hooks.example.com/#part', 'not_a_url'],
  ['https://localhost/', 'address_refused'],
  ['https://hooks.localhost/', 'address_refused'],
  ['https://printer.local/', 'address_refused'],
  ['https://metadata.google.internal/', 'address_refused'],
  ['https://intranet/', 'address_refused'],
  ['https://127.0.0.1/', 'address_refused'],
  ['https://0x7f000001/', 'address_refused'],
  ['https://2130706433/', 'address_refused'],
  ['https://017700000001/', 'address_refused'],
  ['https://127.1/', 'address_refused'],
  ['https://[::1]/', 'address_refused'],
  ['https://[::ffff:169.254.169.254]/', 'address_refused'],
  ['https://169.254.169.254/latest/meta-data', 'address_refused'],
])('%s: %s', (url, problem) => {
  expect(targetProblem(url, 'public')).toBe(problem)
})

test('for development anything of the web may be reached', () => {
  expect(targetProblem('http://localhost:4000/', 'any')).toBeUndefined()
  expect(targetProblem('file:///etc/passwd', 'any')).toBe('not_a_url')
})
