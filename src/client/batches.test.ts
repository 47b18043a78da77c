import { expect, test } from 'vitest'
import { jsonBytesMax } from '../limits/traffic.ts'
import { prepareBatch, type BatchDocument } from './batches.ts'
import { isObject } from './json-fields.ts'
import type { Answer, Call, Transport } from './transport.ts'

const documentOf = (at: number, text = 'x'): BatchDocument => ({
  clientReference: `${at}`,
  facts: { documentType: 'akta-notaris', number: text, fileName: text, payerName: text, location: text },
  placement: { page: 1, left: 0, bottom: 0, width: 100, height: 100, unit: 'pt' },
  sourceSha256: String(at).padStart(64, '0'),
  sourceLength: 1,
  pageCount: 1,
})

/** A service that takes what it is given; document 7 it does not. */
function openService(state = 'draft') {
  const sizes: number[] = []
  const paths: string[] = []
  const headers = new Map<string, Call['headers']>()
  const answerTo = ({ method, path, json }: Call): unknown => {
    if (path === '/v1/batches') return { id: 'bat_1', state }
    if (path.endsWith('/open')) return { id: 'bat_1', state: 'open' }
    if (method === 'GET') return { items: [{ clientReference: '1', id: 'bit_1' }], nextCursor: null }
    const items: unknown[] = isObject(json) && Array.isArray(json['items']) ? json['items'] : []
    return {
      items: items.map((item) => {
        const clientReference = isObject(item) ? String(item['clientReference']) : ''
        const problem = { code: 'already_stamped', detail: 'why', serial: 'S' }
        return clientReference === '7'
          ? { clientReference, problem }
          : { clientReference, itemId: `bit_${clientReference}` }
      }),
    }
  }
  const transport: Transport = {
    async request(call): Promise<Answer> {
      paths.push(`${call.method} ${call.path}`)
      headers.set(call.path, call.headers)
      if (call.path.endsWith('/items') && call.json !== undefined)
        sizes.push(Buffer.byteLength(JSON.stringify(call.json)))
      return { status: 200, headers: {}, json: answerTo(call) }
    },
  }
  return {
    sizes,
    paths,
    headersOf: (path: string) => headers.get(path),
    connection: { transport, wait: () => Promise.resolve() },
  }
}

test('documents are added some at a time, the batch is opened, and refused ones are told', async () => {
  const { connection, paths, sizes } = openService()
  const documents = Array.from({ length: 450 }, (_, at) => documentOf(at))
  const prepared = await prepareBatch(connection, { key: 'k', name: 'n', documents })
  if (!prepared.ok) throw new Error(prepared.refusal.code)
  expect(paths).toEqual([
    'POST /v1/batches',
    ...Array(3).fill('POST /v1/batches/bat_1/items'),
    'POST /v1/batches/bat_1/open',
  ])
  expect(prepared.items.size).toBe(449)
  expect([...prepared.refused]).toEqual([['7', { code: 'already_stamped', values: { serial: 'S', sentence: 'why' } }]])
  expect(Math.max(...sizes)).toBeLessThan(jsonBytesMax)
})

test('where a session calls, what is in the batch is confirmed before it is opened, and a refusal leaves it a draft', async () => {
  const { connection, paths, headersOf } = openService()
  const documents = [6, 7, 8].map((at) => documentOf(at))
  const asked: (readonly string[])[] = []
  await prepareBatch(connection, {
    key: 'k',
    name: 'n',
    documents,
    confirm: async (digests) => {
      asked.push(digests)
      return { ok: true, value: 'ma_x' }
    },
  })
  expect(asked).toEqual([[6, 8].map((at) => documentOf(at).sourceSha256)])
  expect(headersOf('/v1/batches/bat_1/open')).toMatchObject({ 'x-pin-authorization': 'ma_x' })
  const opened = paths.length
  const refusal = { code: 'pin_wrong' } as const
  const refused = await prepareBatch(connection, {
    key: 'k',
    name: 'n',
    documents,
    confirm: async () => ({ ok: false, refusal }),
  })
  expect(refused).toEqual({ ok: false, refusal })
  expect(paths.slice(opened)).not.toContain('POST /v1/batches/bat_1/open')
})

test('long facts go in smaller parts, none beyond what a request may hold', async () => {
  const { connection, sizes } = openService()
  const long = '\u{20bb7}'.repeat(127)
  const documents = Array.from({ length: 200 }, (_, at) => documentOf(at, long))
  await prepareBatch(connection, { key: 'k', name: 'n', documents })
  expect(sizes.length).toBeGreaterThan(1)
  for (const size of sizes) expect(size).toBeLessThan(jsonBytesMax)
})

test('a batch that an earlier call opened is not added to: its items are read', async () => {
  const { connection, paths } = openService('waiting_approval')
  const prepared = await prepareBatch(connection, { key: 'k', name: 'n', documents: [documentOf(1)] })
  expect(prepared).toMatchObject({ ok: true, state: 'waiting_approval', items: new Map([['1', 'bit_1']]) })
  expect(paths).toEqual(['POST /v1/batches', 'GET /v1/batches/bat_1/items?limit=100'])
})
