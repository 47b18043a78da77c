import { afterAll, beforeAll, expect, test } from 'vitest'
import { testWeb, type TestWeb } from '../../tests/support/web.ts'
import { affixDigest } from '../../tests/support/affix-digest.ts'
import { openDatabaseFigures } from './database-figures.ts'
import { openMetrics, outcomeOf } from './metrics.ts'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

/** The page as name with labels -> value. */
async function scraped(): Promise<Map<string, number>> {
  const page = await (await fetch(`${web.url}/metrics`)).text()
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

test('a stamp is counted by outcome and channel, a refusal too, and the figures of the database are there', async () => {
  const account = await web.openAccount(1)
  await affixDigest({ url: web.url, key: account.liveKey }, 'first', 'a'.repeat(64))
  await affixDigest({ url: web.url, key: account.liveKey }, 'second', 'b'.repeat(64)).catch(() => undefined)

  const page = await scraped()
  expect(page.get('affixings_total{outcome="reserved",channel="api"}')).toBe(1)
  expect(page.get('affixings_total{outcome="affixed",channel="api"}')).toBe(1)
  expect(page.get('affixings_total{outcome="refused",channel="api"}')).toBe(1)
  expect(page.get('database_figures_read')).toBe(1)
  expect(page.get('affixings_reserved')).toBe(0)
  expect(page.get('outbox_lag_seconds')).toBe(0)
  expect(Math.abs(page.get('clock_skew_seconds') ?? Number.NaN)).toBeLessThan(5)
})

test('the database is asked once for all scrapes of five seconds, and again after them', async () => {
  let now = 0
  const read = openDatabaseFigures(web.db.database, () => now)
  const first = await read()
  const account = await web.openAccount(1)
  await reserve(account.liveKey)

  now = 4_999
  expect(await read()).toBe(first)
  now = 5_001
  expect((await read()).reserved).toBe(first.reserved + 1)
})

async function reserve(liveKey: string): Promise<void> {
  const answer = await fetch(`${web.url}/v1/affixings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${liveKey}`, 'content-type': 'application/json', 'idempotency-key': 'held' },
    body: JSON.stringify({
      facts: { documentType: 'surat-pernyataan' },
      placement: { page: 1, left: 36, bottom: 36, width: 100, height: 100, unit: 'pt' },
      sourceSha256: 'c'.repeat(64),
      sourceLength: 1000,
      pageCount: 1,
    }),
  })
  expect(answer.status).toBe(201)
}

test('the oldest reservation and the audit without a place have their age by the clock of the service', async () => {
  const read = openDatabaseFigures(web.db.database, () => 0)
  await web.db.advance(300)

  const figures = await read()
  expect(figures.oldestReservedSeconds).toBeGreaterThanOrEqual(300)
  expect(figures.auditLagSeconds).toBeGreaterThanOrEqual(300)
})

test('a database that does not answer leaves gauges without a number, and the page stands', async () => {
  const metrics = openMetrics()
  metrics.databaseFigures(undefined)

  const page = await metrics.page()
  expect(page).toContain('database_figures_read 0')
  expect(page).toContain('affixings_oldest_reserved_seconds Nan')
})

test('answers say what they mean for an affixing, and calls that change none say nothing', () => {
  const put = { method: 'PUT', route: '/v1/affixings/:id/signature' }

  expect(outcomeOf({ ...put, status: 200 })).toEqual({ channel: 'api', outcome: 'affixed' })
  expect(outcomeOf({ ...put, status: 202 })).toEqual({ channel: 'api', outcome: 'waiting' })
  expect(outcomeOf({ ...put, status: 409 })).toEqual({ channel: 'api', outcome: 'refused' })
  expect(outcomeOf({ ...put, status: 503 })).toEqual({ channel: 'api', outcome: 'overloaded' })
  expect(outcomeOf({ ...put, status: 500 })).toEqual({ channel: 'api', outcome: 'failed' })
  expect(outcomeOf({ method: 'POST', route: '/v1/stampings', status: 200 })?.channel).toBe('upload')
  expect(outcomeOf({ method: 'GET', route: '/v1/affixings/:id', status: 200 })).toBeUndefined()
})
