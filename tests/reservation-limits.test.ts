import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keyHashOf } from '../src/identity/api-keys.ts'
import { linkAccounts } from '../src/purchases/quota-transfers/family.ts'
import { beginTransfer } from '../src/purchases/quota-transfers/send-quota.ts'
import { jsonOf } from './support/fetch-transport.ts'
import { testWeb, type TestWeb } from './support/web.ts'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb(() => ({ limits: { openMax: 2, releasesPerHourMax: 1 } }))
})
afterAll(async () => {
  await web.close()
})

const reserve = (key: string, language: string) =>
  fetch(`${web.url}/v1/affixings`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      'accept-language': language,
    },
    body: JSON.stringify({
      facts: { documentType: 'surat-pernyataan', number: '1' },
      placement: { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' },
      sourceSha256: createHash('sha256').update(randomUUID()).digest('hex'),
      sourceLength: 1000,
      pageCount: 1,
    }),
  })

test('a call beyond a limit is answered 429, with when to ask again, the value, the limit and the way out in both languages', async () => {
  const { liveKey } = await web.openAccount(10)
  const first = await reserve(liveKey, 'id').then(jsonOf)
  await reserve(liveKey, 'id')
  const open = await reserve(liveKey, 'id')
  expect([open.status, open.headers.get('retry-after')]).toEqual([429, '30'])
  expect(await jsonOf(open)).toMatchObject({
    code: 'too_many_open',
    open: 2,
    limit: 2,
    detail: expect.stringMatching(/^Ada 2 meterai .* paling banyak 2 sekaligus\. Selesaikan atau batalkan sebagian/),
  })
  await fetch(`${web.url}/v1/affixings/${first.id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${liveKey}` },
  })
  const released = await reserve(liveKey, 'en')
  expect(released.status).toBe(429)
  expect(Number(released.headers.get('retry-after'))).toBeLessThanOrEqual(3600)
  expect(await jsonOf(released)).toMatchObject({
    code: 'too_many_releases',
    releases: 1,
    detail: expect.stringMatching(/^1 reservation was cancelled or left alone this hour; at most 1 may be\./),
  })
})

test('quota on its way to another account takes no room from reservations', async () => {
  const [giver, child] = [await web.openAccount(10), await web.openAccount(0)]
  const { database } = web.db
  await linkAccounts(database, { childId: child.accountId, parentId: giver.accountId, operator: 'petugas-a' })
  const caller = { accountId: giver.accountId, keyKind: 'live', keyId: 'key_contoh' } as const
  const wish = { caller, key: randomUUID(), fingerprint: '00'.repeat(32), receiverId: child.accountId, quantity: 2 }
  expect(await beginTransfer(database, wish)).toMatchObject({ ok: true })

  const statuses = [await reserve(giver.liveKey, 'id'), await reserve(giver.liveKey, 'id')].map(({ status }) => status)
  expect(statuses).toEqual([201, 201])
  expect((await reserve(giver.liveKey, 'id')).status).toBe(429)
})

test('a key beyond its day says so, and its owner reads when it works again', async () => {
  const { liveKey } = await web.openAccount(10)
  await web.db.database.sql`
    update api_keys set daily_limit = 1 where key_hash = ${keyHashOf(`Bearer ${liveKey}`) ?? Buffer.alloc(0)}`
  expect((await reserve(liveKey, 'en')).status).toBe(201)
  const refused = await reserve(liveKey, 'en')
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(24 * 3600)
  expect(await jsonOf(refused)).toMatchObject({
    code: 'key_limit_reached',
    used: 1,
    limit: 1,
    detail: expect.stringMatching(
      /has used 1 stamp today; its daily limit is 1\. It works again after midnight in Jakarta, in /,
    ),
  })
})
