import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { publicId } from '../../base/ids.ts'
import { ledgerBalances } from '../../ledger/invariant.ts'
import { recountLedger } from '../../ledger/recount.ts'
import { linkAccounts } from '../../purchases/quota-transfers/family.ts'
import { beginTransfer, finishTransfer, resumeTransfers } from '../../purchases/quota-transfers/send-quota.ts'

type Account = Awaited<ReturnType<TestWeb['openAccount']>>
let web: TestWeb
let parent: Account
let child: Account
beforeAll(async () => {
  web = await testWeb()
})
beforeEach(async () => {
  parent = await web.openAccount(10)
  child = await web.openAccount(0)
  const link = { childId: child.accountId, parentId: parent.accountId, operator: 'petugas-a' }
  await linkAccounts(web.db.database, link)
})
afterAll(() => web.close())

async function call(from: Account, method: 'GET' | 'POST', path: string, json?: object, key: string = randomUUID()) {
  const headers = { authorization: `Bearer ${from.liveKey}`, 'idempotency-key': key }
  const answer = await web.app.inject({ method, url: path, headers, ...(json === undefined ? {} : { payload: json }) })
  return { status: answer.statusCode, json: answer.json() }
}
const send = (from: Account, to: Account, quantity: number, key?: string) =>
  call(from, 'POST', '/v1/quota-transfers', { to: publicId('account', to.accountId), quantity }, key)
const quotaOf = async (of: Account) => {
  const { available, reserved, spent } = (await call(of, 'GET', '/v1/quota')).json
  return { available, reserved, spent }
}
async function expectCleanLedger() {
  expect(await recountLedger(web.db.database.sql)).toMatchObject({ clean: true, faults: [] })
  expect(await ledgerBalances(web.db.database.sql)).toBe(true)
}
const wish = (quantity: number) => ({
  caller: { accountId: parent.accountId, keyKind: 'live' as const, keyId: 'key_1' },
  key: randomUUID(),
  fingerprint: 'ab'.repeat(32),
  receiverId: child.accountId,
  quantity,
})

test('a parent sends quota to its child, a child sends it back, and nobody used any', async () => {
  const { status, json } = await send(parent, child, 4)
  await send(child, parent, 1)

  expect(status).toBe(201)
  expect(json).toMatchObject({ state: 'done', quantity: 4 })
  expect(await quotaOf(parent)).toEqual({ available: 7, reserved: 0, spent: 0 })
  expect(await quotaOf(child)).toEqual({ available: 3, reserved: 0, spent: 0 })
  expect((await call(child, 'GET', `/v1/quota-transfers/${json.id}`)).json).toMatchObject({ id: json.id })
  expect((await call(child, 'GET', '/v1/quota-transfers')).json.items).toHaveLength(2)
  await expectCleanLedger()
})

test('what a dead process left begun, or received, is finished by the job, once', async () => {
  const begun = await beginTransfer(web.db.database, wish(3))
  if (!begun.ok) throw new Error('not begun')
  expect(await quotaOf(parent)).toEqual({ available: 7, reserved: 3, spent: 0 })
  await expectCleanLedger()
  await web.db.database.sql`update quota_transfers set due_at = created_at where due_at is not null`

  await Promise.all([
    resumeTransfers(web.db.database),
    resumeTransfers(web.db.database),
    finishTransfer(web.db.database, begun.transfer),
    finishTransfer(web.db.database, begun.transfer),
  ])

  expect([await quotaOf(parent), await quotaOf(child)]).toMatchObject([
    { available: 7, reserved: 0, spent: 0 },
    { available: 3 },
  ])
  await expectCleanLedger()
})

test('in the middle of a transfer the ledger counts every unit once', async () => {
  await beginTransfer(web.db.database, wish(2))
  const { owner } = web.db
  // the receiver's step alone, as it is between the two commits
  await owner.sql`
    select * from apply_transfers(array[${child.accountId}]::uuid[], array[gen_random_uuid()], array['stamps'], array['posted'], array['transit'],
      array['quota'], array[2]::bigint[], array[null]::uuid[], array[null]::int[], array['transfer'], now())`

  expect(await quotaOf(child)).toMatchObject({ available: 2 })
  expect(await quotaOf(parent)).toMatchObject({ available: 8, reserved: 2 })
  await expectCleanLedger()
})

test('more than is free is refused, ten at once too', async () => {
  expect(await send(parent, child, 11)).toMatchObject({
    status: 409,
    json: { code: 'transfer_exceeds_quota', available: 10 },
  })
  const answers = await Promise.all(Array.from({ length: 10 }, () => send(parent, child, 3)))

  expect(answers.filter(({ status }) => status === 201)).toHaveLength(3)
  expect(await quotaOf(child)).toMatchObject({ available: 9 })
  await expectCleanLedger()
})

test('the same key is the same transfer; other content with it is refused', async () => {
  const key = randomUUID()
  const [first, again] = [await send(parent, child, 2, key), await send(parent, child, 2, key)]

  expect(again.json).toEqual(first.json)
  expect(await send(parent, child, 3, key)).toMatchObject({ status: 422, json: { code: 'key_reused' } })
  expect(await quotaOf(child)).toMatchObject({ available: 2 })
})

test('a stranger, and an account that is not there, answer the same, and see nothing', async () => {
  const stranger = await web.openAccount(5)
  const nobody = { ...stranger, accountId: randomUUID() }
  const { json } = await send(parent, child, 1)

  for (const to of [stranger, nobody])
    expect(await send(parent, to, 1)).toMatchObject({ status: 404, json: { code: 'not_found' } })
  expect(await call(stranger, 'GET', `/v1/quota-transfers/${json.id}`)).toMatchObject({ status: 404 })
  expect(await quotaOf(stranger)).toMatchObject({ available: 5 })
})

test('families have one level, and a child one parent', async () => {
  const other = await web.openAccount(0)
  const { database } = web.db
  const link = (one: Account, two: Account) =>
    linkAccounts(database, { childId: one.accountId, parentId: two.accountId, operator: 'petugas-a' })

  expect(await link(child, other)).toEqual({ ok: false, problem: 'has_parent' })
  expect(await link(parent, other)).toEqual({ ok: false, problem: 'is_parent' })
  expect(await link(other, child)).toEqual({ ok: false, problem: 'has_parent' })
  expect(await link(other, other)).toEqual({ ok: false, problem: 'account_unknown' })
})
