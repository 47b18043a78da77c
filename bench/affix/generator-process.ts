import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { openConnection, type HttpAnswer, type HttpConnection } from './http-connection.ts'
import type { FetchResult, LoadOrder, LoadResult } from './messages.ts'

// The load, in a process of its own: clients that reserve, sign and begin again, each on its own connection.

type Kept = { key: string; id: string; signature: string }
let kept: Kept[] = []

const facts = {
  documentType: 'surat-perjanjian',
  number: 'B-2024/0815',
  date: '2026-03-31',
  fileName: 'perjanjian.pdf',
}
const placement = { page: 1, left: 400, bottom: 100, width: 80, height: 80, unit: 'pt' }
const bodyStart = `{"facts":${JSON.stringify(facts)},"placement":${JSON.stringify(placement)},"sourceLength":310472,"pageCount":3,"sourceSha256":"`

let hex = ''
/** 64 hex characters nobody has drawn before. */
function drawDigest(): string {
  if (hex.length < 64) hex = randomBytes(64 * 1024).toString('hex')
  const drawn = hex.slice(-64)
  hex = hex.slice(0, -64)
  return drawn
}

function reserveRequest(key: string): string {
  const digest = drawDigest()
  const body = `${bodyStart}${digest}"}`
  return `POST /v1/affixings HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\nidempotency-key: ${digest}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

function signRequest(key: string, id: string): string {
  const body = `{"digest":"${drawDigest()}"}`
  return `PUT /v1/affixings/${id}/signature HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

/** The text value of a field, without reading the whole answer as JSON. */
function textField(body: Buffer, name: string): string {
  const start = body.indexOf(`"${name}":"`) + name.length + 4
  const end = body.indexOf('"', start)
  if (start < name.length + 4 || end < 0) throw new Error(`an answer without ${name}: ${body.toString('utf8', 0, 200)}`)
  return body.toString('latin1', start, end)
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('base64')

function expectStatus(answer: HttpAnswer, status: number): HttpAnswer {
  if (answer.status !== status) throw new Error(`status ${answer.status}: ${answer.body.toString('utf8', 0, 300)}`)
  return answer
}

async function affix(connection: HttpConnection, key: string, keep: boolean): Promise<void> {
  const reserved = expectStatus(await connection.send(reserveRequest(key)), 201)
  const id = textField(reserved.body, 'id')
  const signed = expectStatus(await connection.send(signRequest(key, id)), 200)
  if (keep) kept.push({ key, id, signature: shortHash(textField(signed.body, 'signature')) })
}

async function load(order: Extract<LoadOrder, { kind: 'load' }>): Promise<LoadResult> {
  const { urls, keys, clients, keep } = order
  const connections = await Promise.all(
    Array.from({ length: clients }, (_, client) => openConnection(urls[client % urls.length] ?? '')),
  )
  const latencies: number[] = []
  let failures = 0
  let firstFailure: string | undefined
  const phase = { measuring: false, ended: false }
  async function runClient(connection: HttpConnection): Promise<void> {
    while (!phase.ended) {
      const key = keys[Math.floor(Math.random() * keys.length)] ?? ''
      const began = performance.now()
      try {
        await affix(connection, key, keep)
        if (phase.measuring) latencies.push(performance.now() - began)
      } catch (error) {
        failures++
        firstFailure ??= String(error)
        // A service that is gone must not make the generator spin.
        await delay(100)
      }
    }
  }
  const running = Promise.all(connections.map(runClient))
  await delay(order.warmSeconds * 1000)
  process.send?.({ kind: 'measuring' })
  phase.measuring = true
  const began = performance.now()
  await delay(order.seconds * 1000)
  phase.measuring = false
  const seconds = (performance.now() - began) / 1000
  process.send?.({ kind: 'ended' })
  phase.ended = true
  await running
  for (const connection of connections) connection.close()
  const sorted = Float64Array.from(latencies).toSorted()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { kind: 'measured', affixings: sorted.length, seconds, p50: at(0.5), p99: at(0.99), failures, firstFailure }
}

/** Asks every kept signature of one service after another; the process that acknowledged it need not be the one asked. */
async function fetchKept(urls: readonly string[]): Promise<FetchResult> {
  const asked = kept
  kept = []
  let next = 0
  let missing = 0
  async function fetcher(url: string): Promise<void> {
    const connection = await openConnection(url)
    for (let one = asked[next++]; one !== undefined; one = asked[next++]) {
      const head = `GET /v1/affixings/${one.id} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${one.key}\r\n\r\n`
      const { status, body } = await connection.send(head)
      if (status !== 200 || shortHash(textField(body, 'signature')) !== one.signature) missing++
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: 16 }, (_, index) => fetcher(urls[index % urls.length] ?? '')))
  return { kind: 'fetched', asked: asked.length, missing }
}

process.on('message', (order: LoadOrder) => {
  const work = order.kind === 'load' ? load(order) : fetchKept(order.urls)
  void work.then((result) => process.send?.(result))
})
process.on('disconnect', () => process.exit(0))
process.send?.({ kind: 'ready' })
