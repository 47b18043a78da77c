import { createServer, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { traceQueueMax } from '../limits/traffic.ts'
import { isTracing, startTracing, traced, traceRequest } from './traces.ts'

const spanShape = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  startTimeUnixNano: z.string().regex(/^\d{19}$/),
  endTimeUnixNano: z.string().regex(/^\d{19}$/),
  attributes: z.array(z.object({ key: z.string(), value: z.unknown() })),
  status: z.object({ code: z.number().optional() }),
})
const bodyShape = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(spanShape) })) })),
})

/** A collector on loopback: what it was sent, and where. */
async function openCollector(status = 200) {
  const paths: string[] = []
  const spans: z.infer<typeof spanShape>[] = []
  const server: Server = createServer((request, response) => {
    paths.push(`${request.method} ${request.url}`)
    let text = ''
    request.on('data', (chunk) => (text += String(chunk)))
    request.on('end', () => {
      const body = bodyShape.parse(JSON.parse(text))
      spans.push(...body.resourceSpans.flatMap((one) => one.scopeSpans.flatMap((scope) => scope.spans)))
      response.writeHead(status).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  closers.push(() => server.close())
  return { url: `http://127.0.0.1:${port}`, paths, spans }
}

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

function start(url: string) {
  const traces = startTracing({ url, service: 'openmeterai', version: '0.0.0' })
  closers.push(() => traces.stop())
  return traces
}

test('without a collector work runs plainly', async () => {
  expect(isTracing()).toBe(false)
  expect(await traced({ name: 'sign' }, () => Promise.resolve(7))).toBe(7)
})

test('a request, what it signs and its timestamp are one trace, each span inside the one around it', async () => {
  const collector = await openCollector()
  const traces = start(collector.url)

  let work: Promise<number> | undefined
  const request = traceRequest({ name: 'PUT /v1/affixings/:id/signature', traceparent: undefined }, () => {
    work = traced({ name: 'sign' }, () => traced({ name: 'timestamp', kind: 'client' }, () => Promise.resolve(1)))
  })
  await work
  request?.end(false, { 'http.response.status_code': 200 })
  await traces.stop()

  const [timestamp, sign, outer] = collector.spans
  expect(collector.paths).toEqual(['POST /v1/traces'])
  expect(collector.spans.map(({ name, kind }) => [name, kind])).toEqual([
    ['timestamp', 3],
    ['sign', 1],
    ['PUT /v1/affixings/:id/signature', 2],
  ])
  expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(1)
  expect(timestamp?.parentSpanId).toBe(sign?.spanId)
  expect(sign?.parentSpanId).toBe(outer?.spanId)
  expect(outer?.parentSpanId).toBeUndefined()
  expect(outer?.attributes).toEqual([{ key: 'http.response.status_code', value: { intValue: '200' } }])
})

test("a caller's trace is continued where it is recorded", async () => {
  const collector = await openCollector()
  const traces = start(collector.url)
  const traceId = 'a'.repeat(32)

  traceRequest({ name: 'one', traceparent: `00-${traceId}-${'b'.repeat(16)}-01` }, () => undefined)?.end(false)
  await traces.stop()

  expect(collector.spans).toMatchObject([{ traceId, parentSpanId: 'b'.repeat(16) }])
})

test('a batch has a trace of its own, whoever began it; work outside every trace has none', async () => {
  const collector = await openCollector()
  const traces = start(collector.url)

  traceRequest({ name: 'request', traceparent: undefined }, () => {
    void traced({ name: 'batch', root: true }, () => Promise.resolve())
  })
  await traced({ name: 'alone' }, () => Promise.resolve())
  await traces.stop()

  expect(collector.spans.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([['batch', undefined]])
})

test('work that fails is marked, and its error goes on', async () => {
  const collector = await openCollector()
  const traces = start(collector.url)

  await expect(traced({ name: 'batch', root: true }, () => Promise.reject(new Error('full')))).rejects.toThrow('full')
  await traces.stop()

  expect(collector.spans).toMatchObject([{ name: 'batch', status: { code: 2 } }])
})

test('what a collector refuses, and what the queue has no room for, is dropped and counted; the work never waits', async () => {
  const collector = await openCollector(503)
  const traces = start(collector.url)

  traceRequest({ name: 'request', traceparent: undefined }, () => undefined)?.end(false)
  await traces.stop()
  expect(traces.dropped()).toBe(1)

  const full = start(collector.url)
  const open = Array.from({ length: traceQueueMax + 2 }, () =>
    traceRequest({ name: 'request', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }, () => undefined),
  )
  for (const span of open) span?.end(false)
  expect(full.dropped()).toBe(2)
})
