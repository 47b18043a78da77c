import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { generateSync } from 'otplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { walkPeople } from '../src/cli/demo-people/people-journey.ts'
import { openVisitor, type Visitor } from '../src/cli/demo-people/visitor.ts'
import { textOf } from '../src/client/json-fields.ts'
import { openDatabase } from '../src/database/database.ts'
import { runningEmbedded } from '../src/database/embedded.ts'
import { columnsInClear } from './support/clear-values.ts'
import { secretsIn } from './support/secrets-in-logs.ts'
import { startServiceProcess, type ServiceProcess } from './support/service.ts'

/*
 * The whole way of a person over the API of a whole service, all its jobs running: what it shows, and what it leaves in its log at the most
 * talkative level and in its database.
 */

let folder: string
let service: ServiceProcess
const logged: string[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meterai-people-'))
  service = await startServiceProcess({ dataFolder: join(folder, 'data'), logTo: logged })
}, 60_000)
afterAll(async () => {
  await service.stop()
  await rm(folder, { recursive: true, force: true })
})

/** What was sent and received under names of secrets. */
const secrets = new Set<string>()
const secretNames =
  /^(code|pin|oldPin|password|oldPassword|authorization|token|csrfToken|key|secret|recoveryCodes|totp|nik|name|email|phone|accountNumber|accountName)$/

function note(value: unknown, name = ''): void {
  if (Array.isArray(value)) for (const each of value) note(each, name)
  else if (typeof value === 'object' && value !== null)
    for (const [each, inside] of Object.entries(value)) note(inside, each)
  // a refusal's code is a word
  else if (typeof value === 'string' && secretNames.test(name) && !/^[a-z_]+$/.test(value)) secrets.add(value)
}

/** fetch that remembers every secret it carried. */
const watchedFetch: typeof fetch = async (input, init) => {
  if (typeof init?.body === 'string') note(JSON.parse(init.body))
  const headers = new Headers(init?.headers)
  for (const value of [headers.get('authorization')?.split(' ')[1], headers.get('cookie')?.split('=')[1]])
    if (value !== undefined && value !== '') secrets.add(value)
  const answer = await fetch(input, init)
  if (answer.headers.get('content-type')?.includes('json') === true) note(await answer.clone().json())
  return answer
}

const visitorOf = (): Visitor =>
  openVisitor({ url: service.url, language: 'id', fetch: watchedFetch, told: () => undefined })
const silent = () => undefined
const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

const email = 'contoh.a@contoh.example'
const password = 'kucing abu makan ikan'
const pin = '402817'

/** Whatever comes of it: refusals leave lines too. */
async function attempt(visitor: Visitor, method: string, path: string, json?: unknown, headers = {}) {
  const call = { method, path, headers: { 'idempotency-key': crypto.randomUUID(), ...headers } }
  return visitor.transport.request(json === undefined ? call : { ...call, json })
}

/** Somebody signed in who does all that touches a secret, and much of it wrongly. */
async function stir(visitor: Visitor): Promise<void> {
  await attempt(visitor, 'POST', '/v1/sessions', { identifier: email, password: 'kucing abu makan nasi' })
  await visitor.ask('POST', '/v1/sessions', { json: { identifier: email, password } })
  await attempt(visitor, 'POST', '/v1/pin-confirmations', { pin: '991827', purpose: 'key' })
  const confirmed = await visitor.ask('POST', '/v1/pin-confirmations', { json: { pin, purpose: 'key' } })
  const authorization = textOf(confirmed, 'authorization')
  const made = await visitor.ask('POST', '/v1/keys', { json: { name: 'Kasir', kind: 'live', authorization } })
  const key = { authorization: `Bearer ${textOf(made, 'key')}` }
  const plain = visitorOf()
  await attempt(plain, 'GET', '/v1/quota', undefined, key)
  await attempt(plain, 'GET', `/v1/affixings?cursor=${textOf(made, 'key')}`, undefined, key)
  await attempt(plain, 'GET', '/v1/quota', undefined, { authorization: `Bearer mk_live_${'x'.repeat(43)}` })
  const setup = await visitor.ask('POST', '/v1/authenticators/totp', { json: { password } })
  await attempt(visitor, 'POST', '/v1/authenticators/totp/confirm', {
    code: generateSync({ secret: textOf(setup, 'secret') }),
  })
  await attempt(visitor, 'POST', '/v1/webhooks', { url: 'https://contoh.example/hook', events: ['order.paid'] })
  await attempt(visitor, 'POST', '/v1/members', { contact: 'tamu@contoh.example', role: 'stamper' })
  await attempt(visitor, 'POST', '/v1/contacts/codes', { contact: '081300000456' })
  await attempt(visitor, 'POST', '/v1/sessions/codes', { identifier: email })
  await attempt(visitor, 'POST', '/v1/sessions', { identifier: email, codeId: 'otp_x', code: '731946' })
  const destination = { bank: 'Bank Contoh', accountNumber: '9876543210123', accountName: 'Contoh Aminah' }
  await attempt(visitor, 'POST', '/v1/refunds', { quantity: 1, destination })
  await attempt(visitor, 'PATCH', '/v1/account', { identity: { nik: '3171015708900009' } })
  // not as any schema has it
  await attempt(visitor, 'POST', '/v1/sessions', { identifier: [email], password: { password } })
  await attempt(visitor, 'POST', '/v1/registrations', { nik: '3171015708900001' })
  for (const path of ['/v1/account', '/v1/account/export', '/v1/account/access-log', `/${email}`, `/cek/${email}`])
    await attempt(visitor, 'GET', path)
}

test('a whole journey, right and wrong, leaves no secret in the log and none in clear in the database', async () => {
  const visitor = visitorOf()
  const stamped = await walkPeople({ visitor, wait, step: silent, result: silent })
  expect(stamped.available).toBe(2)
  await stir(visitor)
  expect(secrets.size).toBeGreaterThan(25)
  expect(logged.length).toBeGreaterThan(50)
  // a label that its owner chose for everyone to see
  const known = [...secrets].filter((value) => value !== 'Kasir')
  expect(secretsIn(logged, known)).toEqual([])

  const running = await runningEmbedded(join(folder, 'data'))
  const owner = openDatabase({ url: running?.ownerUrl ?? '', connectionsMax: 2 })
  try {
    expect(await columnsInClear(owner, known)).toEqual([])
  } finally {
    await owner.close()
  }
}, 60_000)

test('`meterai demo people` shows every call, ends well and takes its folder with it', async () => {
  const bin = fileURLToPath(new URL('../bin/meterai.js', import.meta.url))
  const env = { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder, LANG: 'en_US.UTF-8' }
  const child = spawn(process.execPath, [bin, 'demo', 'people', '--json'], { cwd: folder, env })
  const [out, err, [exit]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  expect([exit, err.includes('Error')]).toEqual([0, false])
  for (const call of ['POST /v1/registrations -> 201', 'PUT /v1/pin -> 200', 'POST /v1/orders -> 201'])
    expect(out).toContain(call)
  expect(out.match(/GET \/v1\/inbox/g)).toHaveLength(2)
  expect(JSON.parse(out.trim().split('\n').at(-1) ?? '')).toMatchObject({
    ok: true,
    available: 2,
    ledger: { ok: true },
  })
}, 60_000)
