import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { affixDigest } from '../../../tests/support/affix-digest.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { finishWaiting } from '../../affixing/affix.ts'
import { testNumbers } from '../../affixing/test-outcomes.ts'
import { readCsv } from '../../base/csv.ts'
import { publicId } from '../../base/ids.ts'
import { statementsInLineMax } from '../../limits/purchases.ts'
import { timestampRetrySeconds } from '../../limits/stamping.ts'
import { linkAccounts } from '../../purchases/quota-transfers/family.ts'
import { monthBounds } from '../../reports/monthly-statement.ts'

let web: TestWeb
let account: Awaited<ReturnType<TestWeb['openAccount']>>
beforeAll(async () => {
  web = await testWeb()
})
beforeEach(async () => {
  account = await web.openAccount(4)
})
afterAll(() => web.close())

async function call(method: 'GET' | 'POST' | 'DELETE', path: string, json?: object) {
  const headers = { authorization: `Bearer ${account.liveKey}`, 'idempotency-key': randomUUID() }
  const answer = await web.app.inject({ method, url: path, headers, ...(json === undefined ? {} : { payload: json }) })
  return {
    status: answer.statusCode,
    text: answer.body,
    json: /\/(csv|return|classes)$/.test(path) ? undefined : answer.json(),
  }
}
async function buy(quantity: number, tag?: string): Promise<void> {
  const { json } = await call('POST', '/v1/orders', { quantity, method: 'qris', ...(tag === undefined ? {} : { tag }) })
  await call('POST', `/simulator/payments/${json.id}`, { act: 'pay' })
}
/** This month in Jakarta by the service's clock, or so many later. */
async function month(later = 0): Promise<string> {
  const day = new Date((await web.db.database.now()).getTime() + 7 * 60 * 60 * 1000)
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + later, 1)).toISOString().slice(0, 7)
}

test('a month tells everything that moved the quota, and adds up to what is there', async () => {
  const child = await web.openAccount(0)
  await linkAccounts(web.db.database, { childId: child.accountId, parentId: account.accountId, operator: 'petugas-a' })
  await buy(5, 'Legal')
  await buy(3, 'Legal')
  await buy(2)
  await affixDigest({ url: web.url, key: account.liveKey }, randomUUID(), 'a'.repeat(64))
  await call('POST', '/v1/quota-transfers', { to: publicId('account', child.accountId), quantity: 2 })
  const destination = { bank: 'Bank Contoh', accountNumber: '12345', accountName: 'Contoh A' }
  await call('POST', '/v1/refunds', { quantity: 1, destination })
  const changedMind = await call('POST', '/v1/refunds', { quantity: 3, destination })
  await call('DELETE', `/v1/refunds/${changedMind.json.id}`)

  const { json } = await call('GET', `/v1/statements/${await month()}`)
  expect(json).toMatchObject({ opening: 0, closing: 10, ledger: 'stamps' })
  expect(json.lines).toEqual([
    { kind: 'bought', units: 10 },
    { kind: 'granted', units: 4 },
    { kind: 'kept', units: 3 },
    { kind: 'used', units: -1 },
    { kind: 'sent', units: -2 },
    { kind: 'given_back', units: -4 },
  ])
  expect((await call('GET', '/v1/quota')).json.available).toBe(10)
  expect(json.usedBy).toEqual([{ actor: expect.stringMatching(/^key:key_/), units: 1 }])
  expect(json.boughtByTag).toEqual([
    { tag: '', units: 2, totalRupiah: 20_000 },
    { tag: 'Legal', units: 8, totalRupiah: 80_000 },
  ])
  expect(json.orders).toHaveLength(3)
})

test('used stamps stand by cost centre, their own or that of their batch, and together they are all of them', async () => {
  await buy(4)
  const placement = { page: 1, left: 36, bottom: 36, width: 100, height: 100, unit: 'pt' }
  const documentOf = (facts: object) => ({
    facts: { documentType: 'surat-pernyataan', ...facts },
    placement,
    sourceSha256: randomBytes(32).toString('hex'),
    sourceLength: 1000,
    pageCount: 1,
  })
  const affix = async (document: object) => {
    const { json } = await call('POST', '/v1/affixings', document)
    const headers = { authorization: `Bearer ${account.liveKey}` }
    const url = `/v1/affixings/${json.id}/signature`
    await web.app.inject({ method: 'PUT', url, headers, payload: { digest: 'ab'.repeat(32) } })
    return (await call('GET', `/v1/affixings/${json.id}`)).json
  }
  const [inBatch, ownTag] = [documentOf({}), documentOf({ tag: 'Legal' })]
  const items = [inBatch, ownTag].map((document, nr) => ({ clientReference: String(nr), ...document }))
  const batch = (await call('POST', '/v1/batches', { name: 'Contoh', tag: 'HR', items })).json
  await call('POST', `/v1/batches/${batch.id}/open`)
  const [first, second] = batch.added.map((added: { itemId: string }) => added.itemId)
  await affix({ ...inBatch, batchItem: first })
  await affix({ ...ownTag, batchItem: second })
  await affix(documentOf({}))
  expect(await affix(documentOf({ tag: 'Legal' }))).toMatchObject({ state: 'affixed', facts: { tag: 'Legal' } })

  const { json } = await call('GET', `/v1/statements/${await month()}`)
  expect(json.usedByTag).toEqual([
    { tag: '', units: 1 },
    { tag: 'HR', units: 1 },
    { tag: 'Legal', units: 2 },
  ])
  expect(json.lines).toContainEqual({ kind: 'used', units: -4 })
  const csv = (await call('GET', `/v1/statements/${await month()}/csv`)).text
  expect(csv).toContain('used_by_tag,Legal,2,,\r\n')
  const { records } = readCsv((await call('GET', `/v1/statements/${await month()}/return`)).text)
  expect(records.map((record) => record.at(-1) ?? '').toSorted()).toEqual(['', 'HR', 'Legal', 'Legal', 'tag'])
})

test('a stamp that an outage of the timestamp authority delayed is counted for the key that reserved it', async () => {
  const headers = { authorization: `Bearer ${account.testKey}`, 'idempotency-key': randomUUID() }
  const payload = {
    facts: { documentType: 'surat-pernyataan', number: testNumbers.timestampDown },
    placement: { page: 1, left: 36, bottom: 36, width: 100, height: 100, unit: 'pt' },
    sourceSha256: 'e'.repeat(64),
    sourceLength: 9,
    pageCount: 1,
  }
  const { id } = (await web.app.inject({ method: 'POST', url: '/v1/affixings', headers, payload })).json()
  const signing = { url: `/v1/affixings/${id}/signature`, headers, payload: { digest: 'ab'.repeat(32) } }
  expect((await web.app.inject({ method: 'PUT', ...signing })).statusCode).toBe(202)
  await web.db.advance(timestampRetrySeconds + 1)
  expect(await finishWaiting(web.affixing, 10)).toBe(1)

  const { usedBy, lines } = (await web.app.inject({ url: `/v1/statements/${await month()}`, headers })).json()
  expect(usedBy).toEqual([{ actor: expect.stringMatching(/^key:key_/), units: 1 }])
  expect(lines).toContainEqual({ kind: 'used', units: -1 })
})

test('the next month opens with what the last one closed with', async () => {
  await buy(2)
  const next = await call('GET', `/v1/statements/${await month(1)}`)

  expect(next.json).toMatchObject({ opening: 6, lines: [], closing: 6, usedBy: [], usedByTag: [], orders: [] })
})

test('a month that is over opens and closes as it did, whatever came after; one that an order straddles tells it once', async () => {
  const { json: order } = await call('POST', '/v1/orders', { quantity: 3, method: 'virtual_account', bank: 'bri' })
  const { until } = monthBounds(await month()) ?? { until: new Date() }
  await web.db.advance((until.getTime() - (await web.db.database.now()).getTime()) / 1000 + 60)
  await call('POST', `/simulator/payments/${order.id}`, { act: 'pay_late' })
  await affixDigest({ url: web.url, key: account.liveKey }, randomUUID(), 'c'.repeat(64))

  const [before, last, now] = await Promise.all(
    [-2, -1, 0].map(async (later) => (await call('GET', `/v1/statements/${await month(later)}`)).json),
  )
  expect(before).toMatchObject({ opening: 0, lines: [], closing: 0 })
  expect(last).toMatchObject({ opening: 0, lines: [{ kind: 'granted', units: 4 }], closing: 4 })
  const lines = [
    { kind: 'bought', units: 3 },
    { kind: 'used', units: -1 },
  ]
  expect(now).toMatchObject({ opening: 4, lines, closing: 6 })
})

test('statements are made one at a time, and where too many wait the answer is overloaded', async () => {
  const thisMonth = await month()
  const answers = await Promise.all(
    Array.from({ length: statementsInLineMax + 5 }, () => call('GET', `/v1/statements/${thisMonth}`)),
  )

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(statementsInLineMax)
  expect(answers.filter(({ json }) => json.code === 'overloaded')).toHaveLength(5)
  expect((await call('GET', `/v1/statements/${thisMonth}`)).status).toBe(200)
})

test('what is only held for a stamp is still there', async () => {
  const placement = { page: 1, left: 36, bottom: 36, width: 100, height: 100, unit: 'pt' }
  const body = {
    facts: { documentType: 'surat-pernyataan' },
    placement,
    sourceSha256: 'b'.repeat(64),
    sourceLength: 9,
    pageCount: 1,
  }
  expect((await call('POST', '/v1/affixings', body)).status).toBe(201)

  expect((await call('GET', `/v1/statements/${await month()}`)).json).toMatchObject({
    closing: 4,
    lines: [{ kind: 'granted', units: 4 }],
  })
})

test('the CSV says the same', async () => {
  await buy(1, 'Legal')
  const { records } = readCsv((await call('GET', `/v1/statements/${await month()}/csv`)).text)

  expect(records.slice(0, 5)).toEqual([
    ['part', 'name', 'units', 'rupiah', 'tag'],
    ['opening', '', '0', '', ''],
    ['line', 'bought', '1', '', ''],
    ['line', 'granted', '4', '', ''],
    ['closing', '', '5', '', ''],
  ])
  expect(records).toContainEqual(['bought_by_tag', 'Legal', '1', '10000', ''])
  expect(records).toContainEqual(['order', expect.stringMatching(/^ord_/), '1', '10000', 'Legal'])

  await affixDigest({ url: web.url, key: account.liveKey }, randomUUID(), 'd'.repeat(64))
  const { text } = await call('GET', `/v1/statements/${await month()}/csv`)
  expect(text).toContain('line,used,-1,,\r\n')
})

test('the return lists each stamped document with its facts and class, and sums the classes', async () => {
  const placement = { page: 1, left: 36, bottom: 36, width: 100, height: 100, unit: 'pt' }
  const stamp = async (facts: object, digit: string) => {
    const body = { facts, placement, sourceSha256: digit.repeat(64), sourceLength: 9, pageCount: 1 }
    const { json } = await call('POST', '/v1/affixings', body)
    await web.app.inject({
      method: 'PUT',
      url: `/v1/affixings/${json.id}/signature`,
      headers: { authorization: `Bearer ${account.liveKey}` },
      payload: { digest: digit.repeat(64) },
    })
    return json.recipe.serial
  }
  const identity = {
    identityType: 'NPWP',
    identityNumber: '0123456789012345',
    payerName: 'PT Contoh',
    valueRupiah: '7500000',
  }
  const first = await stamp({ documentType: 'penerimaan-uang', number: '=7', date: '2026-11-02', ...identity }, '1')
  await stamp({ documentType: 'surat-perjanjian' }, '2')
  await call('POST', '/v1/affixings', {
    facts: { documentType: 'surat-perjanjian' },
    placement,
    sourceSha256: '3'.repeat(64),
    sourceLength: 9,
    pageCount: 1,
  })

  const { text } = await call('GET', `/v1/statements/${await month()}/return`)
  const { records } = readCsv(text)
  expect(records.map((record) => record.length)).toEqual([12, 12, 12])
  expect(records[1]?.slice(1)).toEqual([
    '4a',
    'Dokumen penerimaan uang lebih dari 5 juta',
    '=7',
    '2026-11-02',
    '7500000',
    'NPWP',
    '0123456789012345',
    'PT Contoh',
    first,
    '10000',
    '',
  ])
  expect(text).toContain("'=7")
  const classes = readCsv((await call('GET', `/v1/statements/${await month()}/return/classes`)).text)
  expect(classes.records.slice(1)).toEqual([
    ['2', '0', '0'],
    ['3', '1', '10000'],
    ['4a', '1', '10000'],
    ['4b', '0', '0'],
  ])
  expect(readCsv((await call('GET', `/v1/statements/${await month(1)}/return`)).text).records).toHaveLength(1)
})

test('a test key gets a statement of its specimens, and no return', async () => {
  const thisMonth = await month()
  const headers = { authorization: `Bearer ${account.testKey}` }
  const get = async (path: string) => {
    const { statusCode, body } = await web.app.inject({ url: `/v1/statements/${thisMonth}${path}`, headers })
    return [statusCode, body.includes('return_of_specimens')]
  }

  expect(await get('')).toEqual([200, false])
  expect(await get('/return')).toEqual([403, true])
  expect(await get('/return/classes')).toEqual([403, true])
})

test('a month is one of Jakarta, and nothing else is a month', async () => {
  expect(monthBounds('2026-12')).toEqual({
    from: new Date('2026-11-30T17:00:00Z'),
    until: new Date('2026-12-31T17:00:00Z'),
  })
  for (const wrong of ['2026-13', '2026-1', 'now', '1999-01'])
    expect((await call('GET', `/v1/statements/${wrong}`)).status).toBe(404)
})
