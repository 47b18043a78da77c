import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { affixDigest } from '../../tests/support/affix-digest.ts'
import { testWeb, type TestWeb } from '../../tests/support/web.ts'
import { startTracing } from '../base/traces.ts'
import { tracedSigner } from '../signing/observed-signing.ts'

const bodies: string[] = []
const collector = createServer((request, response) => {
  request.on('data', (chunk) => bodies.push(String(chunk)))
  request.on('end', () => response.end('{}'))
})

let web: TestWeb
let traces: ReturnType<typeof startTracing>
beforeAll(async () => {
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  const address = collector.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  traces = startTracing({ url: `http://127.0.0.1:${port}`, service: 'openmeterai', version: '0.0.0' })
  web = await testWeb(({ signers }) => ({ signers: { ...signers, specimen: tracedSigner(signers.specimen) } }))
})
afterAll(async () => {
  await traces.stop()
  await web.close()
  collector.close()
})

test('a stamp leaves spans of its routes, its signature and its batches, and nothing of the caller in them', async () => {
  const account = await web.openAccount(1)
  await affixDigest({ url: web.url, key: account.liveKey }, 'a-name-of-mine', 'a'.repeat(64))
  await fetch(`${web.url}/health`)
  await fetch(`${web.url}/cek/SPESIMEN01NOBODYSNUMBER?secret=one`)
  await traces.stop()

  const text = bodies.join('')
  const names = [...text.matchAll(/"name":"([^"]+)","kind"/g)].map(([, name]) => name)
  expect(new Set(names)).toEqual(
    new Set(['POST /v1/affixings', 'PUT /v1/affixings/:id/signature', 'GET /cek/:serial', 'batch write', 'sign']),
  )
  for (const secret of [account.liveKey, 'a-name-of-mine', 'a'.repeat(64), 'NOBODYSNUMBER', 'secret'])
    expect(text).not.toContain(secret)
})
