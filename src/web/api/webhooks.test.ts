import { createHash, createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { testWeb, webhookKey, type TestWeb } from '../../../tests/support/web.ts'
import { dispatchEvents } from '../../notices/dispatch.ts'
import { dropOldDeliveries, takeForEndpoints } from '../../notices/webhooks/deliveries.ts'
import { disableEndpoint } from '../../notices/webhooks/endpoints.ts'
import { sendDue } from '../../notices/webhooks/send.ts'

type Got = { path: string; headers: IncomingHttpHeaders; body: string }

const receiverModule = z.object({
  isOurs: z.function({ input: [z.unknown(), z.string(), z.string()], output: z.boolean() }),
})

let web: TestWeb
let receiver: Server
let url: string
let got: Got[] = []
let status = 200
const hanging = new Set<ServerResponse>()
let account: Awaited<ReturnType<TestWeb['openAccount']>>
let other: Awaited<ReturnType<TestWeb['openAccount']>>

beforeAll(async () => {
  web = await testWeb()
  receiver = createServer((request, answer) => {
    let body = ''
    request.on('data', (piece: Buffer) => (body += piece.toString()))
    request.on('end', () => {
      got.push({ path: request.url ?? '', headers: request.headers, body })
      if (request.url?.endsWith('/hangs') === true) hanging.add(answer)
      else answer.writeHead(status).end('thanks')
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const address: AddressInfo | string | null = receiver.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  url = `http://127.0.0.1:${address.port}/hook`
})
beforeEach(async () => {
  hanging.clear()
  got = []
  status = 200
  account = await web.openAccount(10)
  other = await web.openAccount(1)
})
afterAll(async () => {
  receiver.close()
  await web.close()
})

async function call(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT',
  path: string,
  json?: object,
  key = account.liveKey,
) {
  const answer = await web.app.inject({
    method,
    url: path,
    headers: { authorization: `Bearer ${key}`, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(json === undefined ? {} : { payload: JSON.stringify(json) }),
  })
  return { status: answer.statusCode, json: answer.body === '' ? {} : answer.json() }
}

let count = 0
async function affix(): Promise<string> {
  const sourceSha256 = createHash('sha256').update(`webhook ${++count}`).digest('hex')
  const placement = { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }
  const reserved = await web.app.inject({
    method: 'POST',
    url: '/v1/affixings',
    headers: { authorization: `Bearer ${account.liveKey}`, 'idempotency-key': `hook-${count}` },
    payload: { facts: { documentType: 'surat-pernyataan' }, placement, sourceSha256, sourceLength: 1000, pageCount: 1 },
  })
  const { id } = reserved.json()
  const signed = await call('PUT', `/v1/affixings/${id}/signature`, { digest: sourceSha256 })
  expect(signed.status).toBe(200)
  return id
}

const dispatch = () =>
  dispatchEvents({
    database: web.db.database,
    deliver: (event) => takeForEndpoints(web.db.database, event),
    onFailure: (_, error) => {
      throw error
    },
  })

function send() {
  const { database } = web.db
  return sendDue({
    database,
    serviceKey: webhookKey,
    targets: 'any',
    milliseconds: 2_000,
    onDead: (endpoint) =>
      database.transaction(async (tx) => {
        await disableEndpoint(tx, { ...endpoint, at: await database.now(tx) })
      }),
  })
}
/** Makes every pause of a delivery end now. */
const hurry = () => web.db.database.sql`update webhook_deliveries set due_at = created_at where due_at is not null`

const add = (change: object = {}) => call('POST', '/v1/webhooks', { url, events: ['affixing.affixed'], ...change })

function isSigned({ headers, body }: Got, secret: string): boolean {
  const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
  const mac = createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
    .update(content)
    .digest('base64')
  return String(headers['webhook-signature']).split(' ').includes(`v1,${mac}`)
}

test('an affixed stamp arrives once, signed as Standard Webhooks has it', async () => {
  const added = await add()
  expect(added.status).toBe(201)
  expect(added.json).toMatchObject({
    id: expect.stringMatching(/^whk_/),
    enabled: true,
    secret: expect.stringMatching(/^whsec_/),
  })
  const id = await affix()
  await dispatch()
  await dispatch()
  expect(await send()).toBe(1)
  expect(await send()).toBe(0)
  const [message] = got
  if (message === undefined || got.length !== 1) throw new Error(`${got.length} messages`)
  expect(JSON.parse(message.body)).toMatchObject({ type: 'affixing.affixed', data: { id, version: 2 } })
  expect(Math.abs(Number(message.headers['webhook-timestamp']) * 1000 - Date.now())).toBeLessThan(60_000)
  expect(isSigned(message, added.json.secret)).toBe(true)
  expect(isSigned({ ...message, body: `${message.body} ` }, added.json.secret)).toBe(false)
  const log = await call('GET', `/v1/webhooks/${added.json.id}/deliveries`)
  expect(log.json.items).toMatchObject([{ event: 'affixing.affixed', state: 'delivered', tries: 1, status: 200 }])
  expect(log.json.items[0].messageId).toBe(message.headers['webhook-id'])
})

test('the receiver of docs/webhooks.md takes our messages, and none that was changed, is old, or is signed by another', async () => {
  const page = await readFile(new URL('../../../docs/webhooks.md', import.meta.url), 'utf8')
  const code = /```js\n(.*?)```/s.exec(page)?.[1] ?? ''
  const shown: unknown = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  const { isOurs } = receiverModule.parse(shown)
  const { secret } = (await add()).json
  await affix()
  await dispatch()
  await send()
  const [message] = got
  if (message === undefined) throw new Error('no message')
  const old = { ...message.headers, 'webhook-timestamp': String(Number(message.headers['webhook-timestamp']) - 301) }
  expect(isOurs(message.headers, message.body, secret)).toBe(true)
  expect(isOurs(message.headers, `${message.body} `, secret)).toBe(false)
  expect(isOurs(old, message.body, secret)).toBe(false)
  expect(isOurs(message.headers, message.body, (await add()).json.secret)).toBe(false)
})

test('what nobody wants is not sent, and each endpoint gets what it wants', async () => {
  await add()
  const both = await add({ events: ['affixing.reserved', 'affixing.affixed'] })
  await affix()
  await dispatch()
  expect(await send()).toBe(3)
  expect(got.map(({ body }) => String(JSON.parse(body).type)).toSorted()).toEqual([
    'affixing.affixed',
    'affixing.affixed',
    'affixing.reserved',
  ])
  await call('DELETE', `/v1/webhooks/${both.json.id}`)
  await affix()
  await dispatch()
  expect(await send()).toBe(1)
})

test('a failure is tried again with the same id, and its pauses grow; a success forgets it', async () => {
  const { json } = await add()
  status = 500
  await affix()
  await dispatch()
  expect(await send()).toBe(0)
  expect(await send()).toBe(0)
  expect(got).toHaveLength(1)
  await hurry()
  await send()
  expect((await call('GET', `/v1/webhooks/${json.id}`)).json).toMatchObject({
    enabled: true,
    failingSince: expect.any(String),
  })
  const pending = (await call('GET', `/v1/webhooks/${json.id}/deliveries`)).json.items[0]
  expect(pending).toMatchObject({ state: 'due', tries: 2, status: 500 })
  const pause = (Date.parse(pending.dueAt) - Date.parse(pending.triedAt)) / 1000
  expect(pause).toBeGreaterThanOrEqual(240)
  expect(pause).toBeLessThanOrEqual(360)
  status = 204
  await hurry()
  expect(await send()).toBe(1)
  expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  expect((await call('GET', `/v1/webhooks/${json.id}`)).json).not.toHaveProperty('failingSince')
})

test('an endpoint that fails until the last try is switched off; on again, its events can be sent again', async () => {
  const { json } = await add()
  status = 503
  await affix()
  await dispatch()
  for (let round = 0; round < 12; round++) {
    await hurry()
    await send()
  }
  expect(got).toHaveLength(10)
  const off = await call('GET', `/v1/webhooks/${json.id}`)
  expect(off.json).toMatchObject({ enabled: false, disabledReason: 'failing' })
  await affix()
  await dispatch()
  expect((await call('GET', `/v1/webhooks/${json.id}/deliveries`)).json.items).toMatchObject([
    { state: 'given_up', tries: 10 },
  ])
  status = 200
  expect((await call('PATCH', `/v1/webhooks/${json.id}`, { enabled: true })).json).toMatchObject({ enabled: true })
  const [delivery] = (await call('GET', `/v1/webhooks/${json.id}/deliveries`)).json.items
  expect((await call('POST', `/v1/webhooks/${json.id}/deliveries/${delivery.id}/resend`)).status).toBe(202)
  expect(await send()).toBe(1)
})

test('an endpoint that answers 410 is gone at once', async () => {
  const { json } = await add()
  status = 410
  await affix()
  await dispatch()
  await send()
  expect((await call('GET', `/v1/webhooks/${json.id}`)).json).toMatchObject({ enabled: false, disabledReason: 'gone' })
})

test('after a rotation both secrets convince, after a day the new one alone', async () => {
  const added = await add()
  const rotated = await call('POST', `/v1/webhooks/${added.json.id}/rotate`)
  expect(rotated.json.secret).not.toBe(added.json.secret)
  await affix()
  await dispatch()
  await send()
  await web.db.database.sql`update webhook_endpoints set former_until = database_now() - interval '1 second'`
  await affix()
  await dispatch()
  await send()
  const by = (secret: string) => got.map((message) => isSigned(message, secret))
  expect(by(added.json.secret)).toEqual([true, false])
  expect(by(rotated.json.secret)).toEqual([true, true])
})

test('switched off by its owner nothing is sent, and what was on its way waits', async () => {
  const { json } = await add()
  await affix()
  await dispatch()
  await call('PATCH', `/v1/webhooks/${json.id}`, { enabled: false })
  await affix()
  await dispatch()
  expect(await send()).toBe(0)
  await call('PATCH', `/v1/webhooks/${json.id}`, { enabled: true })
  expect(await send()).toBe(1)
})

test("another account's endpoint answers as if it were not there, in every call", async () => {
  const { json } = await add()
  const path = `/v1/webhooks/${json.id}`
  const calls = [
    ['GET', path],
    ['PATCH', path, { enabled: false }],
    ['POST', `${path}/rotate`],
    ['GET', `${path}/deliveries`],
    ['POST', `${path}/deliveries/dlv_${'0'.repeat(32)}/resend`],
    ['DELETE', path],
  ] as const
  for (const [method, where, body] of calls) {
    expect(await call(method, where, body, other.liveKey)).toMatchObject({ status: 404, json: { code: 'not_found' } })
    expect(await call(method, where, body, 'mk_live_nobody')).toMatchObject({ status: 401 })
  }
  expect((await call('GET', '/v1/webhooks', undefined, other.liveKey)).json).toEqual({ items: [] })
  expect((await call('GET', path)).json).toMatchObject({ enabled: true })
})

test('secrets stand in no row, and are shown at creation and rotation alone', async () => {
  const { json } = await add()
  const rows = await web.db.database.sql`select e::text as text from webhook_endpoints e`
  const bytes = Buffer.from(json.secret.replace('whsec_', ''), 'base64')
  expect(JSON.stringify(rows)).not.toContain(json.secret)
  expect(JSON.stringify(rows)).not.toContain(bytes.toString('hex'))
  expect((await call('GET', `/v1/webhooks/${json.id}`)).json).not.toHaveProperty('secret')
  expect(web.logged.join('')).not.toContain(json.secret)
})

test('an eleventh endpoint is refused, and so is an address that is none or an event nobody knows', async () => {
  for (let made = 0; made < 10; made++) expect((await add()).status).toBe(201)
  expect(await add()).toMatchObject({ status: 409, json: { code: 'too_many_webhooks', limit: 10 } })
  expect(await add({ url: 'file:///etc/passwd' })).toMatchObject({
    status: 422,
    json: { code: 'webhook_url_refused', reason: 'not_a_url' },
  })
  expect(await add({ events: ['stamp.eaten'] })).toMatchObject({ status: 400, json: { code: 'request_malformed' } })
  expect(await add({ events: [] })).toMatchObject({ status: 400 })
  expect(await add({ secret: 'mine' })).toMatchObject({ status: 400 })
})

test('two processes send each delivery once', async () => {
  await add()
  for (let made = 0; made < 4; made++) await affix()
  await dispatch()
  const [one, two] = await Promise.all([send(), send()])
  expect(one + two).toBe(4)
  expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(4)
})

test('sent again while a try is on its way, the outcome of the later one counts', async () => {
  const { json } = await add({ url: `${url}/hangs` })
  await affix()
  await dispatch()
  const first = send()
  await expect.poll(() => got.length).toBe(1)
  const log = async () => (await call('GET', `/v1/webhooks/${json.id}/deliveries`)).json.items[0]
  await call('PATCH', `/v1/webhooks/${json.id}`, { url })
  await call('POST', `/v1/webhooks/${json.id}/deliveries/${(await log()).id}/resend`)
  expect(await send()).toBe(1)
  status = 410
  for (const answer of hanging) answer.writeHead(410).end()
  expect(await first).toBe(0)
  expect(await log()).toMatchObject({ state: 'delivered', status: 200 })
  expect((await call('GET', `/v1/webhooks/${json.id}`)).json).toMatchObject({ enabled: true })
})

test('an address that was changed meanwhile is not switched off for what the old one answered', async () => {
  const { json } = await add({ url: `${url}/hangs` })
  await affix()
  await dispatch()
  const sending = send()
  await expect.poll(() => got.length).toBe(1)
  await call('PATCH', `/v1/webhooks/${json.id}`, { url })
  for (const answer of hanging) answer.writeHead(410).end()
  await sending
  expect((await call('GET', `/v1/webhooks/${json.id}`)).json).toMatchObject({ enabled: true, url })
})

test('one endpoint that hangs holds up nobody else, not even for what becomes due meanwhile', async () => {
  await add({ url: `${url}/hangs` })
  await affix()
  await dispatch()
  const sending = send()
  await expect.poll(() => got.length).toBe(1)
  await add()
  await affix()
  await dispatch()
  await expect.poll(() => got.filter(({ path }) => path === '/hook').length, { timeout: 10_000 }).toBe(1)
  expect(hanging.size).toBe(1)
  for (const answer of hanging) answer.end()
  expect(await sending).toBeGreaterThanOrEqual(2)
})

test('a month later the log forgets what was sent', async () => {
  const { json } = await add()
  await affix()
  await dispatch()
  await send()
  const drop = () => dropOldDeliveries(web.db.database, new AbortController().signal)
  const log = async () => (await call('GET', `/v1/webhooks/${json.id}/deliveries`)).json.items
  await drop()
  expect(await log()).toHaveLength(1)
  await web.db.advance(31 * 24 * 60 * 60)
  await drop()
  expect(await log()).toEqual([])
})
