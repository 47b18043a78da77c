import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { afterAll, expect, test } from 'vitest'
import { encodeAnswers } from './content-encoding.ts'

const app = Fastify()
encodeAnswers(app)
const long = `<p>${'Kuota Anda: 3 meterai. '.repeat(100)}</p>`
app.get('/page', (_, reply) => reply.type('text/html; charset=utf-8').header('vary', 'cookie').send(long))
app.post('/page', (_, reply) => reply.code(422).type('text/html; charset=utf-8').send(long))
app.get('/short', (_, reply) => reply.type('text/html; charset=utf-8').send('<p>Ya</p>'))
app.get('/list', () => ({ items: long }))
app.post('/signature', () => ({ signature: long }))
app.get('/file', (_, reply) => reply.type('text/plain').send(Buffer.from(long)))
app.get('/events', (_, reply) => reply.type('text/event-stream').send(long))
afterAll(() => app.close())

const ask = (method: 'GET' | 'HEAD' | 'POST', url: string, encodings: string) =>
  app.inject({ method, url, headers: { 'accept-encoding': encodings } })

test.each(['/page', '/list'])('HEAD %s tells what GET would, without a body', async (url) => {
  const [head, get] = [await ask('HEAD', url, 'br'), await ask('GET', url, 'br')]
  const told = ({ headers }: typeof head) =>
    ['content-encoding', 'content-length', 'vary', 'content-type'].map((name) => headers[name])
  expect([told(head), head.body]).toEqual([told(get), ''])
})

test.each([
  ['br, gzip', 'br', brotliDecompressSync],
  ['gzip, deflate', 'gzip', gunzipSync],
  ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
] as const)('a page goes to a browser that takes %j as %s, whole and much smaller', async (taken, encoding, decode) => {
  const answer = await ask('GET', '/page', taken)

  expect(answer.headers['content-encoding']).toBe(encoding)
  expect(answer.headers.vary).toBe('cookie, accept-encoding')
  expect(Number(answer.headers['content-length'])).toBe(answer.rawPayload.length)
  expect(answer.rawPayload.length).toBeLessThan(long.length / 4)
  expect(decode(answer.rawPayload).toString()).toBe(long)
})

test('who takes nothing of it gets the page as it is, and caches are told that others do not', async () => {
  const answer = await ask('GET', '/page', 'identity')
  expect([answer.headers['content-encoding'], answer.headers.vary, answer.body]).toEqual([
    undefined,
    'cookie, accept-encoding',
    long,
  ])
})

test('a page that comes back from a form and a list that is read are encoded too', async () => {
  expect((await ask('POST', '/page', 'br')).headers['content-encoding']).toBe('br')
  expect((await ask('GET', '/list', 'br')).headers['content-encoding']).toBe('br')
})

test.each([
  ['GET', '/short'],
  ['POST', '/signature'],
  ['GET', '/file'],
  ['GET', '/events'],
] as const)('%s %s is left as it is', async (method, url) => {
  expect((await ask(method, url, 'br, gzip')).headers['content-encoding']).toBeUndefined()
})
