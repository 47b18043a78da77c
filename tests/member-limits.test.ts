import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { parsePublicId } from '../src/base/ids.ts'
import { registerPerson } from './support/person.ts'
import { testWeb, type TestWeb } from './support/web.ts'

/*
 * What an owner allows a member to spend is all that the member spends, whatever they send at once.
 */

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

const pin = '402817'
const placement = { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }
const withId = z.object({ id: z.string() }).loose()
const made = z.object({ authorization: z.string() }).loose()
const refusal = z.object({ code: z.string().optional() }).loose()

/** An owner with twenty stamps, and a member of theirs with these limits. */
async function withMember(role: string, limits: object) {
  const [owner, stamper] = [await registerPerson(web), await registerPerson(web)]
  const body = { contact: stamper.email, role, ...limits }
  const { id } = withId.parse((await owner.browser.call('POST', '/v1/members', body)).json())
  await stamper.browser.call('POST', `/v1/invitations/${id}/accept`)
  for (const { browser } of [owner, stamper]) await browser.call('PUT', '/v1/pin', { pin })
  await web.db.database.sql`update account_holders set proofing = 'proven' where account_id = ${uuidOf(owner)}`
  await web.grant(uuidOf(owner), 20)
  return { owner, stamper, account: { 'x-account': owner.accountId } }
}

type Registered = Awaited<ReturnType<typeof registerPerson>>
const uuidOf = ({ accountId }: Registered): string => parsePublicId('account', accountId) ?? ''

/** Confirms a document by PIN and reserves for it. */
async function reserve({ browser }: Registered, account: Record<string, string> = {}) {
  const sourceSha256 = createHash('sha256').update(randomUUID()).digest('hex')
  const what = { pin, purpose: 'affixing', sourceSha256s: [sourceSha256] }
  const confirmed = await browser.call('POST', '/v1/pin-confirmations', what, account)
  const { authorization } = made.parse(confirmed.json())
  const facts = { documentType: 'surat-pernyataan' }
  const body = { facts, placement, sourceSha256, sourceLength: 1000, pageCount: 1, authorization }
  return browser.call('POST', '/v1/affixings', body, { 'idempotency-key': randomUUID(), ...account })
}

const codeOf = (answer: Awaited<ReturnType<typeof reserve>>) => refusal.parse(answer.json()).code ?? 'reserved'

test('of six stamps asked at once a member with a limit of two a month gets two, and the owner any number', async () => {
  const { owner, stamper, account } = await withMember('stamper', { stampsPerMonth: 2 })
  const answers = await Promise.all(Array.from({ length: 6 }, () => reserve(stamper, account)))
  const codes = answers.map(codeOf).toSorted()
  expect(codes).toEqual([...Array<string>(4).fill('member_limit_reached'), 'reserved', 'reserved'])
  const refused = await reserve(stamper, account)
  expect([refused.statusCode, refused.json()]).toMatchObject([429, { used: 2, limit: 2 }])
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect(codeOf(await reserve(owner))).toBe('reserved')
})

test('a released stamp goes back to its month, and a new month begins at nothing', async () => {
  const { stamper, account } = await withMember('stamper', { stampsPerMonth: 1 })
  const { id } = withId.parse((await reserve(stamper, account)).json())
  expect(codeOf(await reserve(stamper, account))).toBe('member_limit_reached')
  await stamper.browser.call('DELETE', `/v1/affixings/${id}`, undefined, account)
  const again = withId.parse((await reserve(stamper, account)).json())
  expect(codeOf(await reserve(stamper, account))).toBe('member_limit_reached')
  const affixingId = parsePublicId('affixing', again.id) ?? ''
  await web.db.owner
    .sql`update affixings set created_at = created_at - interval '32 days' where affixing_id = ${affixingId}`
  expect(codeOf(await reserve(stamper, account))).toBe('reserved')
})

test('a limit counts what the member used before it was set, for this account alone, and none is no limit', async () => {
  const { owner, stamper, account } = await withMember('stamper', {})
  for (let i = 0; i < 3; i++) expect(codeOf(await reserve(stamper, account))).toBe('reserved')
  await owner.browser.call('PATCH', `/v1/members/${stamper.personId}`, { stampsPerMonth: 3 })
  expect(codeOf(await reserve(stamper, account))).toBe('member_limit_reached')
  await web.grant(uuidOf(stamper), 1)
  expect(codeOf(await reserve(stamper))).toBe('reserved')
  await owner.browser.call('PATCH', `/v1/members/${stamper.personId}`, { stampsPerMonth: 0 })
  expect(codeOf(await reserve(stamper, account))).toBe('member_limit_reached')
})

const order = ({ browser }: Registered, quantity: number, account: Record<string, string> = {}) =>
  browser.call(
    'POST',
    '/v1/orders',
    { quantity, method: 'qris' },
    {
      'idempotency-key': randomUUID(),
      ...account,
    },
  )

test('a member orders for no more than their limit at once, and pays for nobody else`s larger order another way', async () => {
  const { owner, stamper: buyer, account } = await withMember('buyer', { orderLimitRupiah: '30000' })
  expect((await order(buyer, 3, account)).statusCode).toBe(201)
  const refused = await order(buyer, 4, account)
  expect([refused.statusCode, refused.json()]).toMatchObject([
    403,
    { code: 'order_above_limit', totalRupiah: 40_000, limitRupiah: 30_000 },
  ])
  const { id } = withId.parse((await order(owner, 4)).json())
  const replaced = await buyer.browser.call(
    'POST',
    `/v1/orders/${id}/replace`,
    { method: 'virtual_account', bank: 'bni' },
    account,
  )
  expect(replaced.json()).toMatchObject({ code: 'order_above_limit' })
})

test('until it is proven who holds an account it orders five stamps in all, however the orders come', async () => {
  const person = await registerPerson(web)
  const codes = await Promise.all([2, 2, 2].map(async (quantity) => codeOf(await order(person, quantity))))
  expect(codes.toSorted()).toEqual(['proofing_needed', 'reserved', 'reserved'])
  expect(codeOf(await order(person, 1))).toBe('reserved')
  expect(codeOf(await order(person, 1))).toBe('proofing_needed')
})
