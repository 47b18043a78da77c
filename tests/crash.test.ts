import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultPoints, type FaultPoint } from '../src/base/fault-points.ts'
import { nodePrimitives } from '../src/base/primitives-node.ts'
import { affixDocument, type AffixOutcome } from '../src/client/affix.ts'
import { recountLedger } from '../src/ledger/recount.ts'
import { testDatabase, type TestDatabase } from './support/database.ts'
import { fetchTransport, jsonOf } from './support/fetch-transport.ts'
import { samplePdf } from './support/pdf-samples.ts'
import { startServiceProcess, type ServiceProcess } from './support/service.ts'

// The service is killed with -9 at every named fault point; its client repeats the call, or never comes back.

let db: TestDatabase
let dataFolder: string
beforeAll(async () => {
  db = await testDatabase()
  dataFolder = await mkdtemp(join(tmpdir(), 'meterai-crash-'))
})
afterAll(async () => {
  await db.drop()
  await rm(dataFolder, { recursive: true })
})

const start = (fatal?: FaultPoint): Promise<ServiceProcess> =>
  startServiceProcess({ dataFolder, database: db, ...(fatal === undefined ? {} : { fatal }) })

/** A document of its own for each test, so that no test meets another's. */
const documentFor = (name: string) => samplePdf({ trailer: `/Nama (${name} ${randomUUID()})` })
const placement = { page: 'last', left: 400, bottom: 40, width: 100, height: 100, unit: 'pt' } as const
const facts = { documentType: 'surat-pernyataan', number: '7' } as const

type Outcome = { serial: string; bytes: Buffer }

function affixOver(service: ServiceProcess, original: Uint8Array, key: string): Promise<AffixOutcome> {
  return affixDocument({
    transport: fetchTransport(service.url, service.demo.liveKey),
    original,
    facts,
    placement,
    idempotencyKey: key,
    primitives: nodePrimitives,
    wait: () => Promise.resolve(),
    sends: 2,
  })
}

/** The client's way: reserve, place, sign, embed. */
async function affixed(service: ServiceProcess, original: Uint8Array, key: string): Promise<Outcome> {
  const outcome = await affixOver(service, original, key)
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal))
  return { serial: outcome.affixing.serial, bytes: Buffer.concat([original, outcome.tail]) }
}

/** The server's way: one upload. */
async function stamped(service: ServiceProcess, original: Uint8Array, key: string): Promise<Outcome> {
  const sent = Buffer.from(JSON.stringify({ facts, placement })).toString('base64url')
  const answer = await fetch(`${service.url}/v1/stampings/${key}?facts=${sent}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${service.demo.liveKey}`, 'content-type': 'application/pdf' },
    body: Buffer.from(original),
  })
  if (answer.status !== 200) throw new Error(await answer.text())
  return { serial: answer.headers.get('serial-number') ?? '', bytes: Buffer.from(await answer.arrayBuffer()) }
}

type Quota = { available: number; reserved: number; spent: number }
async function quotaOf(service: ServiceProcess): Promise<Quota> {
  const answer = await fetch(`${service.url}/v1/quota`, {
    headers: { authorization: `Bearer ${service.demo.liveKey}` },
  })
  const { available, reserved, spent } = await jsonOf(answer)
  return { available, reserved, spent }
}

async function expectCleanLedger(): Promise<void> {
  expect(await recountLedger(db.database.sql)).toMatchObject({ clean: true, faults: [] })
}

/** Kills a service at the fault point while `work` calls it; the call fails. */
async function dieDuring(fatal: FaultPoint, work: (service: ServiceProcess) => Promise<unknown>): Promise<void> {
  const service = await start(fatal)
  await expect(work(service)).rejects.toThrow(/fetch failed|service_unreachable/)
  expect(await service.gone).toBe('SIGKILL')
}

const byServer = (name: FaultPoint) => name.startsWith('stamping.')

test.each(faultPoints)(
  'killed at %s, the client repeats its call: one stamp, one charge, the same bytes ever after',
  async (fatal) => {
    const original = documentFor(fatal)
    const key = randomUUID()
    const stamp = byServer(fatal) ? stamped : affixed
    const first = await start()
    const before = await quotaOf(first)
    await first.stop()
    await dieDuring(fatal, (service) => stamp(service, original, key))
    await expectCleanLedger()
    // The lease of the process that died lapses by itself.
    if (byServer(fatal)) await db.advance(31)
    const service = await start()
    const done = await stamp(service, original, key)
    const again = await stamp(service, original, key)
    expect(again.serial).toBe(done.serial)
    expect(again.bytes.equals(done.bytes)).toBe(true)
    expect(done.bytes.subarray(0, original.length).equals(original)).toBe(true)
    expect(await quotaOf(service)).toEqual({ available: before.available - 1, reserved: 0, spent: before.spent + 1 })
    await service.stop()
    await expectCleanLedger()
  },
)

test.each(faultPoints)(
  'killed at %s, the client never comes back: the quota does, unless its stamp is stored',
  async (fatal) => {
    const original = documentFor(fatal)
    const stamp = byServer(fatal) ? stamped : affixed
    const first = await start()
    const before = await quotaOf(first)
    await first.stop()
    await dieDuring(fatal, (service) => stamp(service, original, randomUUID()))
    await db.advance(16 * 60)
    const service = await start()
    const source = createHash('sha256').update(original).digest('hex')
    const list = () =>
      fetch(`${service.url}/v1/affixings?sourceSha256=${source}`, {
        headers: { authorization: `Bearer ${service.demo.liveKey}` },
      }).then(jsonOf)
    await expect.poll(() => quotaOf(service), { timeout: 20_000 }).toMatchObject({ reserved: 0 })
    const { items } = await list()
    const stored = items.some((item: { state: string }) => item.state === 'affixed')
    expect(stored).toBe(['affixing.affixedNotAnswered', 'stamping.affixedNotAnswered'].includes(fatal))
    expect(await quotaOf(service)).toEqual(
      stored ? { ...before, available: before.available - 1, spent: before.spent + 1 } : before,
    )
    await service.stop()
    await expectCleanLedger()
  },
)

test('two processes sign one reservation at once, with equal and with different digests: one winner', async () => {
  const services = await Promise.all([start(), start()])
  const [one, two] = services
  const headers = { authorization: `Bearer ${one.demo.liveKey}`, 'content-type': 'application/json' }
  for (const digests of [
    ['a', 'a'],
    ['a', 'b'],
  ]) {
    const reserved = await fetch(`${one.url}/v1/affixings`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': randomUUID() },
      body: JSON.stringify({
        facts,
        placement: { ...placement, page: 1 },
        sourceSha256: createHash('sha256').update(randomUUID()).digest('hex'),
        sourceLength: 10,
        pageCount: 1,
      }),
    }).then(jsonOf)
    const answers = await Promise.all(
      digests.flatMap((digest, i) =>
        Array.from({ length: 5 }, () =>
          fetch(`${i === 0 ? one.url : two.url}/v1/affixings/${reserved.id}/signature`, {
            method: 'PUT',
            headers,
            body: JSON.stringify({ digest: createHash('sha256').update(digest).digest('hex') }),
          }).then(async (answer) => ({ status: answer.status, json: await jsonOf(answer) })),
        ),
      ),
    )
    const signed = answers.filter(({ status }) => status === 200)
    const refused = answers.filter(({ status }) => status !== 200)
    expect(signed).toHaveLength(digests[0] === digests[1] ? 10 : 5)
    expect(refused.every(({ json }) => json.code === 'digest_differs')).toBe(true)
    expect(new Set(signed.map(({ json }) => json.signature)).size).toBe(1)
  }
  await Promise.all(services.map((service) => service.stop()))
  await expectCleanLedger()
})

test('two processes stamp for one account, 500 each on a quota of 700: exactly 700 stamps and no serial twice', async () => {
  const services = await Promise.all([start(), start()])
  const [{ demo, url }] = services
  const accountId = demo.accountId.slice(4)
  const quota = await quotaOf(services[0])
  await db.owner.sql`
    select * from apply_transfers(array[${accountId}]::uuid[], array[gen_random_uuid()], array['stamps'], array['posted'], array['treasury'],
      array['quota'], array[${700 - quota.available}]::bigint[], array[null]::uuid[], array[null]::int[], array['grant'], now())`
  const one = async (service: ServiceProcess) => {
    const headers = {
      authorization: `Bearer ${demo.liveKey}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    }
    const sourceSha256 = createHash('sha256').update(randomUUID()).digest('hex')
    const body = { facts, placement: { ...placement, page: 1 }, sourceSha256, sourceLength: 10, pageCount: 1 }
    const reserved = await fetch(`${service.url}/v1/affixings`, { method: 'POST', headers, body: JSON.stringify(body) })
    const { id, code } = await jsonOf(reserved)
    if (reserved.status !== 201) return String(code)
    const signed = await fetch(`${service.url}/v1/affixings/${id}/signature`, {
      method: 'PUT',
      headers,
      body: JSON.stringify({ digest: sourceSha256 }),
    })
    const answer = await jsonOf(signed)
    return signed.status === 200 ? `serial ${answer.serial}` : String(answer.code)
  }
  const load = async (service: ServiceProcess) => {
    const outcomes: string[] = []
    const caller = async () => {
      for (let left = 50; left > 0; left--) outcomes.push(await one(service))
    }
    await Promise.all(Array.from({ length: 10 }, caller))
    return outcomes
  }
  const outcomes = (await Promise.all(services.map(load))).flat()
  const serials = outcomes.filter((outcome) => outcome.startsWith('serial '))
  expect(serials).toHaveLength(700)
  expect(new Set(serials).size).toBe(700)
  expect(outcomes.filter((outcome) => outcome === 'quota_empty')).toHaveLength(300)
  expect(url).not.toBe(services[1].url)
  expect(await quotaOf(services[0])).toEqual({ available: 0, reserved: 0, spent: quota.spent + 700 })
  await Promise.all(services.map((service) => service.stop()))
  await expectCleanLedger()
})
