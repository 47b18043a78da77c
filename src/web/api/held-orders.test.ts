import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import {
  confirmAct,
  goodPassword,
  goodPin,
  lastMessage,
  registerMember,
  registerPerson,
} from '../../../tests/support/person.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { parsePublicId } from '../../base/ids.ts'
import { removeMember } from '../../identity/memberships.ts'
import type { Role } from '../../identity/roles.ts'
import { orderApprovalDays } from '../../limits/purchases.ts'
import { checkPayments } from '../../purchases/check-payments.ts'
import { expireOrders } from '../../purchases/expire-orders.ts'
import { lookAtDue } from '../../purchases/look.ts'

// Above the account's sum an order waits for a second member, and no gateway hears of it before.

let web: TestWeb
let maker: Member
let second: Member
let accountId: string
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())
beforeEach(async () => {
  const owner = await registerPerson(web)
  accountId = parsePublicId('account', owner.accountId) ?? ''
  await web.db.owner.sql`update account_holders set proofing = 'proven' where account_id = ${accountId}`
  maker = { ...owner, account: owner.accountId }
  second = await join('buyer')
  const rule = { aboveRupiah: '50000', authorization: await confirmAct(maker.browser, 'members') }
  await call(maker, 'PUT', '/v1/approval-rule', rule)
})

type Person = Awaited<ReturnType<typeof registerPerson>>
type Member = Person & { account: string }

/** Somebody new, who acts for the account. */
async function join(role: Role): Promise<Member> {
  const person = await registerMember(web, accountId, role)
  return { ...person, account: maker.account }
}

const answerJson = z
  .object({
    code: z.string().optional(),
    id: z.string().default(''),
    state: z.string().optional(),
    payment: z.unknown().optional(),
    authorization: z.string().optional(),
    approvedBy: z.string().optional(),
    expiresAt: z.string().optional(),
  })
  .loose()

async function call(by: Member | string, method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: object) {
  const idempotencyKey = { 'idempotency-key': randomUUID() }
  const answer =
    typeof by === 'string'
      ? await web.app.inject({
          method,
          url,
          headers: { authorization: `Bearer ${by}`, ...idempotencyKey },
          ...(body === undefined ? {} : { payload: body }),
        })
      : await by.browser.call(method, url, body, { 'x-account': by.account, ...idempotencyKey })
  return { status: answer.statusCode, ...answerJson.parse(answer.json()) }
}

const buy = (by: Member | string, quantity = 6, more: object = {}) =>
  call(by, 'POST', '/v1/orders', { quantity, method: 'qris', ...more })
const money = (by: Member) => confirmAct(by.browser, 'money', { 'x-account': by.account })
const approve = async (by: Member, id: string) =>
  call(by, 'POST', `/v1/orders/${id}/approve`, { authorization: await money(by) })
const known = async (id: string) =>
  (await web.db.database.sql`select 1 from simulated_payments where reference = ${id}`).length
const pay = (id: string) =>
  web.app.inject({ method: 'POST', url: `/simulator/payments/${id}`, payload: { act: 'pay' } })
const audited = async (id: string) =>
  (await web.db.owner.sql<{ action: string }[]>`select action from audit where object_id = ${id} order by id`).map(
    ({ action }) => action,
  )

test('an order above the sum tells no way to pay and no gateway knows of it, until another member approves', async () => {
  expect(await buy(maker, 5)).toMatchObject({ status: 201, state: 'waiting', payment: expect.anything() })
  const held = await buy(maker)
  expect(held).toMatchObject({ status: 201, state: 'waiting_approval', payment: null })
  await web.db.advance(60)
  await lookAtDue(web.selling.purchases)
  expect(await known(held.id)).toBe(0)
  expect(await lastMessage(web, second.email)).toMatchObject({
    template: 'order_waiting',
    values: { order: held.id, units: 6 },
  })

  const approved = await approve(second, held.id)

  expect(approved).toMatchObject({ status: 200, state: 'waiting', approvedBy: `person:${second.personId}` })
  expect(approved.payment).not.toBeNull()
  expect(await known(held.id)).toBe(1)
  expect(await lastMessage(web, maker.email)).toMatchObject({ template: 'order_approved', values: { order: held.id } })
  expect(await approve(second, held.id)).toMatchObject({ status: 200, state: 'waiting' })
  await pay(held.id)
  expect(await call(maker, 'GET', `/v1/orders/${held.id}`)).toMatchObject({ state: 'paid' })
  expect(await audited(held.id)).toEqual(['order.placed', 'order.approved', 'order.paid'])
  expect((await checkPayments(web.selling.purchases, { all: true })).faults).toEqual([])
})

test('neither its maker, nor who may not buy, nor another account lets it pass; and nobody who signed in without a PIN', async () => {
  const { id } = await buy(maker)
  expect(await approve(maker, id)).toMatchObject({ status: 403, code: 'approval_by_maker' })
  const stamper = await join('stamper')
  expect(await call(stamper, 'POST', `/v1/orders/${id}/approve`, {})).toMatchObject({
    status: 403,
    code: 'not_allowed',
  })
  expect(await call(stamper, 'DELETE', `/v1/orders/${id}`)).toMatchObject({ status: 403, code: 'not_allowed' })
  const stranger = await registerPerson(web)
  const elsewhere = { ...stranger, account: stranger.accountId }
  expect(await approve(elsewhere, id)).toMatchObject({ status: 404 })
  expect(await call(elsewhere, 'DELETE', `/v1/orders/${id}`)).toMatchObject({ status: 404 })
  expect(await call(second, 'POST', `/v1/orders/${id}/approve`, {})).toMatchObject({ code: 'authorization_missing' })
  const ofMaker = { authorization: await money(maker) }
  expect(await call(second, 'POST', `/v1/orders/${id}/approve`, ofMaker)).toMatchObject({
    code: 'authorization_unusable',
  })
  expect(await call(second, 'GET', `/v1/orders/${id}`)).toMatchObject({ state: 'waiting_approval', payment: null })
})

test('a member lets no order pass that is above what they may spend at once themselves', async () => {
  const { id } = await buy(maker)
  await web.db.owner.sql`
    update memberships set order_limit_rupiah = 30000
    where account_id = ${accountId} and person_id = ${parsePublicId('person', second.personId) ?? ''}`
  expect(await approve(second, id)).toMatchObject({ status: 403, code: 'order_above_limit' })
})

test('one key orders and another approves, without a PIN', async () => {
  const [one, other] = [await web.addKey(accountId), await web.addKey(accountId)]
  const { id, state } = await buy(one)
  expect(state).toBe('waiting_approval')
  expect(await call(one, 'POST', `/v1/orders/${id}/approve`, {})).toMatchObject({ code: 'approval_by_maker' })
  expect(await call(other, 'POST', `/v1/orders/${id}/approve`, {})).toMatchObject({ status: 200, state: 'waiting' })
})

test('its maker takes it back, another refuses it; then it is over, and nobody pays or replaces it', async () => {
  const taken = await buy(maker)
  expect(await call(maker, 'DELETE', `/v1/orders/${taken.id}`)).toMatchObject({ status: 200, state: 'cancelled' })
  const refused = await buy(maker)
  expect(await call(second, 'DELETE', `/v1/orders/${refused.id}`)).toMatchObject({ status: 200, state: 'cancelled' })
  expect(await lastMessage(web, maker.email)).toMatchObject({
    template: 'order_cancelled',
    values: { order: refused.id },
  })
  expect(await call(second, 'DELETE', `/v1/orders/${refused.id}`)).toMatchObject({ status: 200 })
  expect(await approve(second, refused.id)).toMatchObject({ status: 409, code: 'order_state' })
  expect(await call(maker, 'POST', `/v1/orders/${refused.id}/replace`, { method: 'qris' })).toMatchObject({
    status: 409,
    code: 'order_state',
  })
  expect(await call(maker, 'POST', `/v1/orders/${refused.id}/look`)).toMatchObject({ status: 200, state: 'cancelled' })
  expect(await known(refused.id)).toBe(0)
  const waiting = await buy(maker, 1)
  expect(await call(maker, 'DELETE', `/v1/orders/${waiting.id}`)).toMatchObject({ code: 'order_state' })
})

test('another way to pay: what was let pass stays so, what was not waits as before', async () => {
  const { id } = await buy(maker)
  const asked = { method: 'virtual_account', bank: 'bri' }
  const held = await call(maker, 'POST', `/v1/orders/${id}/replace`, asked)
  expect(held).toMatchObject({ status: 201, state: 'waiting_approval', payment: null })
  await approve(second, held.id)
  const replaced = await call(second, 'POST', `/v1/orders/${held.id}/replace`, { method: 'qris' })
  expect(replaced).toMatchObject({ status: 201, state: 'waiting', approvedBy: `person:${second.personId}` })
  expect(replaced.payment).not.toBeNull()
})

test('who placed an order and acts for the account no more is not told what becomes of it', async () => {
  const gone = await join('buyer')
  const [approved, refused] = [await buy(gone), await buy(gone)]
  await web.db.database.transaction(async (tx) => {
    const at = await web.db.database.now(tx)
    await removeMember(tx, { accountId, personId: parsePublicId('person', gone.personId) ?? '', at })
  })
  const before = await lastMessage(web, gone.email)
  expect(await approve(second, approved.id)).toMatchObject({ status: 200, state: 'waiting' })
  expect(await lastMessage(web, gone.email)).toEqual(before)
  await call(second, 'DELETE', `/v1/orders/${refused.id}`)
  expect(await lastMessage(web, gone.email)).toEqual(before)
})

test('two who approve at once, and one who refuses at that moment: one of them wins', async () => {
  const third = await join('buyer')
  const { id } = await buy(maker)
  const [a, b] = [await money(second), await money(third)]
  const answers = await Promise.all([
    call(second, 'POST', `/v1/orders/${id}/approve`, { authorization: a }),
    call(third, 'POST', `/v1/orders/${id}/approve`, { authorization: b }),
    call(maker, 'DELETE', `/v1/orders/${id}`),
  ])
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(answers.filter(({ code }) => code === 'order_state')).toHaveLength(2)
})

test('what an order is for is kept meanwhile, and reserves once it is approved and paid', async () => {
  const sourceSha256 = createHash('sha256').update(randomUUID()).digest('hex')
  const placement = { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }
  const wish = {
    facts: { documentType: 'surat-perjanjian' },
    placement,
    sourceSha256,
    sourceLength: 1000,
    pageCount: 1,
  }
  const what = { pin: goodPin, purpose: 'affixing', sourceSha256s: [sourceSha256] }
  const confirmed = await call(maker, 'POST', '/v1/pin-confirmations', what)
  const { id } = await buy(maker, 6, { intent: { ...wish, authorization: confirmed.authorization } })
  const reserve = () => call(maker, 'POST', '/v1/affixings', { ...wish, intent: id })
  expect(await call(maker, 'GET', `/v1/orders/${id}`)).toMatchObject({ intent: { state: 'unpaid' } })
  expect(await reserve()).toMatchObject({ code: 'intent_unpaid' })
  await approve(second, id)
  await pay(id)
  expect(await reserve()).toMatchObject({ status: 201 })
})

test('orders that wait count as open ones: for the bound of who is not proven, and for closing the account', async () => {
  await web.db.owner.sql`update account_holders set proofing = 'unproven' where account_id = ${accountId}`
  const rule = { aboveRupiah: '10000', authorization: await confirmAct(maker.browser, 'members') }
  await call(maker, 'PUT', '/v1/approval-rule', rule)
  const { id } = await buy(maker, 3)
  expect(await buy(maker, 3)).toMatchObject({ code: 'proofing_needed' })
  const close = () => call(maker, 'POST', '/v1/account/close', { password: goodPassword })
  expect(await close()).toMatchObject({ code: 'account_unsettled', orders: 1 })
  await call(maker, 'DELETE', `/v1/orders/${id}`)
  expect((await buy(maker, 3)).status).toBe(201)
})

// at the end: the clock does not come back
test('what nobody approves within its days is cancelled by itself', async () => {
  const { id } = await buy(maker)
  await web.db.advance(orderApprovalDays * 24 * 60 * 60)
  await expireOrders(web.selling.purchases)
  expect(await call(maker, 'GET', `/v1/orders/${id}`)).toMatchObject({
    state: 'cancelled',
  })
  expect(await audited(id)).toEqual(['order.placed', 'order.approval_lapsed'])
  expect(await lastMessage(web, maker.email)).toMatchObject({ template: 'order_cancelled' })
})
