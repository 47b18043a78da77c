import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultPoints } from '../src/base/fault-points.ts'
import { recountLedger } from '../src/ledger/recount.ts'
import { allDisasters, disasterName } from './crash/disasters.ts'
import { problemsOfAllStamps } from './crash/proofs.ts'
import { runRounds } from './crash/rounds.ts'
import { openWorld, type World } from './crash/world.ts'
import { testDatabase, type TestDatabase } from './support/database.ts'
import { jsonOf } from './support/fetch-transport.ts'
import { startServiceProcess, type ServiceProcess } from './support/service.ts'
import { root } from './support/tracked-files.ts'

// Ten rounds of `npm run crash`, a round for each fault point at which the service is killed, and two services on one database.

let db: TestDatabase
let dataFolder: string
let world: World
beforeAll(async () => {
  db = await testDatabase()
  dataFolder = await mkdtemp(join(tmpdir(), 'meterai-crash-'))
  world = await openWorld()
})
afterAll(async () => {
  await db.drop()
  await rm(dataFolder, { recursive: true })
  await world.stop()
  await world.remove()
})

const placement = { page: 1, left: 400, bottom: 40, width: 100, height: 100, unit: 'pt' } as const
const facts = { documentType: 'surat-pernyataan', number: '7' } as const
const seed = 4
const start = (): Promise<ServiceProcess> => startServiceProcess({ dataFolder, database: db })

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

test('every fault point of the list stands in the code, once', async () => {
  const names = (await readdir(join(root, 'src'), { recursive: true })).filter((name) =>
    /(?<!\.test)\.tsx?$/.test(name),
  )
  const texts = await Promise.all(names.map((name) => readFile(join(root, 'src', name), 'utf8')))
  const found = texts.flatMap((text) => [...text.matchAll(/\bfaultPoint\('([^']+)'\)/g)].map(([, name = '']) => name))
  expect(new Set(found)).toEqual(new Set(faultPoints))
  expect(found).toHaveLength(faultPoints.length)
})

const deaths = allDisasters.filter((one) => one.kind === 'at' && one.deed === 'kill service')

test.each(deaths.map((disaster) => [disasterName(disaster), disaster] as const))(
  '%s: what was acknowledged stands, each key has one outcome, no unit is lost',
  async (_, disaster) => {
    const [report] = await runRounds(world, { seed, first: 1, rounds: 1, disaster })
    expect(report).toMatchObject({ fired: true, problems: [] })
  },
)

test('ten rounds of any disaster leave every stamp and every unit where it belongs', async () => {
  const reports = await runRounds(world, { seed, first: 1, rounds: 10 })
  expect(
    reports.flatMap(({ round, disaster, problems }) => problems.map((one) => `${round} ${disaster}: ${one}`)),
  ).toEqual([])
}, 180_000)

test('after all of them every stamp is fetched again, byte for byte, and verifies', async () => {
  expect(world.stamped.length).toBeGreaterThan(200)
  expect(await problemsOfAllStamps(world)).toEqual([])
})

test('every fault point was come by', () => {
  expect(faultPoints.filter((point) => !world.reached.has(point))).toEqual([])
})

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
        placement,
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
    const body = { facts, placement, sourceSha256, sourceLength: 10, pageCount: 1 }
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
