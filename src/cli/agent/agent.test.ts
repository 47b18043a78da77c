import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { noTerminal, openCommandLine, startersWith } from '../../../tests/support/command-line.ts'
import { FakeService, listenFake, problem } from '../../../tests/support/fake-service.ts'
import { pdfsigReport } from '../../../tests/support/judges.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { freePort } from '../../base/free-port.ts'
import { agentAtOnceMax, agentPollsMax, agentSendsMax } from '../../limits/traffic.ts'
import type { CommandContext } from '../command.ts'
import { openServer } from '../connection.ts'
import { sampleLetter } from '../sample-letter.ts'
import { openScreen } from '../screen.ts'
import { openAgent, type Agent } from './agent-server.ts'

const letter = sampleLetter()
const token = 'ab'.repeat(32)
const key = 'mk_test_0123456789abcdefghij'

let web: TestWeb
let folder: string
const open: { close(): Promise<unknown> }[] = []

beforeAll(async () => {
  web = await testWeb()
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meterai-agent-'))
})
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
  await rm(folder, { recursive: true, force: true })
})
afterAll(() => web.close())

/** An agent before the service at that address. */
async function agentFor(url: string, withKey: string): Promise<Agent> {
  const context: CommandContext = {
    environment: { METERAI_URL: url, METERAI_KEY: withKey, METERAI_STATE: folder },
    workingFolder: folder,
    screen: openScreen('en', { write: () => true }, { write: () => true }),
    wait: () => Promise.resolve(),
    starters: startersWith({}),
    terminal: noTerminal,
  }
  const server = await openServer(context, { key: 'needed' })
  const agent = await openAgent(
    { context, server: { ...server, key: withKey }, token, notes: join(folder, 'agent') },
    0,
  )
  open.push(agent)
  return agent
}

async function realAgent(): Promise<Agent> {
  const { testKey } = await web.openAccount(0)
  return agentFor(web.url, testKey)
}

async function fakeAgent(): Promise<{ agent: Agent; service: FakeService; url: string }> {
  const service = new FakeService()
  const server = await listenFake(service)
  open.push(server)
  return { service, url: server.url, agent: await agentFor(server.url, key) }
}

const allowed = { authorization: `Bearer ${token}` }
const stamp = (agent: Agent, query = 'type=surat-pernyataan', headers: Record<string, string> = {}, body = letter) =>
  fetch(`${agent.url}/stamp?${query}`, {
    method: 'POST',
    headers: { ...allowed, 'content-type': 'application/pdf', ...headers },
    body: Buffer.from(body),
  })
const bytes = async (answer: Response) => Buffer.from(await answer.arrayBuffer())
const notes = () => readdir(join(folder, 'agent', 'begun')).catch(() => [])

/** A request as a browser or a stranger writes it: fetch would not let us. */
async function raw(agent: Agent, head: string): Promise<string> {
  const socket = connect(Number(new URL(agent.url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`${head}\r\nConnection: close\r\n\r\n`)
  return text(socket)
}

test('a PDF goes in, its stamped copy comes out, and the agent checks it', async () => {
  const agent = await realAgent()
  const answer = await stamp(agent, 'type=surat-pernyataan&number=12&page=1&at=30,40&size=90&fileName=a.pdf')
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('application/pdf')
  const stamped = await bytes(answer)
  expect(stamped.subarray(0, letter.length).equals(letter)).toBe(true)
  expect(pdfsigReport(stamped)).toContain('Signature is Valid')

  const checked = await fetch(`${agent.url}/verify`, {
    method: 'POST',
    headers: { ...allowed, 'content-type': 'application/pdf' },
    body: stamped,
  })
  expect(await checked.json()).toMatchObject({
    ok: true,
    integrity: 'intact',
    standing: 'specimen',
    serial: answer.headers.get('serial-number'),
  })
  const quota = await fetch(`${agent.url}/quota`, { headers: allowed })
  expect(await quota.json()).toMatchObject({ spent: 1, specimen: true })
  const health = await fetch(`${agent.url}/health`)
  expect(await health.json()).toEqual({ ok: true, service: web.url })
})

test('the document never leaves: the service gets its digest', async () => {
  const { agent, service } = await fakeAgent()
  expect((await stamp(agent)).status).toBe(200)
  expect(JSON.stringify(service.calls)).not.toContain('Yang bertanda')
  expect(service.calls.every(({ json }) => JSON.stringify(json ?? '').length < 2_000)).toBe(true)
})

test('the same Idempotency-Key gives the same file and costs one stamp', async () => {
  const agent = await realAgent()
  const first = await bytes(await stamp(agent, undefined, { 'idempotency-key': 'invoice-7' }))
  const again = await bytes(await stamp(agent, undefined, { 'idempotency-key': 'invoice-7' }))
  expect(again.equals(first)).toBe(true)
  const quota = await fetch(`${agent.url}/quota`, { headers: allowed })
  expect(await quota.json()).toMatchObject({ spent: 1 })
  const other = await stamp(agent, 'type=surat-pernyataan&number=8', { 'idempotency-key': 'invoice-7' })
  expect(await other.json()).toMatchObject({ code: 'key_reused', status: 422 })
})

test('what broke off is gone on with by the next call, also by another agent', async () => {
  const { agent, service, url } = await fakeAgent()
  for (let sends = 0; sends < agentSendsMax; sends++)
    service.faults.push({ method: 'PUT', fault: problem('timestamp_unavailable') })
  const refused = await stamp(agent)
  expect({ status: refused.status, retry: refused.headers.get('retry-after') }).toEqual({ status: 503, retry: '1' })
  expect(await notes()).toHaveLength(1)
  await agent.close()

  const next = await agentFor(url, key)
  expect((await stamp(next)).status).toBe(200)
  expect(service.rows.map(({ state }) => state)).toEqual(['affixed'])
})

test('a signature that waits for its timestamp is not waited for without end: the next call has it', async () => {
  const { agent, service } = await fakeAgent()
  service.timestampAfter = agentPollsMax + 1
  const waiting = await stamp(agent)
  expect(await waiting.json()).toMatchObject({ code: 'timestamp_unavailable', status: 503 })
  expect((await stamp(agent)).status).toBe(200)
  expect(service.rows).toHaveLength(1)
})

test('an answer that was sent is given again for a while; another order for the document is refused as stamped', async () => {
  const agent = await realAgent()
  const first = await stamp(agent)
  const again = await stamp(agent)
  expect((await bytes(again)).equals(await bytes(first))).toBe(true)
  const other = await stamp(agent, 'type=surat-pernyataan&number=9')
  expect(await other.json()).toMatchObject({ code: 'already_stamped', serial: first.headers.get('serial-number') })
})

test('a further copy needs a key of its own: asked for again after a lost answer it costs nothing', async () => {
  const agent = await realAgent()
  await bytes(await stamp(agent))
  const copy = 'type=surat-pernyataan&additional=true'
  const keyless = await stamp(agent, copy)
  expect([keyless.status, await keyless.json()]).toMatchObject([400, { code: 'request_malformed' }])
  for (let i = 0; i < 2; i++) expect((await stamp(agent, copy, { 'idempotency-key': 'copy-1' })).status).toBe(200)
  const quota = await fetch(`${agent.url}/quota`, { headers: allowed })
  expect(await quota.json()).toMatchObject({ spent: 2 })
})

test.each([
  ['without a token', { authorization: '' }, 401, 'agent_token_wrong'],
  ['with another token', { authorization: `Bearer ${'cd'.repeat(32)}` }, 401, 'agent_token_wrong'],
  ['from a web page', { origin: 'https://evil.example' }, 403, 'agent_caller_refused'],
  ['from a page of this computer', { origin: 'http://127.0.0.1:3000' }, 403, 'agent_caller_refused'],
])('a call %s is refused, and nothing is stamped', async (_, headers, status, code) => {
  const { agent, service } = await fakeAgent()
  const answer = await stamp(agent, undefined, headers)
  expect(answer.status).toBe(status)
  expect(await answer.json()).toMatchObject({ code })
  expect(service.calls).toEqual([])
})

test.each([
  ['another name that leads here', 'Host: rebound.example', 403],
  ['another port', 'Host: 127.0.0.1:1', 403],
  ['an image of a web page', 'Host: own\r\nSec-Fetch-Site: cross-site', 403],
  ['the address bar', 'Host: own\r\nSec-Fetch-Site: none', 200],
])('a GET by %s is answered with %s: %i', async (_, head, status) => {
  const agent = await realAgent()
  const own = new URL(agent.url).host
  const said = await raw(
    agent,
    `GET /quota HTTP/1.1\r\n${head.replace('own', own)}\r\nAuthorization: ${allowed.authorization}`,
  )
  expect(said).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
})

test.each([
  ['type=surat', 'request_malformed', /surat-pernyataan/],
  ['type=surat-pernyataan&page=0', 'request_malformed', /page/],
  ['type=surat-pernyataan&pages=1', 'request_malformed', /"pages" is unknown/],
  ['type=surat-pernyataan&page=1&page=2', 'request_malformed', /page/],
  ['type=surat-pernyataan&additional=yes', 'request_malformed', /additional is "yes"/],
  ['type=surat-pernyataan&identityType=SIM', 'request_malformed', /KTP, NPWP, PASSPORT/],
  ['type=surat-pernyataan&page=9', 'page_out_of_range', /9/],
  ['type=surat-pernyataan&identityType=KTP&identityNumber=1', 'request_malformed', /identityNumber/],
])('%s is refused in words, and nothing is begun', async (query, code, detail) => {
  const agent = await realAgent()
  const answer = await stamp(agent, query)
  const told = await answer.json()
  expect(told).toMatchObject({ code, status: answer.status })
  expect(told.detail).toMatch(detail)
  expect(await (await fetch(`${agent.url}/quota`, { headers: allowed })).json()).toMatchObject({
    spent: 0,
    reserved: 0,
  })
})

test('no PDF, an empty one and another content type are refused', async () => {
  const agent = await realAgent()
  const codes = [
    await stamp(agent, undefined, {}, new TextEncoder().encode('hello')),
    await stamp(agent, undefined, {}, new Uint8Array(0)),
    await stamp(agent, undefined, { 'content-type': 'text/plain' }),
    await fetch(`${agent.url}/elsewhere`, { headers: allowed }),
  ]
  expect(await Promise.all(codes.map(async (answer) => (await answer.json()).code))).toEqual([
    'not_a_pdf',
    'file_empty',
    'media_type_unsupported',
    'not_found',
  ])
})

test('more calls than it works on at once are told to come again, and their place is free afterwards', async () => {
  const { agent } = await fakeAgent()
  const sockets = Array.from({ length: agentAtOnceMax }, () => connect(Number(new URL(agent.url).port), '127.0.0.1'))
  const head = `POST /stamp?type=surat-pernyataan HTTP/1.1\r\nHost: ${new URL(agent.url).host}\r\nAuthorization: ${allowed.authorization}\r\nContent-Type: application/pdf\r\nContent-Length: 100\r\n\r\n`
  for (const socket of sockets) socket.write(head)
  await expect.poll(async () => (await stamp(agent)).status).toBe(503)
  for (const socket of sockets) socket.destroy()
  await expect.poll(async () => (await stamp(agent)).status).toBe(200)
})

test('a service that is down is told as such', async () => {
  const agent = await agentFor(`http://127.0.0.1:${await freePort('127.0.0.1')}`, key)
  const answer = await stamp(agent)
  expect(await answer.json()).toMatchObject({ code: 'service_unreachable', status: 503 })
})

test('the command refuses a port that is none, a taken one, and a token that cannot be one', async () => {
  const line = await openCommandLine({ METERAI_URL: web.url, METERAI_KEY: key })
  open.push({ close: () => line.remove() })
  const agent = await realAgent()
  expect(await line.run('agent', '--port', '70000')).toMatchObject({ exitCode: 64 })
  expect(await line.run('agent', '--port', new URL(agent.url).port)).toMatchObject({ exitCode: 69 })
  const made = await stat(line.path('state/agent-token'))
  expect(made.mode & 0o077).toBe(0)
  expect(await line.run('agent', '--token-file', process.execPath)).toMatchObject({ exitCode: 73 })
})
